"""What an evaluation of another's making says is read into plain values, or refused with the name of what is none."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from workers.job import ERROR_TEXT_LIMIT, EpochMetrics, EpochReport, FailureKind, Outcome
from workers.plain import MessageError, plain_outcome, plain_report, read_message
from workers.pool import Beat

METRICS = EpochMetrics(1, 1.0, None, 0.5, 0.1)


class Text(str):
    __slots__ = ()

    def __str__(self):
        return "another"


ODD = Outcome(
    np.int64(3),
    np.float32(0.5),
    torch.tensor(2.0),
    parameters=np.int32(7),
    multiply_adds=torch.tensor(9),
    train_seconds=np.float64(3),
    curve=[replace(METRICS, epoch=np.int64(1), train_loss=torch.tensor(1.0))],
    worker=Text("host"),
    latency_ms=1,
)


def test_numbers_of_other_libraries_become_plain_ones():
    plain = plain_outcome(ODD)
    assert plain == Outcome(
        3,
        0.5,
        2.0,
        parameters=7,
        multiply_adds=9,
        train_seconds=3.0,
        curve=(METRICS,),
        worker="host",
        latency_ms=1.0,
    )
    assert [type(getattr(plain, field.name)) for field in fields(plain)] == [
        *(int, float, float, int, int, float, tuple, type(None), str, str, float, str)
    ]
    assert type(plain.curve[0].train_loss) is float


def test_a_plain_outcome_stays_what_it_is():
    for outcome in (
        Outcome(1, 0.5, curve=(METRICS,)),
        Outcome(1, failure=FailureKind.DIVERGED, error_text="so"),
    ):
        assert plain_outcome(outcome) == outcome


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"validation_accuracy": 1.0, "validation_loss": "0.5"}, "validation_loss"),
        ({"parameters": 3.5}, "parameters"),
        ({"error_text": object()}, "error_text"),
        ({"worker": b"host"}, "worker"),
        ({"curve": (5,)}, "EpochMetrics"),
        ({"curve": (replace(METRICS, seconds=None),)}, "seconds"),
    ],
)
def test_what_is_no_value_of_its_kind_is_named(changes, name):
    outcome = Outcome(1, 0.5)
    for key, value in changes.items():
        object.__setattr__(outcome, key, value)
    with pytest.raises(TypeError, match=f"{name}.*got|expected {name}"):
        plain_outcome(outcome)


def test_a_failure_that_nobody_knows_is_none():
    with pytest.raises(ValueError, match="bad luck"):
        plain_outcome(Outcome(1, failure="bad luck"))


def test_a_long_text_is_cut_and_printable():
    text = plain_outcome(Outcome(1, failure=FailureKind.ERROR, error_text="x" * 10_000 + "\0 end")).error_text
    assert len(text) == ERROR_TEXT_LIMIT
    assert text.endswith(r"x\0 end")


def test_reports_are_read_likewise():
    odd = EpochReport(replace(METRICS, epoch=np.int64(1)), b"state")
    assert type(plain_report(odd).metrics.epoch) is int
    assert plain_report(odd) == EpochReport(METRICS, b"state")
    for wrong in (METRICS, EpochReport(METRICS, "state"), EpochReport(5)):
        with pytest.raises(TypeError, match="expected"):
            plain_report(wrong)


@pytest.mark.parametrize("message", [Beat("host"), Outcome(1, 0.5)])
def test_messages_are_read(message):
    assert read_message(pickle.dumps(message)) == message


@pytest.mark.parametrize("data", [b"garbage", b"", pickle.dumps(5), b"cnowhere\nthing\n."])
def test_what_is_no_message_is_one_error(data):
    with pytest.raises(MessageError, match=r"^expected .*, got [^\n]*$"):
        read_message(data)
