"""The statements that write the trials of a long search in bulk, and all that hangs on them.

In words that SQLite and PostgreSQL share. What a trial is follows from its number `n`: every 16th failed, every 50th
lost a worker first, every 10th trained the architecture before it once more; the rest looks random.

The search is one of `SLOTS` workers: it asks for so many, then for one more after each tell, until the last one is
told. So event 1 is an ask, 2 the tell of trial 0, 3 the ask for trial `SLOTS`, and so on.
"""

from collections.abc import Mapping

from nas.storage.log_rows import EVENTS_KEPT, STRETCH
from search_spaces.registry import build_space

SPACE = "nasnet"
SLOTS = 8
EPOCHS = 8
FAILED_EVERY, LOST_EVERY = 16, 50
UPDATE_EVERY = 10
"""Trials that one update of the policy learns from."""
FIRST_LOG_ENTRIES = 2
"""Of a search that was created and taken."""

_ERROR = (
    "Traceback (most recent call last):" + 6 * "\n  File model.py, line 41, in forward: return self.layer(x)"
)
_DIGITS = 1_000_000_000
_PRIME = 2_147_483_647
_LEAST_KEY, _KEYS = 1_000_000_000_000_000, 8_999_999_999_999_999


def trials(search_id: int, first: int, end: int, told: int, began: float) -> str:
    """Returns the statement that adds trials `first` to `end` - 1 of `told` in all, each of them told."""
    columns = {**_trial_columns(told, began), "search_id": str(search_id)}
    return (
        f"WITH RECURSIVE series(n) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT n + 1 FROM series "
        f"WHERE n + 1 < {end}), "
        f"drawn AS (SELECT n, CASE WHEN n % 10 = 9 THEN n - 1 ELSE n END AS a, {_hash('n', 742_938_285)} AS h, "
        f"{_hash('n', 950_706_376)} AS k, n % {FAILED_EVERY} = 5 AS has_failed FROM series) "
        f"{_insert('nas_trials', columns)} FROM drawn"
    )


def attempts(search_id: int, first: int, end: int) -> str:
    """Returns the statement that adds the attempts at trials `first` to `end` - 1."""
    columns = {
        "trial_id": "trial_id",
        "attempt": "attempt",
        "state": "CASE WHEN attempt < attempts THEN 'lost' ELSE state END",
        "token": f"CAST({_DIGITS} + attempt AS TEXT) || CAST({_DIGITS} + trial_id AS TEXT)",
        "worker": "worker",
        "started_at": "started_at",
        "ended_at": "finished_at",
        "last_epoch": f"CASE WHEN state = 'completed' THEN {EPOCHS} ELSE 3 END",
        "progress_at": "finished_at",
        "failure": "CASE WHEN attempt < attempts THEN 'worker_lost' ELSE failure END",
        "error_text": "error_text",
    }
    return (
        f"{_insert('nas_attempts', columns)} FROM nas_trials JOIN (SELECT 1 AS attempt UNION ALL SELECT 2) AS numbers "
        f"ON attempt <= attempts WHERE search_id = {search_id} AND number BETWEEN {first} AND {end - 1}"
    )


