"""The ledger that trainings and drivers keep outside of the database."""

from pathlib import Path

from nas.chaos.ledger import Deed, Entry, entries, in_work, note


def test_what_is_written_is_read_in_order_and_a_line_in_the_making_is_left_out(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    assert entries(str(ledger)) == []
    written = [
        Entry(Deed.BEGUN, 1, "a", "host:7:cpu"),
        Entry(Deed.DONE, 1, "a", "host:7:cpu"),
        Entry(Deed.KEPT, 1, attempt=1, reward=0.25),
    ]
    for entry in written:
        note(str(ledger), entry)
    with ledger.open("a") as file:
        file.write('{"deed": "beg')
    assert entries(str(ledger)) == written


def test_in_work_is_what_was_begun_and_is_not_done(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.jsonl")
    for entry in (
        Entry(Deed.BEGUN, 1, "a", "host:7:cpu"),
        Entry(Deed.BEGUN, 2, "b", "host:8:cpu"),
        Entry(Deed.DONE, 1, "a", "host:7:cpu"),
        Entry(Deed.BEGUN, 1, "c", "host:7:cpu"),
    ):
        note(ledger, entry)
    assert in_work(ledger) == {"b": "host:8:cpu", "c": "host:7:cpu"}
