"""Drives searches from the command line: a new one, or one that was stopped; with a view, and ended by signals.

What can go wrong goes wrong before the search is in the database: a name is not taken by a search that never began.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from nas.builders import (
    Task,
    check_can_go_on,
    create_search,
    load_task,
    new_pool,
    new_strategy,
    open_search,
    restore_task,
)
from nas.cli.interrupt import Interrupts
from nas.cli.live import open_view
from nas.cli.options import database_hint
from nas.cli.progress import progress
from nas.config import SearchConfig
from nas.errors import ConfigError
from nas.limits import check_networks, check_share, check_size
from nas.search.loop import LEASE_SECONDS
from nas.storage.address import redacted
from nas.storage.contract import Storage
from nas.storage.owner import current_owner
from nas.storage.records import SearchRecord, SearchState
from nas.storage.refusals import search_exists
from nas.strategies.base import Strategy
from workers.pool import Pool


def start(storage: Storage, config: SearchConfig) -> None:
    """Begins a search and runs it to its end; raises `Exit` where a signal stopped it."""
    if any(record.name == config.name for record in storage.searches()):
        raise search_exists(config.name, redacted(config.database))
    with progress("reading pictures") as report:
        task = load_task(config, report)
    _tell_notes(task)
    _check(task)
    if task.left_out:
        size = "x".join(map(str, task.data.image))
        click.echo(f"left out, as {size} pictures are too small: {', '.join(task.left_out)}", err=True)
    strategy = new_strategy(task)
    with _start_pool(task) as pool:
        create_search(storage, task)
        _drive(storage, task, strategy, pool)


def _tell_notes(task: Task) -> None:
    """Says what of the pictures was passed over, left out or read in part."""
    for note in task.data.notes:
        click.echo(f"warning: {note}", err=True)


def _check(task: Task) -> None:
    """Raises where nothing could be trained, and warns where little could."""
    pictures = (task.data.image, len(task.data.classes))
    check_networks(task.space, *pictures)
    with progress("checking limits") as report:
        share = check_share(task.config.limits, task.space, *pictures, report)
    for warning in filter(None, (check_size(task.config, task.space), share)):
        click.echo(f"warning: {warning}", err=True)


def resume(storage: Storage, name: str, database: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Goes on with a search where it was stopped; its budget and state are as they were where that cannot be.

    `changes` are sections of the configuration that do not decide what is found: "budget" and "workers".
    """
    record = storage.search(name)
    changed = replace(record, config=_changed(record, changes))
    with progress("reading pictures") as report:
        task = restore_task(changed, database, report)
    _tell_notes(task)
    has_new_budget = _has_new_budget(record, task.config)
    if not has_new_budget and record.state is SearchState.COMPLETED:
        click.echo(
            f"search {name} is completed; --trials or --time beyond its budget makes it go on", err=True
        )
        return
    check_can_go_on(storage, record, task)
    strategy = new_strategy(task)
    with _start_pool(task) as pool:
        if has_new_budget:
            _extend(storage, record, task.config)
        _drive(storage, task, strategy, pool)


def _changed(record: SearchRecord, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the stored configuration with the budget as it was last set, and with the changes."""
    stored: Mapping[str, Any] = record.config
    budget = {"trials": record.trial_budget, "time": record.time_budget_seconds}
    sections = {"budget": budget, "workers": stored["workers"]}
    return {
        **stored,
        **{section: {**values, **changes.get(section, {})} for section, values in sections.items()},
    }


def _has_new_budget(record: SearchRecord, config: SearchConfig) -> bool:
    """Returns whether the configured budget is another than the search has; raises where it is below what has begun."""
    budget = config.budget
    if (budget.trials, budget.time) == (record.trial_budget, record.time_budget_seconds):
        return False
    if budget.trials is not None and budget.trials < record.created:
        raise ConfigError(
            f"search {record.name!r}: expected a budget of at least the {record.created} trials that it has begun, "
            f"got {budget.trials}; leave --trials out to finish those"
        )
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
        click.echo(f"starting Ray with {workers.count} workers", err=True)
    return new_pool(task)


def _drive(storage: Storage, task: Task, strategy: Strategy, pool: Pool) -> None:
    name = task.config.name
    with open_view(name) as view:
        search = open_search(storage, name, task, strategy, pool, view.watch)
        with Interrupts(search.stop, view.say) as interrupts:
            search.run()
    if interrupts.exit_code is not None:
        again = f"nas search --resume {name} {database_hint(task.config.database)}".rstrip()
        click.echo(f"stopped; to go on: {again}", err=True)
        raise click.exceptions.Exit(interrupts.exit_code)
