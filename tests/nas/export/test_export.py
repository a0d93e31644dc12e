"""The hand-over directory: complete or not there at all, and only where there was nothing."""

import dataclasses
import os
from pathlib import Path

import pytest

from nas.errors import ExportError, ExportTargetError
from nas.export import forms
from nas.export.bundle import ExportBundle, ExportReport
from nas.export.export import check_target, write_export

FILES = (
    "MODEL_CARD.md",
    "architecture.json",
    "architecture.svg",
    "model.onnx",
    "model.pt2",
    "model.py",
    "weights.safetensors",
)


def names_in(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


def test_all_files_are_there_and_reported(export: ExportReport) -> None:
    assert export.files == FILES
    assert tuple(names_in(export.directory)) == FILES
    assert all((export.directory / name).stat().st_size > 500 for name in FILES)


def test_nothing_else_is_left_beside_it(export: ExportReport) -> None:
    assert names_in(export.directory.parent) == [export.directory.name]


def test_the_directory_can_be_read_by_whom_the_umask_says(export: ExportReport, tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.mkdir()
    assert export.directory.stat().st_mode == usual.stat().st_mode


def test_every_form_agrees_with_the_network(export: ExportReport) -> None:
    assert [check.form for check in export.checks] == ["model.onnx", "model.pt2", "model.py"]
    assert all(0 <= check.max_difference <= 1e-5 * check.scale for check in export.checks)


def test_the_onnx_file_is_as_good_as_the_network_was(export: ExportReport, bundle: ExportBundle) -> None:
    assert (export.test.correct, export.test.total) == (
        bundle.training.test_correct,
        bundle.training.test_total,
    )
    assert export.test.correct / export.test.total > 0.3, (
        "the network has learnt nothing, so the test tests little"
    )


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_a_directory_of_this_machine(export: ExportReport, name: str) -> None:
    content = (export.directory / name).read_bytes()
    for directory in (Path(forms.__file__).parents[2], Path(os.__file__).parent, export.directory.parent):
        assert str(directory).encode() not in content


def test_a_failed_export_leaves_nothing(bundle: ExportBundle, tmp_path: Path) -> None:
    others = dataclasses.replace(
        bundle.trial, architecture=bundle.space.architecture([0] * len(bundle.space.decisions))
    )
    with pytest.raises(
        ExportError, match=r"trial 12 of search 'digits-small': the stored weights do not fit"
    ):
        write_export(tmp_path / "network", dataclasses.replace(bundle, trial=others))
    assert names_in(tmp_path) == []


def test_a_directory_with_something_in_it_is_refused(bundle: ExportBundle, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("do not touch")
    with pytest.raises(
        ExportTargetError, match=r"expected a new or empty directory, got one with 1 entry; empty it"
    ) as got:
        write_export(tmp_path, bundle)
    assert got.value.exit_code == 2
    assert names_in(tmp_path) == ["precious"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportTargetError, match="got a file; name another"):
        check_target(tmp_path / "file")
    with pytest.raises(ExportTargetError, match="nothing can be written to"):
        check_target(tmp_path / "file" / "network")


def test_the_current_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportTargetError, match=r"export directory '\.': .* name a new one inside it"):
        check_target(Path())


def test_a_new_directory_in_new_directories_is_fine(tmp_path: Path) -> None:
    check_target(tmp_path / "a" / "b" / "c")
    assert names_in(tmp_path) == []


def test_a_full_disk_or_the_like_is_one_line(
    bundle: ExportBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(forms, "write_weights", no_room)
    with pytest.raises(
        ExportTargetError, match="expected to write there, got No space left on device; make room"
    ):
        write_export(tmp_path / "network", bundle)
    assert names_in(tmp_path) == []
