"""What a search has come to, apart from when: what two runs of one seed and one worker have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nas.report.digest import state_digest
from nas.storage.contract import Storage
from nas.trial import Trial


@dataclass(frozen=True, slots=True)
class Story:
    """Architectures, seeds, results, learning curves and the order of events; updates of the policy; its end."""

    trials: tuple[tuple[object, ...], ...]
    updates: tuple[object, ...]
    digest: str | None
    """Of the strategy's last state."""


def tell(storage: Storage, name: str) -> Story:
    """Returns the story of a search."""
    record = storage.search(name)
    trials = storage.trials(record.search_id)
    return Story(
        tuple(map(_of_trial, trials)),
        tuple(storage.updates(record.search_id)),
        state_digest(storage, record),
    )


def _of_trial(trial: Trial) -> tuple[object, ...]:
    return (
        str(trial.architecture),
        trial.seed,
        trial.state.value,
        trial.reward,
        trial.log_probability,
        trial.decision_log_probabilities,
        trial.parent,
        trial.policy_version,
        trial.baseline,
        trial.asked_event,
        trial.told_event,
        trial.curve,
    )


def differences(here: Story, there: Story) -> Iterator[str]:
    """Yields how a story differs from that of the undisturbed run, the first difference of each kind."""
    yield from _first("trial", here.trials, there.trials)
    yield from _first("update", here.updates, there.updates)
    if here.digest != there.digest:
        yield f"the strategy's last state: expected {there.digest} as undisturbed, got {here.digest}"


def _first(what: str, here: Sequence[object], there: Sequence[object]) -> Iterator[str]:
    if len(here) != len(there):
        yield f"expected {len(there)} {what}s as undisturbed, got {len(here)}"
    for number, (one, other) in enumerate(zip(here, there, strict=False)):
        if one != other:
            yield f"{what} {number}: expected as undisturbed {other!r:.300}, got {one!r:.300}"
            return
