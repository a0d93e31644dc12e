"""What may be said anew of a search that is gone on with, from its stored configuration alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nas.changes import Given, read_given, resumed_config
from nas.config import SearchConfig, load_config, read_config
from nas.errors import ConfigError
from nas.storage.memory import InMemoryStorage
from nas.storage.records import NewSearch, SearchRecord

DATABASE = "sqlite:///elsewhere.db"
STORED: dict[str, Any] = {
    "name": "begun",
    "seed": 3,
    "data": {"dataset": "/old/photos", "test": "/old/test"},
    "space": {"name": "toy", "plugins": ["/old/own.py"]},
    "strategy": {"name": "random", "repeats": 3},
    "budget": {"trials": 30},
    "workers": {"count": 2, "backend": "process", "gpus_per_worker": 0.5},
}


@pytest.fixture
def record() -> SearchRecord:
    """A search of 30 trials that was given 60 later."""
    storage = InMemoryStorage()
    config = SearchConfig.model_validate(STORED)
    created = storage.create_search(
        NewSearch(
            name="begun",
            config=config.stored(),
            space="toy",
            strategy="random",
            dataset="/old/photos",
            dataset_fingerprint="f" * 64,
            image=(1, 8, 8),
            classes=10,
            seed=3,
            trial_budget=60,
            time_budget_seconds=None,
        )
    )
    return replace(created, created=12)


def test_nothing_said_is_the_search_as_it_stands(record: SearchRecord) -> None:
    config = resumed_config(record, Given(), DATABASE)
    assert config.stored() == {
        **SearchConfig.model_validate(STORED).stored(),
        "budget": {"trials": 60, "time": None},
    }
    assert config.database == DATABASE


@pytest.mark.parametrize(
    ("options", "written", "trials"),
    [
        ({}, {"budget": {"trials": 30}}, 60),  # what it began with is no new budget
        ({}, {"budget": {"trials": 45}}, 45),
        ({"budget": {"trials": 30}}, {}, 30),
        ({"budget": {"trials": 80}}, {"budget": {"trials": 45}}, 80),
    ],
)
def test_budgets(record: SearchRecord, options: Any, written: Any, trials: int) -> None:
    assert resumed_config(record, Given(options, written), DATABASE).budget.trials == trials


def test_workers_are_changed_one_by_one(record: SearchRecord) -> None:
    given = Given({"workers": {"count": 8}}, {"workers": {"count": 4, "grace": 60}})
    workers = resumed_config(record, given, DATABASE).workers
    assert (workers.count, workers.grace, workers.gpus_per_worker) == (8, 60, 0.5)


def test_all_that_differs_is_named_at_once(record: SearchRecord) -> None:
    given = Given({"seed": 4}, {"recipe": {"epochs": 99}, "space": {"name": "toy"}})
    with pytest.raises(ConfigError) as raised:
        resumed_config(record, given, DATABASE)
    assert "got recipe.epochs: None in the search, 99 now; seed: 3 in the search, 4 now; leave" in str(
        raised.value
    )


def test_pictures_and_plugins_may_lie_elsewhere(record: SearchRecord) -> None:
    given = Given(
        {"data": {"dataset": "/new/photos", "test": "/new/test"}, "space": {"plugins": ("/new/own.py",)}}
    )
    config = resumed_config(record, given, DATABASE)
    assert (config.data.dataset, config.data.test) == ("/new/photos", "/new/test")
    assert config.space.plugins == ("/new/own.py",)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"workers": {"backend": "local"}}, "workers.gpus_per_worker"),
        ({"workers": {"silence": 1.0}}, "workers.silence"),
        ({"workers": {"epoch_timeout": 0.5}}, "workers.epoch_timeout"),
        ({"budget": {"trials": 2}}, "budget.trials: expected at least the 3 repeats"),
        ({"budget": {"trials": None}}, "budget: expected trials or time"),
    ],
)
def test_what_a_new_search_would_be_refused_is_refused_here(
    record: SearchRecord, options: Any, named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        resumed_config(record, Given(options), DATABASE)


def test_what_is_said_goes_with_the_search_and_not_with_defaults(record: SearchRecord) -> None:
    options = {"workers": {"beat": 40.0}}  # more than the silence is by default
    with pytest.raises(ConfigError, match=r"workers\.silence"):
        load_config(None, options)
    assert read_config(None, options).workers.beat == 40.0
    patient = replace(record, config={**record.config, "workers": {"silence": 120.0, "count": 2}})
    assert resumed_config(patient, Given(options), DATABASE).workers.silence == 120.0


def test_options_variables_and_the_file_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "search.toml"
    file.write_text("seed = 3\n[budget]\ntrials = 30\n")
    monkeypatch.setenv("NAS_BUDGET__TRIALS", "50")
    given = read_given(file, {"seed": 4})
    assert given.options == {"seed": 4}
    assert given.written["seed"] == 3
    assert int(given.written["budget"]["trials"]) == 50
