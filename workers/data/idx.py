"""Reads directories of IDX files, the format of MNIST and Fashion-MNIST: grey pictures in one file, labels in another.

A file is two zero bytes, the type 8 (unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit
number, and the bytes (LeCun, Cortes and Burges, "The MNIST database of handwritten digits", file formats). It may be
compressed with gzip.
"""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workers.data.images import Pixels
from workers.data.source import ArrayPart, Source, number_classes
from workers.errors import DataError

TRAIN, TEST = "train", "t10k"
UNSIGNED_BYTE = 8
IMAGES, LABELS = 3, 1
"""Dimensions of the two kinds of file: (N, H, W) and (N,)."""

PATTERNS = {IMAGES: "*{part}-images?idx3-ubyte", LABELS: "*{part}-labels?idx1-ubyte"}


def matches(dataset: str) -> bool:
    """Whether the directory holds IDX files of pictures."""
    return any(Path(dataset).glob("*-images?idx3-ubyte*"))


def open_source(dataset: str, test: str | None) -> Source:
    """Reads the `train` files, and the `t10k` files beside them or in the directory `test`, where there are any."""
    directory = Path(dataset)
    train = _read_part(directory, TRAIN)
    if test is None and not _candidates(directory, TEST, IMAGES):
        return Source(train)
    return Source(train, test=_read_part(Path(test) if test else directory, TEST))


def _read_part(directory: Path, part: str) -> ArrayPart:
    images = read_idx(_find(directory, part, IMAGES), IMAGES)
    labels_path = _find(directory, part, LABELS)
    values = read_idx(labels_path, LABELS)
    if len(images) != len(values):
        raise DataError(
            f"{labels_path}: expected a label for each of {len(images):,} pictures, got {len(values):,}; "
            "take both files from one data set"
        )
    classes, labels = number_classes(values)
    return ArrayPart(f"{directory} ({part})", classes, labels, images)


def _candidates(directory: Path, part: str, dimensions: int) -> list[Path]:
    pattern = PATTERNS[dimensions].format(part=part)
    return sorted(directory.glob(pattern)) or sorted(directory.glob(f"{pattern}.gz"))


def _find(directory: Path, part: str, dimensions: int) -> Path:
    found = _candidates(directory, part, dimensions)
    if len(found) != 1:
        raise DataError(
            f"{directory}: expected one file {PATTERNS[dimensions].format(part=part)}[.gz], got "
            f"{', '.join(path.name for path in found) or 'none'}; keep the files of one data set in the directory"
        )
    return found[0]


def read_idx(path: Path, dimensions: int) -> Pixels:
    """Returns the bytes of an IDX file as an array of that many dimensions. Raises `DataError`."""
    content = _read_bytes(path)
    start = 4 + 4 * dimensions
    magic = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    if content[:4] != magic or len(content) < start:
        raise DataError(
            f"{path}: expected an IDX file that starts with bytes {magic.hex(' ')}, "
            f"got {content[:4].hex(' ') or 'none'}; download it again"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = int(np.prod(shape, dtype=object))
    if len(content) - start != expected:
        raise DataError(
            f"{path}: expected {expected:,} bytes for {' x '.join(map(str, shape))}, got {len(content) - start:,}; "
            "download it again"
        )
    array: npt.NDArray[np.uint8] = np.frombuffer(content, np.uint8, offset=start).reshape(shape)
    return array


def _read_bytes(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DataError(f"{path}: expected a readable IDX file, got: {reason}; download it again") from error
