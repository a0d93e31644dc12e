"""What an error looks like to those who read of it later."""

import traceback

from workers.job import ERROR_TEXT_LIMIT


def plain_text(error: BaseException) -> str:
    """Returns the end of an error's traceback, at most `ERROR_TEXT_LIMIT` characters that any database takes.

    NUL and halves of surrogate pairs are written as escapes. An error that cannot even be printed gives its class.
    """
    try:
        text = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - an error of any class may have attributes of any kind
        text = f"{type(error).__name__}, which cannot be printed"
    return printable_text(text)


def printable_text(text: str) -> str:
    """Returns the end of a text, at most `ERROR_TEXT_LIMIT` characters that any database takes."""
    printable = text[-ERROR_TEXT_LIMIT:].encode(errors="backslashreplace").decode().replace("\0", "\\0")
    return printable[-ERROR_TEXT_LIMIT:]
