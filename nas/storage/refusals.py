"""The errors of storage, worded once for every kind of it."""

from collections.abc import Iterable

from nas.errors import (
    SearchBusyError,
    SearchExistsError,
    StaleAttemptError,
    SubmissionStateError,
    TokenExistsError,
    TrialStateError,
    UnknownSearchError,
    UnknownSubmissionError,
    UnknownTokenError,
)
from nas.storage.owner import readable
from nas.storage.records import Lease, Submission
from nas.trial import TrialState
from search_spaces.errors import suggest


def search_exists(name: str, location: str) -> SearchExistsError:
    """Returns the error for a new search under a name that is taken."""
    return SearchExistsError(f"search {name!r} exists in {location}; use --resume or another --name")


def unknown_search(name: str, known: Iterable[str], location: str) -> UnknownSearchError:
    """Returns the error for a name that no search has, with the nearest that one has."""
    names = list(known)
    hint = suggest(name, names) if names else "there are no searches yet; `nas search` starts one"
    return UnknownSearchError(f"search {name!r} is not in {location}; {hint}")


def unknown_search_id(search_id: int, location: str) -> UnknownSearchError:
    """Returns the error for an id that no search has."""
    return UnknownSearchError(
        f"search with id {search_id} is not in {location}; `nas list` shows what is there"
    )


def unknown_trial(search: str, number: int, created: int) -> UnknownSearchError:
    """Returns the error for a number that no trial of the search has."""
    expected = f"a number from 0 to {created - 1}" if created else "no number: it has no trials yet"
    return UnknownSearchError(f"trial of search {search!r}: expected {expected}, got {number}")


def unknown_trial_id(lease: Lease, trial_id: int) -> UnknownSearchError:
    """Returns the error for a trial that is not one of the search that is driven."""
    return UnknownSearchError(f"trial with id {trial_id} is not one of search with id {lease.search_id}")


def search_busy(
    name: str, owner: str, seconds_left: float, age_seconds: float | None = None
) -> SearchBusyError:
    """Returns the error for a search that another process drives, whose lease was renewed `age_seconds` ago."""
    renewed = "" if age_seconds is None else f"was renewed {max(age_seconds, 0):.0f} s ago and "
    return SearchBusyError(
        f"search {name!r} is driven by {readable(owner)}, whose lease {renewed}"
        f"runs another {max(seconds_left, 0):.0f} s; wait for it, or stop it with: nas stop {name}"
    )


def lease_lost(lease: Lease, name: str, owner: str | None) -> SearchBusyError:
    """Returns the error for writing with a lease that is no longer the newest."""
    how = f"was taken over by {readable(owner)}" if owner else "was given back"
    return SearchBusyError(f"search {name!r}: the lease with epoch {lease.epoch} {how}; nothing was written")


def written_by_another(lease: Lease, name: str) -> SearchBusyError:
    """Returns the error for a lease under which something was written that its holder does not know of."""
    return SearchBusyError(
        f"search {name!r}: the lease with epoch {lease.epoch} was written under by somebody else; nothing was written; "
        "go on with --resume"
    )


def unknown_command(lease: Lease, command_id: int) -> UnknownSearchError:
    """Returns the error for a command that is not there, or answered."""
    return UnknownSearchError(
        f"command with id {command_id} is not an unanswered one of search with id {lease.search_id}"
    )


def stale_attempt(number: int, token: str) -> StaleAttemptError:
    """Returns the error for a result of an attempt that is not the running one."""
    return StaleAttemptError(
        f"trial {number}: expected a result of its running attempt, got one of attempt {token!r}, "
        "which was given up; it was thrown away"
    )


def trial_state(number: int, state: TrialState, told: bool, attempt: str) -> TrialStateError:
    """Returns the error for a change that the state of a trial forbids; `attempt` as in "started"."""
    already = " and told" if told else ""
    return TrialStateError(
        f"trial {number} is {state.upper()}{already} and cannot be {attempt}; nothing was written"
    )


def token_exists(name: str) -> TokenExistsError:
    """Returns the error for a new token under a name, or with a digest, that is taken."""
    return TokenExistsError(
        f"token {name!r} exists, or existed: the names of revoked tokens stay, for the audit; choose another name"
    )


def unknown_token(name: str, known: Iterable[str]) -> UnknownTokenError:
    """Returns the error for a name that no token has."""
    names = list(known)
    hint = suggest(name, names) if names else "there are no tokens yet; `nas token create` makes one"
    return UnknownTokenError(f"token {name!r} is not known; {hint}")


def unknown_submission(submission_id: int) -> UnknownSubmissionError:
    """Returns the error for a number that no submission has."""
    return UnknownSubmissionError(f"submission {submission_id} is not known; the queue shows what there is")


def submission_state(submission: Submission, change: str) -> SubmissionStateError:
    """Returns the error for a change that the state of a submission forbids; `change` as in "cancelled"."""
    return SubmissionStateError(
        f"submission {submission.submission_id} is {submission.state.upper()} and cannot be {change}; "
        "nothing was written"
    )


def submission_kept(submission: Submission) -> SubmissionStateError:
    """Returns the error for adopting a submission whose runner may be there."""
    return SubmissionStateError(
        f"submission {submission.submission_id} is run by {readable(submission.runner)}, which may be there still, and "
        "cannot be adopted; nothing was written"
    )
