"""The log of the service: a line on standard error for everything, without passwords and tokens, whatever was sent."""

import logging
import re
import sys

from search_spaces.errors import printable

_SECRETS = (
    (re.compile(r"(://[^\s:/@]*):[^\s@]*@"), r"\1:***@"),
    (re.compile(r"nas_[A-Za-z0-9_-]{20,}"), "nas_***"),
    (re.compile(r"(?i)(bearer\s+)\S+"), r"\1***"),
    (re.compile(r"(?i)((?:password|token|passwd|secret)\s*[=:]\s*)[^\s&,;]+"), r"\1***"),
)
_NAMES = ("nas.web", "uvicorn.error")


class OneLine(logging.Formatter):
    """Time, severity, text: no secrets, no line breaks, no control characters."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        return printable(without_secrets(super().format(record)))


def without_secrets(text: str) -> str:
    """Returns `text` with three stars for each password of a URL, and each token.

    >>> without_secrets("postgresql://me:geheim@host/nas")
    'postgresql://me:***@host/nas'
    """
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def set_up_logs() -> None:
    """Sends what the service and its server have to say to standard error, from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    for name in _NAMES:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(logging.WARNING)
        logger.propagate = False
