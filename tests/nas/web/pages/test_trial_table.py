import pytest
from starlette.requests import Request

from nas.errors import QueryError
from nas.web.pages.trial_table import MOST_PICKED, TableState, read_state


def state_of(query: str) -> TableState:
    return read_state(Request({"type": "http", "query_string": query.encode(), "headers": []}))


def test_an_address_without_questions_is_the_usual_table() -> None:
    state = state_of("")
    assert state.search() == ""
    assert state.query().sort == "-reward"
    assert not state.is_filtered


def test_all_of_the_table_is_in_the_address() -> None:
    address = (
        "sort=-parameters&state=failed&state=running&origin=hand&operation=conv_3x3&text=host7"
        "&x=multiply_adds&y=reward&picked=4%2C17&min_reward=0.5&max_parameters=1e6"
    )
    state = state_of(address)
    query = state.query()
    assert query.states == ("failed", "running")
    assert query.ranges == {"reward": (0.5, None), "parameters": (None, 1e6)}
    assert (query.operation, query.text, state.x, state.y, state.picked) == (
        "conv_3x3",
        "host7",
        "multiply_adds",
        "reward",
        (4, 17),
    )
    assert state.is_filtered
    assert state_of(state.search()) == state


@pytest.mark.parametrize(
    "query",
    [
        "sort=drop+table",
        "state=unheard",
        "origin=nobody",
        "min_reward=much",
        "max_reward=nan",
        "picked=a,-1,99999999999999999999",
        "x=price",
        "y=%00",
    ],
)
def test_what_nobody_knows_is_left_out_so_that_old_addresses_open(query: str) -> None:
    assert state_of(query) == TableState()


def test_no_more_trials_are_ticked_than_can_be_compared() -> None:
    assert len(state_of(f"picked={','.join(map(str, range(100)))}").picked) == MOST_PICKED


def test_a_heading_turns_the_order_round_from_the_first_page() -> None:
    state = state_of("sort=-reward&cursor=abc&text=x")
    assert state.sorted_by("reward") == "sort=reward&text=x"
    assert state.sorted_by("number") == "sort=number&text=x"
    assert state.sorted_by("parameters") == "sort=-parameters&text=x"


def test_a_limit_beyond_the_view_is_refused_there_not_here() -> None:
    with pytest.raises(QueryError):
        TableState(sort="nonsense").query()
