"""The records of what came of a search: its history, its architectures, full trainings and hand-overs.

Frozen values under the names that the tables give their columns; also to be had from `nas.storage.records`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TestReading:
    """A look at the test part, which is to be had once: for which network, what for, and what it gave."""

    __test__ = False  # not a test class, whatever pytest makes of its name

    number: int
    purpose: str
    dataset_fingerprint: str
    correct: int
    total: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """A stretch of a search's history: trials told in one run of 100, 1,000, ... See `Storage.history`."""

    first_told: int
    """How many trials were told before the stretch."""
    trials: int
    best: float | None
    """Highest reward in the stretch; None where all failed."""
    mean: float | None


@dataclass(frozen=True, slots=True)
class ArchitectureRecord:
    """One function graph in one search, and what its trainings gave together."""

    canonical_key: str
    first_number: int
    """The first trial that trained it."""
    trainings: int
    """That gave a reward."""
    mean_reward: float
    parameters: int | None
    multiply_adds: int | None


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """A full training of one architecture. Weights are safetensors; the test part was read once, for `test_correct`."""

    number: int
    """The trial whose architecture was trained."""
    seed: int
    recipe: Mapping[str, object]
    test_correct: int
    test_total: int
    train_images: int
    train_seconds: float
    parameters: int
    multiply_adds: int
    device: str
    versions: Mapping[str, str]
    """Package name -> version of what trained it."""
    weights: bytes = field(default=b"", repr=False)
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """Where a network was handed over."""

    number: int
    directory: str
    created_at: float = 0.0
