"""A stand-in for training that takes its time, reports its epochs and goes on from a saved state. Needs no torch.

What a storm of faults needs: a result that the architecture alone decides, if each epoch was done exactly once. It is
the end of a chain of hashes with a link an epoch; one that was skipped, done twice or gone on with from another's state
gives another result.
"""

import hashlib
import json
import time
from dataclasses import dataclass

from search_spaces.architecture import Architecture
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import EpochMetrics, EpochReport, Job, Outcome
from workers.pool import Report, ignore
from workers.process import worker_name


@dataclass(frozen=True, slots=True)
class SyntheticTraining:
    """A `workers.pool.Evaluate` with settings.

    >>> job = Job(1, Architecture("toy", (0, 1)), Recipe(), seed=0)  # doctest: +SKIP
    >>> SyntheticTraining(epochs=2)(job, space, data, "cpu").validation_accuracy  # doctest: +SKIP
    0.6561724420171231
    """

    epochs: int = 4
    """In place of those of the recipe."""
    epoch_seconds: float = 0.0
    """That each of them sleeps; its learning curve says exactly this."""

    def __call__(
        self,
        job: Job,
        space: Space,  # noqa: ARG002 - the interface
        data: ImageData,  # noqa: ARG002
        device: str,
        report: Report = ignore,
    ) -> Outcome:
        """Returns an accuracy from 0 to 1; no state is reported after the last epoch, as with a real training."""
        chain = Chain.read(job.saved) or Chain.of(job.architecture)
        unsaved_seconds = 0.0
        while len(chain.links) <= self.epochs:
            time.sleep(self.epoch_seconds)
            chain = chain.longer()
            unsaved_seconds += self.epoch_seconds
            due = unsaved_seconds >= job.save_seconds and len(chain.links) <= self.epochs
            if due:
                unsaved_seconds = 0.0
            report(EpochReport(chain.curve(self.epoch_seconds)[-1], chain.written() if due else b""))
        curve = chain.curve(self.epoch_seconds)
        return Outcome(
            job.job_id,
            validation_accuracy=curve[-1].validation_accuracy,
            validation_loss=curve[-1].validation_loss,
            train_seconds=self.epoch_seconds * len(curve),
            curve=curve,
            worker=worker_name(device),
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """The hash of an architecture, then one more an epoch, each over the last one and the number of its epoch."""

    links: tuple[str, ...]
    """SHA-256 in hex; `links[e]` is that after epoch e."""

    @classmethod
    def of(cls, architecture: Architecture) -> "Chain":
        """Returns the chain of a training that has not begun."""
        return cls((_digest(str(architecture)),))

    @classmethod
    def read(cls, saved: bytes) -> "Chain | None":
        """Returns the chain that `written` gave, even another's, so that a mistake shows; None for other bytes."""
        try:
            links = tuple(map(str, json.loads(saved)["links"]))
        except (ValueError, KeyError, TypeError):
            return None
        return cls(links) if links else None

    def written(self) -> bytes:
        """Returns the chain as JSON."""
        return json.dumps({"epoch": len(self.links) - 1, "links": self.links}).encode()

    def longer(self) -> "Chain":
        """Returns the chain after one more epoch."""
        return Chain((*self.links, _digest(f"{self.links[-1]} {len(self.links)}")))

    def curve(self, epoch_seconds: float) -> tuple[EpochMetrics, ...]:
        """Returns a point an epoch: a loss that falls, and an accuracy that the link decides."""
        accuracies = [int(link[:8], 16) / 2**32 for link in self.links[1:]]
        return tuple(
            EpochMetrics(epoch, 1 / epoch, 1 - accuracy, accuracy, epoch_seconds)
            for epoch, accuracy in enumerate(accuracies, start=1)
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
