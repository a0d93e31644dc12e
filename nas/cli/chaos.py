"""`nas chaos`: lets loose on a search what its processes and its database may suffer, and sees whether it minds."""

import json
import shutil
import tempfile
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nas.cli.failures import INTERRUPTED
from nas.cli.options import SECONDS, Name, example, json_option

if TYPE_CHECKING:
    from nas.chaos.report import Report

KILLS = 200
STRATEGIES = ("reinforce", "evolution", "random")
MAX_SEED = 2**31 - 1


@click.command(
    epilog=example(
        "nas chaos",
        "nas chaos --kills 1000 --workers 1 --seed 7",
        "nas chaos --time 1h --db postgresql+psycopg://me@host/nas",
    )
)
@click.option(
    "--db", "database", metavar="URL", help="Database to storm; by default a SQLite file of its own."
)
@click.option("--kills", type=click.IntRange(1), help=f"Processes to end; {KILLS} where no --time is given.")
@click.option(
    "--time", "seconds", type=SECONDS, help="When to stop, as 90s, 5m, 1h; a search is ended first."
)
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Decides the storm."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Trainings at once."
)
@click.option(
    "--trials", type=click.IntRange(2, 10_000), default=40, show_default=True, help="Of each search."
)
@click.option(
    "--strategy", type=Name(STRATEGIES), default=STRATEGIES[0], show_default=True, help="That searches."
)
@json_option
def chaos(database: str | None, seconds: float | None, as_json: bool, **plan: Any) -> None:
    """Proves that nothing is lost, with a storm of kills.

    Searches of its own go through faults on real processes, and are held against the same searches undisturbed.
    Drivers and workers are killed, stopped and asked to end while they hold a lease and train; database connections
    are cut, SQLite files locked. Trainings are stand-ins of half a second. With one worker architectures, rewards and
    the strategy's last state must be those of the undisturbed run, bit for bit. Exits with 1 where something broke.
    """
    from nas.chaos.report import as_json as to_json
    from nas.chaos.report import as_text

    report = _rage(database, plan | {"seconds": inf if seconds is None else seconds})
    click.echo(json.dumps(to_json(report)) if as_json else as_text(report))
    if not report.is_sound:
        raise click.exceptions.Exit(1)


def _rage(database: str | None, options: dict[str, Any]) -> "Report":
    """Returns what became of it. Its files are kept where something broke; a signal ends all that it has started."""
    from nas.chaos.plan import Plan
    from nas.chaos.report import sum_up
    from nas.chaos.storm import Storm
    from nas.search.interrupts import Interrupts

    folder = Path(tempfile.mkdtemp(prefix="nas-chaos-"))
    kills = options.pop("kills") or (KILLS if options["seconds"] == inf else inf)
    plan = Plan(database or f"sqlite:///{folder / 'storm.db'}", kills=kills, **options)
    is_to_go = False
    with Interrupts(say=lambda _: _say("ending all processes of the storm")) as interrupts:
        try:
            report = sum_up(plan, Storm(plan, folder, _say).run())
            is_to_go = report.is_sound
        except KeyboardInterrupt:
            is_to_go = True
            raise click.exceptions.Exit(interrupts.exit_code or INTERRUPTED) from None
        finally:
            if is_to_go:
                shutil.rmtree(folder)
            else:
                _say(f"what the storm left: {folder}")
    return report


def _say(text: str) -> None:
    click.echo(text, err=True)
