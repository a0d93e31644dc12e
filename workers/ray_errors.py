"""Which failure of a job an error of Ray's stands for."""

import re

from ray.exceptions import (
    NodeDiedError,
    OutOfMemoryError,
    RayActorError,
    RayTaskError,
    UnserializableException,
)

from workers.job import FailureKind

KIND_OF_ERROR: tuple[tuple[type[Exception], FailureKind], ...] = (
    (OutOfMemoryError, FailureKind.OUT_OF_HOST_MEMORY),
    (NodeDiedError, FailureKind.NODE_LOST),
    (RayActorError, FailureKind.WORKER_LOST),  # some are task errors as well: those of a constructor
    (RayTaskError, FailureKind.ERROR),
    (UnserializableException, FailureKind.ERROR),
)
"""The first that fits: Ray's monitor of the host's memory ended the worker; the node is gone; the worker is gone, or
cannot be reached; the evaluation raised an error that pickles, or one that does not. All else is the machinery's."""
KIND_OF_TEXT: tuple[tuple[re.Pattern[str], FailureKind], ...] = (
    (
        re.compile(
            r"node (has )?(died|crashed)|node was (terminated|preempted)|heartbeats|node is dead",
            re.IGNORECASE,
        ),
        FailureKind.NODE_LOST,
    ),
    (re.compile(r"SIGTERM"), FailureKind.PREEMPTED),
)
"""What tells the deaths of actors apart, which are all one class."""


def kind_of(error: BaseException) -> FailureKind:
    """Returns the failure of a job whose call ended with `error`."""
    kind = next((kind for known, kind in KIND_OF_ERROR if isinstance(error, known)), FailureKind.WORKER_LOST)
    if kind is not FailureKind.WORKER_LOST:
        return kind
    if getattr(error, "preempted", False):
        return FailureKind.PREEMPTED
    text = str(error)
    return next((kind for pattern, kind in KIND_OF_TEXT if pattern.search(text)), kind)
