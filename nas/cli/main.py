"""The entry point: `nas COMMAND`. Starts fast: a command's module, let alone torch or Ray, is imported when needed."""

import sys
from typing import NoReturn

import click

from nas import __version__
from nas.cli.failures import run
from nas.cli.lazy import LazyGroup
from nas.cli.options import example

COMMANDS = {
    "search": "nas.cli.search:search",
    "stop": "nas.cli.stop:stop",
    "dashboard": "nas.cli.dashboard:dashboard",
    "token": "nas.cli.token:token",
    "init": "nas.cli.init:init",
    "list": "nas.cli.browse:list_searches",
    "show": "nas.cli.browse:show",
    "leaderboard": "nas.cli.browse:leaderboard",
    "draw": "nas.cli.draw:draw",
    "profile": "nas.cli.profile:profile",
    "space": "nas.cli.space:space",
    "compare": "nas.cli.compare:compare",
    "export-best": "nas.cli.export_best:export_best",
    "db": "nas.cli.db:db",
    "doctor": "nas.cli.doctor:doctor",
    "chaos": "nas.cli.chaos:chaos",
    "bench": "nas.cli.bench:bench",
}


@click.group(cls=LazyGroup, targets=COMMANDS, epilog=example("nas search --dataset digits --trials 20"))
@click.version_option(__version__, message="nas %(version)s")
def nas() -> None:
    """Finds, trains and hands over a convolutional network for labelled images."""


def main() -> NoReturn:
    """Runs the command line of this process."""
    sys.exit(run(nas))
