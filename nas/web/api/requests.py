"""What is asked of a running search, checked before it is handed on: what can be said now is not left to the driver."""

from collections.abc import Mapping

from nas.config import restore_config
from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import TrialState
from nas.web.api.configurations import crowd_words
from nas.web.api.lookups import space_of
from nas.web.api.models.acts import Add, AnyCommand, Budget, Retry, Workers
from nas.web.problems import Problem
from search_spaces.architecture import Architecture


def check_driven(record: SearchRecord) -> None:
    """Raises a `Problem` unless somebody is there to hear a command."""
    if not is_driven(record):
        raise Problem(
            409,
            "Not running",
            f"search {record.name!r}: expected one that a driver works on, got one that is "
            f"{_standing(record)}; resume it, and then ask",
        )


def _standing(record: SearchRecord) -> str:
    return "left by its driver" if record.owner is not None else record.state.value


def arguments_of(storage: Storage, record: SearchRecord, command: AnyCommand) -> dict[str, object]:
    """Returns the arguments as the driver takes them; raises a `Problem` for what it would refuse in any case."""
    match command:
        case Budget():
            given: dict[str, object] = command.arguments.model_dump(exclude_unset=True)
            _check_some_budget(record, given)
            return given
        case Add():
            made_of = command.arguments.architecture
            architecture = Architecture(made_of.space, tuple(made_of.tokens))
            check_fits(record, architecture)
            return {"architecture": architecture.to_json()}
        case Retry():
            _check_failed(storage, record, command.arguments.number)
        case Workers():
            _check_crowd(record, command.arguments.count)
    return command.arguments.model_dump()


def _check_some_budget(record: SearchRecord, given: Mapping[str, object]) -> None:
    now = {"trials": record.trial_budget, "time": record.time_budget_seconds}
    if not any(value is not None for value in {**now, **given}.values()):
        raise Problem(
            422,
            "Not valid",
            "body.arguments: expected a budget of trials or of time to stay, got none of both; give one",
        )


def _check_crowd(record: SearchRecord, workers: int) -> None:
    address = restore_config(record.config).workers.ray_address
    if crowd := crowd_words(workers, on_cluster=address is not None):
        raise Problem(422, "Not valid", f"body.arguments.count: {crowd}")


def check_fits(record: SearchRecord, architecture: Architecture) -> None:
    """Raises `SpaceError` for one that the search's space does not have, a `Problem` for one over its limits."""
    space = space_of(record)
    space.validate(architecture)
    limits = restore_config(record.config).limits.resolve()
    if record.image is None or record.classes is None:
        return
    cost = space.price(architecture, record.image, record.classes)
    if not limits.allow(cost):
        raise Problem(
            422,
            "Over the limits",
            f"architecture {architecture}: expected one within the limits of search {record.name!r}, got "
            f"{cost.parameters:,} parameters and {cost.multiply_adds:,} multiply-adds; choose a smaller one",
        )


def _check_failed(storage: Storage, record: SearchRecord, number: int) -> None:
    trial = storage.trial(record.search_id, number)
    if trial.state is not TrialState.FAILED:
        raise Problem(
            409,
            "Not failed",
            f"trial {number} of search {record.name!r}: expected one that failed, got one that is "
            f"{trial.state.value}; only failed trials are tried again",
        )
