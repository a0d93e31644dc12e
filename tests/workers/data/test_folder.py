"""Folders of class folders, as people have them."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.data_fixtures import CLASSES, encoded, pictures, write_digits_folder
from workers.data import folder
from workers.data.decode import Layout, decode
from workers.data.source import Part
from workers.data.splits import Selection
from workers.errors import DataError

IMAGE = encoded(pictures(1)[0][0])


def tree(root: Path, *paths: str) -> Path:
    """Writes a picture at each path below `root`."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(IMAGE)
    return root


def files(part: Part | None) -> list[str]:
    assert part is not None
    return [picture.where for picture in part.iter_pictures(np.arange(len(part.labels)))]


def test_train_and_test_are_read(digits_folder: Path) -> None:
    assert folder.matches(str(digits_folder))
    source = folder.open_source(str(digits_folder), None)
    for part, (images, labels) in ((source.train, pictures(12)), (source.test, pictures(4, skip=12))):
        assert part is not None
        (decoded,) = decode([Selection.whole(part)], Layout(1, 8, 8), lambda: None)
        assert np.array_equal(decoded.images[:, 0], images)
        assert np.array_equal(decoded.labels, labels)
        assert part.classes == CLASSES


def test_class_folders_without_parts(tmp_path: Path) -> None:
    source = folder.open_source(str(write_digits_folder(tmp_path, per_class=3, split=False)), None)
    assert len(source.train.labels) == 30
    assert source.validation is None
    assert source.test is None


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_a_validation_folder_is_the_validation_part(tmp_path: Path, name: str) -> None:
    paths = [f"{part}/{kind}/1.png" for part in ("training", name) for kind in ("a", "b")]
    source = folder.open_source(str(tree(tmp_path, *paths)), None)
    assert files(source.validation) == [f"{name}/a/1.png", f"{name}/b/1.png"]
    assert source.test is None


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    source = folder.open_source(str(tree(tmp_path, "train/1.png", "car/1.png", "test/1.png")), None)
    assert source.train.classes == ("car", "test", "train")
    assert source.test is None


def test_the_test_part_may_lie_elsewhere(tmp_path: Path) -> None:
    here = tree(tmp_path / "here", "a/1.png", "b/1.png")
    there = tree(tmp_path / "there", "a/2.png", "b/2.png")
    assert files(folder.open_source(str(here), str(there)).test) == ["a/2.png", "b/2.png"]
    with pytest.raises(
        DataError, match=r"nowhere: expected a readable folder, got: No such file or directory"
    ):
        folder.open_source(str(here), str(tmp_path / "nowhere"))


def test_a_test_part_elsewhere_takes_the_place_of_the_own(tmp_path: Path) -> None:
    own = tree(tmp_path / "own", "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png")
    there = tree(tmp_path / "there", "a/2.png", "b/2.png")
    assert files(folder.open_source(str(own), str(there)).test) == ["a/2.png", "b/2.png"]


def test_pictures_are_found_at_any_depth_in_the_order_of_their_names(tmp_path: Path) -> None:
    source = folder.open_source(str(tree(tmp_path, "a/z.png", "a/deep/er/1.png", "a/b.png", "b/1.png")), None)
    assert files(source.train) == ["a/b.png", "a/deep/er/1.png", "a/z.png", "b/1.png"]
    assert source.train.labels.tolist() == [0, 0, 0, 1]


def test_what_is_no_picture_is_passed_over(tmp_path: Path) -> None:
    root = tree(
        tmp_path, "a/1.png", "b/1.JPG", "a/.hidden.png", ".git/1.png", "__MACOSX/1.png", "b/__MACOSX/1.png"
    )
    tree(root, "loose.png", "a/Thumbs.db", "a/.thumbs/1.png", "b/notes.txt")
    source = folder.open_source(str(root), None)
    assert source.train.classes == ("a", "b")
    assert files(source.train) == ["a/1.png", "b/1.JPG"]


