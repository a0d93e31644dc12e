import re
from pathlib import Path

import pytest

from nas.errors import DatabaseUrlError
from nas.storage.address import parse_url, redacted, shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sqlite://", "expected a file, as in sqlite:///nas.db: memory would lose the search"),
        ("sqlite:///", "memory would lose the search"),
        ("sqlite:///:memory:", "memory would lose the search"),
        (
            "sqlite:////nowhere/deep/nas.db",
            "expected an existing directory, got /nowhere/deep; create it first",
        ),
        ("sqlite:////tmp", "expected a file, got the directory /tmp; name a file in it"),
        ("sqlite://nas.db", "for this file write sqlite:///nas.db"),
        ("sqlite:///nas.db?mode=ro", "without options"),
        ("my.db", "for a file write sqlite:///my.db"),
        ("data/my.db", "for a file write sqlite:///data/my.db"),
        ("notaurl", "expected sqlite:///FILE or postgresql"),
        ("", "expected sqlite:///FILE"),
        ("mysql://me@host/db", "got scheme 'mysql'"),
        ("foo://", "got scheme 'foo'"),
        ("postgresql+asyncpg://host/db", "got scheme 'postgresql\\+asyncpg'"),
        ("postgresql://me:50%@host/db", "two hexadecimal digits behind every '%'; write a '%' .* as %25"),
        ("postgresql://me@host:port/db", "expected sqlite:///FILE or postgresql"),
    ],
)
def test_what_is_not_accepted(text: str, message: str) -> None:
    with pytest.raises(DatabaseUrlError, match=message) as error:
        parse_url(text)
    assert f"database {text!r}: " in str(error.value) or "50" in text
    assert error.value.exit_code == 2


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_other_names_of_postgresql(scheme: str) -> None:
    url = parse_url(f"{scheme}://me:p%40ss@host:5433/nas?sslmode=require")
    assert (url.drivername, url.username, url.password, url.host, url.port, url.database) == (
        "postgresql+psycopg",
        "me",
        "p@ss",
        "host",
        5433,
        "nas",
    )
    assert url.query == {"sslmode": "require"}


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_url("sqlite:///nas.db").database == "nas.db"
    assert parse_url(f"sqlite:///{tmp_path}/a b%.db").database == f"{tmp_path}/a b%.db"
    assert shown(parse_url("sqlite+pysqlite:///a:b@c.db")) == "sqlite:///a:b@c.db"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:secret@host/db",
        "postgresql://me:se:secret@host/db",
        "postgresql://me:a@secret@host/db",
        "postgresql://me:a/secret@host/db",
        "postgresql://me:secret%zz@host/db",
        "postgresql://me:secret@host:port/db",
        "postgresql://me@host/db?password=secret",
        "postgresql://me@host/db?sslmode=require&sslpassword=secret",
        "postgresql//me:secret@host/db",
        "mysql://me:secret@host/db",
        "sqlite://me:secret@host/db",
    ],
)
def test_a_password_is_never_shown(text: str) -> None:
    assert "secret" not in redacted(text)
    assert "***" in redacted(text)
    try:
        url = parse_url(text)
    except DatabaseUrlError as error:
        assert "secret" not in str(error)  # noqa: PT017
    else:
        assert "secret" not in shown(url)
        assert shown(url).endswith("host/db") or "password=***" in shown(url)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://me:SEKRET",
        "postgresql://me:SEKRET/nas",
        "postgresql://me:SEK@RET@127.0.0.1:1/nas",
        "postgresql://h/nas?password=SEKRET&port=x",
        "postgresql://me:12SEKRET?port=1",
    ],
)
def test_a_password_in_the_wrong_place_is_refused_and_not_shown(text):
    with pytest.raises(DatabaseUrlError) as caught:
        parse_url(text)
    assert not {"SEK", "RET"} & set(re.findall("SEK|RET", str(caught.value)))


def test_an_address_of_version_six_keeps_its_port():
    assert parse_url("postgresql://me:pw@[::1]:5432/nas").port == 5432
