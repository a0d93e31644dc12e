"""Architectures as values: every rendering comes back equal, and what is none is quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError

ARCHITECTURES = st.builds(
    Architecture,
    st.text("abcdefghij_-0123456789:.", min_size=1),
    st.lists(st.integers(0, 10**6), min_size=1).map(tuple),
)


@given(ARCHITECTURES)
def test_every_rendering_comes_back_equal(architecture):
    assert Architecture.parse(str(architecture)) == architecture
    assert Architecture.from_json(architecture.to_json()) == architecture


def test_renderings_are_as_documented():
    architecture = Architecture("toy", (1, 0, 2))
    assert str(architecture) == "toy:1.0.2"
    assert architecture.to_json() == '{"space": "toy", "tokens": [1, 0, 2]}'


def test_architectures_are_values():
    assert len({Architecture("toy", (1,)), Architecture("toy", (1,)), Architecture("toy", (2,))}) == 2
    with pytest.raises(AttributeError):
        Architecture("toy", (1,)).space = "cell"


@pytest.mark.parametrize("text", ["", "toy", ":1.2", "toy:", "toy:1..2", "toy:1.-2", "toy:a", "toy:1.5e3"])
def test_texts_that_are_none_are_quoted(text):
    with pytest.raises(SpaceError, match=r"architecture: expected SPACE:0\.1\.2, got") as raised:
        Architecture.parse(text)
    assert repr(text[:80]) in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"space": "toy"}',
        '{"space": "toy", "tokens": 3}',
        '{"space": "toy", "tokens": [1.5]}',
        '{"space": "toy", "tokens": [true]}',
        '{"space": "toy", "tokens": [-1]}',
        '{"space": "toy", "tokens": ["1"]}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_json_that_is_none_is_quoted(text):
    with pytest.raises(SpaceError, match=r"architecture JSON: expected .* got") as raised:
        Architecture.from_json(text)
    assert repr(text[:80]) in str(raised.value)


def test_long_texts_are_cut():
    with pytest.raises(SpaceError) as raised:
        Architecture.parse("x" * 10_000)
    assert len(str(raised.value)) < 200
