"""Whether a search that went through a storm is what it would have been: nothing lost, nothing twice, nothing changed.

Held against each other are the database, the ledger that trainings and drivers kept outside of it, the faults that were
injected, and what each architecture gives when it is trained in peace.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nas.chaos.driver import Drive
from nas.chaos.ledger import Deed, Entry
from nas.chaos.scene import Injection
from nas.storage.check import check
from nas.storage.contract import Storage
from nas.storage.records import SearchState
from nas.storage.waiting import Waiting
from nas.trial import Attempt, AttemptState, Trial, TrialState
from workers.job import FailureKind
from workers.synthetic import Chain

LOST = (FailureKind.WORKER_LOST, FailureKind.PREEMPTED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is held against each other after a round."""

    drive: Drive
    state: SearchState
    trials: Sequence[Trial]
    attempts: Sequence[Sequence[Attempt]]
    """Of each trial."""
    ledger: Sequence[Entry]
    injections: Sequence[Injection]

    @property
    def all_attempts(self) -> list[Attempt]:
        """Those of all trials."""
        return [attempt for of_trial in self.attempts for attempt in of_trial]

    @property
    def lost(self) -> list[Attempt]:
        """Attempts that ended with their worker, whether they sent a result after all or not."""
        return [attempt for attempt in self.all_attempts if attempt.failure in LOST]

    @property
    def cancelled(self) -> list[Attempt]:
        """Attempts that ended with their driver."""
        return [attempt for attempt in self.all_attempts if attempt.failure is FailureKind.CANCELLED]


def gather(
    storage: Storage, drive: Drive, ledger: Sequence[Entry], injections: Sequence[Injection]
) -> Evidence:
    """Reads what the database has of a search."""
    record = storage.search(drive.name)
    trials = storage.trials(record.search_id)
    attempts = [storage.attempts(record.search_id, trial.number) for trial in trials]
    return Evidence(drive, record.state, trials, attempts, ledger, injections)


def contradictions(evidence: Evidence) -> list[str]:
    """Returns what must not be, a line each; nothing of a search that is at its good end."""
    return [
        *_incomplete(evidence),
        *_trained_twice(evidence),
        *_changed(evidence),
        *_not_as_witnessed(evidence),
        *_unexplained(evidence),
    ]


def unsound(url: str, waiting: Waiting) -> list[str]:
    """Returns the damage that `nas db check` finds."""
    return [finding.text for finding in check(url, waiting) if finding.is_damage]


def _incomplete(evidence: Evidence) -> Iterator[str]:
    if evidence.state is not SearchState.COMPLETED:
        yield f"expected the search to be completed, got {evidence.state.value}"
    budget = evidence.drive.trials
    if [trial.number for trial in evidence.trials] != list(range(budget)):
        yield f"expected trials 0 to {budget - 1}, got {len(evidence.trials)} trials"
    for trial in evidence.trials:
        if trial.state is not TrialState.COMPLETED or trial.told_event is None:
            yield f"trial {trial.number}: expected completed and told, got {trial.state.value} {trial.error_text}"


def _trained_twice(evidence: Evidence) -> Iterator[str]:
    for trial, attempts in zip(evidence.trials, evidence.attempts, strict=True):
        states = [attempt.state for attempt in attempts]
        if states.count(AttemptState.COMPLETED) != 1 or states[-1] is not AttemptState.COMPLETED:
            yield f"trial {trial.number}: expected one completed attempt, its last, got {[str(s) for s in states]}"
    keys = Counter(trial.canonical_key for trial in evidence.trials)
    for key, count in keys.items():
        if count > 1:
            yield f"architecture {key}: expected to be trained once, got {count} trials of it"


def _changed(evidence: Evidence) -> Iterator[str]:
    """Each epoch of a training follows from the last one: skipped, doubled or another's, and the result is another."""
    for trial in evidence.trials:
        chain = Chain.of(trial.architecture)
        for _ in range(evidence.drive.epochs):
            chain = chain.longer()
        curve = chain.curve(evidence.drive.epoch_seconds)
        if trial.reward != curve[-1].validation_accuracy or trial.curve != curve:
            yield (
                f"trial {trial.number}: expected reward {curve[-1].validation_accuracy} after "
                f"{len(curve)} epochs, got {trial.reward} after {len(trial.curve)}"
            )


def _not_as_witnessed(evidence: Evidence) -> Iterator[str]:
    """What happened outside of the database."""
    trials = {trial.trial_id: trial for trial in evidence.trials}
    tokens = {attempt.token: attempt for attempt in evidence.all_attempts}
    begun = Counter(entry.token for entry in evidence.ledger if entry.deed is Deed.BEGUN)
    for token, count in begun.items():
        if token not in tokens:
            yield f"attempt {token[:8]}: a worker began it, and the database has no such attempt"
        elif count > 1:
            yield f"trial {tokens[token].number}, attempt {tokens[token].attempt}: expected to begin once, got {count}"
    done = {entry.token for entry in evidence.ledger if entry.deed is Deed.DONE}
    for attempt in evidence.all_attempts:
        if attempt.state is AttemptState.COMPLETED and attempt.token not in done:
            yield f"trial {attempt.number}: the database has a result, and no training came to its end"
    kept = [entry for entry in evidence.ledger if entry.deed is Deed.KEPT]
    for trial_id, count in Counter(entry.trial_id for entry in kept).items():
        if count > 1:
            yield f"trial of id {trial_id}: expected one result, {count} were acknowledged by the database"
    for entry in kept:
        trial = trials.get(entry.trial_id)
        if trial is None or (trial.reward, trial.attempts) != (entry.reward, entry.attempt):
            got = "no such trial" if trial is None else f"{trial.reward} of attempt {trial.attempts}"
            yield (
                f"trial of id {entry.trial_id}: the database acknowledged reward {entry.reward} "
                f"of attempt {entry.attempt}, and now has {got}"
            )


def _unexplained(evidence: Evidence) -> Iterator[str]:
    """An attempt is lost, or cancelled with its driver, where a fault hit its worker, and only there."""
    begun = {entry.token: entry.worker for entry in evidence.ledger if entry.deed is Deed.BEGUN}
    hit = [one.training.worker for one in evidence.injections if one.training is not None]
    for attempt in evidence.lost:
        # A worker that was stopped before its first sign of life, or before it began, is named in the error alone.
        words = {word.rstrip(":") for word in attempt.error_text.split()}
        names = {attempt.worker, begun.get(attempt.token, "")} | words
        worker = next((name for name in hit if name in names), None)
        if worker is None:
            yield (
                f"trial {attempt.number}, attempt {attempt.attempt} was lost, and nothing had hit it: "
                f"{attempt.error_text}"
            )
        else:
            hit.remove(worker)
    completed = {
        attempt.token for attempt in evidence.all_attempts if attempt.state is AttemptState.COMPLETED
    }
    for one in evidence.injections:
        if one.training is not None and one.training.token in completed:
            yield f"trial {one.training.number}: a result is kept of attempt {one.training.attempt}, which was killed"
    ends = sum(one.ends_driver for one in evidence.injections)
    most = ends * int(evidence.drive.workers.get("count", 1))
    if len(evidence.cancelled) > most:
        yield f"expected at most {most} attempts that {ends} drivers took with them, got {len(evidence.cancelled)}"
