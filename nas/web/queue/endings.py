"""What became of a process that was run for a submission, in a few lines."""

from nas.errors import UnknownSearchError
from nas.search.driven import standing
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, Submission, SubmissionKind
from nas.web.queue.places import Place

LONGEST_MESSAGE = 1_000
KILLED = "its process was ended, or the machine was; nothing says how"
LOST = "it was run on another machine, or in another container, and was not heard of for hours"


def message_of(storage: Storage, submission: Submission, place: Place) -> str:
    """Returns what is kept of a process that has ended: its own words where it failed, else what the records say."""
    ended = place.ended
    if ended is not None and ended.code and ended.last_words:
        return ended.last_words[-LONGEST_MESSAGE:]
    told = _on_record(storage, submission, place)
    return told if ended is not None else f"{KILLED}; {told}"


def _on_record(storage: Storage, submission: Submission, place: Place) -> str:
    try:
        record = storage.search(submission.search)
    except UnknownSearchError:
        return f"search {submission.search} had not begun"
    if submission.kind is SubmissionKind.EXPORT:
        return _handed_over(storage, record, place)
    ended = record.completed + record.failed
    of_all = "" if record.trial_budget is None else f" of {record.trial_budget}"
    return f"search {record.name} is {standing(record)}: {ended}{of_all} trials done"


def _handed_over(storage: Storage, record: SearchRecord, place: Place) -> str:
    target = place.target
    exports = storage.exports(record.search_id)
    export = next((one for one in exports if target is not None and one.directory == str(target)), None)
    return (
        f"trial {export.number} is handed over: {target.name}"
        if export and target
        else "nothing was handed over"
    )
