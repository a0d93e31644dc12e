"""Parquet files in the Hugging Face layout, as they are and as they are broken."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_fixtures import CLASSES, encoded, pictures, write_digits_parquet, write_parquet
from workers.data import parquet
from workers.data.decode import Layout, decode
from workers.data.splits import Selection
from workers.errors import DataError

IMAGES, LABELS = pictures(1)
CONTENTS = [encoded(image) for image in IMAGES]
LAYOUT = Layout(1, 8, 8)


def classes_and_labels(path: Path) -> tuple[tuple[str, ...], list[int]]:
    train = parquet.open_source(str(path), None).train
    return train.classes, train.labels.tolist()


def test_both_files_are_read(digits_parquet: Path) -> None:
    assert parquet.matches(str(digits_parquet))
    source = parquet.open_source(str(digits_parquet), None)
    for part, (images, labels) in ((source.train, pictures(12)), (source.test, pictures(4, skip=12))):
        assert part is not None
        (decoded,) = decode([Selection.whole(part)], LAYOUT, lambda: None)
        assert np.array_equal(decoded.images[:, 0], images)
        assert np.array_equal(decoded.labels, labels)


@pytest.mark.parametrize("rows", [[], [0], [119], [3, 4, 50, 99], list(range(120))])
def test_only_the_rows_asked_for_are_given(
    digits_parquet: Path, monkeypatch: pytest.MonkeyPatch, rows: list[int]
) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 7)
    part = parquet.open_source(str(digits_parquet), None).train
    found = list(part.iter_pictures(np.array(rows, np.intp)))
    assert [picture.where for picture in found] == [f"row {row}" for row in rows]
    images, _ = pictures(12)
    for row, picture in zip(rows, found, strict=True):
        assert np.array_equal(np.asarray(picture.open()), images[row])


def test_names_come_from_the_metadata(tmp_path: Path) -> None:
    names = tuple(f"digit {name}" for name in CLASSES)
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, LABELS.tolist(), names, column="img")
    assert classes_and_labels(path) == (names, LABELS.tolist())


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        (["b", "a"] * 5, ("a", "b"), [1, 0] * 5),
        ([20, 3] * 5, ("3", "20"), [1, 0] * 5),
        ([True, False] * 5, ("False", "True"), [1, 0] * 5),
        (pa.array(["b", "a"] * 5).dictionary_encode(), ("a", "b"), [1, 0] * 5),
        (pa.array(["b", "a"] * 5, pa.large_string()), ("a", "b"), [1, 0] * 5),
    ],
    ids=["strings", "numbers", "booleans", "dictionary", "large strings"],
)
def test_labels_without_names_stand_for_themselves(
    tmp_path: Path, labels: list[object], classes: tuple[str, ...], numbers: list[int]
) -> None:
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, labels)
    assert classes_and_labels(path) == (classes, numbers)


def test_names_that_metadata_of_other_columns_hold_are_not_taken(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, LABELS.tolist(), CLASSES)
    table = pq.read_table(path).rename_columns(["image", "labels"])
    pq.write_table(table, path)
    assert classes_and_labels(path)[0] == CLASSES


def test_the_twin_is_looked_for_in_the_file_name_alone(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    train = write_digits_parquet(folder)
    assert parquet.open_source(str(train), None).test is not None
    (folder / "digits-test.parquet").unlink()
    assert parquet.open_source(str(train), None).test is None
    alone = train.rename(folder / "digits.parquet")
    assert parquet.open_source(str(alone), None).test is None


def test_the_test_file_may_lie_elsewhere(tmp_path: Path, digits_parquet: Path) -> None:
    alone = write_digits_parquet(tmp_path).rename(tmp_path / "digits.parquet")
    elsewhere = digits_parquet.with_name("digits-test.parquet")
    test = parquet.open_source(str(alone), str(elsewhere)).test
    assert test is not None
    assert len(test.labels) == 40
    with pytest.raises(DataError, match=r"nowhere.parquet: expected a readable parquet file, got: .*nowhere"):
        parquet.open_source(str(alone), "nowhere.parquet")


def test_a_test_file_with_other_names(tmp_path: Path) -> None:
    write_parquet(tmp_path / "train.parquet", CONTENTS, LABELS.tolist(), CLASSES)
    write_parquet(tmp_path / "test.parquet", CONTENTS, LABELS.tolist(), (*CLASSES[:9], "nine"))
    with pytest.raises(DataError, match=r"test.parquet: .* 1 missing \['9'\] and 1 unknown \['nine'\]"):
        parquet.open_source(str(tmp_path / "train.parquet"), None)


def test_other_paths_do_not_match(tmp_path: Path) -> None:
    (tmp_path / "folder.parquet").mkdir()
    assert not parquet.matches(str(tmp_path / "folder.parquet"))
    assert not parquet.matches(str(tmp_path / "missing.parquet"))
    assert not parquet.matches("digits")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>404</html>"])
def test_files_that_are_no_parquet(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"x.parquet: expected a readable parquet file, got: .*; download it again"
    ):
        parquet.open_source(str(path), None)


def test_damage_in_the_middle_is_found_when_the_pictures_are_read(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, LABELS.tolist(), CLASSES)
    content = bytearray(path.read_bytes())
    content[10:40] = bytes(30)
    path.write_bytes(content)
    part = parquet.open_source(str(path), None).train
    with pytest.raises(DataError, match=r"x.parquet: expected a readable parquet file"):
        list(part.iter_pictures(np.arange(10)))


@pytest.mark.parametrize(
    ("columns", "listed"),
    [
        ({"label": [1]}, "got label: int64; rename"),
        ({"image": [{"bytes": b""}]}, "got image: struct<bytes: binary>; rename"),
        ({"image": [b""], "label": [1]}, "got image: binary, label: int64; rename"),
        ({"image": [{"path": "a.png"}], "label": [1]}, "got image: struct<path: string>, label: int64"),
    ],
    ids=["no pictures", "no labels", "plain bytes", "paths only"],
)
def test_missing_columns_are_listed(tmp_path: Path, columns: dict[str, list[object]], listed: str) -> None:
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    with pytest.raises(DataError, match=f"expected a column of pictures, .* label or labels .*{listed}"):
        parquet.open_source(str(tmp_path / "x.parquet"), None)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([*range(9), 10], "labels from 0 to 9, got 10 in row 9, 1 such rows in all"),
        ([-1, *range(8), -1], "labels from 0 to 9, got -1 in row 0, 2 such rows in all"),
        ([3, None, None, *range(7)], "a label in every row, got none in row 1, 2 such rows in all"),
        ([0.5] * 10, "got type double; convert the column"),
    ],
    ids=["too large", "negative", "empty", "fractions"],
)
def test_labels_that_name_no_class(tmp_path: Path, labels: list[object], message: str) -> None:
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, labels, CLASSES)
    with pytest.raises(DataError, match=rf"x.parquet: expected .*{message}"):
        parquet.open_source(str(path), None)


@pytest.mark.parametrize("metadata", [b"{", b"[]", b'{"info": 3}'])
def test_metadata_that_cannot_be_understood(tmp_path: Path, metadata: bytes) -> None:
    path = write_parquet(tmp_path / "x.parquet", CONTENTS, LABELS.tolist())
    pq.write_table(pq.read_table(path).replace_schema_metadata({"huggingface": metadata}), path)
    with pytest.raises(DataError, match=r"expected JSON under the metadata key 'huggingface', got: "):
        parquet.open_source(str(path), None)


def test_rows_without_bytes_are_named(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", [None, *CONTENTS[1:]], LABELS.tolist(), CLASSES)
    selection = Selection.whole(parquet.open_source(str(path), None).train)
    with pytest.raises(DataError, match=r"x.parquet: .*: row 0 \(no bytes; a path alone is not followed\)"):
        decode([selection], LAYOUT, lambda: None)
