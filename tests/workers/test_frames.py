"""Messages cross a socket whole and in order, and nobody but their sender waits for a slow reader."""

import os
import socket
import sys
import threading

import pytest

from workers.frames import DriverLink, WorkerLink

LARGE = os.urandom(5_000_000)


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def received(link, count):
    messages = []
    while len(messages) < count:
        messages += link.receive()
    return messages


def test_messages_of_all_sizes_arrive_whole_and_in_order(ends):
    driver, worker = DriverLink(ends[0]), WorkerLink(ends[1])
    sent = [b"", b"a", LARGE, b"b" * 70_000]
    thread = threading.Thread(target=lambda: [worker.send(message) for message in sent])
    thread.start()
    assert received(driver, len(sent)) == sent
    thread.join()
    assert driver.receive() == []
    assert not driver.is_broken


def test_a_worker_that_does_not_read_does_not_hold_up_the_driver(ends):
    driver, worker = DriverLink(ends[0]), WorkerLink(ends[1])
    driver.send(LARGE)
    driver.send(b"second")
    assert driver.has_more_to_send
    got = []
    thread = threading.Thread(target=lambda: got.extend([worker.receive(), worker.receive()]))
    thread.start()
    while driver.has_more_to_send:
        driver.flush()
    thread.join()
    assert got == [LARGE, b"second"]


def test_half_a_message_is_none(ends):
    driver = DriverLink(ends[0])
    whole = (3).to_bytes(8, "little") + b"abc"
    ends[1].sendall(whole + whole[:-1])
    assert driver.receive() == [b"abc"]
    assert driver.receive() == []
    ends[1].sendall(whole[-1:])
    assert driver.receive() == [b"abc"]


def test_what_was_sent_before_the_end_is_received_and_then_the_end_is_known(ends):
    driver, worker = DriverLink(ends[0]), WorkerLink(ends[1])
    worker.send(b"last words")
    ends[1].sendall(b"half a len")
    ends[1].close()
    assert driver.receive() == [b"last words"]
    assert driver.is_broken
    driver.send(b"too late")
    assert not driver.has_more_to_send


def test_a_worker_reads_none_when_its_driver_has_gone(ends):
    driver, worker = DriverLink(ends[0]), WorkerLink(ends[1])
    driver.send(b"job")
    driver.close()
    assert [worker.receive(), worker.receive()] == [b"job", None]
    with pytest.raises(OSError, match=r"[Bb]roken pipe|[Rr]eset"):
        worker.send(b"to nobody")


@pytest.mark.skipif(sys.platform != "linux", reason="known on Linux alone")
@pytest.mark.parametrize(("read", "unread"), [(11, False), (10, True), (0, True)])
def test_that_a_worker_ended_before_it_had_read_all_is_known(ends, read, unread):
    driver = DriverLink(ends[0])
    driver.send(b"job")
    ends[1].sendall((4).to_bytes(8, "little") + b"last")
    ends[1].recv(read) if read else None
    ends[1].close()
    assert driver.receive() == [b"last"]
    assert (driver.is_broken, driver.left_unread) == (True, unread)


def test_what_could_not_be_sent_was_not_read(ends):
    driver = DriverLink(ends[0])
    ends[1].close()
    driver.send(b"job")
    assert driver.left_unread


def test_bytes_are_heard_of_before_they_are_a_message(ends):
    driver = DriverLink(ends[0])
    ends[1].sendall(b"half")
    assert (driver.receive(), driver.has_heard) == ([], True)
    assert (driver.receive(), driver.has_heard) == ([], False)
