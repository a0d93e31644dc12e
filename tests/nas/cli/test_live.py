"""The panel of a terminal and the lines of everything else."""

import os
from dataclasses import replace

import pytest
from rich.console import Console

from nas.cli import live
from nas.cli.live import LivePanel, PlainView, open_view
from nas.search import EventKind, Progress, SearchEvent
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture

BEST = Trial(
    trial_id=1,
    search_id=1,
    number=7,
    architecture=Architecture("toy", (0,)),
    canonical_key="key",
    seed=0,
    state=TrialState.COMPLETED,
    asked_event=1,
    reward=0.942,
    validation_accuracy=0.942,
    parameters=41_234,
)
START = Progress(
    trial_budget=40,
    time_budget_seconds=None,
    completed=0,
    failed=0,
    running=2,
    best=None,
    entropy=None,
    spent_seconds=0.0,
)
LATER = replace(START, completed=9, failed=1, best=BEST, entropy=12.345, spent_seconds=60.0)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def rendered(panel: LivePanel) -> dict[str, str]:
    """Returns label -> figure, and the line at the bottom under "line"."""
    console = Console(width=90, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    with console.file:
        console.print(panel.render())
    rows = [line.strip("│ ") for line in console.export_text().splitlines()[1:-1]]
    figures = dict(row.split("  ", 1) for row in rows[:-1])
    return {label: figure.strip() for label, figure in figures.items()} | {"line": rows[-1]}


def test_the_panel_shows_how_a_search_stands() -> None:
    panel = LivePanel("cifar", Clock())
    assert rendered(panel) == {"line": "the workers are starting"}
    panel.watch(SearchEvent(EventKind.STARTED, START, BEST))
    panel.watch(SearchEvent(EventKind.FINISHED, LATER, BEST))
    figures = rendered(panel)
    assert set(figures.pop("budget")) <= {"━", "╸", "╺", " "}
    assert figures == {
        "trials": "9 done of 40, 2 running, 1 failed",
        "best training": "94.2 % with 41.2 k parameters (trial 7)",
        "controller entropy": "12.35 nats",
        "trials per minute": "10.0",
        "time spent": "1 m 0 s",
        "time left": "3 m 0 s",
        "line": "trial 7 done: 94.2 % (best training 94.2 %), 41.2 k parameters, 0.00 s",
    }


def test_the_clock_goes_on_between_events() -> None:
    clock = Clock()
    panel = LivePanel("cifar", clock)
    panel.watch(SearchEvent(EventKind.STARTED, START))
    panel.watch(SearchEvent(EventKind.FINISHED, LATER, BEST))
    clock.now += 30
    assert rendered(panel)["time spent"] == "1 m 30 s"
    assert rendered(panel)["time left"] == "2 m 30 s"
    clock.now += 1000
    assert rendered(panel)["time left"] == "0.00 s"


def test_a_search_that_is_held_says_so_and_spends_no_time() -> None:
    clock = Clock()
    panel = LivePanel("cifar", clock)
    panel.watch(SearchEvent(EventKind.STARTED, START))
    panel.watch(
        SearchEvent(EventKind.NOTED, replace(LATER, is_held=True), note="you ask the search to pause")
    )
    before = rendered(panel)
    clock.now += 1000
    assert rendered(panel) == before
    assert before["trials"] == "9 done of 40, 2 running, 1 failed; paused"


def test_what_is_not_known_yet_is_a_dash() -> None:
    panel = LivePanel("cifar", Clock())
    panel.watch(SearchEvent(EventKind.STARTED, replace(START, trial_budget=None, time_budget_seconds=None)))
    figures = rendered(panel)
    assert figures["trials"] == "0 done, 2 running, 0 failed"
    for label in ("best training", "controller entropy", "trials per minute", "time left"):
        assert figures[label] == "-"


def test_where_the_reward_is_not_the_accuracy_it_says_what_is_best() -> None:
    panel = LivePanel("cifar", Clock())
    panel.watch(SearchEvent(EventKind.STARTED, replace(LATER, best=replace(BEST, reward=-41_234.0)), BEST))
    assert rendered(panel)["best training"] == "reward -41234, 94.2 % with 41.2 k parameters (trial 7)"


def test_a_message_takes_the_line() -> None:
    panel = LivePanel("cifar", Clock())
    panel.say("stopping")
    assert rendered(panel)["line"] == "stopping"


def test_without_a_terminal_events_are_lines_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with open_view("cifar") as view:
        view.watch(SearchEvent(EventKind.STARTED, START, BEST))
        view.watch(SearchEvent(EventKind.FINISHED, LATER, BEST))
        view.say("stopping")
    assert isinstance(view, PlainView)
    assert capfd.readouterr() == (
        "",
        "trial 7 done: 94.2 % (best training 94.2 %), 41.2 k parameters, 0.00 s\nstopping\n",
    )


@pytest.mark.parametrize(("term", "kind"), [("xterm", LivePanel), ("dumb", PlainView)])
def test_a_terminal_that_can_show_it_gets_the_panel(
    term: str, kind: type[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")  # which makes rich take anything for a terminal
    with open_view("cifar") as view:
        view.watch(SearchEvent(EventKind.STARTED, LATER, BEST))
    assert isinstance(view, kind)
    assert ("search cifar" in capsys.readouterr().err) == (kind is live.LivePanel)
