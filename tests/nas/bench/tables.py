"""Tables written for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from search_spaces.spaces.nasbench201 import NasBench201Space


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> str:
    """Writes a Parquet file and returns its path as text."""
    pq.write_table(pa.table(dict(columns)), path)
    return str(path)


def cells(count: int) -> list[str]:
    """Returns the strings of so many cells of NAS-Bench-201."""
    space = NasBench201Space()
    return [space.cell_string(one) for one, _ in zip(space.enumerate(), range(count), strict=False)]
