"""Small real data sets on disk: some of scikit-learn's handwritten digits in each of the forms that can be read."""

import gzip
import json
import struct
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from sklearn.datasets import load_digits

Array = npt.NDArray[np.uint8]
CLASSES = tuple("0123456789")


@cache
def _digits() -> tuple[Array, npt.NDArray[np.int64]]:
    digits = load_digits()
    return np.rint(digits.images * 255 / 16).astype(np.uint8), digits.target


def pictures(per_class: int, skip: int = 0) -> tuple[Array, npt.NDArray[np.int64]]:
    """Returns `per_class` digits of each class, the first `skip` of it left out: (N, 8, 8) and (N,)."""
    images, labels = _digits()
    rows = np.concatenate([np.flatnonzero(labels == digit)[skip : skip + per_class] for digit in range(10)])
    return images[rows], labels[rows]


def encoded(image: Array, kind: str = "PNG") -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, kind)
    return file.getvalue()


def write_digits_folder(path: Path, per_class: int = 12, test_per_class: int = 4, split: bool = True) -> Path:
    """Writes path/train/CLASS/*.png and path/test/CLASS/*.png, or without `split` path/CLASS/*.png; returns `path`."""
    parts = {"train": (per_class, 0), "test": (test_per_class, per_class)} if split else {".": (per_class, 0)}
    for part, (count, skip) in parts.items():
        for number, (image, label) in enumerate(zip(*pictures(count, skip), strict=True)):
            folder = path / part / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:04}.png").write_bytes(encoded(image))
    return path


def write_digits_parquet(path: Path, per_class: int = 12, test_per_class: int = 4) -> Path:
    """Writes path/digits-train.parquet and path/digits-test.parquet, in the Hugging Face layout; returns the first."""
    path.mkdir(parents=True, exist_ok=True)
    for part, count, skip in (("train", per_class, 0), ("test", test_per_class, per_class)):
        images, labels = pictures(count, skip)
        write_parquet(
            path / f"digits-{part}.parquet", [encoded(image) for image in images], labels.tolist(), CLASSES
        )
    return path / "digits-train.parquet"


def write_parquet(
    path: Path,
    contents: list[bytes | None],
    labels: list[object],
    names: tuple[str, ...] = (),
    column: str = "image",
) -> Path:
    """Writes a parquet file in the Hugging Face layout; with `names` the labels are declared a `ClassLabel`."""
    structs = [{"bytes": content, "path": None} for content in contents]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table({column: pa.array(structs, kind), "label": pa.array(labels)})
    features = {column: {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    if names:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path)
    return path


def write_digits_idx(path: Path, per_class: int = 12, test_per_class: int = 4, compress: bool = True) -> Path:
    """Writes the four IDX files of MNIST's layout; returns `path`."""
    path.mkdir(parents=True, exist_ok=True)
    for part, count, skip in (("train", per_class, 0), ("t10k", test_per_class, per_class)):
        images, labels = pictures(count, skip)
        for kind, array in (("images", images), ("labels", labels.astype(np.uint8))):
            name = f"{part}-{kind}-idx{array.ndim}-ubyte{'.gz' if compress else ''}"
            (path / name).write_bytes(gzip.compress(idx_bytes(array)) if compress else idx_bytes(array))
    return path


def idx_bytes(array: Array) -> bytes:
    """Returns the content of an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
