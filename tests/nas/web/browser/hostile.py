"""Texts that a page must show and never obey, everywhere that a text of somebody else's can get to."""

import time
from dataclasses import fields, replace
from typing import Any

from nas.storage.open import open_storage
from nas.storage.records import (
    AuditRecord,
    CommandKind,
    NewSearch,
    SearchState,
    SubmissionKind,
)
from search_spaces.space import Space
from tests.nas.web.searches import drive
from workers.data.images import ImageData
from workers.job import FailureKind, Job, Outcome
from workers.pool import Report, ignore
from workers.synthetic import SyntheticTraining

TEXT = (
    """<script>alert(1)</script>"><img src=x onerror=alert(2)>'{{7*7}}{% raise %}`${7*7}`"""
    "</pre></td>\u2028&lt;b&gt;"
)


def train(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Fails half of the trials with a hostile error; workers have hostile names."""
    if job.job_id % 2:
        return Outcome(job.job_id, failure=FailureKind.ERROR, error_text=TEXT, worker=TEXT)
    return replace(SyntheticTraining(2)(job, space, data, device, report), worker=TEXT)


def add_hostile(url: str) -> None:
    """Adds a search with hostile errors, one with hostile facts, requests, submissions and lines of the audit."""
    drive(url, "hostile", trials=8, evaluate="tests.nas.web.browser.hostile:train")
    with open_storage(url) as storage:
        record = storage.search("hostile")
        storage.create_search(_facts(record, "facts"))
        search_id = storage.search("facts").search_id
        lease = storage.acquire(search_id, TEXT, seconds=60)
        storage.note(lease, TEXT)
        storage.add_command(search_id, CommandKind.STOP, TEXT)
        (command,) = storage.commands(search_id)
        storage.answer_command(lease, command.command_id, TEXT)
        storage.release(lease, SearchState.FAILED, TEXT)
        storage.add_audit(AuditRecord(time.time(), TEXT, TEXT, TEXT, TEXT))
        storage.add_submission(SubmissionKind.RESUME, "facts", {"trials": TEXT}, TEXT)
        storage.claim_submission(TEXT, at_most=1)
        storage.end_submission(1, 1, TEXT)


def _facts(record: Any, name: str) -> NewSearch:
    shared = {key.name: getattr(record, key.name) for key in fields(NewSearch)}
    config = {**record.config, "data": {"dataset": TEXT}, TEXT: TEXT}
    facts = {"space": TEXT, "strategy": TEXT, "dataset": TEXT, "config": config}
    return NewSearch(**{**shared, "name": name, **facts})
