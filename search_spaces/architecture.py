"""An architecture: one option chosen for every decision of a space. An immutable value with exact renderings."""

import json
from dataclasses import dataclass

from search_spaces.errors import SpaceError


@dataclass(frozen=True, slots=True, order=True)
class Architecture:
    """The choices that make one network of a space.

    `tokens[i]` is the index of the option chosen for decision `i` of the space called `space`. What an option means
    is the space's affair: see `Space.describe`.

    >>> a = Architecture("toy", (1, 0, 2))
    >>> str(a)
    'toy:1.0.2'
    >>> Architecture.parse(str(a)) == Architecture.from_json(a.to_json()) == a
    True
    """

    space: str
    tokens: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.space}:{'.'.join(map(str, self.tokens))}"

    def to_json(self) -> str:
        """Returns `{"space": ..., "tokens": [...]}`, keys sorted, on one line."""
        return json.dumps({"space": self.space, "tokens": list(self.tokens)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Architecture":
        """Reads what `to_json` wrote."""
        try:
            record = json.loads(text)
            return cls(str(record["space"]), tuple(_token(token) for token in record["tokens"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            expected = 'expected {"space": NAME, "tokens": [0, 1, ...]}'
            raise SpaceError(f"architecture JSON: {expected}, got {text[:80]!r} ({error})") from error

    @classmethod
    def parse(cls, text: str) -> "Architecture":
        """Reads what `str` wrote."""
        space, colon, tokens = text.rpartition(":")
        try:
            if not (space and colon):
                raise ValueError("no colon")
            return cls(space, tuple(_token(int(token)) for token in tokens.split(".")))
        except ValueError as error:
            raise SpaceError(f"architecture: expected SPACE:0.1.2, got {text[:80]!r}") from error


def _token(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"token {value!r} is not a whole number from 0")
    return value
