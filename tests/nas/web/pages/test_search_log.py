from pathlib import Path

import nas.web
from nas.storage.open import open_storage
from nas.storage.records import LogKind
from nas.web.pages.search_log import LINES, OF_TRIALS, WORDS, log_page


def test_every_kind_has_a_word_the_same_for_the_page_and_its_script() -> None:
    script = (Path(nas.web.__file__).parent / "static" / "log.js").read_text(encoding="utf-8")
    for kind in LogKind:
        assert f'{kind.value}: "{WORDS[kind]}"' in script


def test_what_happens_to_every_trial_is_left_out_unless_it_is_asked_for(searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        search_id = storage.search("first").search_id
        short = log_page(storage, search_id, None, with_trials=False)
        full = log_page(storage, search_id, None, with_trials=True)
    assert {entry.kind for entry in short.entries}.isdisjoint(OF_TRIALS)
    assert [short.word(entry) for entry in short.entries][-1] == "created"
    assert short.older is None
    assert len(full.entries) == LINES


def test_stretches_follow_each_other_without_a_gap(searched: str) -> None:
    seen: list[int] = []
    with open_storage(searched, read_only=True) as storage:
        search_id = storage.search("first").search_id
        place: int | None = None
        for _ in range(10):
            page = log_page(storage, search_id, place, with_trials=True)
            seen += [entry.event_id for entry in page.entries]
            place = page.older
            if place is None:
                break
        known = [entry.event_id for entry in storage.events(search_id, limit=10_000)]
    assert seen == known[::-1]
