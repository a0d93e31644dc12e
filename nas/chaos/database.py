"""What befalls a database in a storm: a program that locks the file, a server that ends connections."""

import sqlite3
import time
from contextlib import closing

import psutil
from sqlalchemy import bindparam, text

from nas.storage.address import parse_url
from nas.storage.connection import LOCK_SECONDS, build_engine, transaction

_CUT = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE host(client_addr) || ' ' || client_port IN :ends AND usename = current_user AND pid <> pg_backend_pid()"
).bindparams(bindparam("ends", expanding=True))


def is_file(url: str) -> bool:
    """Whether the database is a SQLite file."""
    return parse_url(url).get_backend_name() == "sqlite"


def lock_file(url: str, seconds: float) -> None:
    """Holds the write lock of a SQLite file for so long."""
    file = parse_url(url).database or ""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=12 * LOCK_SECONDS)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


def cut_connections(url: str, pid: int) -> int:
    """Has PostgreSQL end the connections of one process of this machine, and returns how many there were.

    They are told by their addresses and ports: with a socket file, or a proxy between, none is found.
    """
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return 0
    ends = [f"{one.laddr.ip} {one.laddr.port}" for one in connections if one.laddr]
    if not ends:
        return 0
    engine = build_engine(parse_url(url), read_only=True)
    try:
        with transaction(engine) as connection:
            return int(connection.execute(_CUT, {"ends": ends}).scalar_one())
    finally:
        engine.dispose()
