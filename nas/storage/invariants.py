"""What is true of every database of ours, each as a query for what contradicts it, and the sentence to say then.

The queries are read by SQLite and PostgreSQL alike. Their columns fill the sentence; the first one is the name of the
search.
"""

from dataclasses import dataclass

from sqlalchemy import Double, Table

from nas.storage.log_rows import STRETCH
from nas.storage.models import Base

ROUNDING = 1e-9
"""Sums that are kept up to date differ from sums made at once in their last digits."""
_LARGEST = "1.7976931348623157e308"


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sentence` is filled with the columns of each row that `query` finds."""

    sentence: str
    query: str
    is_damage: bool = True


_TRIALS = "nas_searches s LEFT JOIN nas_trials t ON t.search_id = s.search_id"
_TRIAL = "nas_trials t JOIN nas_searches s ON s.search_id = t.search_id"

INVARIANTS = (
    Invariant(
        "search {0!r}: expected {1} trials numbered from 0 without gaps, got {2} with numbers from {3} to {4}",
        f"SELECT s.name, s.created, count(t.number), min(t.number), max(t.number) FROM {_TRIALS} "
        "GROUP BY s.name, s.created HAVING count(t.number) <> s.created "
        "OR coalesce(min(t.number), 0) <> 0 OR coalesce(max(t.number), -1) <> s.created - 1",
    ),
    Invariant(
        "search {0!r}: expected the counters {1} completed, {2} failed, {3} told, got {4}, {5}, {6} such trials",
        "SELECT s.name, s.completed, s.failed, s.told, count(t.reward), count(t.failure), count(t.told_event) "
        f"FROM {_TRIALS} GROUP BY s.name, s.completed, s.failed, s.told "
        "HAVING count(t.reward) <> s.completed OR count(t.failure) <> s.failed OR count(t.told_event) <> s.told",
    ),
    Invariant(
        "search {0!r}: expected trial {1} with reward {2} as its best, got trial {3} with reward {4}",
        "SELECT s.name, s.best_number, s.best_reward, b.number, b.reward FROM nas_searches s LEFT JOIN "
        "(SELECT search_id, number, reward, row_number() OVER (PARTITION BY search_id ORDER BY reward DESC, number) "
        "AS place FROM nas_trials WHERE reward IS NOT NULL) b ON b.search_id = s.search_id AND b.place = 1 "
        "WHERE coalesce(s.best_number, -1) <> coalesce(b.number, -1) "
        "OR coalesce(s.best_reward, 0) <> coalesce(b.reward, 0)",
    ),
    Invariant(
        "search {0!r}: expected {1} asks and tells numbered from 1 without gaps, got {2} up to number {3}",
        "SELECT s.name, s.event, count(e.event), max(e.event) FROM nas_searches s LEFT JOIN "
        "(SELECT search_id, asked_event AS event FROM nas_trials UNION "
        "SELECT search_id, told_event FROM nas_trials WHERE told_event IS NOT NULL) e ON e.search_id = s.search_id "
        "GROUP BY s.name, s.event HAVING count(e.event) <> s.event OR coalesce(max(e.event), 0) <> s.event",
    ),
    Invariant(
        "search {0!r}, event {1}: expected either an ask or a tell, got both",
        # Not a join of trials with trials: without an index on events it would take the square of their number.
        "SELECT s.name, e.event FROM nas_searches s JOIN (SELECT DISTINCT search_id, asked_event AS event "
        "FROM nas_trials UNION ALL SELECT DISTINCT search_id, told_event FROM nas_trials WHERE told_event IS NOT NULL) "
        "e ON e.search_id = s.search_id GROUP BY s.name, e.event HAVING count(*) > 1",
    ),
    Invariant(
        "search {0!r}, event {1}: expected trials that the strategy proposed or such that somebody added, got {2} and "
        "{3} of them",
        "SELECT * FROM (SELECT s.name, t.asked_event, count(CASE WHEN t.origin = 'strategy' THEN 1 END) AS proposed, "
        f"count(CASE WHEN t.origin <> 'strategy' THEN 1 END) AS added FROM {_TRIAL} GROUP BY s.name, t.asked_event) "
        "AS counted WHERE proposed > 0 AND added > 0",
    ),
    Invariant(
        "search {0!r}, trial {1}: expected a failed trial before it, which it does again, got none",
        f"SELECT s.name, t.number FROM {_TRIAL} LEFT JOIN (SELECT search_id, canonical_key, repeat, min(number) "
        "AS first FROM nas_trials WHERE state = 'failed' GROUP BY search_id, canonical_key, repeat) f "
        "ON f.search_id = t.search_id AND f.canonical_key = t.canonical_key AND f.repeat = t.repeat "
        "WHERE t.origin = 'retry' AND coalesce(f.first, t.number) >= t.number",
    ),
    Invariant(
        "search {0!r}, trial {1}: expected to be told after it was asked for, got events {2} and {3}",
        f"SELECT s.name, t.number, t.told_event, t.asked_event FROM {_TRIAL} WHERE t.told_event <= t.asked_event",
    ),
    Invariant(
        "search {0!r}, trial {1}, {2}: expected {3} attempts of which {4} completed and {5} running, got {6}, {7}, {8}",
        "SELECT * FROM (SELECT s.name, t.number, t.state, t.attempts, "
        "CASE WHEN t.state = 'completed' THEN 1 ELSE 0 END AS completed, "
        "CASE WHEN t.state = 'running' THEN 1 ELSE 0 END AS running, count(a.attempt) AS got_attempts, "
        "count(CASE WHEN a.state = 'completed' THEN 1 END) AS got_completed, "
        "count(CASE WHEN a.state = 'running' AND a.token = t.token THEN 1 END) AS got_running "
        f"FROM {_TRIAL} LEFT JOIN nas_attempts a ON a.trial_id = t.trial_id "
        "GROUP BY s.name, t.trial_id, t.number, t.state, t.attempts) AS counted "
        "WHERE got_attempts <> attempts OR got_completed <> completed OR got_running <> running",
    ),
    Invariant(
        "search {0!r}, trial {1}, {2}: expected epochs in its learning curve alone once it has ended, got {3} rows of "
        "nas_epochs",
        f"SELECT s.name, t.number, t.state, count(*) FROM {_TRIAL} JOIN nas_epochs e ON e.trial_id = t.trial_id "
        "WHERE t.state IN ('completed', 'failed') GROUP BY s.name, t.number, t.state",
    ),
    Invariant(
        "search {0!r}, trial {1}, {2}: expected no saved state of a training that has ended, got one",
        f"SELECT s.name, t.number, t.state FROM {_TRIAL} JOIN nas_saved_trainings k ON k.trial_id = t.trial_id "
        "WHERE t.state IN ('completed', 'failed')",
    ),
    Invariant(
        "search {0!r}: expected the updates of its policy as versions from 1 without gaps, got {1} from {2} to {3}",
        "SELECT s.name, count(*), min(u.version), max(u.version) FROM nas_updates u JOIN nas_searches s "
        "ON s.search_id = u.search_id GROUP BY s.name HAVING min(u.version) <> 1 OR max(u.version) <> count(*)",
    ),
    Invariant(
        "search {0!r}: expected updates and checkpoints of events up to {1}, got one of event {2}",
        "SELECT s.name, s.event, max(k.event) FROM nas_searches s JOIN (SELECT search_id, event FROM nas_updates "
        "UNION ALL SELECT search_id, event FROM nas_checkpoints) k ON k.search_id = s.search_id "
        "GROUP BY s.name, s.event HAVING max(k.event) > s.event",
    ),
    Invariant(
        "search {0!r}: expected its last {2} log entries of {1} without gaps, got numbers from {3} to {4}",
        "SELECT s.name, s.log, count(e.event_id), min(e.event_id), max(e.event_id) FROM nas_searches s LEFT JOIN "
        "nas_events e ON e.search_id = s.search_id GROUP BY s.name, s.log HAVING coalesce(max(e.event_id), 0) <> s.log "
        "OR (count(e.event_id) > 0 AND max(e.event_id) - min(e.event_id) + 1 <> count(e.event_id))",
    ),
    Invariant(
        "search {0!r}, failures of kind {1!r}: expected {2} as counted, got {3} such trials",
        "SELECT s.name, kind, coalesce(max(counted), 0), coalesce(max(found), 0) FROM ("
        "SELECT search_id, kind, trials AS counted, NULL AS found FROM nas_failures UNION ALL "
        "SELECT search_id, failure, NULL, count(*) FROM nas_trials WHERE failure IS NOT NULL "
        "GROUP BY search_id, failure) AS both_sides JOIN nas_searches s ON s.search_id = both_sides.search_id "
        "GROUP BY s.name, kind "
        "HAVING coalesce(max(counted), 0) <> coalesce(max(found), 0)",
    ),
    Invariant(
        "search {0!r}, architecture {1}: expected {2} trainings of mean reward {3}, first in trial {4}, as rolled up; "
        "got {5}, {6} and {7}",
        "SELECT s.name, canonical_key, sum(kept_count), sum(kept_mean), sum(kept_first), sum(n), sum(mean), sum(first) "
        "FROM (SELECT search_id, canonical_key, trainings AS kept_count, mean_reward AS kept_mean, "
        "first_number AS kept_first, 0 AS n, 0.0 AS mean, 0 AS first FROM nas_architectures UNION ALL "
        "SELECT search_id, canonical_key, 0, 0.0, 0, count(*), avg(reward), min(number) FROM nas_trials "
        "WHERE reward IS NOT NULL GROUP BY search_id, canonical_key) AS both_sides "
        "JOIN nas_searches s ON s.search_id = both_sides.search_id GROUP BY s.name, canonical_key "
        "HAVING sum(kept_count) <> sum(n) OR sum(kept_first) <> sum(first) "
        f"OR abs(sum(kept_mean) - sum(mean)) > {ROUNDING} * (1 + abs(sum(mean)))",
    ),
    Invariant(
        "search {0!r}, history, stretch {1}: expected {2} trials, {3} with a reward, of sum {4} and best {5}, as "
        "rolled up; got {6}, {7}, {8} and {9}",
        "SELECT s.name, stretch, sum(kept_n), sum(kept_rewarded), sum(kept_sum), max(kept_best), "
        "sum(n), sum(rewarded), sum(total), max(best) FROM (SELECT search_id, stretch, trials AS kept_n, "
        "rewarded AS kept_rewarded, reward_sum AS kept_sum, best AS kept_best, 0 AS n, 0 AS rewarded, 0.0 AS total, "
        f"NULL AS best FROM nas_history UNION ALL SELECT search_id, place / {STRETCH}, 0, 0, 0.0, NULL, count(*), "
        "count(reward), coalesce(sum(reward), 0.0), max(reward) FROM (SELECT search_id, reward, row_number() OVER "
        "(PARTITION BY search_id ORDER BY told_event, number) - 1 AS place FROM nas_trials "
        f"WHERE told_event IS NOT NULL) AS told GROUP BY search_id, place / {STRETCH}) AS both_sides "
        "JOIN nas_searches s ON s.search_id = both_sides.search_id GROUP BY s.name, stretch "
        "HAVING sum(kept_n) <> sum(n) OR sum(kept_rewarded) <> sum(rewarded) "
        f"OR abs(sum(kept_sum) - sum(total)) > {ROUNDING} * (1 + abs(sum(total))) "
        "OR coalesce(max(kept_best), 0) <> coalesce(max(best), 0)",
    ),
    Invariant(
        "search {0!r}: its driver, {1}, is gone or stands still: the lease ran out; `nas search --resume {0}` goes on",
        "SELECT name, owner FROM nas_searches WHERE state = 'running' AND lease_until < {clock}",
        is_damage=False,
    ),
)
"""`{clock}` stands for the clock of the database."""


def finite_query(table: Table) -> str | None:
    """Returns the query for the number of rows of a table with a number that is none, None where it has no numbers."""
    columns = [column.name for column in table.c if isinstance(column.type, Double)]
    # PostgreSQL holds NaN to be greater than infinity.
    broken = " OR ".join(f"{name} NOT BETWEEN -{_LARGEST} AND {_LARGEST}" for name in columns)
    return f"SELECT count(*) FROM {table.name} WHERE {broken}" if columns else None


TABLES = Base.metadata.sorted_tables
