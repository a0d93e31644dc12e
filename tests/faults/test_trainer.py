"""`nas search` with real trainings on digits: killed, a child goes on behind its own saved epoch, to the last bit."""

import re
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from nas.storage.check import check
from nas.storage.open import open_storage
from nas.trial import Trial
from tests.faults.scenes import wait_until
from tests.nas.cli.calling import spawn
from workers.job import EpochMetrics

OPTIONS = (
    *(
        "--dataset",
        "digits",
        "--train-images",
        "200",
        "--trials",
        "3",
        "--epochs",
        "6",
        "--backend",
        "process",
    ),
    *(
        "--workers",
        "1",
        "--seed",
        "3",
        "--set",
        "space.settings.blocks=2",
        "--set",
        "space.settings.filters=4",
    ),
    *(
        "--set",
        "space.settings.cells_per_stage=1",
        "--set",
        "workers.save_seconds=0",
        "--set",
        "workers.beat=0.05",
    ),
    *("--final-epochs", "1", "--max-params", "20k"),
)


def begin(database: str, backend: str) -> "subprocess.Popen[str]":
    return spawn(
        "search", "--db", database, "--backend", backend, *OPTIONS,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def trials(database: str) -> list[Trial]:
    with open_storage(database, read_only=True) as storage:
        return storage.trials(storage.search("search").search_id)


def without_times(trial: Trial) -> tuple[object, ...]:
    curve = [(p.epoch, p.train_loss, p.validation_loss, p.validation_accuracy) for p in trial.curve]
    return trial.number, trial.architecture, trial.seed, trial.reward, curve


def state_line(out: str) -> str:
    found = re.search(r"^state: [0-9a-f]{16}$", out, re.MULTILINE)
    assert found is not None, out
    return found[0]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[object, ...]], str]:
    """Trials and state of the same search left alone, trained in the process of the driver."""
    database = f"sqlite:///{tmp_path_factory.mktemp('calm')}/nas.db"
    process = begin(database, "local")
    out, err = process.communicate()
    assert process.returncode == 0, err
    return [without_times(trial) for trial in trials(database)], state_line(out)


def has_saved(file: Path) -> bool:
    """Whether the training of the second trial is saved."""
    time.sleep(0.05)  # the machine has better to do
    if not file.exists():
        return False
    with closing(sqlite3.connect(file)) as connection:
        try:
            return (
                connection.execute("SELECT 1 FROM nas_saved_trainings WHERE trial_id = 2").fetchone()
                is not None
            )
        except sqlite3.OperationalError:  # the process is making the tables at this moment
            return False


def saved_epochs(database: str) -> tuple[EpochMetrics, ...]:
    """The learning curve of trial 1, up to the epoch after which its training is saved."""
    with open_storage(database, read_only=True) as storage:
        saved = storage.saved_training(2)
        assert saved is not None
        return storage.epochs(storage.search("search").search_id, 1)[: saved.epoch]


def test_a_child_goes_on_behind_its_saved_epoch(
    tmp_path: Path, undisturbed: tuple[list[tuple[object, ...]], str]
) -> None:
    database = f"sqlite:///{tmp_path}/nas.db"
    process = begin(database, "process")
    wait_until(lambda: has_saved(tmp_path / "nas.db") or process.poll() is not None, "a saved training")
    process.kill()
    _, err = process.communicate()
    assert process.returncode == -signal.SIGKILL, err
    assert has_saved(tmp_path / "nas.db"), "the training was over before the kill"
    saved = saved_epochs(database)
    resumed = spawn(
        "search", "--resume", "search", "--db", database, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = resumed.communicate()
    assert resumed.returncode == 0, err
    ended = trials(database)
    assert ended[1].attempts == 2
    assert ended[1].curve[: len(saved)] == saved, (
        "epochs that were saved have the seconds they took the first time"
    )
    assert ([without_times(trial) for trial in ended], state_line(out)) == undisturbed
    assert check(database) == []
    assert not has_saved(tmp_path / "nas.db"), "what was saved is of no more use"
