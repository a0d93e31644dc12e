"""Reads a configuration file, which is TOML: data alone, so nothing in it can be run."""

import re
import tomllib
from pathlib import Path

from nas.errors import ConfigError


def read_toml(path: Path) -> dict[str, object]:
    """Returns what the file sets; raises `ConfigError` with file, line and column where it cannot be read."""
    try:
        content = path.read_bytes()
        values = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a configuration file, got: {error.strerror}; `nas init` writes one"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8 text, got byte {error.object[error.start]:#04x} at {error.start}; "
            "save it as UTF-8"
        ) from error
    except ValueError as error:  # tomllib's own, and that of int() on thousands of digits
        place, reason = _place_and_reason(str(error))
        raise ConfigError(
            f"{path}{place}: expected TOML that sets every key and table once, got: {reason}"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: expected TOML, got lists or tables nested too deeply") from error
    if not values:
        raise ConfigError(f"{path}: expected settings, got none; `nas init` writes a file with all of them")
    return values


def _place_and_reason(message: str) -> tuple[str, str]:
    """Returns ":LINE:COLUMN" and the rest of tomllib's message.

    >>> _place_and_reason("Cannot overwrite a value (at line 2, column 9)")
    (':2:9', 'Cannot overwrite a value')
    """
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    return (f":{found[2]}:{found[3]}", found[1]) if found else ("", message)
