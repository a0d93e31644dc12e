"""The checks notice a form that gives other answers than the network."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from safetensors.torch import load_file, save_file

from nas.errors import ExportError
from nas.export import verify
from nas.export.bundle import ExportBundle, ExportReport, FormCheck
from nas.export.network import trained_network
from nas.export.verify import _compared, check_forms, remeasure, run_onnx, run_program, run_source


@pytest.fixture
def handed_over(export: ExportReport, tmp_path: Path) -> Path:
    """A copy that may be tampered with."""
    return Path(shutil.copytree(export.directory, tmp_path / "copy"))


def spoil_onnx(directory: Path, by: float) -> None:
    network = onnx.load(directory / "model.onnx")
    last = next(
        weight for weight in network.graph.initializer if weight.name.endswith("bias") and weight.dims == [10]
    )
    last.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(last) + np.float32(by), last.name))
    onnx.save(network, directory / "model.onnx")


def test_spoilt_weights_in_the_onnx_file_are_noticed(handed_over: Path, bundle: ExportBundle) -> None:
    spoil_onnx(handed_over, by=0.25)
    with pytest.raises(
        ExportError, match=r"model\.onnx: expected .* got a difference of 0\.25; nothing was exported"
    ):
        check_forms(handed_over, trained_network(bundle), bundle.test.images)


def test_spoilt_weights_of_the_source_are_noticed(handed_over: Path, bundle: ExportBundle) -> None:
    weights = load_file(handed_over / "weights.safetensors")
    name = next(name for name in weights if name.endswith("running_mean"))
    save_file({**weights, name: weights[name] + 1}, handed_over / "weights.safetensors")
    with pytest.raises(ExportError, match=r"model\.py: expected .* got a difference of"):
        check_forms(handed_over, trained_network(bundle), bundle.test.images)


def test_a_source_that_needs_this_product_is_noticed(handed_over: Path, bundle: ExportBundle) -> None:
    source = handed_over / "model.py"
    source.write_text(
        source.read_text().replace("import json\n", "import json\nimport search_spaces.graph\n", 1)
    )
    with pytest.raises(
        ExportError,
        match=r"model\.py: expected it to run by itself, got .*ModuleNotFoundError: .*search_spaces",
    ):
        run_source(source, [torch.zeros(1, *bundle.data.image)])


def test_a_difference_that_is_no_number_is_noticed() -> None:
    with pytest.raises(ExportError, match="got a difference of nan"):
        _compared(FormCheck("model.pt2", float("nan"), 1.0))


@pytest.mark.parametrize(("difference", "fits"), [(0.0, True), (1.9e-3, True), (2.1e-3, False)])
def test_the_tolerance_grows_with_the_logits(difference: float, fits: bool) -> None:
    check = FormCheck("model.onnx", difference, scale=20.0)
    if fits:
        assert _compared(check) is check
    else:
        with pytest.raises(ExportError):
            _compared(check)


@pytest.mark.parametrize("run", [run_onnx, run_program, run_source])
def test_each_form_takes_any_number_of_pictures(export: ExportReport, bundle: ExportBundle, run) -> None:
    form = {run_onnx: "model.onnx", run_program: "model.pt2", run_source: "model.py"}[run]
    pixels = torch.from_numpy(bundle.test.images[:12].astype(np.float32))
    whole, *parts = run(export.directory / form, [pixels, pixels[:1], pixels[1:2], pixels[2:9], pixels[9:]])
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-5, atol=1e-5)


def test_one_test_picture_is_enough(
    export: ExportReport, bundle: ExportBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "FORMS", {"model.onnx": run_onnx})
    (check,) = check_forms(export.directory, trained_network(bundle), bundle.test.images[:1])
    assert check.form == "model.onnx"
    assert check.scale > 0


def test_the_accuracy_is_that_of_the_file_not_of_the_record(handed_over: Path, bundle: ExportBundle) -> None:
    network = onnx.load(handed_over / "model.onnx")
    for weight in network.graph.initializer:
        if weight.dims == [10]:
            certain = np.array([0.0] * 9 + [1e6], np.float32)
            weight.CopyFrom(numpy_helper.from_array(certain, weight.name))
    onnx.save(network, handed_over / "model.onnx")
    nines = int((bundle.test.labels == 9).sum())
    again = remeasure(handed_over, bundle.test)
    assert (again.correct, again.total) == (nines, len(bundle.test))
