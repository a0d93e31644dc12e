"""A submission as a command: what it says is what was handed in, judged by the dashboard that runs it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nas.config import SearchConfig, load_config, merged
from nas.errors import ExportTargetError
from nas.storage.records import Submission, SubmissionKind, SubmissionState
from nas.web.problems import Problem
from nas.web.queue.orders import Orders, orders_of
from nas.web.queue.places import Place, place_of
from nas.web.settings import WebSettings

URL = "postgresql+psycopg://me:secret@host/nas"
NAS = (sys.executable, "-m", "nas")


@pytest.fixture
def web_settings(tmp_path: Path) -> WebSettings:
    datasets = {"digits": "digits", "photos": "/data/photos"}
    return WebSettings(URL, exports=tmp_path / "exports", datasets=datasets)


def submission(kind: SubmissionKind, arguments: Mapping[str, Any], search: str = "a") -> Submission:
    return Submission(7, kind, search, arguments, SubmissionState.RUNNING, "me", 0.0, runner="x")


def ordered(web_settings: WebSettings, kind: SubmissionKind, **arguments: Any) -> tuple[Orders, Place]:
    place = place_of(web_settings.exports, web_settings.database, 7)
    return orders_of(submission(kind, arguments), web_settings, place), place


def read(
    orders: Orders, place: Place, web_settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> SearchConfig:
    """Returns the configuration as the search would read it."""
    place.make(list(orders.argv), orders.files)
    for key, value in orders.environment(web_settings, {}).items():
        monkeypatch.setenv(key, value)
    assert orders.argv == (*NAS, "search", str(place.directory / "search.toml"))
    return load_config(Path(orders.argv[-1]))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"data": {"dataset": "photos", "size": [28, 28], "channels": None}, "seed": 3},
        {"budget": {"trials": None, "time": 90.5}},
        {"space": {"name": "toy", "settings": {"blocks": 1}}, "strategy": {"name": "evolution:small"}},
        {"reward": {"objectives": ["accuracy", "-params"]}, "recipe": {"epochs": 2, "flip": None}},
        {"workers": {"backend": "process", "count": 3}, "limits": {"max_params": 10_000}},
    ],
    ids=["nothing", "data", "null", "space", "lists", "workers"],
)
def test_a_search_is_what_was_handed_in(
    wanted: dict[str, Any], web_settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, place = ordered(web_settings, SubmissionKind.SEARCH, **wanted)
    dataset = web_settings.datasets[wanted.get("data", {}).get("dataset", "digits")]
    expected = SearchConfig(**merged(wanted, {"name": "a", "database": URL, "data": {"dataset": dataset}}))
    assert read(orders, place, web_settings, monkeypatch) == expected


def test_it_runs_on_the_cluster_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web_settings = WebSettings(URL, exports=tmp_path, ray_address="head:6379")
    orders, place = ordered(web_settings, SubmissionKind.SEARCH, workers={"count": 5})
    config = read(orders, place, web_settings, monkeypatch)
    assert (config.workers.count, config.workers.ray_address) == (5, "head:6379")
    resumed = ordered(web_settings, SubmissionKind.RESUME)[0]
    assert json.loads(resumed.environment(web_settings, {})["NAS_WORKERS"]) == {"ray_address": "head:6379"}


def test_no_password_is_where_others_can_read_it(web_settings: WebSettings) -> None:
    for kind in SubmissionKind:
        orders, _ = ordered(web_settings, kind)
        assert "secret" not in " ".join(orders.argv)
        assert "secret" not in "".join(orders.files.values())
        assert orders.environment(web_settings, {})["NAS_DATABASE"] == URL


def test_what_the_dashboard_was_told_is_not_told_to_its_searches(web_settings: WebSettings) -> None:
    orders, _ = ordered(web_settings, SubmissionKind.SEARCH, seed=1)
    inherited = {
        "NAS_SEED": "9",
        "NAS_DATABASE": "x",
        "NAS_BUDGET__TRIALS": "1",
        "PATH": "/bin",
        "PGPASSFILE": "f",
    }
    assert orders.environment(web_settings, inherited) == {
        "PATH": "/bin",
        "PGPASSFILE": "f",
        "NAS_DATABASE": URL,
    }


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"data": {"dataset": "/etc"}}, "data.dataset"),
        ({"data": {"test": "/etc/passwd"}}, "data.test"),
        ({"space": {"plugins": ["/tmp/evil.py"]}}, "space.plugins"),
        ({"space": {"name": "/tmp/evil.py"}}, "space.name"),
        ({"database": "sqlite:///other.db"}, "database"),
        ({"workers": {"ray_address": "evil:1"}}, "workers.ray_address"),
        ({"strategy": {"name": "evil"}}, "strategy.name"),
        ({"budget": {"trials": 0}}, "budget.trials"),
        ({"nonsense": 1}, "nonsense"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_server_does_not_run(wanted: dict[str, Any], path: str, web_settings: WebSettings) -> None:
    """Whoever handed it in, to another dashboard perhaps, or straight into the database."""
    with pytest.raises(Problem) as refused:
        ordered(web_settings, SubmissionKind.SEARCH, **wanted)
    assert [error["path"].removeprefix("body.configuration.") for error in refused.value.errors] == [path]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ({}, ()),
        ({"trials": 200}, ("--trials=200",)),
        ({"time": 3600.0, "trials": None}, ("--time=3600.000",)),
        ({"trials": 3, "time": 1e7}, ("--trials=3", "--time=10000000.000")),
    ],
    ids=["none", "trials", "time", "both"],
)
def test_a_search_goes_on(
    arguments: dict[str, Any], options: tuple[str, ...], web_settings: WebSettings
) -> None:
    orders, _ = ordered(web_settings, SubmissionKind.RESUME, **arguments)
    assert orders.argv == (*NAS, "search", "--resume=a", *options)
    assert (orders.files, orders.variables) == ({}, {})


@pytest.mark.parametrize(
    ("number", "trial", "name"), [(17, ("17",), "a-17"), (None, (), "a-best"), (0, ("0",), "a-0")]
)
def test_a_network_is_handed_over(
    number: int | None, trial: tuple[str, ...], name: str, web_settings: WebSettings
) -> None:
    orders, _ = ordered(web_settings, SubmissionKind.EXPORT, number=number)
    target = web_settings.exports.resolve() / name
    assert orders.argv == (*NAS, "export-best", "a", *trial, f"--output={target}")
    assert orders.files == {"target": str(target)}
    assert target.is_dir()


def test_nothing_is_handed_over_elsewhere(web_settings: WebSettings) -> None:
    place = place_of(web_settings.exports, web_settings.database, 7)
    with pytest.raises(ExportTargetError, match="would leave the directory"):
        orders_of(submission(SubmissionKind.EXPORT, {}, search="../../a"), web_settings, place)
