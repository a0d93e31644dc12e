"""The thread of a dashboard that runs what is handed in, and says in the database what became of it.

Each second it looks, by reading alone, what waits and what runs. It takes the oldest that waits while fewer run than
may, over all dashboards of the database. A process outlives its dashboard: another one of this machine takes it over.
"""

import logging
import os
import threading
import time

from nas.errors import NasError, StorageError, SubmissionStateError, UnknownSearchError
from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.owner import current_owner, is_gone, is_of_here
from nas.storage.records import Submission, SubmissionKind, SubmissionState
from nas.web.problems import Problem
from nas.web.queue.endings import LOST, message_of
from nas.web.queue.orders import orders_of
from nas.web.queue.places import Place, place_of
from nas.web.queue.starting import start
from nas.web.readers import Readers
from nas.web.settings import WebSettings

LOOK_SECONDS = 1.0
AWAY_SECONDS = 5.0
UNHEARD_SECONDS = 6 * 3600.0
"""After which a process that cannot be asked is taken for gone, if nobody drives its search."""
MOST_RUNNING = 1_000
MOST_STARTS = 3
"""Of one submission by one dashboard: a start that never comes to anything ends it."""

_LOG = logging.getLogger("nas.web")


class Runner:
    """Runs submissions to one database."""

    def __init__(self, readers: Readers, settings: WebSettings) -> None:
        self._readers, self._settings = readers, settings
        self._me = current_owner()
        self._starts: dict[int, int] = {}
        self._warned: dict[int | None, str] = {}
        """What was said last of each submission that cannot be attended, and, under None, of the queue."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
        self._is_away = False

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread. What it has started goes on."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Does what is to be done now; raises `StorageError` where the database is away."""
        with self._readers.read() as storage:
            running = storage.submissions(state=SubmissionState.RUNNING, limit=MOST_RUNNING)
            waiting = storage.submissions(state=SubmissionState.QUEUED, limit=1)
        for submission in running:
            self._attend(submission)
        if waiting and len(running) < self._settings.max_searches:
            with self._readers.write() as storage:
                taken = storage.claim_submission(self._me, at_most=self._settings.max_searches)
            if taken is not None:
                self._start(taken)

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._stopped.wait(pause):
            try:
                self.look()
            except StorageError as error:
                if not self._is_away:
                    _LOG.warning("queue: the database is away: %s", error)
                self._is_away, pause = True, AWAY_SECONDS
            except Exception as error:  # noqa: BLE001 - the border of the thread: without it nothing is run any more
                self._warn(None, error)
                pause = AWAY_SECONDS
            else:
                self._is_away, pause = False, LOOK_SECONDS

    # One submission

    def _attend(self, submission: Submission) -> None:
        """Takes over what nobody attends, and ends what has ended."""
        try:
            if submission.runner == self._me:
                self._attend_own(submission, self._place(submission))
            elif is_gone(submission.runner):
                with self._readers.write() as storage:
                    adopted = storage.adopt_submission(submission.submission_id, self._me)
                self._attend_own(adopted, self._place(adopted))
            elif not is_of_here(submission.runner):
                self._attend_distant(submission, self._place(submission))
        except SubmissionStateError:
            return  # another dashboard was faster
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - the border of a submission: whatever it was, the others go on
            self._warn(submission.submission_id, error)
        else:
            self._warned.pop(submission.submission_id, None)

    def _attend_own(self, submission: Submission, place: Place) -> None:
        if not submission.process:
            self._start(submission)
        elif place.ended is not None or is_gone(submission.process):
            self._end(submission, place) if place.has_begun else self._start(submission)

    def _attend_distant(self, submission: Submission, place: Place) -> None:
        """Ends what a dashboard of another machine, or of a container that is no more, has left."""
        has_begun = bool(submission.process) and place.has_begun
        if has_begun and place.is_silent:
            self._end(submission, place)
        elif not has_begun and self._is_unheard(submission):
            with self._readers.write() as storage:
                storage.end_submission(submission.submission_id, None, LOST)

    def _is_unheard(self, submission: Submission) -> bool:
        if time.time() - (submission.started_at or 0) < UNHEARD_SECONDS:
            return False
        with self._readers.read() as storage:
            return not _is_driven(storage, submission)

    def _start(self, submission: Submission) -> None:
        number = submission.submission_id
        self._starts[number] = self._starts.get(number, 0) + 1
        try:
            place = self._place(submission)
            place.drop_target()
            orders = orders_of(submission, self._settings, place)
            place.make(list(orders.argv), orders.files)
            environment = orders.environment(self._settings, os.environ)
            start(place.directory, environment, lambda process: self._keep(number, process))
        except SubmissionStateError:
            return  # somebody ended it meanwhile
        except StorageError:
            raise  # tried again with the next look
        except Exception as error:  # noqa: BLE001 - the border of a submission: whatever it was, the others go on
            if not isinstance(error, OSError) or self._starts[number] >= MOST_STARTS:
                with self._readers.write() as storage:
                    storage.end_submission(number, None, f"could not be started: {_told(error)}")

    def _keep(self, number: int, process: str) -> None:
        with self._readers.write() as storage:
            storage.started_submission(number, process)

    def _end(self, submission: Submission, place: Place) -> None:
        ended = place.ended
        with self._readers.write() as storage:
            message = message_of(storage, submission, place)
            storage.end_submission(submission.submission_id, ended.code if ended else None, message)
        self._starts.pop(submission.submission_id, None)
        place.clear()

    def _warn(self, submission_id: int | None, error: Exception) -> None:
        """Keeps an error in the log, once and not with every look."""
        text = _told(error)
        if self._warned.get(submission_id) != text:
            self._warned[submission_id] = text
            _LOG.warning(
                "queue%s: %s", "" if submission_id is None else f": submission {submission_id}", text
            )

    def _place(self, submission: Submission) -> Place:
        return place_of(self._settings.exports, self._settings.database, submission.submission_id)


def _told(error: Exception) -> str:
    is_expected = isinstance(error, Problem | NasError | OSError)
    return str(error) if is_expected else f"unexpected {type(error).__name__}: {error}; a fault of nas itself"


def _is_driven(storage: Storage, submission: Submission) -> bool:
    """Whether the search of a submission is driven; of an export nobody knows."""
    try:
        return submission.kind is not SubmissionKind.EXPORT and is_driven(storage.search(submission.search))
    except UnknownSearchError:
        return False
