"""Tables, as text and as JSON."""

import json

from nas.report.formats import format_count
from nas.report.tables import Column, as_json, format_table

Row = tuple[str, int | None]
COLUMNS: tuple[Column[Row], ...] = (
    Column("name", "network", lambda row: row[0]),
    Column("parameters", "parameters", lambda row: row[1], format_count),
)


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    assert format_table(COLUMNS, [("resnet20", 272_474), ("a", 7), ("unknown", None)]).splitlines() == [
        "network   parameters",
        "resnet20       272 k",
        "a                  7",
        "unknown            -",
    ]


def test_a_column_of_which_nothing_is_known_is_words() -> None:
    assert format_table(COLUMNS, [("resnet20", None)]).splitlines() == ["network   parameters", "resnet20  -"]


def test_no_records_leave_the_header() -> None:
    assert format_table(COLUMNS, []) == "network  parameters"
    assert as_json(COLUMNS, []) == []


def test_wide_characters_take_two_columns() -> None:
    lines = format_table(COLUMNS, [("深い", 1), ("deep", 2)]).splitlines()
    assert lines[1:] == ["深い              1", "deep              2"]


def test_names_cannot_command_the_terminal() -> None:
    assert "\x1b" not in format_table(COLUMNS, [("a\x1b[2J\nb", 1)])
    assert len(format_table(COLUMNS, [("a\x1b[2J\nb", 1)]).splitlines()) == 2


def test_json_has_the_values_themselves() -> None:
    rows = as_json(COLUMNS, [("a\x1b", 272_474), ("b", None)])
    assert json.loads(json.dumps(rows)) == [
        {"name": "a\x1b", "parameters": 272_474},
        {"name": "b", "parameters": None},
    ]
