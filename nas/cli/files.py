"""Files that commands write where an option says; one that cannot be written is told in one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def write_text(path: Path, text: str, option: str) -> None:
    """Writes a file; raises `UsageError` that names the option where it cannot be."""
    with _refusing(path, option):
        path.write_text(text, encoding="utf-8")


def check_writable(path: Path, option: str) -> None:
    """Raises what `write_text` would, for work that takes long before there is a text; leaves the file as it is."""
    is_new = not os.path.lexists(path)
    with _refusing(path, option):
        path.open("a").close()
        if is_new:
            path.unlink()


def check_suffix(path: Path, suffix: str, option: str) -> None:
    """Raises `UsageError` unless the name of the file ends in `suffix`, such as ".svg"; capitals are as good."""
    if path.suffix.lower() != suffix:
        raise click.UsageError(
            f"{option}: expected a file whose name ends in {suffix}, got {str(path)!r}; no other kind is written"
        )


@contextmanager
def _refusing(path: Path, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.UsageError(
            f"{option}: expected a file that can be written, got {path}: {error.strerror}"
        ) from error
