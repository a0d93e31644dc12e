"""From the best trial of a search to a fully trained network: trained once, then found in the database."""

import click

from nas.builders import Task, data_spec, restore_task
from nas.cli.overview import find_training
from nas.cli.progress import progress
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrainingRecord
from nas.training import train_fully
from nas.trial import Trial
from workers.data.images import LabelledImages
from workers.data.load import load_test


def read_task(record: SearchRecord, database: str) -> Task:
    """Returns the task of a stored search, its pictures read."""
    with progress("reading pictures") as report:
        return restore_task(record, database, report)


def read_test(task: Task) -> LabelledImages:
    """Returns the test part. Only for a network that will not be changed any more."""
    with progress("reading test pictures") as report:
        test = load_test(data_spec(task.config), report)
    for note in test.notes:
        click.echo(f"warning: {note}", err=True)
    return test


def full_training(
    storage: Storage, record: SearchRecord, trial: Trial, task: Task, test: LabelledImages
) -> TrainingRecord:
    """Returns the full training of a trial with its weights, and does it first where it is not in the database."""
    stored = find_training(storage, record, trial.number, weights=True)
    if stored is not None:
        return stored
    graph = task.space.network(trial.architecture, task.data.image, len(task.data.classes))
    recipe = task.final_recipe
    with progress(f"full training of trial {trial.number} of {record.name}, epochs") as report:
        training = train_fully(
            trial, graph, task.data, test, recipe, lambda metrics: report(metrics.epoch, recipe.epochs)
        )
    storage.save_training(record.search_id, training)
    return training
