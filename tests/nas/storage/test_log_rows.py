"""What the log says in few words."""

from nas.storage.log_rows import EVENT_TEXT_LIMIT, release_text
from nas.storage.records import SearchState


def test_an_error_that_is_cut_shows_that_it_is() -> None:
    assert release_text(SearchState.FAILED, "why") == "failed: why"
    assert release_text(SearchState.COMPLETED, "") == "completed"
    cut = release_text(SearchState.FAILED, "x" * EVENT_TEXT_LIMIT)
    assert cut == f"failed: …{'x' * (EVENT_TEXT_LIMIT // 2)}"
