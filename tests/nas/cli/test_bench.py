"""`nas bench orchestration`."""

import json

import pytest

from nas.bench.orchestration import OrchestrationReport
from nas.cli.orchestration import report_lines
from search_spaces.registry import space_names
from tests.nas.cli.calling import Call


def test_figures_stand_beside_what_they_mean() -> None:
    report = OrchestrationReport(
        trials=2000,
        cpu_ms=1.234,
        strategy_cpu_ms=0.5,
        wall_ms=2.0,
        first_cpu_ms=1.1,
        last_cpu_ms=1.3,
        first_wall_ms=1.9,
        last_wall_ms=2.1,
    )
    lines = report_lines(report).splitlines()
    assert lines[0] == "2,000 trials that train nothing, milliseconds a trial:"
    assert lines[1].split(maxsplit=1) == ["1.234", "processor time of all processes, without the strategy"]
    assert [line.split()[0] for line in lines[1:]] == [
        "1.234", "1.100", "1.300", "0.500", "2.000", "1.900", "2.100",
    ]  # fmt: skip


def test_too_few_trials_to_measure(call: Call) -> None:
    ended = call("bench", "orchestration", "--trials", 100)
    assert ended.code == 2
    assert ended.err.startswith("error: --trials: 100 is not in the range x>=500")


@pytest.mark.slow
def test_measures_real_workers_and_a_real_database(call: Call) -> None:
    ended = call("bench", "orchestration", "--trials", 500, "--json")
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    assert report["trials"] == 500
    assert all(0 < value < 1000 for key, value in report.items() if key != "trials")


def test_every_space_is_measured(call: Call) -> None:
    ended = call("bench", "spaces", "--samples", 3, "--json")
    assert ended.code == 0, ended.err
    rows = json.loads(ended.out)
    assert tuple(row["space"] for row in rows) == space_names()
    assert all(row["price_of_build"] == row["price_ms"] / row["build_ms"] > 0 for row in rows)


def test_the_spaces_as_a_table(call: Call) -> None:
    header, *lines = call("bench", "spaces", "--samples", 1).out.splitlines()
    assert header.split("  ")[0] == "space"
    assert [line.split()[0] for line in lines] == list(space_names())
