"""What a worker's environment may hold. Workers run other people's code, and have no use for the database."""

import re
from collections.abc import Mapping

SECRET_NAME = re.compile(r"NAS_|PG[A-Z]|DATABASE_URL$")
"""The product's own variables, which may name the database, and those of PostgreSQL's client library."""
DATABASE_URL = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE)
"""How the address of a database begins, whatever the variable is called."""


def without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that a worker, or what starts workers, may see: all but credentials."""
    return {
        name: value
        for name, value in variables.items()
        if not SECRET_NAME.match(name) and not DATABASE_URL.match(value)
    }
