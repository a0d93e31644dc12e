"""What a storm is to be: how long, of which seed, against which search."""

from dataclasses import dataclass
from math import inf

from nas.chaos.driver import Drive

EPOCHS, EPOCH_SECONDS = 4, 0.15
BEAT_SECONDS = 0.1
SILENCE_SECONDS = 5.0
LEASE_SECONDS = 3.0
"""Short, so that a driver that stands still is overtaken soon; a driver renews it each second."""
DATABASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A storm of rounds, each against a search of its own, until `kills` processes were ended or `seconds` are over."""

    url: str
    """Of the database that it rages over."""
    kills: float = 200
    """How many; infinite where the time alone decides."""
    seconds: float = inf
    seed: int = 0
    """Decides the order of the faults and their delays, and is that of the searches."""
    workers: int = 2
    trials: int = 40
    """Of each search."""
    strategy: str = "reinforce"
    """Which has a controller, whose parameters change with every result."""

    def drive(self, number: int) -> Drive:
        """Returns the search of a round, 1, 2, ...; trainings take more than half a second."""
        return Drive(
            url=self.url,
            name=f"chaos-{self.seed}-{number}",
            seed=self.seed + number - 1,
            trials=self.trials,
            strategy=self.strategy,
            strategy_settings={},
            epochs=EPOCHS,
            epoch_seconds=EPOCH_SECONDS,
            workers={
                "count": self.workers,
                "backend": "process",
                "beat": BEAT_SECONDS,
                "silence": SILENCE_SECONDS,
                "save_seconds": EPOCH_SECONDS,
            },
            lease_seconds=LEASE_SECONDS,
            db_timeout=DATABASE_SECONDS,
        )
