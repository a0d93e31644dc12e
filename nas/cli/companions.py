"""Runs the companions of a search as far as they have not been run, and tests the winner of each."""

import click

from nas.changes import Given
from nas.cli import driver
from nas.cli.handover import full_training, read_task, read_test
from nas.cli.overview import best_trial, find_training
from nas.companions import random_companion, reference_companion, reference_of_no_more_parameters
from nas.config import BudgetConfig, SearchConfig
from nas.storage.contract import Storage
from nas.storage.records import SearchState


def complete_companions(storage: Storage, name: str, database: str) -> None:
    """Brings search `name`, a hand-designed network, where one is small enough, and random search to a test accuracy.

    Random search comes last and gets the budget that the search has now, which is more than it began with where it
    was extended.
    """
    record = storage.search(name)
    best = best_trial(storage, record)
    task = read_task(record, database)
    network = reference_of_no_more_parameters(best.parameters or 0, task.data.image, len(task.data.classes))
    budget = BudgetConfig(trials=record.trial_budget, time=record.time_budget_seconds)
    companions = [random_companion(task.config.model_copy(update={"budget": budget}))]
    if network is not None:
        companions.insert(0, reference_companion(task.config, network))
    _test_winner(storage, name, database)
    for companion in companions:
        _complete(storage, companion)
        _test_winner(storage, companion.name, database)


def _complete(storage: Storage, config: SearchConfig) -> None:
    """Runs a search that may not exist yet, or not have come to the end of its budget."""
    known = {record.name: record for record in storage.searches()}
    if config.name not in known:
        click.echo(f"running {config.name}", err=True)
        driver.start(storage, config)
        return
    record, budget = known[config.name], config.budget
    is_spent = (record.trial_budget, record.time_budget_seconds) == (budget.trials, budget.time)
    if record.state is not SearchState.COMPLETED or not is_spent:
        driver.resume(storage, config.name, config.database, Given({"budget": budget.model_dump()}))


def _test_winner(storage: Storage, name: str, database: str) -> None:
    """Trains the best trial of a search in full and tests it, unless that is in the database."""
    record = storage.search(name)
    trial = best_trial(storage, record)
    if find_training(storage, record, trial.number) is None:
        task = read_task(record, database)
        full_training(storage, record, trial, task, read_test(task))
