"""`nas space`: what is in a space, and what its networks cost, before any of them is trained."""

import json
from typing import TYPE_CHECKING

import click

from nas.cli.options import (
    COUNT,
    DEFAULT_CLASSES,
    DEFAULT_IMAGE,
    example,
    json_option,
    picture_options,
    space_options,
)

if TYPE_CHECKING:
    from search_spaces.graph import Shape


@click.command(
    epilog=example(
        "nas space",
        "nas space cell --max-params 500k --max-macs 80M",
        "nas space toy --set space.settings.filters=8 --input 1x28x28 --json",
        "nas space my_space.py",
    )
)
@click.argument("name", required=False)
@space_options
@picture_options
@click.option("--max-params", type=COUNT, help="Tell how many keep to this limit, such as 200k.")
@click.option("--max-macs", type=COUNT, help="The same for the multiply-adds of a picture, such as 5M.")
@click.option(
    "--samples",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="Random architectures to price; a space of no more is priced whole.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the samples.")
@json_option
def space(
    name: str | None,
    settings: tuple[str, ...],
    plugins: tuple[str, ...],
    image: "Shape | None",
    classes: int | None,
    max_params: int | None,
    max_macs: int | None,
    samples: int,
    seed: int,
    as_json: bool,
) -> None:
    """Tells what is in a space.

    NAME is a space or a .py file with one; without it, all spaces are listed. What there is to decide, from which
    operations, and, from random architectures, what the networks cost for pictures of 3x32x32 and 10 classes, or as
    --input and --classes say. Nothing is trained.
    """
    from random import Random

    from nas.cli.progress import progress
    from nas.cli.spaces import open_space, space_settings
    from nas.report.spaces import space_facts, space_report, survey_facts, survey_report
    from search_spaces.feasibility import Limits, survey

    if name is None:
        _list_spaces(as_json)
        return
    image, classes = image or DEFAULT_IMAGE, classes or DEFAULT_CLASSES
    chosen = open_space(name, space_settings(settings), plugins).fitted(image, classes)
    limits = Limits(max_params, max_macs)
    with progress("pricing architectures") as report:
        costs = survey(chosen, image, classes, samples, Random(seed), report)
    if as_json:
        facts = {**space_facts(chosen), "image": image, "classes": classes, **survey_facts(costs, limits)}
        click.echo(json.dumps(facts))
        return
    pictures = f"for {'x'.join(map(str, image))} pictures of {classes:,} classes"
    click.echo(f"{space_report(chosen)}\n\n{survey_report(costs, limits, pictures)}")


def _list_spaces(as_json: bool) -> None:
    from nas.report.spaces import SPACE_COLUMNS
    from nas.report.tables import as_json as to_json
    from nas.report.tables import format_table
    from search_spaces.registry import build_space, space_names

    spaces = [build_space(name) for name in space_names()]
    if as_json:
        click.echo(json.dumps(to_json(SPACE_COLUMNS, spaces)))
    else:
        click.echo(format_table(SPACE_COLUMNS, spaces))
