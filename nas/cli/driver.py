"""Drives searches from the command line: a new one, or one that was stopped; with a view, and ended by signals.

What can go wrong goes wrong before the search is in the database: a name is not taken by a search that never began.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from nas.builders import (
    Task,
    check_can_go_on,
    check_same_pictures,
    check_same_space,
    create_search,
    load_task,
    new_pool,
    new_strategy,
    open_search,
)
from nas.changes import Given, resumed_config
from nas.cli.failures import INTERRUPTED
from nas.cli.live import open_view
from nas.cli.options import database_hint
from nas.cli.progress import progress
from nas.config import SearchConfig
from nas.errors import ConfigError, StorageError
from nas.limits import check_networks, check_share, check_size
from nas.search import LEASE_SECONDS
from nas.search.background import Background
from nas.search.background import Task as Work
from nas.search.budgets import too_small
from nas.search.idle import HISTORY, Idle
from nas.search.interrupts import Interrupts
from nas.standard_error import write_line
from nas.storage.address import redacted
from nas.storage.contract import Storage
from nas.storage.owner import current_owner, may_take_over
from nas.storage.records import SearchRecord, SearchState
from nas.storage.refusals import search_busy, search_exists
from nas.storage.waiting import Waiting
from nas.strategies.base import Strategy
from workers.pool import Pool

LOOK_SECONDS = 1.0


def start(storage: Storage, config: SearchConfig, interrupts: Interrupts | None = None) -> None:
    """Begins a search and runs it to its end; raises `Exit` where a signal stopped it."""
    with _heard(interrupts) as interrupts:
        if any(record.name == config.name for record in storage.searches()):
            raise search_exists(config.name, redacted(config.database))
        task = _read(config)
        _check(task)
        if task.left_out:
            size = "x".join(map(str, task.data.image))
            write_line(f"left out, as {size} pictures are too small: {', '.join(task.left_out)}")
        strategy = new_strategy(task)
        with _start_pool(task) as pool:
            create_search(storage, task)
            _drive(storage, task, strategy, pool, interrupts)


def resume(
    storage: Storage, name: str, database: str, given: Given, interrupts: Interrupts | None = None
) -> None:
    """Goes on with a search where it was stopped; its budget and state are as they were where that cannot be."""
    with _heard(interrupts) as interrupts:
        record = storage.search(name)
        config = resumed_config(record, given, database)
        _check_not_driven(record)
        has_new_budget = _has_new_budget(record, config)
        if not has_new_budget and record.state is SearchState.COMPLETED:
            more = "--trials or --time beyond its budget makes it go on"
            write_line(f"search {name} is already complete; {more}")
            return
        task = _read(config)
        check_same_pictures(record, task)
        check_same_space(record, task)
        idle = Idle(write_line, config.recipe.epochs or 1)
        with Background(Work(LOOK_SECONDS, idle.look)), idle.busy_with(HISTORY):
            check_can_go_on(storage, record, task)
        strategy = new_strategy(task)
        with _start_pool(task) as pool:
            if has_new_budget:
                _extend(storage, record, config)
            _drive(storage, task, strategy, pool, interrupts)


@contextmanager
def _heard(interrupts: Interrupts | None) -> Iterator[Interrupts]:
    """Gives `interrupts`, or such as hold within the block; what a signal interrupted ends with the signal's code."""
    if interrupts is None:
        with Interrupts() as own, _heard(own):
            yield own
        return
    try:
        yield interrupts
    except (
        KeyboardInterrupt,
        StorageError,
    ) as error:  # a database is not waited for any longer, once a signal came
        if interrupts.exit_code is None:
            raise
        write_line(f"stopped{f': {error}' if str(error) else ''}")
        raise click.exceptions.Exit(interrupts.exit_code) from error


def waiting(config: SearchConfig, interrupts: Interrupts) -> Waiting:
    """Returns how long the database of a search is waited for."""
    return Waiting(config.storage.timeout, config.storage.wait_for_disk, interrupts.say, interrupts.is_over)


def _read(config: SearchConfig) -> Task:
    """Reads the pictures, and says what of them was passed over, left out or read in part."""
    with progress("reading pictures") as report:
        task = load_task(config, report)
    for note in task.data.notes:
        write_line(f"warning: {note}")
    return task


def _check(task: Task) -> None:
    """Raises where nothing could be trained, and warns where little could."""
    pictures = (task.data.image, len(task.data.classes))
    check_networks(task.space, *pictures)
    with progress("checking limits") as report:
        share = check_share(task.config.limits, task.space, *pictures, report)
    for warning in filter(None, (check_size(task.config, task.space), share)):
        write_line(f"warning: {warning}")


def _check_not_driven(record: SearchRecord) -> None:
    """Raises `SearchBusyError` where that is known before anything is started; who takes the lease is known later."""
    age = record.lease_age_seconds
    if record.owner is None or age is None or age > LEASE_SECONDS:
        return
    if not may_take_over(current_owner(), record.owner):
        raise search_busy(record.name, record.owner, LEASE_SECONDS - age, age)


def _has_new_budget(record: SearchRecord, config: SearchConfig) -> bool:
    """Returns whether the configured budget is another than the search has; raises where it is below what has begun."""
    budget = config.budget
    if (budget.trials, budget.time) == (record.trial_budget, record.time_budget_seconds):
        return False
    if refusal := too_small(record.created, budget.trials):
        raise ConfigError(f"search {record.name!r}: {refusal}; leave --trials out to finish those")
    return True


def _extend(storage: Storage, record: SearchRecord, config: SearchConfig) -> None:
    """Gives the search the configured budget."""
    budget = config.budget
    lease = storage.acquire(record.search_id, current_owner(), seconds=LEASE_SECONDS)
    storage.extend(lease, trial_budget=budget.trials, time_budget_seconds=budget.time)
    storage.release(lease, SearchState.PAUSED)


def _start_pool(task: Task) -> Pool:
    workers = task.config.workers
    if workers.backend == "ray":
        write_line(f"starting Ray with {workers.count} workers")
    return new_pool(task, on_wait=write_line)


def _drive(storage: Storage, task: Task, strategy: Strategy, pool: Pool, interrupts: Interrupts) -> None:
    name = task.config.name
    with open_view(name) as view:
        search = open_search(storage, name, task, strategy, pool, view.watch, view.say)
        with interrupts.attending(search.stop, view.say, task.config.workers.grace):
            state = search.run()
    if state is SearchState.PAUSED:
        write_line(_stopped(storage.search(name), search.given_up, task.config.database))
    if interrupts.exit_code is not None or state is SearchState.PAUSED:  # by a signal, or by `nas stop`
        raise click.exceptions.Exit(interrupts.exit_code or INTERRUPTED)


def _stopped(record: SearchRecord, given_up: int, database: str) -> str:
    """Returns how far a search has come that was asked to stop, and the command that goes on with it."""
    of_all = "" if record.trial_budget is None else f" of {record.trial_budget}"
    again = f", {given_up} in training will be trained again" if given_up else ""
    command = f"nas search --resume {record.name} {database_hint(database)}".rstrip()
    done = record.completed + record.failed
    return f"stopped: {done}{of_all} trials done{again}; to go on: {command}"
