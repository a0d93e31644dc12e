"""Data sets as people have them: what cannot be searched is refused before anything starts, the rest told and read."""

import os
import shutil
import socket
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas.builders import load_task
from nas.cli.checks import check_data
from nas.cli.handover import read_test
from nas.config import load_config
from nas.storage.open import open_storage
from tests.data_fixtures import CLASSES, encoded, write_digits_idx, write_digits_parquet, write_parquet
from tests.nas.cli.calling import TINY, Call
from tests.nas.cli.test_bad_options import assert_matches, refused
from tests.nas.cli.unprivileged import unprivileged
from workers.data import load

NOISE = np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)
PICTURE = encoded(NOISE)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, depth: int, pixels: bytes) -> bytes:
    """A grey PNG file of whatever size its header says."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for kind, part in ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")):
        content += struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
    return content


def with_wrong_checksum(content: bytes) -> bytes:
    """The PNG file with one bit turned over in the checksum of its pixels."""
    start = content.index(b"IDAT")
    place = start + 4 + int.from_bytes(content[start - 4 : start])
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


BOMB = png(10_000, 10_000, 1, bytes(1_251 * 10_000))
assert len(BOMB) < 13_000

UNREADABLE = {
    "cut short, JPEG": (encoded(NOISE, "JPEG")[:-30], "truncated"),
    "cut short, PNG": (PICTURE[:-60], "truncated"),
    "a wrong checksum": (with_wrong_checksum(PICTURE), "wrong checksum in its part IDAT"),
    "empty": (b"", "not a picture of the kinds JPEG, PNG"),
    "a web page": (b"<html>404</html>", "not a picture of the kinds JPEG, PNG"),
    "a bomb": (BOMB, "10000x10000 exceeds 50,000,000 pixels"),
    "a greater bomb": (png(20_000, 20_000, 8, b""), "400000000 pixels"),
    "32 bits": (saved(Image.new("F", (4, 4)), "TIFF"), "mode 'F' have no stated range"),
    "no pages": (b"II*\0\x08\0\0\0\0\0\0\0\0\0", "not a picture of the kinds JPEG, PNG"),
}


def tree(root: Path, *, per_class: int = 4, classes: tuple[str, ...] = ("cat", "dog")) -> Path:
    """Writes class folders with as many pictures; returns `root`."""
    for shift, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for number in range(per_class):
            content = encoded(np.roll(NOISE // 2 + 60 * shift, number))
            (root / name / f"{number:03}.png").write_bytes(content)
    return root


def divided(root: Path, per_class: int) -> Path:
    """Writes a `train` folder, every picture of which is read, and a `test` folder."""
    tree(root / "train", per_class=per_class)
    tree(root / "test", per_class=2)
    return root


Refusal = Callable[..., str]


@pytest.fixture
def refusal(call: Call, database: str) -> Refusal:
    """Calls `nas search` on a data set that cannot be searched and returns what it says."""

    def search(dataset: Path | str, *arguments: str) -> str:
        return refused(call("search", "--db", database, *TINY, "--dataset", dataset, *arguments), database)

    return search


def test_no_such_path(refusal: Refusal) -> None:
    assert_matches("data set '/nowhere': expected .*, got a path that does not exist", refusal("/nowhere"))


def test_a_file_of_another_kind(refusal: Refusal) -> None:
    assert_matches("got a file of another kind", refusal(__file__))


@pytest.mark.parametrize("closed", [".", "train", "train/dog"])
def test_a_folder_that_may_not_be_read(closed: str, tmp_path: Path, call: Call, database: str) -> None:
    folder = divided(tmp_path / "data", 4)
    (folder / closed).chmod(0o000)
    ended = unprivileged(call, "search", "--db", database, *TINY, "--dataset", folder)
    (folder / closed).chmod(0o700)
    assert_matches(r"data.*Permission denied", refused(ended, database))


def test_a_picture_that_may_not_be_read(tmp_path: Path, call: Call, database: str) -> None:
    folder = divided(tmp_path / "data", 4)
    (folder / "train/cat/001.png").chmod(0)
    ended = unprivileged(call, "search", "--db", database, *TINY, "--dataset", folder)
    assert_matches(r"got 1 that are not: train/cat/001\.png \(Permission denied\)", refused(ended, database))


def test_no_pictures(tmp_path: Path, refusal: Refusal) -> None:
    assert_matches(r"expected pictures in class folders, CLASS/\*\.png, got 0 folders", refusal(tmp_path))
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat/notes.txt").write_text("")
    assert_matches("got 1 folders and no pictures in them", refusal(tmp_path))


def test_one_class_only(tmp_path: Path, refusal: Refusal) -> None:
    line = refusal(tree(tmp_path / "data", classes=("cat",)))
    assert_matches("expected pictures of at least 2 classes, got 1: 'cat'", line)


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_class_too_small_to_divide(left: int, tmp_path: Path, refusal: Refusal) -> None:
    folder = tree(tmp_path / "data")
    for path in sorted((folder / "dog").iterdir())[left:]:
        path.unlink()
    assert_matches(rf"at least 3 pictures of every class, .* got fewer of 'dog' \({left}\)", refusal(folder))


def test_parts_with_other_classes(tmp_path: Path, refusal: Refusal) -> None:
    tree(tmp_path / "train", classes=("cat", "dog", "emu"))
    tree(tmp_path / "val", classes=("cat", "dog", "fox"))
    line = refusal(tmp_path)
    assert_matches(
        r"val: expected the classes of .*train, got 1 missing \['emu'\] and 1 unknown \['fox'\]", line
    )


@pytest.mark.parametrize("case", UNREADABLE)
def test_one_unreadable_picture(case: str, tmp_path: Path, refusal: Refusal) -> None:
    content, reason = UNREADABLE[case]
    folder = divided(tmp_path / "data", 4)
    (folder / "train/cat/bad.png").write_bytes(content)
    line = refusal(folder)
    assert_matches(
        rf"expected 9 readable pictures, got 1 that are not: train/cat/bad\.png \(.*{reason}", line
    )
    assert "--skip-bad" in line


def test_of_many_unreadable_pictures_five_are_named(tmp_path: Path, refusal: Refusal) -> None:
    folder = divided(tmp_path / "data", 20)
    for path in sorted((folder / "train/cat").iterdir())[:7]:
        path.write_bytes(b"")
    line = refusal(folder)
    assert_matches(r"expected 40 readable pictures, got 7 that are not: .*; \.\.\.; replace", line)
    assert line.count("train/cat/") == 5


def test_one_in_a_hundred_can_be_left_out_and_no_more(
    tmp_path: Path, call: Call, refusal: Refusal, database: str
) -> None:
    folder = divided(tmp_path / "data", 55)
    (folder / "train/cat/000.png").write_bytes(b"")
    refusal(folder)
    search = ("search", "--db", database, "--trials", 1, *TINY[:-4], "--final-epochs", 1)
    ended = call(*search, "--dataset", folder, "--skip-bad")
    assert ended.code == 0, ended.err
    told = "train: left out 1 of 110 pictures, which cannot be read: train/cat/000.png (not a picture of"
    assert told in ended.err
    with open_storage(database, read_only=True) as storage:
        (record,) = storage.searches()
    resume = ("search", "--db", database, "--resume", "search", "--trials", 2)
    assert (ended := call(*resume)).code == 0, ended.err
    assert told in ended.err
    (folder / "train/cat/001.png").write_bytes(b"")
    ended = call(*search, "--dataset", folder, "--skip-bad", "--name", "again")
    assert (ended.code, ended.out) == (2, "")
    assert "got 2 that are not: " in ended.err
    assert "--skip-bad leaves out 1 of so many at most" in ended.err
    assert record.config["data"]["skip_bad"] is True  # type: ignore[index]
    for path in ("train/cat/000.png", "train/cat/001.png"):
        (folder / path).write_bytes(PICTURE)
    ended = call(*resume[:-1], 3)
    assert (ended.code, ended.out) == (2, "")
    assert_matches("search 'search': its data set .* has changed since it was started", ended.err)


def test_what_is_no_file_is_passed_over_and_told(
    tmp_path: Path, call: Call, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tree(tmp_path / "data", per_class=6)
    for path in (".hidden.png", "Thumbs.db", "__MACOSX/._001.png", "cat/.DS_Store", "cat/__MACOSX/1.png"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"never opened")
    (folder / "cat/000.png").rename(folder / "cat/CAPITALS.PNG")
    (folder / "cat/000.png").symlink_to("missing.png")
    (folder / "cat/circle.png").symlink_to("circle.png")
    (folder / "cat/null.png").symlink_to("../null.png")
    (folder / "null.png").symlink_to("/dev/null")
    os.mkfifo(folder / "dog/pipe.jpg")
    (folder / "dog/folder.jpg").mkdir()
    (folder / "dog/frames.gif").write_bytes(
        saved(Image.fromarray(NOISE), "GIF", save_all=True, append_images=[Image.fromarray(NOISE.T.copy())])
    )
    monkeypatch.chdir(folder / "dog")  # the name of a socket has 107 bytes at most
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.png")
    ended = call("search", "--db", database, "--trials", 1, *TINY, "--dataset", folder)
    assert ended.code == 0, ended.err
    notes = [line for line in ended.err.splitlines() if line.startswith("warning: ")]
    assert len(notes) == 2
    assert_matches(
        r"data: passed over, being no files: cat/000\.png \(a dangling link\), cat/circle\.png \(a dangling link\), "
        r"cat/null\.png \(a device\), dog/folder\.jpg \(a folder\), dog/pipe\.jpg \(a pipe\), \.\.\., 6 in all$",
        notes[0],
    )
    assert_matches(r"of several frames in a picture the first counts: dog/frames\.gif, 1 in all$", notes[1])


@pytest.mark.parametrize("link", ["cat/999.png", "emu"])
def test_a_link_out_of_the_folder(link: str, tmp_path: Path, refusal: Refusal) -> None:
    folder, outside = tree(tmp_path / "data"), tree(tmp_path / "outside")
    (folder / link).symlink_to(outside / "cat/000.png" if link.endswith(".png") else outside / "cat")
    assert_matches(
        rf"data/{link}: expected something in .*data, got a link to .*outside/cat", refusal(folder)
    )


def test_odd_names_are_shown_escaped(tmp_path: Path, refusal: Refusal) -> None:
    folder = tree(tmp_path / "data", classes=("<script>", "a\nb"))
    odd = os.fsencode(folder) + b"/a\nb/\x1b[31m\xff.png"
    Path(os.fsdecode(odd)).write_bytes(b"")
    # All of a class is read but what the split sets apart for the test: bad ones among it go unseen.
    for number in range(4):
        (folder / "a\nb" / f"{number:03}.png").write_bytes(b"")
    line = refusal(folder)
    assert_matches(r"a\\nb/", line)
    assert "\x1b" not in line


def test_a_file_that_goes_away_while_the_folder_is_read(
    tmp_path: Path, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = divided(tmp_path / "data", 60)
    find_layout = load.find_layout

    def find_and_remove(*arguments: object) -> object:
        found = find_layout(*arguments)  # type: ignore[arg-type]
        (folder / "train/dog/007.png").unlink()
        return found

    monkeypatch.setattr(load, "find_layout", find_and_remove)
    line = refusal(folder, "--train-images", "1000", "--skip-bad")
    assert_matches(
        r"train: expected every file that was listed a moment ago, got train/dog/007\.png: No such file", line
    )


PARQUET = {
    "a number too large": (
        [*range(9), 10],
        "expected labels from 0 to 9, got 10 in row 9, 1 such rows in all",
    ),
    "a row without a label": (
        [*range(5), None, *range(4)],
        "expected a label in every row, got none in row 5, 1 such",
    ),
    "fractions": (
        [0.5] * 10,
        "expected a whole number or a string as the label of every row, got type double",
    ),
    "not a number": ([float("nan")] * 10, "expected a whole number or a string .*, got type double"),
}


@pytest.mark.parametrize("case", PARQUET)
def test_labels_of_a_parquet_file(case: str, tmp_path: Path, refusal: Refusal) -> None:
    labels, expected = PARQUET[case]
    path = write_parquet(tmp_path / "x.parquet", [PICTURE] * 10, labels, CLASSES)
    assert_matches(rf"x\.parquet: {expected}", refusal(path))


def test_an_unreadable_picture_of_a_parquet_file(tmp_path: Path, refusal: Refusal) -> None:
    contents: list[bytes | None] = [PICTURE] * 40
    path = write_parquet(tmp_path / "train.parquet", [*contents, b"<html>"], [*[0, 1] * 20, 1])
    write_parquet(tmp_path / "test.parquet", contents, [0, 1] * 20)
    assert_matches(
        r"expected 41 readable pictures, got 1 that are not: row 40 \(not a picture", refusal(path)
    )


def test_a_damaged_parquet_file(tmp_path: Path, refusal: Refusal) -> None:
    path = write_digits_parquet(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    assert_matches("expected a readable parquet file, got: ", refusal(path))


def test_labels_of_another_length_beside_idx_pictures(tmp_path: Path, refusal: Refusal) -> None:
    write_digits_idx(tmp_path, compress=False)
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 7) + bytes(7))
    assert_matches("expected a label for each of 120 pictures, got 7; take both files", refusal(tmp_path))


def test_an_idx_file_cut_short(tmp_path: Path, refusal: Refusal) -> None:
    write_digits_idx(tmp_path, compress=False)
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1])
    assert_matches("train-labels-idx1-ubyte: expected 120 bytes for 120, got 119", refusal(tmp_path))


def test_what_is_left_out_is_told_by_the_doctor_and_before_the_test_pictures_count(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = divided(tmp_path / "data", 55)
    tree(folder / "test", per_class=48, classes=("more/cat", "more/dog"))
    for name in ("cat", "dog"):
        (folder / f"test/more/{name}").rename(folder / f"test/{name}/more")
    shutil.rmtree(folder / "test/more")
    (folder / "test/cat/000.png").write_bytes(b"")
    os.mkfifo(folder / "train/cat/pipe.png")
    note = "train: passed over, being no files: train/cat/pipe.png (a pipe), 1 in all"
    assert note in check_data(str(folder), None).text
    config = load_config(None, {"data": {"dataset": str(folder), "skip_bad": True}})
    assert len(read_test(load_task(config))) == 99
    assert "warning: " in (told := capfd.readouterr().err)
    assert "test: left out 1 of 100 pictures, which cannot be read: test/cat/000.png" in told
