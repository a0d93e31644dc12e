"""Strings of any benchmark as decisions."""

from random import Random

import pytest

from nas.bench.fields import space_of
from nas.bench.refusals import TableError


def options(*strings):
    return [decision.options for decision in space_of(strings, "t").decisions]


@pytest.mark.parametrize(
    ("strings", "expected"),
    [
        (("8:16:24", "64:16:24", "8:16:40"), [("8", "64"), ("24", "40")]),
        (("[0, 2, 1]", "[0, 1, 1]"), [("1", "2")]),
        (("0,1", "1,1", "0,10"), [("0", "1"), ("1", "10")]),
        (("0.5,1", "1,1"), [("0.5", "1")]),
        (("toy:0.1", "toy:1.1"), [("0", "1")]),
        (("-1,1", "1,1"), [("-1", "1")]),
        (("conv_3x3~0|none", "none~0|none"), [("conv_3x3", "none")]),
        (("a|b", "b|b"), [("a", "b")]),
        (("ä|ö", "ä|ü", "ö|ö"), [("ä", "ö"), ("ö", "ü")]),
        (("a\u0308|ö", "ö|ö"), [("ä", "ö")]),  # a letter and its dots apart
        (("卷积_3", "池化_3"), [("卷积", "池化")]),
    ],
)
def test_fields_that_differ_are_decisions(strings, expected):
    assert options(*strings) == expected


def test_digits_side_by_side_are_decisions_where_they_are_no_numbers():
    assert options("64-41414-1_02_333", "64-41414-1_12_033") == [("0", "1"), ("0", "3")]
    assert options("16:24", "24:16", "16:40") == [("16", "24"), ("16", "24", "40")]


def test_rows_keep_their_order_and_are_all_there_is():
    space = space_of(("1,0", "0,0", "1,1"), "t")
    assert space.rows == ((1, 0), (0, 0), (1, 1))
    assert space.size == 3
    assert [one.tokens for one in space.enumerate()] == [(0, 0), (1, 0), (1, 1)]
    rng = Random(0)
    assert {space.random(rng).tokens for _ in range(50)} == set(space.rows)


def test_strings_of_other_lengths_are_named():
    with pytest.raises(TableError, match=r"'0,1,2' in row 0 with 3, got '0,1' in row 2 with 2; keep"):
        space_of(("0,1,2", "0,2,2", "0,1"), "t")


def test_strings_that_differ_in_no_field_are_named():
    with pytest.raises(
        TableError, match=r"differ in letters or digits, got '0\|1' in row 1 and '0,1' in row 2;"
    ):
        space_of(("1,0", "0|1", "0,1", "1,1"), "t")


def test_one_architecture_is_no_benchmark():
    with pytest.raises(TableError, match="expected at least two architectures, got '0,1' alone"):
        space_of(("0,1",), "t")
