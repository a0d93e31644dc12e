"""Attempts, live epochs, saved trainings, workers, events, roll-ups, commands, readings, audit; exactly-once writes."""

import sqlalchemy as sa
from alembic import op

from nas.storage.migrations.parts import (
    add_checked_column,
    big,
    binary,
    check,
    create_index,
    create_table,
    drop_guard,
    foreign,
    guard,
    one_of,
    real,
    text,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FOLLOWS = ("told_event", "baseline")  # what may be written to a finished trial, once


def upgrade() -> None:
    """Adds the tables and columns and fills them from the trials that are there.

    Of earlier attempts only their number is known: all but the last one count as lost. A trial that was in training
    is still so, for whoever resumes the search to deal with. There are no events of what happened before.
    """
    _create_attempts()
    _create_training_tables()
    _create_rollups()
    _create_followed_tables()
    _create_records()
    _add_to_searches()
    _fill_attempts()
    _add_to_trials()
    _fill_rollups()
    _fill_readings()
    _add_uids()
    _guard()


def _create_attempts() -> None:
    create_table(
        "nas_attempts",
        big("trial_id"),
        big("attempt"),
        text("state", 16),
        text("token", 64),
        text("worker"),
        real("started_at"),
        real("ended_at", nullable=True),
        big("last_epoch"),
        real("progress_at", nullable=True),
        text("failure", 32, nullable=True),
        text("error_text"),
        foreign("nas_attempts", "nas_trials", "trial_id"),
        one_of(
            "nas_attempts",
            "state",
            *("running", "completed", "failed", "lost", "preempted", "cancelled", "fenced"),
        ),
        check("nas_attempts", "ended", "(state = 'running') = (ended_at IS NULL)"),
        check("nas_attempts", "attempt", "attempt > 0"),
        primary="trial_id attempt",
        by_key=True,
    )
    create_index("ix_nas_attempts_running", "nas_attempts", "trial_id", where="ended_at IS NULL", unique=True)


def _create_training_tables() -> None:
    create_table(
        "nas_epochs",
        big("trial_id"),
        big("epoch"),
        real("train_loss"),
        real("validation_loss", nullable=True),
        real("validation_accuracy", nullable=True),
        real("seconds"),
        foreign("nas_epochs", "nas_trials", "trial_id"),
        check("nas_epochs", "epoch", "epoch > 0"),
        primary="trial_id epoch",
        by_key=True,
    )
    create_table(
        "nas_saved_trainings",
        big("trial_id"),
        big("epoch"),
        binary("state"),
        text("sha256", 64),
        real("created_at"),
        foreign("nas_saved_trainings", "nas_trials", "trial_id"),
        primary="trial_id",
    )
    create_table(
        "nas_workers",
        big("search_id"),
        text("worker", 300),
        text("node"),
        big("number", nullable=True),
        big("memory_bytes"),
        big("gpu_memory_bytes", nullable=True),
        real("started_at"),
        real("beat_at"),
        foreign("nas_workers", "nas_searches", "search_id"),
        primary="search_id worker",
        by_key=True,
    )


def _create_rollups() -> None:
    create_table(
        "nas_architectures",
        big("search_id"),
        text("canonical_key"),
        big("first_number"),
        big("trainings"),
        real("reward_sum"),
        real("mean_reward"),
        big("parameters", nullable=True),
        big("multiply_adds", nullable=True),
        foreign("nas_architectures", "nas_searches", "search_id"),
        check("nas_architectures", "trainings", "trainings > 0"),
        primary="search_id canonical_key",
        by_key=True,
    )
    create_table(
        "nas_failures",
        big("search_id"),
        text("kind", 32),
        big("trials"),
        foreign("nas_failures", "nas_searches", "search_id"),
        check("nas_failures", "trials", "trials > 0"),
        primary="search_id kind",
    )
    create_table(
        "nas_history",
        big("search_id"),
        big("stretch"),
        big("trials"),
        big("rewarded"),
        real("best", nullable=True),
        real("reward_sum"),
        foreign("nas_history", "nas_searches", "search_id"),
        check("nas_history", "trials", "rewarded BETWEEN 0 AND trials AND trials BETWEEN 1 AND 100"),
        check("nas_history", "best", "(rewarded = 0) = (best IS NULL)"),
        primary="search_id stretch",
        by_key=True,
    )


def _create_followed_tables() -> None:
    create_table(
        "nas_events",
        big("search_id"),
        big("event_id"),
        text("kind", 16),
        real("at"),
        big("number", nullable=True),
        big("attempt", nullable=True),
        text("text"),
        foreign("nas_events", "nas_searches", "search_id"),
        one_of(
            "nas_events",
            "kind",
            *(
                "created",
                "taken",
                "extended",
                "released",
                "started",
                "finished",
                "requeued",
                "fenced",
                "noted",
            ),
        ),
        primary="search_id event_id",
        by_key=True,
    )
    create_table(
        "nas_commands",
        big("command_id"),
        big("search_id"),
        text("kind", 16),
        text("issued_by"),
        real("issued_at"),
        text("answer", nullable=True),
        real("answered_at", nullable=True),
        text("uid", 32, default=""),
        foreign("nas_commands", "nas_searches", "search_id"),
        one_of("nas_commands", "kind", "stop"),
        check("nas_commands", "answer", "(answer IS NULL) = (answered_at IS NULL)"),
        primary="command_id",
    )
    create_index("ix_nas_commands_search_id_command_id", "nas_commands", "search_id", "command_id")


def _create_records() -> None:
    create_table(
        "nas_test_readings",
        big("reading_id"),
        big("search_id"),
        big("number"),
        text("purpose"),
        text("dataset_fingerprint"),
        big("correct"),
        big("total"),
        real("at"),
        text("uid", 32, default=""),
        foreign("nas_test_readings", "nas_trials", "search_id", "number"),
        check("nas_test_readings", "correct", "correct BETWEEN 0 AND total"),
        primary="reading_id",
    )
    create_index("ix_nas_test_readings_search_id_number", "nas_test_readings", "search_id", "number")
    create_table(
        "nas_audit",
        big("audit_id"),
        real("at"),
        text("actor"),
        text("action"),
        text("search", nullable=True),
        text("detail"),
        text("uid", 32, default=""),
        primary="audit_id",
    )


def _add_to_searches() -> None:
    op.add_column("nas_searches", text("space_fingerprint", default=""))
    op.add_column("nas_searches", text("uid", 32, default=""))
    op.add_column("nas_searches", big("writes", default="0"))
    add_checked_column(
        "nas_searches",
        "told",
        "BIGINT DEFAULT 0 NOT NULL"
        if op.get_bind().dialect.name == "postgresql"
        else "INTEGER DEFAULT 0 NOT NULL",
        "told",
        "told >= 0",
    )
    op.add_column("nas_searches", big("log", default="0"))
    op.execute(
        "UPDATE nas_searches SET told = (SELECT count(*) FROM nas_trials "
        "WHERE nas_trials.search_id = nas_searches.search_id AND told_event IS NOT NULL)"
    )


def _fill_attempts() -> None:
    op.execute(
        "WITH RECURSIVE numbers(attempt) AS (SELECT 1 UNION ALL SELECT attempt + 1 FROM numbers "
        "WHERE attempt < (SELECT coalesce(max(attempts), 0) FROM nas_trials)) "
        "INSERT INTO nas_attempts (trial_id, attempt, state, token, worker, started_at, ended_at, last_epoch, failure,"
        " error_text) "
        "SELECT trial_id, attempt, "
        "CASE WHEN attempt < attempts OR state = 'waiting' THEN 'lost' ELSE state END, "
        "'schema-0003-' || CAST(trial_id AS TEXT) || '-' || CAST(attempt AS TEXT), "
        "CASE WHEN attempt < attempts THEN '' ELSE worker END, "
        "coalesce(started_at, created_at), "
        "CASE WHEN attempt = attempts AND state = 'running' THEN NULL "
        "ELSE coalesce(finished_at, started_at, created_at) END, "
        "0, "
        "CASE WHEN attempt = attempts THEN failure END, "
        "CASE WHEN attempt = attempts THEN error_text ELSE '' END "
        "FROM nas_trials JOIN numbers ON numbers.attempt <= nas_trials.attempts"
    )


def _add_to_trials() -> None:
    """Adds the token with its constraint, which trials in training do not meet before they have got theirs."""
    drop_guard("nas_trials_finished", "nas_trials")
    running = "trial_id IN (SELECT trial_id FROM nas_attempts WHERE ended_at IS NULL)"
    op.execute("UPDATE nas_trials SET state = 'waiting' WHERE state = 'running'")
    add_checked_column(
        "nas_trials", "token", "VARCHAR(64)", "token", "(state = 'running') = (token IS NOT NULL)"
    )
    op.execute(
        "UPDATE nas_trials SET state = 'running', token = (SELECT token FROM nas_attempts "
        f"WHERE nas_attempts.trial_id = nas_trials.trial_id AND ended_at IS NULL) WHERE {running}"
    )
    op.add_column("nas_trials", big("own_failures", default="0"))
    op.drop_index("ix_nas_trials_search_id_canonical_key", "nas_trials")
    create_index("ix_nas_trials_open", "nas_trials", "search_id", "number", where="told_event IS NULL")
    create_index("ix_nas_trials_completed", "nas_trials", "search_id", "number", where="reward IS NOT NULL")
    create_index("ix_nas_trials_failed", "nas_trials", "search_id", "number", where="failure IS NOT NULL")


def _fill_rollups() -> None:
    op.execute(
        "INSERT INTO nas_architectures (search_id, canonical_key, first_number, trainings, reward_sum, mean_reward,"
        " parameters, multiply_adds) "
        "SELECT search_id, canonical_key, min(number), count(*), sum(reward), sum(reward) / count(*), max(parameters),"
        " max(multiply_adds) "
        "FROM nas_trials WHERE reward IS NOT NULL GROUP BY search_id, canonical_key"
    )
    create_index(
        "ix_nas_architectures_mean_reward",
        "nas_architectures",
        "search_id",
        "mean_reward DESC",
        "first_number",
    )
    op.execute(
        "INSERT INTO nas_failures (search_id, kind, trials) SELECT search_id, failure, count(*) "
        "FROM nas_trials WHERE failure IS NOT NULL GROUP BY search_id, failure"
    )
    op.execute(
        "INSERT INTO nas_history (search_id, stretch, trials, rewarded, best, reward_sum) "
        "SELECT search_id, place / 100, count(*), count(reward), max(reward), coalesce(sum(reward), 0.0) FROM "
        "(SELECT search_id, reward, row_number() OVER (PARTITION BY search_id ORDER BY told_event, number) - 1 AS place"
        " FROM nas_trials WHERE told_event IS NOT NULL) AS told GROUP BY search_id, place / 100"
    )


def _fill_readings() -> None:
    op.execute(
        "INSERT INTO nas_test_readings (search_id, number, purpose, dataset_fingerprint, correct, total, at, uid) "
        "SELECT search_id, number, 'full training', (SELECT dataset_fingerprint FROM nas_searches "
        "WHERE nas_searches.search_id = nas_trainings.search_id), test_correct, test_total, created_at, "
        "'schema-0003-' || CAST(training_id AS TEXT) FROM nas_trainings ORDER BY training_id"
    )


def _add_uids() -> None:
    for table, key in (("nas_trainings", "training_id"), ("nas_exports", "export_id")):
        op.add_column(table, text("uid", 32, default=""))
        op.execute(f"UPDATE {table} SET uid = 'schema-0003-' || CAST({key} AS TEXT)")
    for table in ("nas_trainings", "nas_exports", "nas_commands", "nas_test_readings", "nas_audit"):
        create_index(f"ix_{table}_uid", table, "uid", unique=True)


def _guard() -> None:
    final = ", ".join(column for column in _columns("nas_trials") if column not in FOLLOWS)
    is_final = "OLD.state IN ('completed', 'failed')"
    guard(
        "nas_trials_finished",
        "nas_trials",
        f"UPDATE OF {final}",
        "a finished trial never changes",
        when=is_final,
    )
    guard("nas_trials_kept", "nas_trials", "DELETE", "a finished trial never changes", when=is_final)
    guard(
        "nas_trials_steps",
        "nas_trials",
        "UPDATE OF state",
        "a trial goes from waiting to running and from there to an end, or back",
        when="OLD.state = 'waiting' AND NEW.state IN ('completed', 'failed')",
    )
    _guard_attempts()
    guard(
        "nas_searches_steps",
        "nas_searches",
        "UPDATE OF state",
        "a search goes from running to another state, and from that to running",
        when="NEW.state <> OLD.state AND NEW.state <> 'running' AND (OLD.state <> 'running' OR NEW.state = 'created')",
    )
    guard(
        "nas_searches_epoch",
        "nas_searches",
        "UPDATE OF epoch",
        "an epoch never returns",
        when="NEW.epoch < OLD.epoch",
    )
    guard("nas_events_kept", "nas_events", "UPDATE", "what happened never changes")
    guard(
        "nas_commands_answered",
        "nas_commands",
        "UPDATE",
        "an answer never changes",
        when="OLD.answer IS NOT NULL",
    )
    for table in ("nas_audit", "nas_test_readings", "nas_updates"):
        for change in ("UPDATE", "DELETE"):
            guard(f"{table}_{change.lower()}", table, change, f"rows of {table} are only added")


def _guard_attempts() -> None:
    others = ", ".join(column for column in _columns("nas_attempts") if column != "state")
    message = "an attempt that has ended never changes"
    guard("nas_attempts_ended", "nas_attempts", f"UPDATE OF {others}", message, when="OLD.state <> 'running'")
    guard("nas_attempts_kept", "nas_attempts", "DELETE", message, when="OLD.state <> 'running'")
    given_up = "OLD.state IN ('lost', 'preempted', 'cancelled', 'fenced')"
    guard(
        "nas_attempts_steps",
        "nas_attempts",
        "UPDATE OF state",
        message,
        when=f"(OLD.state <> 'running' OR NEW.state = 'fenced') AND NOT ({given_up} AND NEW.state = 'fenced')",
    )


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
