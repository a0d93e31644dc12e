"""What a `RayPool` and its host process say to each other; a message on the wire is a pickled list of these.

pool                     host
(settings, in a file) ->
                      <- Reached         a cluster answers at the address that was named
                      <- Ready           Ray is up and workers are being started
Submit                ->
Resize                ->                 more workers are started, or surplus ones end when they have no job
                      <- Alive           the host's own sign of life, every second
                      <- Heard           a worker's sign of life
                      <- Ended           an outcome
                      <- Said            what is waited for
                      <- Failed, Lost    the host ends: with an error of the pool's, or as Ray is gone
Leave                 ->                 the host lets go of a cluster that it has joined, and ends
"""

from typing import NamedTuple

from workers.errors import PoolError
from workers.job import Outcome
from workers.pool import Beat, Patience

Attempt = tuple[int, str]
"""A job's id and its token: another attempt at the job has another."""


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


class Resize(NamedTuple):
    """There are to be so many workers from now on."""

    workers: int


class Leave(NamedTuple):
    """The pool is being closed."""


class Alive(NamedTuple):
    """The host does its rounds, whatever its workers do."""


class Heard(NamedTuple):
    """A worker's sign of life."""

    beat: Beat


class Ended(NamedTuple):
    """A job has ended, for better or worse."""

    outcome: Outcome
    """With the id and the token of the job."""


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
    begun: frozenset[Attempt] | None
    """What workers had and has not ended; all else can be handed in again. None where nobody knows."""


Request = Submit | Resize | Leave
Answer = Reached | Ready | Alive | Heard | Ended | Said | Failed | Lost
