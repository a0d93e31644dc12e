"""The configuration of a search that is handed in: the file's own models, and nothing of the server's."""

import subprocess
import sys
from typing import Any

import pytest

from nas.config import SearchConfig
from nas.strategies.registry import all_strategy_names
from nas.web.api.configurations import MOST_WORKERS, built_in_spaces, checked
from nas.web.problems import Problem
from search_spaces.registry import SPACES
from search_spaces.spaces.toy import ToySpace

DATASETS = {"digits": "digits", "photos": "/srv/photos"}


def refused(values: dict[str, Any]) -> dict[str, str]:
    """Returns path -> message of everything that is wrong."""
    with pytest.raises(Problem) as caught:
        checked(values, DATASETS)
    assert caught.value.status == 422
    return {
        error["path"].removeprefix("body.configuration."): error["message"] for error in caught.value.errors
    }


def test_what_the_file_may_have(client_values: dict[str, Any]) -> None:
    config = checked(client_values, DATASETS)
    assert config == SearchConfig(**client_values)


@pytest.fixture
def client_values() -> dict[str, Any]:
    return {
        "name": "cifar-b",
        "data": {"dataset": "photos", "size": [16, 16]},
        "space": {"name": "cell", "settings": {"blocks": 3}},
        "strategy": {"name": "evolution:small", "settings": {"sample": 5}},
        "reward": {"objectives": ["accuracy", "-params"]},
        "budget": {"trials": None, "time": 60},
        "workers": {"count": 4, "backend": "process", "ray_address": None},
        "recipe": {"epochs": 2},
    }


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"database": "sqlite:///other.db"}, "database"),
        ({"data": {"test": "/etc/passwd"}}, "data.test"),
        ({"space": {"plugins": ["evil.py"]}}, "space.plugins"),
        ({"workers": {"ray_address": "evil.example:6379"}}, "workers.ray_address"),
        ({"data": {"dataset": "/etc/passwd"}}, "data.dataset"),
        ({"data": {"dataset": "/srv/photos"}}, "data.dataset"),
        ({"data": {"dataset": "../digits"}}, "data.dataset"),
        ({"space": {"name": "os"}}, "space.name"),
        ({"strategy": {"name": "optuna:../x"}}, "strategy.name"),
        ({"name": "../x"}, "name"),
        ({"name": "x\n"}, "name"),
        ({"seed": True}, "seed"),
        ({"budget": {"trials": None}}, "budget"),
        ({"budget": {"trials": 1.5}}, "budget.trials"),
        ({"recipe": {"epochs": 0}}, "recipe.epochs"),
        ({"workers": {"silence": 1.0}}, "workers.silence"),
        ({"space": {"name": "cell", "settings": {"blocks": 99}}}, "space.settings"),
        ({"space": {"settings": {"operations": "all,evil"}}}, "space.settings"),
        ({"strategy": {"settings": {"hidden": -1}}}, "strategy.settings"),
        ({"strategy": {"name": "ppo", "settings": {"nothing": 1}}}, "strategy.settings"),
        (
            {"strategy": {"name": "evolution", "settings": {"population": 2, "sample": 3}}},
            "strategy.settings",
        ),
        ({"strategy": {"name": "optuna:tpe", "settings": {"candidates": 0}}}, "strategy.settings"),
        ({"reward": {"objectives": ["beauty"]}}, "reward.objectives"),
        ({"reward": {"objectives": ["-accuracy"]}}, "reward"),
        ({"budgets": {}}, "budgets"),
        ({"data": "digits"}, "data"),
    ],
    ids=[f"case{number}" for number in range(26)],
)
def test_each_fault_has_its_path(values: dict[str, Any], path: str) -> None:
    assert list(refused(values)) == [path]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("_cli_parse_args", ["--help"]),
        ("_env_file", "/etc/passwd"),
        ("_secrets_dir", "/etc"),
        ("_build_sources", [1, 2]),
        ("__pydantic_self__", 1),
        ("self", 1),
    ],
)
def test_no_key_is_an_order_to_what_reads_the_keys(key: str, value: Any) -> None:
    assert list(refused({key: value})) == [key]


def test_one_machine_has_not_as_many_workers_as_a_cluster() -> None:
    values = {"workers": {"count": MOST_WORKERS + 1}}
    assert list(refused(values)) == ["workers.count"]
    assert checked(values, DATASETS, on_cluster=True).workers.count == MOST_WORKERS + 1


def test_all_faults_at_once() -> None:
    found = refused(
        {
            "database": "x",
            "budget": {"trials": 0, "tim": 3},
            "limits": {"max_params": "few"},
            "seed": True,
            "workers": {"ray_address": "x"},
        }
    )
    assert sorted(found) == [
        "budget.tim",
        "budget.trials",
        "database",
        "limits.max_params",
        "seed",
        "workers.ray_address",
    ]
    assert found["budget.tim"] == "not a known key; known: time, trials. Did you mean 'time'?"
    assert found["budget.trials"] == "expected a whole number from 1 to 1,000,000"


def test_no_message_has_much_of_what_was_sent() -> None:
    long = "x" * 100_000
    with pytest.raises(Problem) as caught:
        checked({"space": {"settings": {"operations": long}}, "strategy": {"name": long}}, DATASETS)
    assert len(caught.value.detail) < 10_000
    with pytest.raises(Problem) as caught:
        checked({long: 1, "space": {"settings": {long: long}}}, DATASETS)
    assert len(caught.value.detail) < 10_000


def test_a_space_of_a_plugin_is_not_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type("Own", (ToySpace,), {"__module__": "plugin_0123"})
    monkeypatch.setitem(SPACES, "own", kind)
    assert "own" not in built_in_spaces()
    assert list(refused({"space": {"name": "own"}})) == ["space.name"]


def test_every_strategy_is_checked_without_torch() -> None:
    script = (
        "import sys; from nas.web.api.configurations import checked\n"
        f"for name in {all_strategy_names()!r}:\n"
        "    toy = {'name': 'toy', 'settings': {'blocks': 1}}\n"
        "    checked({'space': toy, 'strategy': {'name': name}}, {'digits': ''})\n"
        "print(sorted({'torch', 'ray'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
