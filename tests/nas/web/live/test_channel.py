"""Whoever says how far it has come is given all that follows, once, or told to read it elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from nas.web.live.channel import KEPT, Channel
from nas.web.live.messages import Message


def messages(first: int, last: int) -> list[Message]:
    return [Message(place, b"%d" % place) for place in range(first, last + 1)]


def test_before_anything_has_come() -> None:
    channel = Channel(1, "a", 10)
    assert channel.behind(10) == []
    assert channel.behind(12) == []  # ahead of the follower, which has not looked yet
    assert channel.behind(9) is None


def test_what_is_at_hand() -> None:
    channel = Channel(1, "a", 10)
    channel.add(messages(11, 13))
    assert channel.newest == 13
    assert channel.behind(10) == messages(11, 13)
    assert channel.behind(12) == messages(13, 13)
    assert channel.behind(13) == []
    assert channel.behind(9) is None


def test_no_more_than_the_newest_is_kept() -> None:
    channel = Channel(1, "a", 0)
    channel.add(messages(1, KEPT + 5))
    assert channel.behind(4) is None
    assert channel.behind(5) == messages(6, KEPT + 5)


def test_nothing_is_kept_from_before_a_gap() -> None:
    channel = Channel(1, "a", 0)
    channel.add(messages(1, 3))
    channel.add(messages(7, 8))
    assert channel.behind(2) is None
    assert channel.behind(6) == messages(7, 8)


def test_nothing_new_changes_nothing() -> None:
    channel = Channel(1, "a", 4)
    channel.add([])
    assert (channel.newest, channel.behind(4)) == (4, [])


@given(st.lists(st.integers(1, KEPT // 2), max_size=6), st.lists(st.integers(0, 3 * KEPT), max_size=20))
def test_a_client_at_any_place_hears_what_follows_or_nothing_at_all(
    sizes: list[int], places: list[int]
) -> None:
    channel, last = Channel(1, "a", 0), 0
    for size in sizes:
        channel.add(messages(last + 1, last + size))
        last += size
    for place in places:
        assert channel.behind(place) in (messages(place + 1, last), None)
        if last - KEPT <= place:
            assert channel.behind(place) == messages(place + 1, last)
