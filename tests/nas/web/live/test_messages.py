"""What is sent of a log entry: one line of JSON, under 1 KB, whatever is in it."""

import json
import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import LogKind
from nas.web.live.messages import TEXT_BYTES, cut, entry_messages, gap_message, plain, written

LIMIT = 1_024
LONGEST_EVENT = 300
"""Letters of a text that storage keeps."""


def data_of(sent: bytes) -> dict[str, object]:
    lines = sent.decode().split("\n")
    assert [line.partition(":")[0] for line in lines] == ["id", "event", "data", "", ""]
    found: dict[str, object] = json.loads(lines[2].removeprefix("data: "))
    return found


@given(st.text())
def test_a_text_is_cut_to_its_beginning(text: str) -> None:
    text = text.encode(errors="replace").decode()
    shown = cut(text)
    assert len(json.dumps(shown, ensure_ascii=False).encode()) - 2 <= TEXT_BYTES
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@given(st.sampled_from(["x", '"', "\x01", "\n", "ä", "☃", "🦉", "\u2028"]))
def test_it_is_cut_no_shorter_than_it_must_be(letter: str) -> None:
    size = len(json.dumps(cut(letter * LONGEST_EVENT), ensure_ascii=False).encode()) - 2
    whole = len(json.dumps(letter * LONGEST_EVENT, ensure_ascii=False).encode()) - 2
    assert size == whole if whole <= TEXT_BYTES else TEXT_BYTES - 10 < size <= TEXT_BYTES


def test_line_ends_do_not_end_an_event() -> None:
    sent = written("noted", {"text": "a\nevent: b\r\n\r\ndata: c"}, 3)
    assert data_of(sent) == {"text": "a\nevent: b\r\n\r\ndata: c"}


def test_what_is_no_number_is_nothing() -> None:
    assert [plain(value) for value in (math.nan, math.inf, 0.5, 3, None, "x")] == [
        None,
        None,
        0.5,
        3,
        None,
        "x",
    ]


def test_a_gap_says_where_it_goes_on() -> None:
    place, sent = gap_message(71)
    assert (place, data_of(sent)) == (70, {"first": 71})
    assert sent.startswith(b"id: 70\n")


class TestOfASearch:
    def test_a_trial_that_finished_comes_with_what_came_of_it(self, searched: str) -> None:
        with open_storage(searched, read_only=True) as storage:
            finished = sent(storage, LogKind.FINISHED)
            trials = {trial.number: trial for trial in storage.all_trials(1)}
            record = storage.search("first")
        assert len(finished) == 30
        for data in finished:
            trial = trials[data["number"]]  # type: ignore[index]
            assert data["reward"] == trial.reward
            assert data["accuracy"] == trial.validation_accuracy
            assert (data["parameters"], data["multiply_adds"]) == (trial.parameters, trial.multiply_adds)
            assert (data["state"], data["origin"]) == (trial.state.value, "strategy")
            assert data["search"] == {
                "state": "completed", "held": False, "driven": False,
                "created": 30, "done": 30, "failed": 3, "of": 30,
                "best": max(trial.reward or 0 for trial in trials.values()), "best_number": record.best_number,
            }  # fmt: skip
        assert [data["failure"] for data in finished].count("error") == 3

    def test_the_largest_is_under_a_kilobyte(self, searched: str) -> None:
        with open_storage(searched, read_only=True) as storage:
            entries = storage.events(1)
            longest = [replace(entry, text="\x01🦉" * LONGEST_EVENT, event_id=2**63 - 1) for entry in entries]
            messages = entry_messages(storage, "first", longest)
        assert len(messages) == len(entries) > 60
        assert (
            max(len(message.data) for message in messages) < LIMIT - 80
        )  # and a name may be longer by so much

    def test_of_nothing_there_is_nothing(self, searched: str) -> None:
        with open_storage(searched, read_only=True) as storage:
            assert entry_messages(storage, "no such search", []) == []


def sent(storage: Storage, kind: LogKind) -> list[dict[str, object]]:
    entries = [entry for entry in storage.events(1) if entry.kind is kind]
    messages = entry_messages(storage, "first", entries)
    assert [message.place for message in messages] == [entry.event_id for entry in entries]
    return [data_of(message.data) for message in messages]
