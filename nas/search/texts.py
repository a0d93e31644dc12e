"""What a search says of itself when it begins again and when it ends."""

from collections.abc import Sequence
from math import inf

from nas.errors import SearchFailedError
from nas.search.streaks import Streaks, last_line
from nas.storage.records import Command, CommandKind, SearchRecord
from nas.trial import Trial
from workers.job import FailureKind, Timing


def resumed(record: SearchRecord, to_go: int | None, lost: int, differing: int) -> str:
    """Returns what a resumed search has to do: `lost` attempts once more, and so many trials in all.

    `differing` are the trials that the strategy, brought to where it was, would not have proposed.
    """
    parts = []
    if lost:
        parts.append(f"{lost} attempt{'' if lost == 1 else 's'} lost with the last driver")
    if to_go is not None:
        parts.append(f"{to_go} to go")
    if differing:
        parts.append(f"{differing} would now be proposed differently")
    return f"{', '.join(parts)} (event {record.event}, seed {record.seed})".lstrip()


def damaged(events: Sequence[int], reached: int) -> str:
    """Returns that stored states of the strategy were passed over, and what was used instead."""
    which = ", ".join(map(str, sorted(events)))
    instead = f"the one after event {reached}" if reached else "the first event"
    return (
        f"warning: the stored state of the strategy after event {which} is damaged; "
        f"going on from {instead}, and all that happened since is gone through again"
    )


def why_exhausted(ending: str | None, architectures: int, streaks: Streaks) -> str:
    """Returns why a search ended before its budget was spent, nothing where it did not.

    `ending` is what the strategy has to say for itself where it had nothing more to propose.
    """
    if streaks.all_too_slow:
        ending = f"the last {streaks.slow} were over the limit on latency"
    return "" if ending is None else f"space exhausted after {architectures} architectures: {ending}"


_ASKED = {
    CommandKind.STOP: "to stop",
    CommandKind.PAUSE: "to pause",
    CommandKind.RESUME: "to go on",
    CommandKind.WORKERS: "for another number of workers",
    CommandKind.BUDGET: "to keep to another budget",
    CommandKind.ADD: "to try a network",
    CommandKind.RETRY: "to try a failed network again",
}


def asked(command: Command, answer: str) -> str:
    """Returns who asks for what, and what came of it."""
    return f"{command.issued_by} asks the search {_ASKED[command.kind]}: {answer}"


def tried_again(failure: FailureKind, error_text: str) -> str:
    """Returns why a trial waits once more."""
    return f"{failure.value.replace('_', ' ')}: {last_line(error_text)}"


def too_many_failures(name: str, failures: Sequence[Trial], timing: Timing | None) -> SearchFailedError:
    """Returns the error of a search whose trials fail one after the other."""
    last = failures[-1]
    is_limited = timing is not None and timing.limit_ms < inf
    of_which = ", not counting those over the limit on latency" if is_limited else ""
    return SearchFailedError(
        f"search {name!r}: the last {len(failures)} trials failed{of_which}, the last with: "
        f"{last_line(last.error_text)}; see `nas show {name} {last.number}`; once that is mended: "
        f"nas search --resume {name}"
    )
