"""The values that options take."""

import re

import click
import pytest
from pydantic import ValidationError

from nas.cli.options import (
    COUNT,
    DEFAULT_DATABASE,
    MAX_TRIALS,
    SECONDS,
    TRIALS,
    Name,
    Number,
    PictureShape,
    database_hint,
    example,
    terminal_width,
)
from nas.config import SearchConfig


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (COUNT, "40", 40),
        (COUNT, "50k", 50_000),
        (COUNT, "1.5M", 1_500_000),
        (COUNT, "2G", 2_000_000_000),
        (SECONDS, "90", 90),
        (SECONDS, "90s", 90),
        (SECONDS, "1.5h", 5400),
        (SECONDS, "0.25m", 15),
        (SECONDS, "0.5", 0.5),
    ],
)
def test_numbers_with_suffixes(kind: Number, text: str, number: float) -> None:
    converted = kind.convert(text, None, None)
    assert converted == number
    assert isinstance(converted, int) == float(number).is_integer()


@pytest.mark.parametrize(
    "text", ["", "k", "5 K", "5kk", "-5", "nan", "inf", "5m", "1e3", "1_000", " 5", "5\n", "٥", "9" * 400]
)
def test_other_texts_are_no_counts(text: str) -> None:
    with pytest.raises(click.BadParameter, match=re.escape(f"one of k, M, G behind it, got {text!r}")):
        COUNT.convert(text, None, None)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("2.5k", 2500), ("1M", MAX_TRIALS)])
def test_numbers_of_trials(text: str, number: int) -> None:
    assert TRIALS.convert(text, None, None) == number


@pytest.mark.parametrize("text", ["0", "-5", "1e3", "99999999999", "1.5", "1.1M", "", "ten"])
def test_other_texts_are_no_numbers_of_trials(text: str) -> None:
    with pytest.raises(click.BadParameter, match=f"a whole number from 1 to 1,000,000, got '{text}'"):
        TRIALS.convert(text, None, None)


def test_as_many_trials_can_be_typed_as_configured() -> None:
    SearchConfig.model_validate({"budget": {"trials": MAX_TRIALS}})
    with pytest.raises(ValidationError):
        SearchConfig.model_validate({"budget": {"trials": MAX_TRIALS + 1}})


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    names = Name(["random", "reinforce"])
    assert names.convert("random", None, None) == "random"
    with pytest.raises(click.BadParameter, match=r"'randm' is not known; known: .* Did you mean 'random'\?"):
        names.convert("randm", None, None)


def test_the_default_database_is_that_of_the_configuration() -> None:
    assert SearchConfig().database == DEFAULT_DATABASE


def test_the_database_is_named_only_where_it_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAS_DATABASE", raising=False)
    assert database_hint(DEFAULT_DATABASE) == ""
    assert database_hint("sqlite:///other.db") == "--db sqlite:///other.db"
    monkeypatch.setenv("NAS_DATABASE", "sqlite:///other.db")
    assert database_hint("sqlite:///other.db") == ""
    assert database_hint(DEFAULT_DATABASE) == f"--db {DEFAULT_DATABASE}"


def test_a_password_is_never_part_of_the_hint() -> None:
    assert "secret" not in database_hint("postgresql://me:secret@host/nas")


def test_examples_stand_on_lines_of_their_own() -> None:
    assert example("nas list", "nas show a") == "\b\nExample:\n  nas list\n  nas show a"


@pytest.mark.parametrize(("columns", "width"), [("70", 70), ("300", 120)])
def test_text_is_never_very_wide(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width() == width


def test_the_shape_of_a_picture() -> None:
    assert PictureShape().convert("3x32x40", None, None) == (3, 32, 40)


@pytest.mark.parametrize("text", ["", "32x32", "0x32x32", "3x32x-1", "3X32X32", "3x32x32x1", " 3x32x32"])
def test_other_texts_are_no_shapes(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected CHANNELSxHEIGHTxWIDTH such as 3x32x32, got "):
        PictureShape().convert(text, None, None)
