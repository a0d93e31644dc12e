"""`nas search --repeats`: each architecture trained with several seeds, and the mean decides."""

import json
import re
from pathlib import Path
from statistics import fmean, stdev

import pytest

from nas.cli.failures import run
from nas.cli.main import nas
from nas.cli.overview import best_trial
from nas.companions import random_companion
from nas.config import load_config
from nas.search.seeds import training_seed
from nas.storage.open import open_storage
from nas.trial import Trial
from tests.nas.cli.calling import TINY, Call

TRIALS = 9
REPEATED = (*TINY, "--strategy", "random", "--validation-images", "60", "--repeats", "2")


def trials_of(database: str) -> list[Trial]:
    with open_storage(database, read_only=True) as storage:
        return storage.trials(storage.search("search").search_id)


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with a search of four architectures trained twice and one trained once."""
    database = f"sqlite:///{tmp_path_factory.mktemp('repeated') / 'nas.db'}"
    assert run(nas, ["search", "--db", database, "--trials", str(TRIALS), *REPEATED]) == 0
    return database


def means(trials: list[Trial]) -> dict[int, float]:
    """Returns number of the first training -> mean accuracy, of the architectures that were trained twice."""
    pairs = zip(trials[:-1:2], trials[1::2], strict=True)
    return {
        first.number: fmean([first.validation_accuracy or 0.0, second.validation_accuracy or 0.0])
        for first, second in pairs
    }


def test_the_budget_counts_trainings_and_each_has_a_seed_of_its_own(repeated: str) -> None:
    trials = trials_of(repeated)
    assert [trial.repeat for trial in trials] == [0, 1] * 4 + [0]
    for first, second in zip(trials[:-1:2], trials[1::2], strict=True):
        assert first.canonical_key == second.canonical_key
        assert first.seed == training_seed(0, first.canonical_key) != second.seed
        assert second.seed == training_seed(0, first.canonical_key, 1)
        assert first.validation_loss != second.validation_loss
    assert len({trial.canonical_key for trial in trials}) == 5


def test_the_leaderboard_lists_means_with_their_standard_error(call: Call, repeated: str) -> None:
    trials = trials_of(repeated)
    networks = json.loads(call("leaderboard", "search", "--db", repeated, "--json").out)
    expected = sorted(means(trials).items(), key=lambda item: (-item[1], item[0]))
    assert [network["number"] for network in networks] == [*(number for number, _ in expected), 8]
    for network, (number, mean) in zip(networks, expected, strict=False):
        accuracies = [
            t.validation_accuracy for t in trials[number : number + 2] if t.validation_accuracy is not None
        ]
        assert network["validation_accuracy"] == pytest.approx(mean)
        assert network["standard_error"] == pytest.approx(stdev(accuracies) / 2**0.5)
        assert network["trainings"] == 2
    assert (networks[-1]["trainings"], networks[-1]["standard_error"]) == (1, None)
    header = call("leaderboard", "search", "--db", repeated).out.splitlines()[0]
    assert "validation  +- points  of trainings" in header


def test_the_best_is_that_of_the_highest_mean_everywhere(call: Call, repeated: str) -> None:
    best = max(means(trials_of(repeated)).items(), key=lambda item: (item[1], -item[0]))[0]
    with open_storage(repeated, read_only=True) as storage:
        assert best_trial(storage, storage.search("search")).number == best
    shown = json.loads(call("show", "search", "--db", repeated, "--json").out)
    assert shown["best_number"] == best
    (contender,) = shown["contenders"]
    assert contender["validation_accuracy"] == pytest.approx(means(trials_of(repeated))[best])
    assert contender["trainings"] == 2
    text = call("show", "search", "--db", repeated).out
    assert f"Best: trial {best}." in text
    assert "+- points  of trainings" in text
    assert json.loads(call("list", "--db", repeated, "--json").out)[0]["best_number"] == best
    assert "repeat               1\n" in call("show", "search", 1, "--db", repeated).out


@pytest.mark.parametrize("stopped_after", [3, 4])
def test_resumed_it_is_the_same_search(call: Call, database: str, repeated: str, stopped_after: int) -> None:
    """It stops between the two trainings of an architecture, or after them."""
    assert call("search", "--db", database, "--trials", stopped_after, *REPEATED).code == 0
    assert call("search", "--resume", "search", "--db", database, "--trials", TRIALS).code == 0
    story = [
        [(t.architecture, t.repeat, t.seed, t.reward, t.validation_loss) for t in trials_of(where)]
        for where in (database, repeated)
    ]
    assert story[0] == story[1]


def test_the_network_that_is_handed_over_is_that_of_the_highest_mean(
    call: Call, repeated: str, tmp_path: Path
) -> None:
    best, mean = max(means(trials_of(repeated)).items(), key=lambda item: (item[1], -item[0]))
    ended = call("export-best", "search", "--db", repeated, "-o", tmp_path / "out")
    assert ended.code == 0, ended.err
    chosen = re.escape(f"trial {best}: validation accuracy {100 * mean:.1f} % +- ")
    assert re.fullmatch(rf"{chosen}\d+\.\d\d points, the mean of 2 trainings", ended.out.splitlines()[1])
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert f"| Validation pictures, during the search | {100 * mean:.2f} % |" in card
    networks = len({trial.canonical_key for trial in trials_of(repeated)})
    assert f"chosen among {networks} trained networks in {TRIALS} trainings by" in card


def test_random_search_beside_it_repeats_as_often() -> None:
    config = load_config(None, {"strategy": {"name": "grid", "repeats": 3}})
    assert random_companion(config).strategy.repeats == 3
