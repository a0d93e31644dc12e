"""Stand-ins for trainings in a driver whose clocks jump: its own wall clock, and that of its SQLite database.

The file `jump` in the test's directory says by how many seconds. That the clocks were read while they were ahead or
behind is left in the files `jumped.wall` and `jumped.database`.
"""

import os
import time
from pathlib import Path
from sqlite3 import Connection

from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from tests.faults.children import PLACE, evaluate

__all__ = ["evaluate"]

DAY_SECONDS = 86_400.0
UNIX_EPOCH = 2440587.5
"""As a Julian day."""
_place = Path(os.environ[PLACE])
_real_time = time.time


def _now(clock: str = "wall") -> float:
    try:
        seconds = float((_place / "jump").read_text())
    except (FileNotFoundError, ValueError):  # at the moment that it is written it is empty
        return _real_time()
    (_place / f"jumped.{clock}").touch()
    return _real_time() + seconds


def _set_clock(connection: Connection, _: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    """Before each use: the driver may have connected before it loaded this module."""
    connection.create_function("julianday", 1, lambda _: _now("database") / DAY_SECONDS + UNIX_EPOCH)


time.time = _now
event.listen(Pool, "checkout", _set_clock)
