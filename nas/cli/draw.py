"""`nas draw`: a picture of an architecture."""

from pathlib import Path

import click

from nas.cli.options import database_option, example, terminal_width


@click.command(epilog=example("nas draw cifar", "nas draw cifar 17 -o cell.svg"))
@click.argument("name")
@click.argument("trial", type=int, required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write an SVG picture instead of drawing on the terminal.",
)
@database_option
def draw(name: str, trial: int | None, output: Path | None, database: str) -> None:
    """Draws an architecture.

    That of the best trial of the search NAME, or of another TRIAL.
    """
    from nas.cli.overview import best_trial, trial_outline
    from nas.storage.open import open_storage
    from search_spaces.drawing.svg import draw_svg
    from search_spaces.drawing.text import draw_text

    with open_storage(database, read_only=True) as storage:
        record = storage.search(name)
        chosen = best_trial(storage, record) if trial is None else storage.trial(record.search_id, trial)
        outline = trial_outline(record, chosen, database)
    if output is None:
        click.echo(draw_text(outline, terminal_width()))
        return
    _write(output, draw_svg(outline))
    click.echo(f"wrote {output}: trial {chosen.number} of {name}")


def _write(path: Path, text: str) -> None:
    if path.suffix != ".svg":
        raise click.UsageError(f"--output: expected a name that ends in .svg, got {path}")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"--output: expected a file that can be written, got {path}: {error.strerror}"
        ) from error
