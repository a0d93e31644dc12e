"""The tables, each row a record of `nas.storage.records` or `nas.trial` under the same names.

| table                 | one row is                                 | key                          |
|-----------------------|--------------------------------------------|------------------------------|
| `nas_meta`            | a fact about the database                  | key                          |
| `nas_searches`        | a search, its counters, lease              | search_id; name is unique    |
| `nas_trials`          | a trial with its learning curve            | trial_id; (search_id, number)|
| `nas_attempts`        | an attempt at a trial                      | (trial_id, attempt)          |
| `nas_epochs`          | an epoch of a trial that has not ended     | (trial_id, epoch)            |
| `nas_saved_trainings` | what such a trial can be gone on with from | trial_id                     |
| `nas_workers`         | a worker that is there                     | (search_id, worker)          |
| `nas_updates`         | a step of the policy                       | (search_id, version)         |
| `nas_checkpoints`     | a saved state of the strategy              | (search_id, event)           |
| `nas_architectures`   | a function graph and its results           | (search_id, canonical_key)   |
| `nas_failures`        | how many trials failed of one kind         | (search_id, kind)            |
| `nas_history`         | 100 trials in the order of being told      | (search_id, stretch)         |
| `nas_events`          | a thing that happened                      | (search_id, event_id)        |
| `nas_commands`        | a request to the driver                    | command_id                   |
| `nas_tokens`          | a right to use the API                     | token_id; name is unique     |
| `nas_submissions`     | a process that a dashboard is to run       | submission_id                |
| `nas_test_readings`   | a look at the test part                    | reading_id                   |
| `nas_audit`           | who did what to the database               | audit_id                     |
| `nas_trainings`       | a full training, with weights              | training_id                  |
| `nas_exports`         | a hand-over                                | export_id                    |

Every name begins with `nas_`, so that a database can be shared. Times are UTC epoch seconds, JSON is text written by
`nas.storage.values.to_json`, numbers are finite. A `uid` is drawn by whoever writes the row, who finds it by that when
the answer to the commit was lost. A change here needs a migration; the tests compare the two.
"""

from nas.storage.models.attempts import AttemptRow, EpochRow, SavedTrainingRow, WorkerRow
from nas.storage.models.base import Base, Meta, table_of
from nas.storage.models.followed import AuditRow, CommandRow, EventRow, ReadingRow
from nas.storage.models.handover import ExportRow, TrainingRow
from nas.storage.models.rollups import ArchitectureRow, FailureRow, HistoryRow
from nas.storage.models.searches import CheckpointRow, SearchRow, UpdateRow
from nas.storage.models.service import SubmissionRow, TokenRow
from nas.storage.models.trials import OPEN, PLACES, TrialRow

__all__ = [
    "OPEN",
    "PLACES",
    "ArchitectureRow",
    "AttemptRow",
    "AuditRow",
    "Base",
    "CheckpointRow",
    "CommandRow",
    "EpochRow",
    "EventRow",
    "ExportRow",
    "FailureRow",
    "HistoryRow",
    "Meta",
    "ReadingRow",
    "SavedTrainingRow",
    "SearchRow",
    "SubmissionRow",
    "TokenRow",
    "TrainingRow",
    "TrialRow",
    "UpdateRow",
    "WorkerRow",
    "table_of",
]
