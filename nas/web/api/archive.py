"""A directory as a zip archive, written while it is read: however large it is, a few blocks of it are in memory."""

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 16


def files_below(directory: Path) -> list[Path]:
    """Returns the plain files below a directory, by name: what links, pipes and devices lead to is left out."""
    return sorted(
        Path(parent, name)
        for parent, _, names in os.walk(directory, followlinks=False)
        for name in names
        if stat.S_ISREG(os.lstat(os.path.join(parent, name)).st_mode)  # noqa: PTH118
    )


def archived(directory: Path, files: list[Path]) -> Iterator[bytes]:
    """Yields a zip archive of the files, below one folder that is called as the directory is."""
    written = _Blocks()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            name = f"{directory.name}/{file.relative_to(directory).as_posix()}"
            with _opened(file) as content, archive.open(_entry(name), "w", force_zip64=True) as entry:
                while block := content.read(BLOCK):
                    entry.write(block)
                    yield written.taken()
            yield written.taken()
    yield written.taken()


def _opened(file: Path) -> io.BufferedReader:
    """Opens a file that is no link; raises `OSError` where it has become one since it was listed."""
    return os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


class _Blocks(io.RawIOBase):
    """Keeps what is written until it is taken; it cannot be gone back in."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: "bytes | bytearray | memoryview[int]", /) -> int:  # type: ignore[override]
        self._blocks.append(bytes(block))
        return len(block)

    def taken(self) -> bytes:
        """Returns what was written since the last time."""
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)
