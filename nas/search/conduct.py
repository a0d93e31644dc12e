"""How a search is driven, as opposed to what it looks for."""

from dataclasses import dataclass
from math import inf

LEASE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Conduct:
    """All in seconds. Nothing of it decides what is found."""

    lease: float = LEASE_SECONDS
    """Without a sign of life of its driver another one may take a search over; it is renewed three times as often."""
    write: float = 2.0
    """Between two times that the workers' reports are written."""
    save: float = inf
    """Of training that is not saved; see `Job.save_seconds`."""
    grace: float = 0.0
    """In which children in training may finish once the search is asked to stop."""


STANDARD = Conduct()
