"""How a command ends: its exit code, and one line on standard error where it failed.

| code | meaning                                                           |
|------|-------------------------------------------------------------------|
| 0    | done                                                              |
| 1    | a failure of the work, or of the product itself                   |
| 2    | a usage error: what was asked for cannot be                       |
| 3    | the database, or the Ray cluster, is unreachable, damaged, another |
| 4    | a search that ended because its trials fail                       |
| 70   | the workers cannot be started, or are all lost                    |
| 74   | the disk of the database is full                                  |
| 75   | another process drives the search                                 |
| 129  | stopped by a lost terminal                                        |
| 130  | stopped by Ctrl-C, or a search by `nas stop`                      |
| 143  | stopped by SIGTERM                                                |
"""

import tempfile
import traceback
from collections.abc import Sequence

import click

from nas.standard_error import write_line
from search_spaces.errors import NasError, printable

INTERRUPTED = 130


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Runs a command line (by default that of this process) and returns its exit code."""
    try:
        result = command.main(arguments, prog_name="nas", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _fail(_usage_message(error), error.exit_code)
    except click.Abort:  # click's name for Ctrl-C
        return INTERRUPTED
    except NasError as error:
        return _fail(str(error), error.exit_code)
    except SystemExit as error:
        if error.code:  # click's answer to a reader that has gone away
            raise
        # click ends by errors of its own: it is a plugin that says all is well in the midst of the work
        return _fail(f"expected {_name(command)} to come to its end, got SystemExit from a plugin", 1)
    except Exception as error:  # noqa: BLE001  (the process ends here: a fault of ours is one line, too)
        return _fail(_keep_traceback(error), 1)
    return result if isinstance(result, int) else 0


def _name(command: click.Command) -> str:
    return f"`{command.name}`" if command.name else "the command"


def _fail(message: str, code: int) -> int:
    write_line(f"error: {printable(' '.join(message.split()))}")
    return code


def _usage_message(error: click.ClickException) -> str:
    """Returns click's message, with the parameter in front where a value is at fault."""
    message = error.format_message()
    if type(error) is click.BadParameter and error.param is not None:
        hint = error.param.get_error_hint(error.ctx).replace("'", "")
        message = f"{hint}: {error.message}"
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return message
    end = "" if message.endswith((".", "?", ")")) else "."
    return f"{message}{end} See `{error.ctx.command_path} --help`"


def _keep_traceback(error: Exception) -> str:
    """Writes the traceback to a file and returns the line that names it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="nas-error-", suffix=".txt", delete=False
    ) as file:
        file.write("".join(traceback.format_exception(error)))
    return (
        f"unexpected {type(error).__name__}: {str(error)[:300]}; this is a fault of nas itself, "
        f"please report it with {file.name}"
    )
