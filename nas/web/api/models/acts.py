"""What can be asked of a running search, and what is handed in to be run."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from nas.storage.records import CommandKind, SubmissionKind, SubmissionState
from nas.web.api.models.base import Answer, Body, Identifier, Text
from nas.web.api.models.examples import COMMAND, CONFIGURATION, EXPORT, SUBMISSION

Trials = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=100_000_000)]
Token = Annotated[int, Field(ge=0, le=10_000)]


class NoArguments(Body):
    """There is nothing to say more closely."""


class WorkersArguments(Body):
    """How many children are trained at once."""

    count: int = Field(ge=1, le=10_000)
    """workers"""


class BudgetArguments(Body):
    """New budgets; one that is left out stays as it is, null takes it away."""

    trials: Trials | None = None
    """trials at which the search ends"""
    time: Seconds | None = None
    """seconds of wall time at which it ends"""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("expected trials or time, got neither")
        return self


class GivenArchitecture(Body):
    """An architecture of the search's space."""

    space: str = Field(min_length=1, max_length=80, examples=["cell"])
    """the name of the search's space"""
    tokens: list[Token] = Field(min_length=1, max_length=10_000, examples=[[0, 3, 1, 2]])
    """for each decision the place of the chosen option"""


class AddArguments(Body):
    """What is to be tried."""

    architecture: GivenArchitecture
    """becomes the next trial, and counts against the budget"""


class RetryArguments(Body):
    """Which trial is to be tried once more."""

    number: Identifier
    """a failed trial"""


class Stop(Body):
    """The search stops as by Ctrl-C, and can be resumed."""

    kind: Literal["stop"]
    """what is asked"""
    arguments: NoArguments = NoArguments()
    """none"""


class Pause(Body):
    """No new trials are started; the driver stays, and those in training go on."""

    kind: Literal["pause"]
    """what is asked"""
    arguments: NoArguments = NoArguments()
    """none"""


class Resume(Body):
    """Ends a pause."""

    kind: Literal["resume"]
    """what is asked"""
    arguments: NoArguments = NoArguments()
    """none"""


class Workers(Body):
    """Another number of workers."""

    kind: Literal["workers"]
    """what is asked"""
    arguments: WorkersArguments
    """how many"""


class Budget(Body):
    """New budgets."""

    kind: Literal["budget"]
    """what is asked"""
    arguments: BudgetArguments
    """which"""


class Add(Body):
    """A trial of an architecture of somebody's own."""

    kind: Literal["add"]
    """what is asked"""
    arguments: AddArguments
    """which"""


class Retry(Body):
    """A failed trial once more, as a new one."""

    kind: Literal["retry"]
    """what is asked"""
    arguments: RetryArguments
    """which"""


AnyCommand = Annotated[Stop | Pause | Resume | Workers | Budget | Add | Retry, Field(discriminator="kind")]


class CommandAnswer(Answer):
    """What was asked of a driver, and what came of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMAND]})

    id: int = Field(validation_alias="command_id")
    """its number"""
    kind: CommandKind
    """what was asked"""
    arguments: dict[str, Any]
    """which, how many"""
    issued_by: str
    """who asked"""
    issued_at: float
    """UTC epoch seconds"""
    answer: str | None
    """what the driver made of it; null until it has"""
    answered_at: float | None
    """UTC epoch seconds"""


class NewSubmission(Body):
    """A search to be run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"configuration": CONFIGURATION}]})

    configuration: dict[str, Any]
    """what `nas init` writes, as nested tables; `data.dataset` is the name of one of the server's data sets, and
    `database`, `data.test`, `space.plugins` and `workers.ray_address` are the server's own"""


class NewResume(Body):
    """How a search that stopped is to go on."""

    trials: Trials | None = None
    """trials at which it ends; by default as before"""
    time: Seconds | None = None
    """seconds of wall time at which it ends; by default as before"""


class NewExport(Body):
    """Which network is to be handed over."""

    number: Identifier | None = None
    """a completed trial; by default the best network"""


class SubmissionAnswer(Answer):
    """What was handed in to be run, and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUBMISSION]})

    id: int = Field(validation_alias="submission_id")
    """its number"""
    kind: SubmissionKind
    """what is run"""
    search: str
    """the search"""
    arguments: dict[str, Any]
    """its configuration, budgets, or the trial"""
    state: SubmissionState
    """how far it is"""
    submitted_by: str
    """who handed it in"""
    submitted_at: float
    """UTC epoch seconds"""
    started_at: float | None
    """UTC epoch seconds"""
    ended_at: float | None
    """UTC epoch seconds"""
    exit_code: int | None
    """of its process; 0 is success"""
    message: Text
    """the last that it said"""


class ExportAnswer(Answer):
    """A network that was handed over."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXPORT]})

    id: str
    """names it"""
    search: str
    """the search"""
    number: int
    """the trial"""
    directory: str
    """the last part of where it lies"""
    created_at: float
    """UTC epoch seconds"""
    is_available: bool
    """whether the archive can be had"""
    reason: str
    """why not, else empty"""
