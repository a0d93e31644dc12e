"""The log: one line each, without secrets."""

import logging

import pytest

from nas.web.logs import OneLine, set_up_logs, without_secrets

TOKEN = "nas_" + "aB3-_" * 8


def line(text: str, *arguments: object) -> str:
    return OneLine().format(logging.LogRecord("nas.web", logging.ERROR, "", 1, text, arguments, None))


def test_a_line_is_one_line() -> None:
    written = line("GET %s", "/a\r\nERROR forged \x1b[31m\u2028")
    assert written.endswith(r"ERROR GET /a\r\nERROR forged \x1b[31m\u2028")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://me:geheim@host/nas",
        "could not connect to postgres://me:geheim@10.0.0.1:5432/nas: refused",
        "Authorization: Bearer geheim",
        f"GET /searches?token={TOKEN}",
        f"the token {TOKEN} was sent",
        "password=geheim host=db",
    ],
)
def test_no_secret_is_in_it(text: str) -> None:
    written = without_secrets(text)
    assert "geheim" not in written
    assert TOKEN not in written
    assert "***" in written


def test_a_traceback_is_part_of_the_line() -> None:
    try:
        raise ValueError("postgresql://me:geheim@host/nas")
    except ValueError as error:
        record = logging.LogRecord(
            "nas.web", logging.ERROR, "", 1, "no", (), (ValueError, error, error.__traceback__)
        )
    written = OneLine().format(record)
    assert "\n" not in written
    assert "geheim" not in written
    assert "Traceback" in written


def test_warnings_go_to_standard_error_and_nothing_else_does(capsys: pytest.CaptureFixture[str]) -> None:
    loggers = [logging.getLogger(name) for name in ("nas.web", "uvicorn.error")]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    try:
        set_up_logs()
        loggers[0].warning("the database: %s", "away")
        loggers[1].info("Application startup complete.")
    finally:
        for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
            logger.handlers[:], logger.level, logger.propagate = handlers, level, propagate
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.endswith("WARNING the database: away\n")
    assert written.err.count("\n") == 1
