"""Outcomes and reports rebuilt from plain values, before they leave the process of whoever made them.

An evaluation that is not ours may fill them with anything: numbers of NumPy or torch, or values of a class that only
its own process knows. What crosses the border is of the types that `workers.job` names, so that the driver can read it
without what made it.
"""

import operator
import pickle
from collections.abc import Callable
from typing import SupportsFloat, SupportsIndex, TypeVar

from workers.error_text import printable_text
from workers.job import EpochMetrics, EpochReport, FailureKind, Outcome
from workers.pool import Beat

Value = TypeVar("Value")


class MessageError(ValueError):
    """A worker has sent what is no message; its pool makes that the failure of its job."""


def plain_outcome(outcome: object) -> Outcome:
    """Returns the outcome in plain values; raises `TypeError` or `ValueError` where it is none, or one of them."""
    if not isinstance(outcome, Outcome):
        raise TypeError(f"expected an Outcome from the evaluation, got {outcome!r:.200}")
    return Outcome(
        job_id=_whole("job_id", outcome.job_id),
        validation_accuracy=_or_none(_number, "validation_accuracy", outcome.validation_accuracy),
        validation_loss=_or_none(_number, "validation_loss", outcome.validation_loss),
        parameters=_or_none(_whole, "parameters", outcome.parameters),
        multiply_adds=_or_none(_whole, "multiply_adds", outcome.multiply_adds),
        train_seconds=_number("train_seconds", outcome.train_seconds),
        curve=tuple(_metrics(point) for point in outcome.curve),
        failure=None if outcome.failure is None else FailureKind(outcome.failure),
        error_text=printable_text(_text("error_text", outcome.error_text)),
        worker=_text("worker", outcome.worker),
        latency_ms=_or_none(_number, "latency_ms", outcome.latency_ms),
        token=_text("token", outcome.token),
    )


def plain_report(report: object) -> EpochReport:
    """Returns the report in plain values; raises `TypeError` where it is none, or one of them is none."""
    if not isinstance(report, EpochReport):
        raise TypeError(f"expected an EpochReport from the evaluation, got {report!r:.200}")
    if not isinstance(report.saved, bytes):
        raise TypeError(f"saved: expected bytes, got {report.saved!r:.200}")
    return EpochReport(_metrics(report.metrics), bytes(report.saved))


def read_message(data: bytes) -> Beat | Outcome:
    """Returns what a worker has sent; raises `MessageError`, in one line, where it is nothing that a worker sends."""
    try:
        message = pickle.loads(data)  # noqa: S301 - from a worker that this pool has started
    except Exception as error:  # process border: what unpickling another's bytes raises is open
        raise MessageError(f"expected a message, got bytes that raise {type(error).__name__}") from error
    if not isinstance(message, Beat | Outcome):
        raise MessageError(f"expected a sign of life or an outcome, got {type(message).__name__}")
    return message


def _metrics(point: EpochMetrics) -> EpochMetrics:
    if not isinstance(point, EpochMetrics):
        raise TypeError(f"expected EpochMetrics, got {point!r:.200}")
    return EpochMetrics(
        epoch=_whole("epoch", point.epoch),
        train_loss=_number("train_loss", point.train_loss),
        validation_loss=_or_none(_number, "validation_loss", point.validation_loss),
        validation_accuracy=_or_none(_number, "validation_accuracy", point.validation_accuracy),
        seconds=_number("seconds", point.seconds),
    )


def _or_none(plain: Callable[[str, object], Value], name: str, value: object) -> Value | None:
    return None if value is None else plain(name, value)


def _number(name: str, value: object) -> float:
    if not isinstance(value, SupportsFloat):  # a text is none, though `float` reads some
        raise TypeError(f"{name}: expected a number, got {value!r:.200}")
    return float(value)


def _whole(name: str, value: object) -> int:
    if not isinstance(value, SupportsIndex):
        raise TypeError(f"{name}: expected a whole number, got {value!r:.200}")
    return operator.index(value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected text, got {value!r:.200}")
    return str.__str__(value)  # of exactly that class
