"""How a running search is asked to stop, and how that is waited for."""

import getpass
import platform
import time

import click

from nas.search.commands import NOT_HEARD
from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.owner import readable
from nas.storage.records import CommandKind, SearchRecord

LOOK_SECONDS = 0.5
SAY_SECONDS = 30.0


def stop(storage: Storage, record: SearchRecord) -> SearchRecord:
    """Asks the driver to stop and returns the search as it is once it is no longer driven.

    Where another driver has taken its place, that one is asked: it does not do what was asked of the one before it.
    """
    asked = _ask(storage, record)
    began = time.monotonic()
    say_at = began + SAY_SECONDS
    while is_driven(record):
        time.sleep(LOOK_SECONDS)
        if time.monotonic() >= say_at and record.owner is not None:
            waited = time.monotonic() - began
            click.echo(f"waiting for {readable(record.owner)} to stop, {waited:.0f} s so far", err=True)
            say_at += SAY_SECONDS
        if _is_unheard(storage, record, asked):
            asked = _ask(storage, record)
        record = storage.search(record.name)
    return record


def _ask(storage: Storage, record: SearchRecord) -> int:
    """Returns the id of the command."""
    by = f"{_user()}@{platform.node()}"
    return storage.add_command(record.search_id, CommandKind.STOP, by).command_id


def _is_unheard(storage: Storage, record: SearchRecord, asked: int) -> bool:
    commands = storage.commands(record.search_id)
    return any(command.answer == NOT_HEARD for command in commands if command.command_id == asked)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no variable says so, and the system does not know the number
        return "somebody"
