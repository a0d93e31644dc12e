"""Reads folders of class folders: DIR/CLASS/picture.png, or the same below DIR/train, DIR/val and DIR/test.

- A part is what its folder is called; a part without a folder is set apart from the training pictures.
- DIR is divided already if it holds a `train` folder that holds folders; else `train` is a class like any other.
- Pictures are found by suffix, in whatever case, at any depth below the class folder.
- Hidden files and folders and __MACOSX are ignored. What is no file (a pipe, a socket, a device, a dangling link) is
  never opened. A link that leads out of the folder is refused: a data set must not change with what lies elsewhere.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from workers.data.decode import open_picture
from workers.data.source import Part, Picture, Rows, Source, printable
from workers.errors import DataError

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm")
)
IGNORED_FOLDERS = frozenset(("__MACOSX",))
TRAIN_NAMES = ("train", "training")
VALIDATION_NAMES = ("val", "valid", "validation")
TEST_NAMES = ("test", "testing")


def matches(dataset: str) -> bool:
    """Whether there is a folder to look into."""
    return Path(dataset).is_dir()


def open_source(dataset: str, test: str | None) -> Source:
    """Lists the pictures of every part; none is opened."""
    root = Path(dataset)
    train = _existing(root, TRAIN_NAMES)
    if train is None or not _subfolders(train):
        return Source(_list_part(root), test=_list_part(Path(test)) if test else None)
    validation, own_test = _existing(root, VALIDATION_NAMES), _existing(root, TEST_NAMES)
    test_folder = Path(test) if test else own_test
    return Source(
        _list_part(train),
        _list_part(validation) if validation else None,
        _list_part(test_folder) if test_folder else None,
    )


@dataclass(frozen=True, eq=False)
class FolderPart(Part):
    """A part whose pictures are files: `paths` has N entries, relative to the folder `where`."""

    root: Path
    paths: tuple[str, ...]

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:  # noqa: D102
        for row in rows:
            path = self.paths[row]
            yield Picture(printable(path), partial(open_picture, str(self.root / path)))


def _list_part(root: Path) -> FolderPart:
    paths: list[str] = []
    labels: list[int] = []
    folders = _subfolders(root)
    for label, folder in enumerate(folders):
        found = sorted(_iter_pictures(folder, root))
        paths += found
        labels += [label] * len(found)
    if not paths:
        raise DataError(
            f"{printable(str(root))}: expected pictures in class folders, {root.name}/CLASS/*.png, got "
            f"{len(folders)} folders and no pictures in them; name the folder that holds the class folders"
        )
    classes = tuple(printable(folder.name) for folder in folders)
    return FolderPart(printable(str(root)), classes, np.array(labels, np.int64), root, tuple(paths))


def _iter_pictures(folder: Path, root: Path) -> Iterator[str]:
    """Yields the pictures anywhere below a class folder, as paths relative to `root`."""
    for directory, names, files in os.walk(folder, onerror=_raise_unreadable):
        names[:] = [name for name in names if _is_visible(name)]
        for name in files:
            path = Path(directory, name)
            if _is_visible(name) and path.suffix.lower() in SUFFIXES and path.is_file():
                _refuse_outside(path, root)
                yield str(path.relative_to(root))


def _subfolders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if _is_visible(path.name) and path.is_dir())
    except OSError as error:
        _raise_unreadable(error)
        raise


def _existing(root: Path, names: tuple[str, ...]) -> Path | None:
    return next((root / name for name in names if (root / name).is_dir()), None)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name not in IGNORED_FOLDERS


def _refuse_outside(path: Path, root: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise DataError(
            f"{printable(str(path))}: expected a file in {printable(str(root))}, got a link to "
            f"{printable(str(path.resolve()))}; copy the picture into the folder"
        )


def _raise_unreadable(error: OSError) -> None:
    raise DataError(
        f"{error.filename}: expected a readable folder, got: {error.strerror}; check its permissions"
    ) from error
