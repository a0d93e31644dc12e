"""How much room there is on a disk."""

import shutil
from pathlib import Path


def free_bytes(directory: Path) -> int | None:
    """Returns the room where the directory lies or is to be made; None where the disk does not answer."""
    place = next((path for path in (directory, *directory.parents) if path.is_dir()), None)
    try:
        return None if place is None else shutil.disk_usage(place).free
    except OSError:
        return None
