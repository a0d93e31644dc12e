"""What a client of the benchmark makes of what it hears."""

from nas.storage.records import LogKind
from nas.web.benchmark.listening import Client
from nas.web.live.messages import gap_message, written

AT = 1000.0


def event(event_id: int, kind: LogKind = LogKind.FINISHED, number: int | None = 3) -> bytes:
    return written(kind.value, {"at": AT, "number": number}, event_id).removesuffix(b"\n\n")


def told(*blocks: bytes, after: int = 4) -> Client:
    client = Client(after)
    for block in blocks:
        client.take(block, AT + 0.25)
    return client


def test_events_in_order_are_neither_missed_nor_out_of_order() -> None:
    client = told(written("ready", {}, 4).strip(), event(5), b":", event(6, LogKind.NOTED, None))
    assert (client.reached, client.missed(6), client.disorder, client.disturbances) == (6, 0, 0, [])
    assert [(one.kind, one.number, one.delay) for one in client.heard] == [
        ("finished", 3, 0.25),
        ("noted", None, 0.25),
    ]
    assert client.heard[0].size == len(event(5)) + 2


def test_what_did_not_come_is_missed() -> None:
    assert told().missed(7) == 3
    client = told(event(5), event(8))
    assert (client.missed(7), client.missed(8), client.disorder) == (2, 2, 1)


def test_what_came_twice_is_out_of_order_and_hides_nothing() -> None:
    client = told(event(5), event(5), event(6))
    assert (client.missed(7), client.disorder) == (1, 1)


def test_gaps_and_absences_are_kept() -> None:
    away = written("away", {}).strip()
    assert told(gap_message(9).data.strip(), away).disturbances == ["gap", "away"]
