"""How a running search is asked to stop, and how that is waited for."""

import getpass
import platform
import time

import click

from nas.search import LEASE_SECONDS
from nas.search.commands import NOT_HEARD
from nas.storage.contract import Storage
from nas.storage.owner import is_gone, readable
from nas.storage.records import CommandKind, SearchRecord, SearchState

LOOK_SECONDS = 0.5
SAY_SECONDS = 30.0


def is_driven(record: SearchRecord) -> bool:
    """Whether there is a driver that may hear, as far as can be known."""
    age = record.lease_age_seconds
    if record.state is not SearchState.RUNNING or record.owner is None or age is None:
        return False
    return age <= LEASE_SECONDS and not is_gone(record.owner)


def standing(record: SearchRecord) -> str:
    """Returns the state of a search in words: one whose driver is gone is not running, whatever is on record."""
    is_left = record.state is SearchState.RUNNING and not is_driven(record)
    return "not running" if is_left else record.state.value


def stop(storage: Storage, record: SearchRecord) -> SearchRecord:
    """Asks the driver to stop and returns the search as it is once it is no longer driven.

    Where another driver has taken its place, that one is asked: it does not do what was asked of the one before it.
    """
    _ask(storage, record)
    began = time.monotonic()
    say_at = began + SAY_SECONDS
    while is_driven(record):
        time.sleep(LOOK_SECONDS)
        if time.monotonic() >= say_at and record.owner is not None:
            waited = time.monotonic() - began
            click.echo(f"waiting for {readable(record.owner)} to stop, {waited:.0f} s so far", err=True)
            say_at += SAY_SECONDS
        if _is_unheard(storage, record):
            _ask(storage, record)
        record = storage.search(record.name)
    return record


def _ask(storage: Storage, record: SearchRecord) -> None:
    storage.add_command(record.search_id, CommandKind.STOP, f"{_user()}@{platform.node()}")


def _is_unheard(storage: Storage, record: SearchRecord) -> bool:
    commands = storage.commands(record.search_id)
    return bool(commands) and commands[-1].answer == NOT_HEARD


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no variable says so, and the system does not know the number
        return "somebody"
