"""Progress of counted work."""

import pytest

from nas.cli.progress import SECONDS_BETWEEN_LINES, plain_progress, progress


def test_lines_come_only_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    report = plain_progress("reading pictures", lambda: now)
    for done in range(0, 60_001, 10_000):
        report(done, 60_000)
        now += SECONDS_BETWEEN_LINES / 2
    expected = "".join(f"reading pictures: {done:,} of 60,000\n" for done in (20_000, 40_000, 60_000))
    assert capfd.readouterr() == ("", expected)


def test_quick_work_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("reading pictures") as report:
        report(60_000, 60_000)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_gets_a_bar(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress("reading pictures") as report:
        report(30_000, 60_000)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "reading pictures" in captured.err
    assert "50%" in captured.err
