import math
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import StorageError
from nas.storage.values import checked, error_text_end, finite_or_none, sha256, storable_text, to_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_comes_back_equal_and_is_plain_ascii(value: object) -> None:
    import json

    text = to_json(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert "\0" not in text


def test_json_is_written_one_way() -> None:
    assert (
        to_json({"b": [1, 2.0], "a": None}) == to_json({"a": None, "b": (1, 2.0)}) == '{"a":null,"b":[1,2.0]}'
    )


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": -math.inf}, {1, 2}, b"x", np.float32(1)])
def test_what_is_not_json(value: object) -> None:
    with pytest.raises(StorageError, match="storage: expected finite numbers, texts, lists and tables, got"):
        to_json(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "a finite number, got nan"),
        (-math.inf, "a finite number, got -inf"),
        (2**63, "at most 64 bits, got 9223372036854775808"),
        (-(2**63) - 1, "at most 64 bits"),
        (np.int64(3), "a plain number, text or bytes"),
        ([1], "a plain number, text or bytes"),
    ],
)
def test_what_no_column_takes(value: object, expected: str) -> None:
    with pytest.raises(
        StorageError, match=rf"^nas_trials\.seed: expected .*{expected}.*; nothing was stored$"
    ):
        checked("nas_trials", {"number": 1, "seed": value})


def test_what_every_column_takes() -> None:
    class Colour(StrEnum):
        RED = "red"

    row = {
        "a": 2**63 - 1,
        "b": -(2**63),
        "c": 5e-324,
        "d": None,
        "e": b"\0",
        "f": "x",
        "g": True,
        "h": Colour.RED,
    }
    assert checked("t", row) is row


def test_texts() -> None:
    assert storable_text("ü\0\ud800\U0001f600") == "ü\\x00\\ud800\U0001f600"
    assert error_text_end("a" * 8_001 + "b") == "a" * 7_999 + "b"


def test_finite_or_none() -> None:
    assert [finite_or_none(x) for x in (1.5, None, math.nan, math.inf)] == [1.5, None, None, None]


def test_checksum() -> None:
    """Of one byte and of none, as `sha256sum` has them."""
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256(b"a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
