"""Reads folders of class folders: DIR/CLASS/picture.png, or the same below DIR/train, DIR/val and DIR/test.

- A part is what its folder is called; a part without a folder is set apart from the training pictures.
- DIR is divided already if it holds a `train` folder that holds folders; else `train` is a class like any other.
- Pictures are found by suffix, in whatever case, at any depth below the class folder.
- Hidden files and folders, __MACOSX and files of other kinds, such as Thumbs.db, are ignored.
- What is called like a picture and is no file (a pipe, a socket, a device, a dangling link, a folder) is never opened;
  how many there are is noted, with links to folders below a class folder.
- A link that leads out of the folder is refused: a data set must not change with what lies elsewhere.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

import numpy as np

from search_spaces.errors import printable
from workers.data.source import Part, Picture, Rows, Source, first_few, open_picture
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
ODD_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def matches(dataset: str) -> bool:
    """Whether there is a folder to look into."""
    return Path(dataset).is_dir()


def open_source(dataset: str, test: str | None) -> Source:
    """Lists the pictures of every part; none is opened."""
    walk = _Walk(Path(dataset))
    folders = {part: folder for folder in walk.subfolders() for part in PARTS if folder.name in PARTS[part]}
    if "train" not in folders or not walk.subfolders(folders["train"]):
        folders = {"train": walk.root}
    parts = {part: _list_part(walk, folder) for part, folder in folders.items()}
    if test is not None:
        elsewhere = _Walk(Path(test))
        parts["test"] = _list_part(elsewhere, elsewhere.root)
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


def _list_part(walk: "_Walk", folder: Path) -> FolderPart:
    """Lists a folder of class folders."""
    paths: list[str] = []
    labels: list[int] = []
    odd: list[str] = []
    class_folders = walk.subfolders(folder)
    for label, class_folder in enumerate(class_folders):
        found = list(walk.iter_pictures(class_folder, odd.append))
        paths += found
        labels += [label] * len(found)
    if not paths:
        raise DataError(
            f"{printable(str(folder))}: expected pictures in class folders, CLASS/*.png, got {len(class_folders)} "
            "folders and no pictures in them; name the folder that holds the class folders"
        )
    classes = tuple(printable(class_folder.name) for class_folder in class_folders)
    where = printable(str(folder))
    notes = (f"{where}: passed over, being no files: {first_few(odd)}, {len(odd):,} in all",) if odd else ()
    return FolderPart(where, classes, np.array(labels, np.int64), walk.root, tuple(paths), notes=notes)


class _Walk:
    """One look over what lies below `root`: every folder is listed once, however many pictures are in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real_root = root.resolve()
        self._subfolders: dict[Path, list[Path]] = {}

    def subfolders(self, folder: Path | None = None) -> list[Path]:
        """Returns the folders in `folder` (the root), links to others below the root included."""
        folder = folder or self.root
        if folder not in self._subfolders:
            entries = [entry for entry in _visible_entries(str(folder)) if _kind(entry) == stat.S_IFDIR]
            self._subfolders[folder] = [self._inside(entry) for entry in entries]
        return self._subfolders[folder]

    def iter_pictures(self, folder: Path, tell_odd: Callable[[str], None]) -> Iterator[str]:
        """Yields the picture files below a folder, relative to the root, in the order of their names.

        What is called like a picture and is no file is told with what it is, and links to folders, which are not
        followed.
        """
        start, stem = len(str(folder)), str(folder.relative_to(self.root))
        left = _visible_entries(str(folder))[::-1]
        while left:
            entry = left.pop()
            path = stem + entry.path[start:]
            looks_like_picture = PurePath(entry.name).suffix.lower() in SUFFIXES
            kind = _kind(entry) if looks_like_picture or entry.is_symlink() else 0
            if kind == stat.S_IFREG and looks_like_picture:
                self._inside(entry)
                yield path
            elif looks_like_picture or kind == stat.S_IFDIR:
                tell_odd(f"{printable(path)} ({ODD_KINDS.get(kind, 'a dangling link')})")
            elif entry.is_dir(follow_symlinks=False):
                left += _visible_entries(entry.path)[::-1]

    def _inside(self, entry: os.DirEntry[str]) -> Path:
        """Returns the path; raises `DataError` for a link that leads out of the root."""
        path = Path(entry.path)
        if entry.is_symlink() and not path.resolve().is_relative_to(self._real_root):
            raise DataError(
                f"{printable(str(path))}: expected something in {printable(str(self.root))}, got a link to "
                f"{printable(str(path.resolve()))}; copy it into the folder"
            )
        return path


def _kind(entry: os.DirEntry[str]) -> int:
    """Returns the file type of what is there, or what a link leads to, as `stat.S_IFMT` does; 0 for nothing."""
    try:
        if entry.is_file(
            follow_symlinks=False
        ):  # known from the listing: a million files take no million calls
            return stat.S_IFREG
        return stat.S_IFMT(entry.stat().st_mode)
    except OSError:  # a dangling link, a circle of links
        return 0


def _visible_entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [e for e in entries if not e.name.startswith(".") and e.name not in IGNORED_FOLDERS]
    except OSError as error:
        raise DataError(
            f"{printable(folder)}: expected a readable folder, got: {error.strerror}; check path and permissions"
        ) from error
    return sorted(visible, key=lambda entry: entry.name)