def log_entries(told: int) -> int:
    """Returns how many entries the log has got: two for each attempt at `told` trials."""
    return FIRST_LOG_ENTRIES + 2 * told + 2 * ((told + LOST_EVERY - 8) // LOST_EVERY)


def events(search_id: int, told: int) -> str:
    """Returns the statement that adds the entries of the log that are kept."""
    oldest = log_entries(told) - EVENTS_KEPT
    columns = {
        "search_id": "search_id",
        "event_id": "event_id",
        "kind": "kind",
        "at": "at",
        "number": "number",
        "attempt": "attempt",
        "text": "CASE kind WHEN 'started' THEN '' ELSE 'reward 0.918273' END",
    }
    lost_before = f"(number + {LOST_EVERY - 8}) / {LOST_EVERY}"
    return (
        f"{_insert('nas_events', columns)} FROM (SELECT t.search_id, t.number, a.attempt, "
        f"{FIRST_LOG_ENTRIES + 1} + 2 * number + 2 * ({lost_before}) + 2 * (attempt - 1) + side AS event_id, "
        "CASE WHEN side = 0 THEN 'started' WHEN attempt < attempts THEN 'requeued' ELSE 'finished' END AS kind, "
        "CASE WHEN side = 0 THEN a.started_at ELSE a.ended_at END AS at "
        "FROM nas_trials t JOIN nas_attempts a ON a.trial_id = t.trial_id "
        "CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) AS sides "
        f"WHERE t.search_id = {search_id} AND t.number >= {told - EVENTS_KEPT // 2}) AS entries "
        f"WHERE event_id > {oldest}"
    )


def updates(search_id: int, told: int, samples: str) -> str:
    """Returns the statement that adds the updates of the policy; `samples` is the JSON of one, its trials last."""
    learnt_from = " || ',' || ".join(
        f"CAST({UPDATE_EVERY} * v - {back} AS TEXT)" for back in range(UPDATE_EVERY, 0, -1)
    )
    last_trial = f"search_id = {search_id} AND number = {UPDATE_EVERY} * v - 1"
    columns = {
        "search_id": str(search_id),
        "version": "v",
        "event": f"(SELECT told_event FROM nas_trials WHERE {last_trial})",
        "samples": f"'{samples.rpartition('[')[0]}[' || {learnt_from} || ']}}'",
        "loss": "-0.123456789",
        "entropy": "41.23456789",
        "gradient_norm": "1.23456789",
        "kl": "0.00123456789",
        "imagined": "0",
    }
    return (
        "WITH RECURSIVE series(v) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT v + 1 FROM series "
        f"WHERE v < {told // UPDATE_EVERY}) {_insert('nas_updates', columns)} FROM series"
    )


def submissions(search_id: int, count: int) -> str:
    """Returns the statement that adds processes that have ended."""
    columns = {
        "kind": "'resume'",
        "search": "'bench'",
        "arguments": """'{"trials":' || CAST(n AS TEXT) || '}'""",
        "state": "'ended'",
        "submitted_by": "'me@host7'",
        "submitted_at": "n",
        "started_at": "n + 1.5",
        "ended_at": "n + 60.5",
        "runner": "'host7:4210:1'",
        "process": "'host7:4211:1'",
        "exit_code": "0",
        "message": "''",
        "uid": f"'bench-{search_id}-' || CAST(n AS TEXT)",
    }
    return (
        f"WITH RECURSIVE series(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM series WHERE n < {count}) "
        f"{_insert('nas_submissions', columns)} FROM series"
    )


def rollups(search_id: int) -> tuple[str, ...]:
    """Returns the statements that add what is counted of all trials."""
    of_search = f"FROM nas_trials WHERE search_id = {search_id}"
    completed, failed = f"{of_search} AND reward IS NOT NULL", f"{of_search} AND failure IS NOT NULL"
    architectures = {
        "search_id": "search_id",
        "canonical_key": "canonical_key",
        "first_number": "min(number)",
        "trainings": "count(*)",
        "reward_sum": "sum(reward)",
        "mean_reward": "sum(reward) / count(*)",
        "parameters": "max(parameters)",
        "multiply_adds": "max(multiply_adds)",
    }
    history = {
        "search_id": "search_id",
        "stretch": f"number / {STRETCH}",
        "trials": "count(*)",
        "rewarded": "count(reward)",
        "best": "max(reward)",
        "reward_sum": "coalesce(sum(reward), 0.0)",
    }
    failures = {"search_id": "search_id", "kind": "failure", "trials": "count(*)"}
    return (
        f"{_insert('nas_architectures', architectures)} {completed} GROUP BY search_id, canonical_key",
        f"{_insert('nas_history', history)} {of_search} GROUP BY search_id, number / {STRETCH}",
        f"{_insert('nas_failures', failures)} {failed} GROUP BY search_id, failure",
    )


def counters(search_id: int, told: int) -> str:
    """Returns the statement that sets the counters of the search."""
    of_search = f"FROM nas_trials WHERE search_id = {search_id}"
    best_first = f"{of_search} AND reward IS NOT NULL ORDER BY reward DESC, number LIMIT 1"
    return (
        f"UPDATE nas_searches SET event = {2 * told - SLOTS + 1}, created = {told}, told = {told}, "
        f"completed = (SELECT count(reward) {of_search}), failed = (SELECT count(failure) {of_search}), "
        f"best_number = (SELECT number {best_first}), best_reward = (SELECT reward {best_first}), "
        f"log = {log_entries(told)} WHERE search_id = {search_id}"
    )


def dropped_events(search_id: int, told: int) -> str:
    """Returns the statement that drops the entries of the log that are too old to be kept."""
    oldest = log_entries(told) - EVENTS_KEPT
    return f"DELETE FROM nas_events WHERE search_id = {search_id} AND event_id <= {oldest}"


def _trial_columns(told: int, began: float) -> Mapping[str, str]:
    last_asked = told - SLOTS
    finished_at = f"{began} + 6.0 * n"
    return {
        "number": "n",
        "architecture": _architecture(),
        "canonical_key": f"{_long('a', 611953427531)} || {_long('a', 754974721399)}",
        "seed": "h",
        "state": "CASE WHEN has_failed THEN 'failed' ELSE 'completed' END",
        "asked_event": f"CASE WHEN n < {SLOTS} THEN 1 ELSE 2 * (n - {SLOTS}) + 3 END",
        "told_event": f"CASE WHEN n < {last_asked} THEN 2 * n + 2 ELSE {last_asked} + n + 2 END",
        "log_probability": "-30.0 - h / 1e9",
        "decision_log_probabilities": _logarithms(),
        "policy_version": f"n / {UPDATE_EVERY}",
        "repeat": "CASE WHEN n % 10 = 9 THEN 1 ELSE 0 END",
        # As of a validation part of 10,000 pictures: many are equal.
        "reward": "CASE WHEN has_failed THEN NULL ELSE (5000 + h % 4500) / 10000.0 END",
        "objectives": "'[]'",
        "baseline": "0.6 + k / 1e11",
        "attempts": f"CASE WHEN n % {LOST_EVERY} = 7 THEN 2 ELSE 1 END",
        "infrastructure_failures": f"CASE WHEN n % {LOST_EVERY} = 7 THEN 1 ELSE 0 END",
        "own_failures": "0",
        "validation_accuracy": "CASE WHEN has_failed THEN NULL ELSE (5000 + h % 4500) / 10000.0 END",
        "validation_loss": "CASE WHEN has_failed THEN NULL ELSE 0.2 + k / 1e10 END",
        "parameters": "50000 + h % 3000000",
        "multiply_adds": "5000000 + k % 900000000",
        "train_seconds": "20.0 + k / 1e9",
        "curve": f"CASE WHEN has_failed THEN '[]' ELSE {_curve()} END",
        "failure": "CASE WHEN has_failed THEN "
        f"CASE n / {FAILED_EVERY} % 4 WHEN 0 THEN 'diverged' WHEN 1 THEN 'constant' WHEN 2 THEN 'timeout' "
        "ELSE 'error' END END",
        "error_text": f"CASE WHEN has_failed THEN '{_ERROR}' ELSE '' END",
        "worker": "'host7:421' || CAST(n % 8 AS TEXT) || ':cuda:' || CAST(n % 8 AS TEXT)",
        "created_at": f"{began} + 6.0 * n - 60.0",
        "started_at": f"{began} + 6.0 * n - 50.0",
        "finished_at": finished_at,
    }


def _architecture() -> str:
    """Returns the expression for the JSON of an architecture of `SPACE`."""
    options = [len(decision.options) for decision in build_space(SPACE).decisions]
    tokens = " || ', ' || ".join(
        f"CAST({_hash('a', 1_220_703_125 + 9_876_542 * place)} % {count} AS TEXT)"
        for place, count in enumerate(options)
    )
    return f"""'{{"space": "{SPACE}", "tokens": [' || {tokens} || ']}}'"""


def _logarithms() -> str:
    """Returns the expression for the JSON of one number for each decision, as long as a double has digits."""
    decisions = len(build_space(SPACE).decisions)
    numbers = (f"'-0.' || {_long('a', 611_953_427_531 + 9_876_542 * place)}" for place in range(decisions))
    listed = " || ',' || ".join(numbers)
    return f"'[' || {listed} || ']'"


def _curve() -> str:
    """Returns the expression for the JSON of a learning curve."""
    first, second = (f"CAST({_DIGITS} + {name} AS TEXT)" for name in "hk")
    points = " || ',' || ".join(
        f"'[{epoch},2.{epoch}' || {first} || ',1.{epoch}' || {second} || ',0.{epoch}' || {first} || ',3.' || {second} "
        "|| ']'"
        for epoch in range(1, EPOCHS + 1)
    )
    return f"'[' || {points} || ']'"


def _hash(name: str, factor: int) -> str:
    return f"(({name} + 1) * {factor} % {_PRIME})"


def _long(name: str, factor: int) -> str:
    """Returns the expression for 16 digits that no two values of `name` share."""
    return f"CAST({_LEAST_KEY} + {name} * {factor} % {_KEYS} AS TEXT)"


def _insert(table: str, columns: Mapping[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
