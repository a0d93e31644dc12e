"""`nas token`: made, listed, revoked; the secret is shown once."""

import json
import re
from pathlib import Path

import pytest

from nas.storage.open import open_storage
from tests.nas.cli.calling import Call


def test_a_token_is_shown_this_once(call: Call, database: str) -> None:
    made = call("token", "create", "ci", "--expires", "30d", "--db", database)
    assert made.code == 0
    assert re.fullmatch(r"nas_[A-Za-z0-9_-]{43}\n", made.out)
    assert made.err.startswith("token ci, scope read, good until 20")
    assert made.err.endswith("; it is shown this once\n")
    listed = call("token", "list", "--db", database)
    as_json = call("token", "list", "--db", database, "--json")
    assert re.search(r"^ci +read +live ", listed.out, flags=re.MULTILINE)
    (one,) = json.loads(as_json.out)
    assert (one["name"], one["scope"], one["state"], one["revoked_at"]) == ("ci", "read", "live", None)
    assert one["expires_at"] == pytest.approx(one["created_at"] + 30 * 86_400, abs=60)
    assert "digest" not in one
    with open_storage(database, read_only=True) as storage:
        digest = storage.tokens()[0].digest
    for text in (listed.out, as_json.out):
        assert made.out.strip() not in text
        assert digest not in text


def test_for_programs(call: Call, database: str) -> None:
    made = json.loads(call("token", "create", "ci", "--scope", "write", "--json", "--db", database).out)
    assert made["token"].startswith("nas_")
    assert (made["scope"], made["expires_at"]) == ("write", None)


def test_a_revoked_token_stays_in_the_list_and_its_name_is_taken(call: Call, database: str) -> None:
    call("token", "create", "a", "--db", database)
    call("token", "create", "b", "--db", database)
    revoked = call("token", "revoke", "a", "--db", database)
    assert (revoked.code, revoked.out, revoked.err) == (0, "token a is revoked\n", "")
    states = [one["state"] for one in json.loads(call("token", "list", "--json", "--db", database).out)]
    assert states == ["revoked", "live"]
    again = call("token", "create", "a", "--db", database)
    assert (again.code, again.out) == (2, "")
    assert "choose another name" in again.err
    assert "dashboards let nobody in" in call("token", "revoke", "b", "--db", database).err


def test_who_made_and_who_ended_it_is_kept(call: Call, database: str) -> None:
    call("token", "create", "a", "--db", database)
    call("token", "revoke", "a", "--db", database)
    with open_storage(database, read_only=True) as storage:
        audit = storage.audit()
        (token,) = storage.tokens()
    assert [record.actor for record in audit] == [token.created_by] * 2
    assert [(record.action, record.detail) for record in audit] == [
        ("revoke", "token 'a'"),
        ("token", "token 'a' to read"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "a b"), "name: expected 1 to 80 letters"),
        (("create", "<script>"), "name: expected 1 to 80 letters"),
        (("create", "x" * 81), "name: expected 1 to 80 letters"),
        (("create", "a", "--scope", "wrte"), "Did you mean 'write'?"),
        (("create", "a", "--expires", "0d"), "expected a time above 0"),
        (("create", "a", "--expires", "-1d"), "expected a number from 0"),
        (("create", "a", "--expires", "36501d"), "expected at most 36500d"),
        (("create", "a", "--expires", "soon"), "expected a number from 0"),
        (("revoke", "a"), "got no such file"),
    ],
)
def test_what_cannot_be(
    arguments: tuple[str, ...], words: str, call: Call, database: str, tmp_path: Path
) -> None:
    ended = call("token", *arguments[:1], "--db", database, *arguments[1:])
    assert ended.code == (3 if "file" in words else 2)
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert not list(tmp_path.iterdir()) or "name" in words


def test_a_token_that_is_not_there(call: Call, database: str) -> None:
    call("token", "create", "ci", "--db", database)
    ended = call("token", "revoke", "cj", "--db", database)
    assert ended.code == 2
    assert "ci" in ended.err


def test_no_tokens_yet(call: Call, finished_database: str) -> None:
    assert call("token", "list", "--db", finished_database).out.startswith("no tokens yet; `nas token create")
    assert json.loads(call("token", "list", "--json", "--db", finished_database).out) == []
