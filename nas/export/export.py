"""Writes the hand-over directory: all forms, checked, or nothing at all."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from nas.errors import ExportTargetError
from nas.export.bundle import ExportBundle, ExportReport, FormCheck, Remeasured
from search_spaces.drawing.svg import draw_svg


def check_target(directory: Path) -> None:
    """Raises `ExportTargetError` unless the directory can be written: new or empty, in a place that may be written to.

    Asks before the training that precedes an export, and `write_export` asks again.
    """
    try:
        problem = _problem(directory.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: how Python 3.11 tells a circle of links
        problem = f"got a path that cannot be looked at ({getattr(error, 'strerror', error)}); name another"
    if problem:
        raise ExportTargetError(
            f"export directory {str(directory)!r}: expected a new or empty directory, {problem}"
        )


def _problem(target: Path) -> str:
    """Returns what stands against writing to the directory, and what to do; empty if nothing does."""
    if target.exists() and not target.is_dir():
        return "got a file; name another"
    if target.is_dir() and any(target.iterdir()):
        count = sum(1 for _ in target.iterdir())
        return f"got one with {count} {'entry' if count == 1 else 'entries'}; empty it or name another"
    if target.is_dir() and (target.is_mount() or target == Path.cwd()):
        return (
            f"which can be replaced as a whole; name a new one inside it, such as {str(target / 'network')!r}"
        )
    parent = next(parent for parent in target.parents if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        return f"but nothing can be written to {str(parent)!r}; name a place you may write to"
    return ""


def write_export(directory: Path, bundle: ExportBundle) -> ExportReport:
    """Writes every form of the network to `directory`, reads each again and compares it with the network.

    The directory appears complete or not at all: it is written beside its place and moved there at the end.
    Raises `ExportTargetError` where it cannot be written, `ExportError` where a form differs from the network.
    """
    check_target(directory)
    target = directory.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".export-", dir=target.parent) as beside:
            staging = Path(beside, target.name)
            staging.mkdir()  # unlike the directory around it, with the permissions that are usual here
            checks, test = _write_checked(staging, bundle)
            files = tuple(sorted(file.name for file in staging.iterdir()))
            staging.rename(target)
    except OSError as error:
        raise ExportTargetError(
            f"export directory {str(directory)!r}: expected to write there, got {error.strerror or error}; "
            "make room or name another"
        ) from error
    return ExportReport(directory, files, checks, test)


def _write_checked(staging: Path, bundle: ExportBundle) -> tuple[tuple[FormCheck, ...], Remeasured]:
    """Writes all files and returns how they compare with the network."""
    # Here: torch takes over a second to import, and `check_target` is asked before anything else is done.
    from nas.export.card import model_card
    from nas.export.forms import write_programs, write_weights
    from nas.export.model_file import model_file
    from nas.export.network import trained_network
    from nas.export.verify import check_forms, remeasure

    network = trained_network(bundle)
    write_weights(staging, bundle)
    write_programs(staging, bundle, network)
    _write(staging / "model.py", model_file(bundle))
    _write(staging / "architecture.svg", draw_svg(bundle.outline))
    checks = check_forms(staging, network, bundle.test.images)
    test = remeasure(staging, bundle.test)
    _write(staging / "MODEL_CARD.md", model_card(bundle, checks, test))
    return checks, test


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
