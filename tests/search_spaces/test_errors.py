"""What an error says of a name that is not known, and how a command ends."""

import pytest

from search_spaces.errors import NasError, SpaceError, UnknownNameError, suggest, unknown_name


def test_an_unknown_name_lists_the_known_ones_sorted_and_the_nearest():
    error = unknown_name("operation", "conv_4x4", ["identity", "conv_3x3"])
    assert isinstance(error, UnknownNameError)
    assert (
        str(error) == "operation 'conv_4x4' is not known; known: conv_3x3, identity. Did you mean 'conv_3x3'?"
    )


def test_nothing_is_suggested_where_nothing_is_near():
    assert suggest("zzz", ["identity", "conv_3x3"]) == "known: conv_3x3, identity"


@pytest.mark.parametrize(("kind", "code"), [(NasError, 1), (SpaceError, 2), (UnknownNameError, 2)])
def test_what_the_user_typed_wrongly_exits_with_2(kind, code):
    assert kind.exit_code == code
