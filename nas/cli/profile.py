"""`nas profile`: a network layer by layer."""

import json
from typing import TYPE_CHECKING, Any

import click

from nas.cli.options import example, json_option, picture_options, subject_options

if TYPE_CHECKING:
    from search_spaces.graph import Shape


@click.command(
    epilog=example(
        "nas profile resnet50",
        "nas profile cifar 17 --depth 1",
        "nas profile toy:0.0.1.1.0.0.1.1 --input 1x28x28 --batch 64 --json",
    )
)
@subject_options
@picture_options
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=32,
    show_default=True,
    metavar="N",
    help="Pictures at once, for the memory of activations.",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    metavar="N",
    help="Sum up parts: 1 for the outermost, 2 for those in them.",
)
@json_option
def profile(
    image: "Shape | None", classes: int | None, batch: int, depth: int | None, as_json: bool, **named: Any
) -> None:
    """Lists what each layer takes, gives and costs.

    NAME [TRIAL] is a search (its best trial, or that one), a hand-designed network such as resnet50, or an
    architecture, SPACE:0.1.2. Pictures and classes are the search's, or those that the network was published for;
    3x32x32 and 10 for an architecture of a space.

    Memory is that of what a layer gives, as 32-bit numbers, in KB of 1,024 bytes, for one picture. Below the table
    stand two sums for a whole batch. To predict, a network holds at any moment only what a layer at work takes and
    gives and what later layers still need; the peak is the most of that. To train, what all layers give is kept for
    the backward pass.

    Multiply-adds are those of convolutions and linear layers. Published figures often count the scale and the shift of
    normalisation too, so both sums are given.
    """
    from dataclasses import asdict

    from nas.cli.subject import find_subject
    from nas.report.layers import layer_report, network_sums
    from search_spaces.profile import layer_table

    subject = find_subject(**named).on(image, classes)
    graph = subject.graph
    rows = layer_table(graph, depth)
    if not as_json:
        click.echo(layer_report(subject.title, graph, rows, batch))
        return
    facts = {"title": subject.title, "image": graph.image, "classes": subject.classes}
    layers = [asdict(row) for row in rows]
    click.echo(json.dumps({**facts, **network_sums(graph, batch), "layers": layers}))
