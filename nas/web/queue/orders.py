"""A submission as a command of `nas`: what is typed, what is in the file it names, and in its environment.

The database's URL, which may hold a password, goes by the environment: a command line can be read by everybody on the
machine. The configuration of a new search is judged once more, by the settings of the dashboard that runs it.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nas.config import merged
from nas.storage.records import Submission, SubmissionKind
from nas.web.api.configurations import checked
from nas.web.queue.places import Place
from nas.web.queue.targets import make_target
from nas.web.queue.toml_text import toml_text
from nas.web.settings import WebSettings

OURS = "NAS_"
"""What variables begin with that decide what a search is: those of the dashboard are not meant for it."""
_NAS = (sys.executable, "-m", "nas")


@dataclass(frozen=True, slots=True)
class Orders:
    """What to run. `files` lie in the private directory."""

    argv: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self, settings: WebSettings, inherited: Mapping[str, str]) -> dict[str, str]:
        """Returns the whole environment of the process."""
        kept = {key: value for key, value in inherited.items() if not key.startswith(OURS)}
        return {**kept, **self.variables, "NAS_DATABASE": settings.database}


def orders_of(submission: Submission, settings: WebSettings, place: Place) -> Orders:
    """Returns what to run; raises a `Problem` or a `NasError` where this dashboard does not run that."""
    return _ORDERS[submission.kind](submission, settings, place)


def _search(submission: Submission, settings: WebSettings, place: Place) -> Orders:
    named = {**submission.arguments, "name": submission.search}
    config = checked(named, settings.datasets, on_cluster=settings.ray_address is not None)
    servers = {"name": config.name, "data": {"dataset": settings.datasets[config.data.dataset]}}
    values = merged(merged(submission.arguments, servers), _workers(settings))
    text = toml_text({key: _set(value) for key, value in values.items() if value is not None})
    unset = {key: _unset(value) for key, value in values.items() if isinstance(value, Mapping)}
    variables = {f"{OURS}{key.upper()}": json.dumps(nulls) for key, nulls in unset.items() if nulls}
    return Orders((*_NAS, "search", str(place.directory / "search.toml")), {"search.toml": text}, variables)


def _resume(submission: Submission, settings: WebSettings, place: Place) -> Orders:  # noqa: ARG001 - as the others
    arguments = submission.arguments
    options = [f"--{key}={_decimal(arguments[key])}" for key in ("trials", "time") if arguments.get(key)]
    workers = _workers(settings).get("workers")
    variables = {f"{OURS}WORKERS": json.dumps(workers)} if workers else {}
    return Orders((*_NAS, "search", f"--resume={submission.search}", *options), {}, variables)


def _export(submission: Submission, settings: WebSettings, place: Place) -> Orders:  # noqa: ARG001 - as the others
    number: Any = submission.arguments.get("number")
    target = make_target(settings.exports, submission.search, number)
    trial = () if number is None else (str(int(number)),)
    argv = (*_NAS, "export-best", submission.search, *trial, f"--output={target}")
    return Orders(argv, {"target": str(target)})


_ORDERS = {
    SubmissionKind.SEARCH: _search,
    SubmissionKind.RESUME: _resume,
    SubmissionKind.EXPORT: _export,
}


def _workers(settings: WebSettings) -> dict[str, Any]:
    """Returns what the server says of workers: on which cluster they are, for searches that use one."""
    return {"workers": {"ray_address": settings.ray_address}} if settings.ray_address else {}


def _set(value: Any) -> Any:
    """Returns a value of a section without what is null, which TOML cannot say."""
    if not isinstance(value, Mapping):
        return value
    return {key: _set(each) for key, each in value.items() if each is not None}


def _unset(section: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the keys of a section that are null: a variable can say so, in JSON."""
    return {key: None for key, value in section.items() if value is None}


def _decimal(number: Any) -> str:
    """Returns a number as the command line takes it: without an exponent."""
    return str(number) if isinstance(number, int) else f"{number:.3f}"
