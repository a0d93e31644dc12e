"""Tokens: 256 random bits that are shown once; the database has only their SHA-256."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence

from nas.errors import ConfigError
from nas.storage.contract import Storage
from nas.storage.records import ApiToken, TokenScope

PREFIX = "nas_"
"""By which a token that has got where it should not be is known for what it is."""
RANDOM_BYTES = 32
LONGEST = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")


def new_token(
    storage: Storage, name: str, scope: TokenScope, created_by: str, *, seconds: float | None = None
) -> tuple[str, ApiToken]:
    """Makes a token that is good for `seconds`, for ever by default; returns it and what is kept of it."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "name: expected 1 to 80 letters, digits, dots, dashes, underscores and @, the first a letter or digit, "
            f"got {name[:100]!r}; choose another"
        )
    token = f"{PREFIX}{secrets.token_urlsafe(RANDOM_BYTES)}"
    expires_at = None if seconds is None else time.time() + seconds
    return token, storage.add_token(name, digest(token), scope, created_by, expires_at=expires_at)


def digest(token: str) -> str:
    """Returns what the database keeps of a token. No salt: nobody can try 2^256 of them."""
    return hashlib.sha256(token.encode()).hexdigest()


def live(tokens: Sequence[ApiToken]) -> list[ApiToken]:
    """Returns those that are good now."""
    now = time.time()
    return [token for token in tokens if token.is_live(now)]


def matching(given: str, tokens: Sequence[ApiToken]) -> ApiToken | None:
    """Returns the one that was given, None for none; takes as long whichever it is."""
    wanted = digest(given[:LONGEST])
    found = [token for token in tokens if hmac.compare_digest(token.digest, wanted)]
    return found[0] if found else None
