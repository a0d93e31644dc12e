"""What a search may be called: a name that is safe on a command line, in a URL and in a message."""

import re

from nas.config import NAME_PATTERN
from nas.errors import ConfigError


def check_name(name: str) -> str:
    """Returns `name`; raises `ConfigError` where it is not 1 to 80 letters, digits, dots, dashes and underscores.

    >>> check_name("cifar-10.small")
    'cifar-10.small'
    """
    # fullmatch: "$" alone would let a newline at the end pass.
    if not re.fullmatch(NAME_PATTERN.rstrip("$"), name):
        raise ConfigError(
            "name: expected 1 to 80 letters, digits, dots, dashes and underscores, the first a letter or digit, "
            f"got {name[:100]!r}; choose another --name"
        )
    return name
