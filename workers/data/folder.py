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

from workers.data.source import Part, Picture, Rows, Source, open_picture, printable
from workers.errors import DataError

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm")
)
IGNORED_FOLDERS = frozenset(("__MACOSX",))
PARTS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
"""How the folders of the parts may be called."""


def matches(dataset: str) -> bool:
    """Whether there is a folder to look into."""
    return Path(dataset).is_dir()


def open_source(dataset: str, test: str | None) -> Source:
    """Lists the pictures of every part; none is opened."""
    root = Path(dataset)
    folders = {
        part: folder for folder in _subfolders(root, root) for part in PARTS if folder.name in PARTS[part]
    }
    if "train" not in folders or not _subfolders(folders["train"], root):
        folders = {"train": root}
    parts = {part: _list_part(folder, root) for part, folder in folders.items()}
    if test is not None:
        parts["test"] = _list_part(Path(test), Path(test))
    return Source(**parts)


@dataclass(frozen=True, eq=False)
class FolderPart(Part):
    """A part whose pictures are files: `paths` has N entries, relative to `root`."""

    root: Path
    paths: tuple[str, ...]

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:  # noqa: D102
        for row in rows:
            path = self.paths[row]
            yield Picture(printable(path), partial(open_picture, str(self.root / path)))


def _list_part(folder: Path, root: Path) -> FolderPart:
    """Lists a folder of class folders; no picture may lie outside of `root`."""
    paths: list[str] = []
    labels: list[int] = []
    class_folders = _subfolders(folder, root)
    for label, class_folder in enumerate(class_folders):
        found = [str(path.relative_to(root)) for path in _iter_files(class_folder, root)]
        paths += found
        labels += [label] * len(found)
    if not paths:
        raise DataError(
            f"{printable(str(folder))}: expected pictures in class folders, CLASS/*.png, got {len(class_folders)} "
            "folders and no pictures in them; name the folder that holds the class folders"
        )
    classes = tuple(printable(class_folder.name) for class_folder in class_folders)
    return FolderPart(printable(str(folder)), classes, np.array(labels, np.int64), root, tuple(paths))


def _iter_files(folder: Path, root: Path) -> Iterator[Path]:
    """Yields the picture files below a folder in the order of their names. Links to folders are not followed."""
    for entry in _visible_entries(folder):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _iter_files(path, root)
        elif path.suffix.lower() in SUFFIXES and entry.is_file():
            _refuse_outside(path, root)
            yield path


def _subfolders(folder: Path, root: Path) -> list[Path]:
    folders = [Path(entry.path) for entry in _visible_entries(folder) if entry.is_dir()]
    for found in folders:
        _refuse_outside(found, root)
    return folders


def _visible_entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [e for e in entries if not e.name.startswith(".") and e.name not in IGNORED_FOLDERS]
    except OSError as error:
        raise DataError(
            f"{printable(str(folder))}: expected a readable folder, got: {error.strerror}; check path and permissions"
        ) from error
    return sorted(visible, key=lambda entry: entry.name)


def _refuse_outside(path: Path, root: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise DataError(
            f"{printable(str(path))}: expected something in {printable(str(root))}, got a link to "
            f"{printable(str(path.resolve()))}; copy it into the folder"
        )
