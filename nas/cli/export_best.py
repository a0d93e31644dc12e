"""`nas export-best`: hands the best network of a search over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nas.cli.options import database_option, example

if TYPE_CHECKING:
    from nas.export.bundle import ExportReport
    from nas.report.ranking import Candidate


@click.command(
    "export-best",
    epilog=example("nas export-best cifar -o cifar-network", "nas export-best cifar 17 -o cifar-17"),
)
@click.argument("name")
@click.argument("number", metavar="[TRIAL]", type=click.IntRange(0), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="A directory that does not exist or is empty.",
)
@database_option
def export_best(name: str, number: int | None, output: Path, database: str) -> None:
    """Hands over the best network of a search, or that of TRIAL.

    The best is the first that `nas leaderboard` lists. It is trained in full and written out as ONNX, torch.export,
    weights and source, with a model card. A network that was trained in full before is not trained again.
    Everything that is written is loaded again and its outputs are compared before the command says that it is done.
    """
    from nas.cli.handover import full_training, read_task, read_test
    from nas.cli.overview import best_network
    from nas.cli.ranked import network_of, read_ranking
    from nas.export.bundle import ExportBundle
    from nas.export.export import check_target, write_export
    from nas.storage.open import open_storage
    from nas.storage.records import ExportRecord

    check_target(output)
    with open_storage(database) as storage:
        record = storage.search(name)
        network = best_network(storage, record) if number is None else network_of(storage, record, number)
        # The card says how well the network did, not how lucky the first of its trainings was.
        trial = replace(network.trials[0], validation_accuracy=network.validation_accuracy)
        task = read_task(record, database)
        test = read_test(task)
        training = full_training(storage, record, trial, task, test)
        networks = len(read_ranking(storage, record).candidates)
        bundle = ExportBundle(record, trial, training, task.space, task.data, test, networks)
        report = write_export(output, bundle)
        storage.save_export(record.search_id, ExportRecord(trial.number, str(output.resolve())))
    click.echo("\n".join(_report_lines(report, network)))


def _chosen(network: "Candidate") -> str:
    """Returns which network it is and why."""
    from nas.report.formats import format_percent

    accuracy = format_percent(network.validation_accuracy)
    if network.standard_error is not None:
        accuracy = (
            f"{accuracy} +- {100 * network.standard_error:.2f} points, the mean of {network.count} trainings"
        )
    return f"trial {network.number}: validation accuracy {accuracy}"


def _report_lines(report: "ExportReport", network: "Candidate") -> Iterator[str]:
    from nas.report.formats import format_percent

    yield f"wrote {report.directory}: {', '.join(report.files)}"
    yield _chosen(network)
    for check in report.checks:
        difference = f"largest difference {check.max_difference:.1e} of logits up to {check.scale:.1f}"
        yield f"{check.form} loaded again: {difference}"
    accuracy = format_percent(report.test.correct / report.test.total, 2)
    yield f"test accuracy from model.onnx: {accuracy} of {report.test.total:,} pictures"
