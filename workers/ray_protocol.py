"""What a `RayPool` and its host process say to each other; a message on the wire is a pickled list of these.

pool                     host
(settings, in a file) ->
                      <- Reached         a cluster answers at the address that was named
                      <- Ready           Ray is up and workers are being started
Submit                ->
                      <- Heard           a worker's sign of life
                      <- Ended           an outcome
                      <- Said            what is waited for
                      <- Failed, Lost    the host ends: with an error of the pool's, or as Ray is gone
Leave                 ->                 the host lets go of a cluster that it has joined, and ends
"""

from typing import NamedTuple

from workers.errors import PoolError, ResourceError
from workers.pool import Beat, Patience


class Settings(NamedTuple):
    """What a host starts from; the pictures come beside it."""

    address: str | None
    """Of the cluster that is joined; None: Ray is started on this machine."""
    directory: str
    """Private to this host, with a short name."""
    workers: int
    gpus_per_worker: float
    gpus: int
    """Of this machine, for a Ray that is started on it."""
    object_store_bytes: int
    patience: Patience
    start_seconds: float
    """So long may the first worker of a Ray on this machine take."""
    say_seconds: float
    """Between two texts about what is waited for."""
    demanding: bool
    """Whether a cluster that is too small for the workers is an error; one that was large enough may have shrunk."""
    child: bytes
    """Evaluation and space, pickled by value; the host itself does not open them."""


class Reached(NamedTuple):
    """A cluster answers."""


class Ready(NamedTuple):
    """Ray is up."""


class Submit(NamedTuple):
    """A job, pickled, with what tells it from others."""

    job_id: int
    token: str
    job: bytes


class Leave(NamedTuple):
    """The pool is being closed."""


class Heard(NamedTuple):
    """A sign of life."""

    beat: Beat


class Ended(NamedTuple):
    """A pickled outcome, and the token of its job."""

    job_id: int
    token: str
    outcome: bytes


class Said(NamedTuple):
    """What is waited for, in words."""

    text: str


class Failed(NamedTuple):
    """The host cannot do its work and ends."""

    error: type[PoolError]
    text: str


class Lost(NamedTuple):
    """Ray on this machine, or the head of the cluster, is gone, and the host ends."""

    text: str
    begun: frozenset[int] | None
    """The ids of the jobs that workers had; the others can be handed in again. None where nobody knows."""


Request = Submit | Leave
Answer = Reached | Ready | Heard | Ended | Said | Failed | Lost


def one_line(error: object) -> str:
    """Returns what Ray says on many lines as one that is not too long: how it begins and how it ends."""
    text = " ".join(str(error).split())
    return text if len(text) <= 600 else f"{text[:200]} ... {text[-400:]}"


def gpus_for(workers: int, gpus_per_worker: float) -> int:
    """Returns how many GPUs hold the workers, none of which may span two."""
    return -(-workers // int(1 / gpus_per_worker)) if gpus_per_worker else 0


def require_resources(unit: str, needed: int, present: int, place: str) -> None:
    """Raises `ResourceError` where fewer are present than needed."""
    if needed > present:
        plural = "" if needed == 1 else "s"
        raise ResourceError(
            f"the workers need {needed} {unit}{plural}, {place} has {present}; ask for fewer workers or less for each"
        )
