"""A search of stand-ins for trainings, driven by a process of its own: `python -m nas.chaos.driver JSON`.

What faults are let loose on. It goes the way of `nas search`, with its storage, loop, lease, workers, signals and exit
codes; but a child trains in no time and without torch, so that a driver is up within a second or two. Started again
under the same name it goes on where the last one was ended. JSON has the fields of `Drive`.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from nas.builders import Task, create_search, new_pool, new_strategy, open_search
from nas.chaos.ledger import Deed, Entry, WitnessedTraining, note
from nas.config import SearchConfig
from nas.errors import ConfigError, NasError, StorageError, UnknownSearchError
from nas.report.digest import state_digest
from nas.search import LEASE_SECONDS, EventKind, SearchEvent
from nas.search.interrupts import Interrupts
from nas.standard_error import write_line
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import SearchRecord, SearchState
from nas.storage.waiting import Waiting
from workers.data.images import ImageData, LabelledImages
from workers.pool import Evaluate
from workers.synthetic import SyntheticTraining


@dataclass(frozen=True)
class Drive:
    """Which search, and how it is driven. Times are seconds. What decides what is found must stay as it was."""

    url: str
    """Of the database."""
    name: str = "chaos"
    seed: int = 0
    trials: int = 20
    blocks: int = 2
    """Of the toy space: one makes it small enough to be exhausted."""
    strategy: str = "evolution"
    strategy_settings: Mapping[str, Any] = field(default_factory=lambda: {"population": 8, "sample": 3})
    epochs: int = 4
    """Of each training."""
    epoch_seconds: float = 0.0
    evaluate: str = ""
    """"module:attribute" of another `workers.pool.Evaluate`, for workers that misbehave."""
    workers: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `nas.config.WorkersConfig`; by default one process of this machine."""
    lease_seconds: float = LEASE_SECONDS
    db_timeout: float = 60.0
    wait_for_disk: bool = True
    ledger: str = ""
    """A file that trainings and driver write what they do into, see `nas.chaos.ledger`; none by default."""

    @classmethod
    def read(cls, text: str) -> "Drive":
        """Returns what a JSON object says; raises `ConfigError` for another."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"chaos: expected a JSON object with fields of `Drive`, got: {error}"
            ) from error


def build_task(drive: Drive) -> Task:
    """Returns a search on a few black pictures; nobody looks at them."""
    config = SearchConfig.model_validate(
        {
            "name": drive.name,
            "database": drive.url,
            "seed": drive.seed,
            "space": {"name": "toy", "settings": {"blocks": drive.blocks}},
            "strategy": {"name": drive.strategy, "settings": drive.strategy_settings},
            "budget": {"trials": drive.trials},
            "recipe": {"epochs": drive.epochs},
            "workers": {"count": 1, "backend": "process", **drive.workers},
            "storage": {"timeout": drive.db_timeout, "wait_for_disk": drive.wait_for_disk},
        }
    )
    black = LabelledImages(np.zeros((2, 1, 8, 8), np.uint8), np.arange(2))
    data = ImageData("black", ("a", "b"), black, black, (0.0,), (1.0,), "0" * 64)
    return Task(config, config.space.load(), data, config.recipe.resolve(data.image))


def drive_search(
    drive: Drive,
    *,
    watch: Callable[[SearchEvent], None] = lambda _: None,
    say: Callable[[str], None] = write_line,
) -> tuple[SearchRecord, str | None, int]:
    """Begins the search or goes on with it, until it ends or a signal stops it.

    Returns the search, the digest of the strategy's state and the exit code; raises what `nas search` does.
    """
    task = build_task(drive)
    settings = task.config.storage
    with Interrupts(say=say) as interrupts:
        waiting = Waiting(settings.timeout, settings.wait_for_disk, interrupts.say, interrupts.is_over)
        try:
            with open_storage(drive.url, waiting=waiting) as storage:
                if _find_or_create(storage, task).state is not SearchState.COMPLETED:
                    _run(storage, drive, task, watch, say, interrupts)
                record = storage.search(drive.name)
                return record, state_digest(storage, record), interrupts.exit_code or 0
        except (KeyboardInterrupt, StorageError):
            if interrupts.exit_code is None:
                raise
            raise SystemExit(interrupts.exit_code) from None


def _run(
    storage: Storage,
    drive: Drive,
    task: Task,
    watch: Callable[[SearchEvent], None],
    say: Callable[[str], None],
    interrupts: Interrupts,
) -> None:
    strategy = new_strategy(task)
    with new_pool(task, _evaluate(drive)) as pool:
        search = open_search(
            storage, drive.name, task, strategy, pool, watch, say, lease_seconds=drive.lease_seconds
        )
        with interrupts.attending(search.stop, say, task.config.workers.grace):
            search.run()


def _find_or_create(storage: Storage, task: Task) -> SearchRecord:
    try:
        return storage.search(task.config.name)
    except UnknownSearchError:
        return create_search(storage, task)


def _evaluate(drive: Drive) -> Evaluate:
    if not drive.evaluate:
        training = SyntheticTraining(drive.epochs, drive.epoch_seconds)
        return WitnessedTraining(training, drive.ledger) if drive.ledger else training
    module, _, attribute = drive.evaluate.partition(":")
    evaluate: Evaluate = getattr(import_module(module), attribute)
    return evaluate


def main(arguments: list[str]) -> int:
    """Runs the process: events on standard error, one JSON object on standard output; returns the exit code."""
    try:
        drive = Drive.read(arguments[0])
        record, digest, code = drive_search(drive, watch=partial(_tell, drive.ledger))
    except NasError as error:
        write_line(f"error: {error}")
        return error.exit_code
    ended = {"state": record.state, "completed": record.completed, "failed": record.failed, "digest": digest}
    print(json.dumps(ended), flush=True)  # noqa: T201 - for the program that started this one
    return code


def _tell(ledger: str, event: SearchEvent) -> None:
    if ledger and event.kind is EventKind.FINISHED and event.trial is not None:
        trial = event.trial
        note(ledger, Entry(Deed.KEPT, trial.trial_id, attempt=trial.attempts, reward=trial.reward))
    number = "" if event.trial is None else f" {event.trial.number}"
    write_line(f"{event.kind}{number} {event.note}".rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
