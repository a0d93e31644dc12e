"""A network to hand over: found in a space, trained a little on real digits, with the records a search would have."""

import logging
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from logging.handlers import BufferingHandler
from random import Random
from typing import NamedTuple

import pytest

from nas.export.bundle import ExportBundle, ExportReport
from nas.export.export import write_export
from nas.storage.records import SearchRecord, SearchState
from nas.training import train_fully
from nas.trial import Trial, TrialState
from search_spaces.registry import build_space
from workers.data.images import ImageData, LabelledImages
from workers.data.load import DataSpec, load_test, load_training
from workers.job import Recipe

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.05)


@pytest.fixture(scope="session")
def digits() -> tuple[ImageData, LabelledImages]:
    """Handwritten digits, 8x8 grey: what may be learnt from, and the test part."""
    spec = DataSpec("digits")
    return load_training(spec), load_test(spec)


@pytest.fixture(scope="session")
def bundle(digits: tuple[ImageData, LabelledImages]) -> ExportBundle:
    """A small network of the cell space, trained for two epochs."""
    data, test = digits
    space = build_space("cell", blocks=2, cells_per_stage=1, filters=8, reductions=1)
    architecture = space.random(Random(5))
    trial = Trial(
        trial_id=7,
        search_id=1,
        number=12,
        architecture=architecture,
        canonical_key=space.canonical_key(architecture),
        seed=3,
        state=TrialState.COMPLETED,
        asked_event=1,
        validation_accuracy=0.9375,
    )
    graph = space.network(architecture, data.image, len(data.classes))
    training = train_fully(trial, graph, data, test, RECIPE)
    return ExportBundle(search_record(), trial, training, space, data, test, networks=39)


def search_record() -> SearchRecord:
    return SearchRecord(
        search_id=1,
        name="digits-small",
        config={},
        space="cell",
        strategy="reinforce",
        dataset="digits",
        dataset_fingerprint="0" * 64,
        image=(1, 8, 8),
        classes=10,
        seed=11,
        trial_budget=40,
        time_budget_seconds=None,
        state=SearchState.COMPLETED,
        event=80,
        created=40,
        completed=39,
        failed=1,
        spent_seconds=60.0,
        best_number=12,
        created_at=0.0,
        updated_at=60.0,
    )


class FirstExport(NamedTuple):
    """The first export of this process, and what was said during it: some of torch's messages come only once."""

    report: ExportReport
    printed: str
    logged: list[str]


@pytest.fixture(scope="session")
def first_export(bundle: ExportBundle, tmp_path_factory: pytest.TempPathFactory) -> FirstExport:
    """The network, handed over, where an empty directory was before. Read only."""
    directory = tmp_path_factory.mktemp("handed-over") / "network"
    directory.mkdir()
    printed, log = StringIO(), BufferingHandler(capacity=1_000)
    log.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("", "torch", "torch.onnx")]  # torch's do not propagate
    for logger in loggers:
        logger.addHandler(log)
    with redirect_stdout(printed), redirect_stderr(printed):
        report = write_export(directory, bundle)
    for logger in loggers:
        logger.removeHandler(log)
    return FirstExport(report, printed.getvalue(), [record.getMessage() for record in log.buffer])


@pytest.fixture(scope="session")
def export(first_export: FirstExport) -> ExportReport:
    """What the first export reported, with its directory. Read only."""
    return first_export.report
