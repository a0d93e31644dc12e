"""`nas draw`: a picture of an architecture, of its whole network, or of what two of them differ in."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nas.cli.files import write_text
from nas.cli.options import example, picture_options, subject_options, terminal_width

if TYPE_CHECKING:
    from nas.cli.subject import Subject
    from search_spaces.graph import Shape
    from search_spaces.outline import Outline


@click.command(
    epilog=example(
        "nas draw cifar",
        "nas draw cifar 17 -o cell.svg",
        "nas draw cifar 17 --against 4",
        "nas draw resnet50 --network",
    )
)
@subject_options
@click.option(
    "--network", "whole", is_flag=True, help="Draw the whole network, part by part, with shapes and costs."
)
@click.option(
    "--against",
    metavar="OTHER",
    help="Draw what differs from another TRIAL of the same search, or from anything that can be a NAME.",
)
@picture_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write an SVG picture instead of drawing on the terminal.",
)
def draw(
    name: str,
    trial: int | None,
    settings: tuple[str, ...],
    plugins: tuple[str, ...],
    database: str,
    whole: bool,
    against: str | None,
    image: "Shape | None",
    classes: int | None,
    output: Path | None,
) -> None:
    """Draws an architecture.

    NAME is a search, whose best trial is drawn or another TRIAL, a hand-designed network such as resnet50, or an
    architecture such as cell:0.1.2. --input and --classes say what pictures the network of --network is for.
    """
    from nas.cli.subject import find_subject
    from search_spaces.drawing.svg import draw_svg
    from search_spaces.drawing.text import draw_text

    if not whole and (image or classes):
        raise click.UsageError(
            "--input, --classes: expected only together with --network, got no --network; add it or leave them out"
        )

    def find(name: str, trial: int | None) -> "Subject":
        found = find_subject(name, trial, database=database, settings=settings, plugins=plugins)
        return found.on(image, classes)

    subjects = [find(name, trial)]
    if against is not None:
        subjects.append(find(name, int(against)) if against.isdecimal() else find(against, None))
    outline = _outline(subjects, whole=whole)
    if output is None:
        click.echo(draw_text(outline, terminal_width()))
        return
    _check_is_svg(output)
    write_text(output, draw_svg(outline), "--output")
    click.echo(f"wrote {output}: {' against '.join(subject.title for subject in subjects)}")


def _outline(subjects: "list[Subject]", *, whole: bool) -> "Outline":
    """Returns the drawing of one subject, or of what two of them differ in."""
    from dataclasses import replace

    from search_spaces.drawing.difference import difference
    from search_spaces.drawing.whole import network_outline

    outlines = [
        network_outline(subject.graph, subject.title) if whole else subject.outline for subject in subjects
    ]
    if len(outlines) == 1:
        return outlines[0]
    # Strings of decisions are long, and what differs in them is what the drawing shows.
    one, other = (
        replace(outline, title=subject.title) for outline, subject in zip(outlines, subjects, strict=True)
    )
    return difference(one, other)


def _check_is_svg(path: Path) -> None:
    if path.suffix != ".svg":
        raise click.UsageError(f"--output: expected a name that ends in .svg, got {path}")
