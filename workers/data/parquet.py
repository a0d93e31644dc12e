"""Reads parquet files in the Hugging Face layout: a struct column with the bytes of the pictures, and a label column.

The labels are numbers whose names stand under the schema's metadata key "huggingface" (`ClassLabel`), or numbers or
strings that stand for themselves.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from PIL import Image

from search_spaces.errors import printable
from workers.data.images import Labels
from workers.data.source import Part, Picture, Rows, Source, number_classes, open_picture
from workers.errors import DataError

SUFFIX = ".parquet"
LABEL_COLUMNS = ("label", "labels", "fine_label")
LABEL_KINDS: tuple[Callable[[Any], bool], ...] = (
    pa.types.is_integer,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_boolean,
)
BATCH_ROWS = 1_024
METADATA_KEY = b"huggingface"


def matches(dataset: str) -> bool:
    """Whether it is a file called .parquet."""
    return Path(dataset).suffix.lower() == SUFFIX and Path(dataset).is_file()


def open_source(dataset: str, test: str | None) -> Source:
    """Reads the labels of the file and of its twin, whose name has "test" for "train", where there is one."""
    path = Path(dataset)
    twin = Path(test) if test else path.with_name(path.name.replace("train", "test"))
    has_test = test is not None or (twin != path and twin.exists())
    return Source(_open_part(path), test=_open_part(twin) if has_test else None)


@dataclass(frozen=True, eq=False)
class ParquetPart(Part):
    """A part whose pictures are rows of a file: `column` is the struct that holds them."""

    path: Path
    column: str

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:  # noqa: D102
        first = 0
        with _open_file(self.path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=[self.column]):
                contents = batch.column(0).field("bytes")
                for row in rows[slice(*np.searchsorted(rows, (first, first + len(batch))))]:
                    yield Picture(f"row {row}", partial(_open_bytes, contents[int(row) - first].as_py()))
                first += len(batch)


@contextmanager
def _open_file(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{printable(str(path))}: expected a readable parquet file, got: {error}; download it again"
        ) from error


def _open_bytes(content: bytes | None) -> Image.Image:
    if content is None:
        raise ValueError("no bytes; a path alone is not followed")
    return open_picture(BytesIO(content))


def _open_part(path: Path) -> ParquetPart:
    with _open_file(path) as file:
        schema = file.schema_arrow
        picture_column, label_column = _columns(path, schema)
        values = file.read([label_column]).column(0)
    classes, labels = _labels(path, values, _class_names(path, schema, label_column))
    return ParquetPart(printable(str(path)), classes, labels, path, picture_column)


def _columns(path: Path, schema: Any) -> tuple[str, str]:
    """Returns the names of the first column that holds pictures and of the label column."""
    pictures = [field.name for field in schema if _holds_pictures(field.type)]
    labels = [name for name in LABEL_COLUMNS if name in schema.names]
    if not pictures or not labels:
        listed = ", ".join(f"{field.name}: {field.type}" for field in schema)
        raise DataError(
            f"{printable(str(path))}: expected a column of pictures, struct<bytes: binary, path: string>, and "
            f"one called {' or '.join(LABEL_COLUMNS)}, got {listed}; rename or convert the columns"
        )
    return pictures[0], labels[0]


def _holds_pictures(kind: Any) -> bool:
    return bool(pa.types.is_struct(kind)) and kind.get_field_index("bytes") >= 0


def _class_names(path: Path, schema: Any, column: str) -> tuple[str, ...] | None:
    """Returns the names that the metadata gives to the numbers of a label column, if any."""
    try:
        metadata = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
        names = metadata.get("info", {}).get("features", {}).get(column, {}).get("names")
    except (ValueError, AttributeError) as error:
        raise DataError(
            f"{printable(str(path))}: expected JSON under the metadata key 'huggingface', got: {error}; "
            "write the file again with the datasets library"
        ) from error
    return tuple(printable(str(name)) for name in names) if names else None


def _labels(path: Path, values: Any, names: tuple[str, ...] | None) -> tuple[tuple[str, ...], Labels]:
    """Returns the class names and the label of each row (N,)."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not any(is_kind(values.type) for is_kind in LABEL_KINDS):
        raise DataError(
            f"{printable(str(path))}: expected a whole number or a string as the label of every row, got type "
            f"{values.type}; convert the column"
        )
    if values.null_count:
        first = pc.index(pc.is_null(values), True).as_py()
        raise DataError(
            f"{printable(str(path))}: expected a label in every row, got none in row {first}, {values.null_count:,} "
            "such rows in all; remove or label those rows"
        )
    array = values.to_numpy()
    if names is None or not pa.types.is_integer(values.type):
        return number_classes(array)
    outside = np.flatnonzero((array < 0) | (array >= len(names)))
    if outside.size:
        raise DataError(
            f"{printable(str(path))}: expected labels from 0 to {len(names) - 1}, got {array[outside[0]]} in row "
            f"{outside[0]}, {outside.size:,} such rows in all; remove or label those rows"
        )
    return names, array.astype(np.int64)
