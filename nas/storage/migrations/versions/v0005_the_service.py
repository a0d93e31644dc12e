"""Commands with arguments, searches that are held, what trials were made from, tokens, processes to run."""

import sqlalchemy as sa
from alembic import op

from nas.storage.migrations.parts import (
    add_checked_column,
    big,
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

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FOLLOWS = ("told_event", "baseline")  # what may be written to a finished trial, once
KINDS = ("stop", "pause", "resume", "workers", "budget", "add", "retry")


def upgrade() -> None:
    """Adds the tables and columns: what is there was wanted by strategies, is held by nobody and had no arguments."""
    _add_arguments()
    _add_where_from()
    _add_held()
    _create_tokens()
    _create_submissions()
    _guard_tokens()
    _guard_submissions()


def _add_arguments() -> None:
    """Lets commands be of more kinds; SQLite changes a constraint in no other way than by copying the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("nas_commands", text("arguments", default="{}"))
        op.drop_constraint(op.f("ck_nas_commands_kind"), "nas_commands")
        kinds = ", ".join(f"'{kind}'" for kind in KINDS)
        op.create_check_constraint(op.f("ck_nas_commands_kind"), "nas_commands", f"kind IN ({kinds})")
    else:
        _copy_commands()
    asked = "command_id, search_id, kind, issued_by, issued_at, uid, arguments"
    guard("nas_commands_asked", "nas_commands", f"UPDATE OF {asked}", "what was asked for never changes")
    guard("nas_commands_kept", "nas_commands", "DELETE", "what was asked for never changes")


def _copy_commands() -> None:
    columns = "command_id, search_id, kind, issued_by, issued_at, answer, answered_at, uid"
    create_table(
        "nas_commands_0005",
        big("command_id"),
        big("search_id"),
        text("kind", 16),
        text("issued_by"),
        real("issued_at"),
        text("answer", nullable=True),
        real("answered_at", nullable=True),
        text("uid", 32, default=""),
        text("arguments", default="{}"),
        foreign("nas_commands", "nas_searches", "search_id"),
        one_of("nas_commands", "kind", *KINDS),
        check("nas_commands", "answer", "(answer IS NULL) = (answered_at IS NULL)"),
        primary="command_id",
        constraints_of="nas_commands",
    )
    op.execute(f"INSERT INTO nas_commands_0005 ({columns}) SELECT {columns} FROM nas_commands")
    op.drop_table("nas_commands")
    op.rename_table("nas_commands_0005", "nas_commands")
    create_index("ix_nas_commands_search_id_command_id", "nas_commands", "search_id", "command_id")
    create_index("ix_nas_commands_uid", "nas_commands", "uid", unique=True)
    guard(  # gone with the old table
        "nas_commands_answered",
        "nas_commands",
        "UPDATE",
        "an answer never changes",
        when="OLD.answer IS NOT NULL",
    )


def _add_where_from() -> None:
    """Makes the trigger on finished trials anew, since it lists the columns that it guards."""
    op.add_column("nas_trials", text("decision_log_probabilities", default="[]"))
    add_checked_column("nas_trials", "parent", f"{_big()} NULL", "parent", "parent >= 0 AND parent < number")
    create_index(
        "ix_nas_trials_parent", "nas_trials", "search_id", "parent", "number", where="parent IS NOT NULL"
    )
    add_checked_column(
        "nas_trials",
        "origin",
        "VARCHAR(16) DEFAULT 'strategy' NOT NULL",
        "origin",
        "origin IN ('strategy', 'hand', 'retry')",
    )
    drop_guard("nas_trials_finished", "nas_trials")
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("nas_trials")]
    guard(
        "nas_trials_finished",
        "nas_trials",
        f"UPDATE OF {', '.join(column for column in columns if column not in FOLLOWS)}",
        "a finished trial never changes",
        when="OLD.state IN ('completed', 'failed')",
    )


def _add_held() -> None:
    add_checked_column(
        "nas_searches",
        "held",
        f"{_big()} DEFAULT 0 NOT NULL",
        "held",
        "held = 0 OR (held = 1 AND state = 'running')",
    )


def _big() -> str:
    """Returns what the database calls whole numbers of 64 bits."""
    return "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"


def _create_tokens() -> None:
    create_table(
        "nas_tokens",
        big("token_id"),
        text("name", 80),
        text("digest", 64),
        text("scope", 16),
        text("created_by"),
        real("created_at"),
        real("expires_at", nullable=True),
        real("revoked_at", nullable=True),
        text("uid", 32, default=""),
        one_of("nas_tokens", "scope", "read", "write"),
        sa.UniqueConstraint("name", name=op.f("uq_nas_tokens_name")),
        sa.UniqueConstraint("digest", name=op.f("uq_nas_tokens_digest")),
        primary="token_id",
    )
    create_index("ix_nas_tokens_uid", "nas_tokens", "uid", unique=True)


def _create_submissions() -> None:
    create_table(
        "nas_submissions",
        big("submission_id"),
        text("kind", 16),
        text("search"),
        text("arguments"),
        text("state", 16),
        text("submitted_by"),
        real("submitted_at"),
        real("started_at", nullable=True),
        real("ended_at", nullable=True),
        text("runner"),
        text("process"),
        big("exit_code", nullable=True),
        text("message"),
        text("claim", 32, nullable=True),
        text("uid", 32, default=""),
        one_of("nas_submissions", "kind", "search", "resume", "export"),
        one_of("nas_submissions", "state", "queued", "running", "ended", "cancelled"),
        check("nas_submissions", "started", "(state IN ('running', 'ended')) = (started_at IS NOT NULL)"),
        check("nas_submissions", "runner", "(state IN ('running', 'ended')) = (runner <> '')"),
        check("nas_submissions", "ended", "(state IN ('ended', 'cancelled')) = (ended_at IS NOT NULL)"),
        check("nas_submissions", "exit_code", "exit_code IS NULL OR state = 'ended'"),
        primary="submission_id",
    )
    create_index("ix_nas_submissions_state_submission_id", "nas_submissions", "state", "submission_id")
    create_index("ix_nas_submissions_uid", "nas_submissions", "uid", unique=True)


def _guard_tokens() -> None:
    given = "token_id, name, digest, scope, created_by, created_at, expires_at, uid"
    guard("nas_tokens_given", "nas_tokens", f"UPDATE OF {given}", "a token is only revoked")
    guard("nas_tokens_kept", "nas_tokens", "DELETE", "a token is only revoked")
    guard(
        "nas_tokens_revoked",
        "nas_tokens",
        "UPDATE OF revoked_at",
        "a token that is revoked stays so",
        when="OLD.revoked_at IS NOT NULL",
    )


def _guard_submissions() -> None:
    submitted = "submission_id, kind, search, arguments, submitted_by, submitted_at, uid"
    message = "what was submitted never changes"
    guard("nas_submissions_submitted", "nas_submissions", f"UPDATE OF {submitted}", message)
    guard("nas_submissions_kept", "nas_submissions", "DELETE", message)
    guard(
        "nas_submissions_ended",
        "nas_submissions",
        "UPDATE",
        "a submission that has ended never changes",
        when="OLD.state IN ('ended', 'cancelled')",
    )
    guard(
        "nas_submissions_steps",
        "nas_submissions",
        "UPDATE OF state",
        "a submission goes from queued to running and ended, or from queued to cancelled",
        when="NEW.state <> OLD.state AND NOT (OLD.state = 'queued' AND NEW.state IN ('running', 'cancelled')) "
        "AND NOT (OLD.state = 'running' AND NEW.state = 'ended')",
    )
