"""Database URLs: what is accepted, and what is said about the rest. A password is never shown."""

import os
import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from nas.errors import DatabaseUrlError

EXPECTED = "expected sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"

# Scheme as written -> driver. The short forms are what other tools and hosting services hand out.
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse_url(text: str) -> URL:
    """Returns the URL with its driver; raises `DatabaseUrlError` where it names no database that could be used.

    Nothing is opened. For SQLite the directory of the file must exist; the file need not.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise DatabaseUrlError(
            f"database {redacted(text)!r}: {EXPECTED}; for a file write sqlite:///{redacted(text)}"
        )
    if scheme not in _DRIVERS:
        raise DatabaseUrlError(f"database {redacted(text)!r}: {EXPECTED}, got scheme {scheme!r}")
    driver = _DRIVERS[scheme]
    check = _check_sqlite if driver == "sqlite+pysqlite" else _check_postgresql
    check(text, rest)
    try:
        return make_url(f"{driver}://{rest}")
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(f"database {redacted(text)!r}: {EXPECTED}") from error


def shown(url: URL) -> str:
    """Returns the URL as it may be printed and logged.

    >>> shown(parse_url("postgres://me:secret@host/nas"))
    'postgresql+psycopg://me:***@host/nas'
    """
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database}"
    return redacted(url.render_as_string(hide_password=True))


def redacted(text: str) -> str:
    """Returns `text` with everything that may be a password as three stars, whether it is a URL or not."""
    text = re.sub(r"^((?:[^:]*://)?[^:@]*):(?!//).*@", r"\1:***@", text)
    # Without "@", what stands where a port should be may be a password whose host was forgotten.
    text = re.sub(r"^([^:]*://[^:/?@\[]*):(?!\d*(?:[/?]|$))[^/?@]*(?=[/?]|$)", r"\1:***", text)
    return re.sub(r"(?i)(password[^=&]*)=[^&]*", r"\1=***", text)


def _check_sqlite(text: str, rest: str) -> None:
    if "?" in rest:
        raise DatabaseUrlError(
            f"database {redacted(text)!r}: expected sqlite:///FILE without options, got one behind '?'"
        )
    if rest and not rest.startswith("/"):
        raise DatabaseUrlError(
            f"database {redacted(text)!r}: {EXPECTED}; for this file write sqlite:///{redacted(rest)}"
        )
    path = Path(rest[1:])
    if rest in ("", "/", "/:memory:"):
        raise DatabaseUrlError(
            f"database {text!r}: expected a file, as in sqlite:///nas.db: memory would lose the search"
        )
    if path.is_dir():
        raise DatabaseUrlError(
            f"database {text!r}: expected a file, got the directory {path}; name a file in it"
        )
    if not path.parent.is_dir():
        raise DatabaseUrlError(
            f"database {text!r}: expected an existing directory, got {path.parent}; create it first"
        )
    if path.exists():
        return
    if path.is_symlink():
        raise DatabaseUrlError(
            f"database {text!r}: expected a file, got a link that leads nowhere; name the file itself"
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise DatabaseUrlError(
            f"database {text!r}: expected a file, or a directory to make it in, got {path.parent}, which cannot be "
            "written to; name another place"
        )


def _check_postgresql(text: str, rest: str) -> None:
    escape = re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", rest)
    if escape:
        raise DatabaseUrlError(
            f"database {redacted(text)!r}: expected two hexadecimal digits behind every '%'; "
            "write a '%' in a user name or password as %25"
        )
    authority = re.split("[/?]", rest, maxsplit=1)[0]
    user, _, host = authority.rpartition("@")
    if "@" in user:
        raise DatabaseUrlError(
            f"database {redacted(text)!r}: expected one '@', before the host; "
            "write an '@' in a user name or password as %40"
        )
    port = re.fullmatch(r"(?:\[[^\]]*\]|[^:]*)(?::\d*)?", host)
    if not port or re.search(r"[?&]port=(?!\d+(?:&|$))", rest):
        raise DatabaseUrlError(f"database {redacted(text)!r}: {EXPECTED}, got a port that is not a number")
