"""IDX directories, as they are and as they are broken."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.data_fixtures import idx_bytes, pictures, write_digits_idx
from workers.data import idx
from workers.data.source import ArrayPart
from workers.errors import DataError

TRAIN_IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A directory of four uncompressed files that a test may break."""
    return write_digits_idx(tmp_path / "plain", compress=False)


@pytest.mark.parametrize("compress", [True, False])
def test_both_parts_are_read(tmp_path: Path, compress: bool) -> None:
    directory = write_digits_idx(tmp_path, per_class=5, test_per_class=2, compress=compress)
    assert idx.matches(str(directory))
    source = idx.open_source(str(directory), None)
    for part, (images, labels) in ((source.train, pictures(5)), (source.test, pictures(2, skip=5))):
        assert isinstance(part, ArrayPart)
        assert np.array_equal(part.images, images)
        assert np.array_equal(part.labels, labels)
        assert part.classes == tuple("0123456789")


def test_dots_before_idx_are_read_as_well(plain: Path) -> None:
    for path in plain.iterdir():
        path.rename(plain / path.name.replace("-idx", ".idx"))
    assert len(idx.open_source(str(plain), None).train.labels) == 120


def test_labels_need_not_start_at_zero(plain: Path) -> None:
    for path in plain.glob("*labels*"):
        path.write_bytes(path.read_bytes()[:8] + bytes(10 + value for value in path.read_bytes()[8:]))
    source = idx.open_source(str(plain), None)
    assert source.train.classes == tuple(map(str, range(10, 20)))
    assert source.train.labels.max() == 9


def test_a_missing_test_part_is_none(plain: Path) -> None:
    for path in plain.glob("t10k*"):
        path.unlink()
    assert idx.open_source(str(plain), None).test is None


def test_the_test_part_may_lie_elsewhere(plain: Path, digits_idx: Path) -> None:
    for path in plain.glob("t10k*"):
        path.unlink()
    test = idx.open_source(str(plain), str(digits_idx)).test
    assert test is not None
    assert len(test.labels) == 40
    with pytest.raises(
        DataError, match=r"nowhere: expected one file \*t10k-images\?idx3-ubyte\[.gz\], got none"
    ):
        idx.open_source(str(plain), "nowhere")


def test_other_folders_do_not_match(tmp_path: Path, digits_folder: Path) -> None:
    assert not idx.matches(str(tmp_path))
    assert not idx.matches(str(digits_folder))
    assert not idx.matches("digits")


def test_missing_labels(plain: Path) -> None:
    (plain / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"expected one file \*train-labels\?idx1-ubyte\[.gz\], got none"):
        idx.open_source(str(plain), None)


def test_two_data_sets_in_one_directory(plain: Path) -> None:
    (plain / f"emnist-{TRAIN_IMAGES}").write_bytes(b"")
    with pytest.raises(DataError, match=f"got emnist-{TRAIN_IMAGES}, {TRAIN_IMAGES}; keep"):
        idx.open_source(str(plain), None)


def test_a_label_too_few(plain: Path) -> None:
    _, labels = pictures(12)
    (plain / "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels[:-1].astype(np.uint8)))
    with pytest.raises(DataError, match=r"a label for each of 120 pictures, got 119"):
        idx.open_source(str(plain), None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with bytes 00 00 08 03, got none"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "starts with bytes 00 00 08 03, got 89 50 4e 47"),
        (idx_bytes(np.zeros(3, np.uint8)), "bytes 00 00 08 03, got 00 00 08 01"),
        (idx_bytes(np.zeros((2, 3, 4), np.uint8))[:12], "bytes 00 00 08 03, got 00 00 08 03"),
        (idx_bytes(np.zeros((2, 3, 4), np.uint8))[:-1], "expected 24 bytes for 2 x 3 x 4, got 23"),
        (idx_bytes(np.zeros((2, 3, 4), np.uint8)) + b"x", "expected 24 bytes for 2 x 3 x 4, got 25"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "expected 79,228,162,458,924,105,385,300,197,375 bytes"),
    ],
    ids=["empty", "png", "labels", "header cut", "short", "long", "enormous"],
)
def test_content_that_is_not_as_it_says(plain: Path, content: bytes, message: str) -> None:
    (plain / TRAIN_IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=f"{TRAIN_IMAGES}: expected .*{message}|{message}"):
        idx.open_source(str(plain), None)


@pytest.mark.parametrize("content", [b"not compressed", b"", gzip.compress(b"x" * 500, mtime=0)[:-12]])
def test_a_broken_compression(tmp_path: Path, content: bytes) -> None:
    directory = write_digits_idx(tmp_path)
    (directory / f"{TRAIN_IMAGES}.gz").write_bytes(content)
    with pytest.raises(DataError, match=rf"{TRAIN_IMAGES}.gz: expected .*; download it again"):
        idx.open_source(str(directory), None)


def test_no_pictures_at_all(plain: Path) -> None:
    (plain / TRAIN_IMAGES).write_bytes(idx_bytes(np.zeros((0, 8, 8), np.uint8)))
    (plain / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(0, np.uint8)))
    with pytest.raises(DataError, match=r"\(train\): expected pictures, got none"):
        idx.open_source(str(plain), None)
