"""Searches, their workers, their log, and who did what."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from nas.storage.records import LogKind, SearchState
from nas.web.api.models.base import Answer, Measure, Text
from nas.web.api.models.examples import SEARCH


class BestTrial(Answer):
    """The completed trial of the highest reward, the earliest of equals."""

    number: int
    """number of the trial"""
    reward: Measure
    """the first of the values that the search maximises"""
    validation_accuracy: Measure
    """from 0 to 1"""
    parameters: int | None
    """learnt numbers"""
    multiply_adds: int | None
    """for one picture"""


class SearchAnswer(Answer):
    """A search as it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEARCH]})

    name: str
    """what it is called"""
    state: SearchState
    """what is on record; see `is_driven`"""
    is_driven: bool
    """whether a driver is there; a search that is running and not driven was killed, and can be resumed"""
    is_held: bool
    """whether its driver was asked to start no new trials"""
    owner: str | None
    """the process that drives it"""
    space: str
    """which architectures can be found"""
    strategy: str
    """how the next one is chosen"""
    dataset: str
    """the pictures"""
    image: tuple[int, int, int] | None
    """channels, height and width of a picture; null for searches of a very old version"""
    classes: int | None
    """kinds of pictures"""
    seed: int
    """seed of strategy and trainings"""
    trial_budget: int | None
    """trials at which it ends"""
    time_budget_seconds: float | None
    """seconds of wall time at which it ends"""
    created: int
    """trials so far, those waiting and in training included"""
    completed: int
    """trials with a result"""
    failed: int
    """trials without one"""
    spent_seconds: float
    """wall time that drivers have spent on it, over all resumes"""
    trials_per_hour: Measure
    """ended trials an hour of that time; null before the first"""
    best: BestTrial | None
    """null before the first result"""
    created_at: float
    """UTC epoch seconds"""
    updated_at: float
    """UTC epoch seconds"""
    error_text: Text
    """why it ended, where it did not end well"""


class TrainingAnswer(Answer):
    """A full training of a found network, and what it reached on the test part."""

    number: int
    """trial whose architecture was trained"""
    seed: int
    """seed of the training"""
    test_correct: int
    """test pictures told right"""
    test_total: int
    """test pictures"""
    train_images: int
    """training pictures"""
    train_seconds: float
    """time it took"""
    parameters: int
    """learnt numbers"""
    multiply_adds: int
    """for one picture"""
    device: str
    """what it was trained on"""
    created_at: float
    """UTC epoch seconds"""


class SearchDetail(SearchAnswer):
    """A search with its configuration and what followed it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**SEARCH, "config": {}, "failures": {"diverged": 1}, "trainings": []}]
        }
    )

    config: dict[str, Any]
    """its configuration, as in the file, defaults written out; how the database is reached is left out"""
    failures: dict[str, int]
    """kind of failure -> trials that failed so"""
    trainings: list[TrainingAnswer]
    """full trainings, newest first"""


class WorkerAnswer(Answer):
    """A worker, as the driver last heard of it."""

    worker: str
    """host, process and device"""
    node: str
    """the machine, as Ray names it; empty without Ray"""
    number: int | None
    """the trial that it trains"""
    memory_bytes: int
    """memory of its process"""
    gpu_memory_bytes: int | None
    """memory that it holds on its GPU; null without one"""
    started_at: float
    """UTC epoch seconds"""
    beat_at: float
    """its last sign of life, UTC epoch seconds"""


class EventAnswer(Answer):
    """One thing that happened in a search."""

    id: int = Field(validation_alias="event_id")
    """grows in the order in which things happened"""
    kind: LogKind
    """what happened"""
    at: float
    """UTC epoch seconds"""
    number: int | None
    """the trial that it happened to"""
    attempt: int | None
    """which attempt at it"""
    text: Text
    """more about it, in words"""


class AuditAnswer(Answer):
    """Who did what."""

    at: float
    """UTC epoch seconds"""
    actor: str
    """user and host, or the name of a token"""
    action: Annotated[str, Field(examples=["ask"])]
    """what kind of deed"""
    search: str | None
    """which search it was done to"""
    detail: Text
    """more about it"""


class WhoAnswer(Answer):
    """Who asks, as the audit would name them."""

    name: Annotated[str, Field(examples=["me@host7"])]
    """user and host, or the name of a token"""
    may_write: bool
    """whether searches can be acted on"""
