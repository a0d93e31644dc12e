"""Where networks are handed over: a new directory for each, below one root, called by search and trial."""

from itertools import count
from pathlib import Path

from nas.errors import ExportTargetError

PRIVATE = 0o700


def make_root(root: Path) -> Path:
    """Returns the root, resolved, having made it where there was none: nobody else can look into it then."""
    try:
        root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        return root.resolve(strict=True)
    except OSError as error:
        raise ExportTargetError(
            f"directory of exports {str(root)!r}: expected one that can be made, got: {error.strerror}; "
            "name another with --exports"
        ) from error


def make_target(root: Path, search: str, number: int | None) -> Path:
    """Returns a new empty directory: NAME-NUMBER, NAME-best where the number is not known yet, or NAME-NUMBER-2.

    Nobody else gets the same one. Raises `ExportTargetError` where it would lie anywhere but right below the root.
    """
    root = make_root(root)
    wanted = f"{search}-{'best' if number is None else number}"
    for k in count(1):
        target = root / (wanted if k == 1 else f"{wanted}-{k}")
        if target.parent != root or target.name.startswith("."):
            break
        try:
            target.mkdir(mode=PRIVATE)
        except FileExistsError:
            continue
        except OSError as error:
            raise ExportTargetError(
                f"export directory {str(target)!r}: expected one that can be made, got: {error.strerror}; "
                "make room, or name another root with --exports"
            ) from error
        return target
    raise ExportTargetError(
        f"export of {search!r}: expected the name of a search, got what would leave the directory of exports"
    )