def test_pipes_folders_and_dangling_links_are_never_opened(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.png", "b/1.png")
    os.mkfifo(root / "a" / "pipe.png")
    (root / "a" / "folder.jpg").mkdir()
    (root / "b" / "dangling.png").symlink_to(root / "missing.png")
    (root / "b" / "to-pipe.png").symlink_to(root / "a" / "pipe.png")
    (root / "b" / "loop").symlink_to(root / "b", target_is_directory=True)
    assert files(folder.open_source(str(root), None).train) == ["a/1.png", "b/1.png"]


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    root = tree(tmp_path / "data", "pool/p.png", "train/a/1.png", "train/b/1.png")
    (root / "train" / "a" / "2.png").symlink_to("../../pool/p.png")
    entrance = tmp_path / "entrance"
    entrance.symlink_to(root, target_is_directory=True)
    found = files(folder.open_source(str(entrance), None).train)
    assert found == ["train/a/1.png", "train/a/2.png", "train/b/1.png"]


@pytest.mark.parametrize("link", ["a/2.png", "c"])
def test_links_that_lead_out_are_refused(tmp_path: Path, link: str) -> None:
    root, outside = tree(tmp_path / "data", "a/1.png", "b/1.png"), tree(tmp_path / "outside", "1.png")
    (root / link).symlink_to(outside / "1.png" if link.endswith(".png") else outside)
    with pytest.raises(
        DataError, match=rf"data/{link}: expected something in .*data, got a link to .*outside"
    ):
        folder.open_source(str(root), None)


@pytest.mark.parametrize(
    ("paths", "folders"), [((), 0), (("1.png", "2.png"), 0), (("a/notes.txt", "b/notes.txt"), 2)]
)
def test_no_pictures(tmp_path: Path, paths: tuple[str, ...], folders: int) -> None:
    with pytest.raises(DataError, match=rf"CLASS/\*.png, got {folders} folders and no pictures in them"):
        folder.open_source(str(tree(tmp_path, *paths)), None)


def test_one_class_only(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected pictures of at least 2 classes, got 1: 'cat'"):
        folder.open_source(str(tree(tmp_path, "cat/1.png", "cat/2.png")), None)


def test_an_empty_class_folder_counts_as_a_class(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "c").mkdir()
    assert folder.open_source(str(tmp_path), None).train.classes == ("a", "b", "c")


def test_the_classes_of_train_and_test_must_agree(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/1.png")
    with pytest.raises(DataError, match=r"test: .* 1 missing \['b'\] and 1 unknown \['c'\]"):
        folder.open_source(str(tmp_path), None)


def test_odd_names_are_read_and_shown_escaped(tmp_path: Path) -> None:
    root = tree(tmp_path, "<script>/a\nb.png", "ж/1.png")
    undecodable = os.fsencode(root) + b"/\xff\xfe"
    os.mkdir(undecodable)  # noqa: PTH102 - pathlib takes no bytes
    Path(os.fsdecode(undecodable + b"/\xff.png")).write_bytes(IMAGE)
    part = folder.open_source(str(root), None).train
    assert part.classes == ("<script>", "ж", r"\udcff\udcfe")
    assert files(part) == [r"<script>/a\nb.png", "ж/1.png", r"\udcff\udcfe/\udcff.png"]
    assert len(list(part.iter_pictures(np.arange(3)))) == 3
    (decoded,) = decode([Selection.whole(part)], Layout(1, 8, 8), lambda: None)
    assert np.array_equal(decoded.images[2, 0], pictures(1)[0][0])


def test_what_is_no_file_is_noted(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.png", "b/1.png", "c/1.png")
    assert folder.open_source(str(root), None).train.notes == ()
    os.mkfifo(root / "a" / "pipe.png")
    tree(root, "b/named.jpg/1.png")
    (root / "b" / "circle.png").symlink_to("circle.png")
    (root / "b" / "deeper").symlink_to("../c", target_is_directory=True)
    (root / "b" / "gone").symlink_to("nowhere")
    (root / "c" / "\x1b.png").mkdir()
    source = folder.open_source(str(root), None)
    assert files(source.train) == ["a/1.png", "b/1.png", "c/1.png"]
    (note,) = source.train.notes
    assert note == (
        f"{root}: passed over, being no files: a/pipe.png (a pipe), b/circle.png (a dangling link), "
        r"b/deeper (a folder), b/named.jpg (a folder), c/\x1b.png (a folder), 5 in all"
    )


def test_a_dangling_link_that_would_lead_out_is_only_passed_over(tmp_path: Path) -> None:
    root = tree(tmp_path / "data", "a/1.png", "b/1.png")
    (root / "a" / "2.png").symlink_to(tmp_path / "nowhere.png")
    assert files(folder.open_source(str(root), None).train) == ["a/1.png", "b/1.png"]


@pytest.mark.parametrize("parts", [("train/", "test/"), ("",)])
def test_every_folder_is_listed_once(
    parts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in parts:
        tree(
            tmp_path,
            *(f"{part}{name}/{sub}{i}.png" for name in "ab" for sub in ("", "x/y/") for i in range(30)),
        )
    listed: Counter[str] = Counter()
    looked_at: list[object] = []
    scandir, stat, lstat = os.scandir, os.stat, os.lstat

    def count(path: str) -> object:
        listed[os.fspath(path)] += 1
        return scandir(path)

    monkeypatch.setattr(os, "scandir", count)
    monkeypatch.setattr(os, "stat", lambda path, **options: looked_at.append(path) or stat(path, **options))
    monkeypatch.setattr(os, "lstat", lambda path, **options: looked_at.append(path) or lstat(path, **options))
    source = folder.open_source(str(tmp_path), None)
    monkeypatch.undo()
    assert len(source.train.labels) == 120
    assert set(listed.values()) == {1}
    assert len(listed) == 1 + len(parts) * 6 + (len(parts) if parts[0] else 0)
    assert len(looked_at) < 30  # nothing for each picture


def test_a_file_that_went_away_is_named_and_never_left_out(tmp_path: Path) -> None:
    root = tree(tmp_path, *(f"{name}/{number}.png" for name in "ab" for number in range(100)))
    selection = Selection.whole(folder.open_source(str(root), None).train)
    (root / "b" / "7.png").unlink()
    with pytest.raises(
        DataError, match=r"expected every file that was listed .*, got b/7\.png: No such file"
    ):
        decode([selection], Layout(1, 8, 8), lambda: None, skip_bad=True)
