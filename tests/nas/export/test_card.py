"""The model card says what was measured, and its snippets run."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from nas.export.bundle import ExportBundle, ExportReport, percent
from nas.export.card import _code, _table, model_card

SNIPPETS = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run(directory: Path, snippet: str) -> str:
    command = [sys.executable, "-B", "-c", snippet]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def card(export: ExportReport) -> str:
    return (export.directory / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_snippets_load_each_form_as_they_stand(export: ExportReport, card: str) -> None:
    snippets = SNIPPETS.findall(card)
    assert [
        name for name in ("model.onnx", "model.pt2", "model.load") if any(name in text for text in snippets)
    ] == [
        "model.onnx",
        "model.pt2",
        "model.load",
    ]
    with ThreadPoolExecutor() as threads:
        outputs = list(threads.map(partial(run, export.directory), snippets))
    classes = {re.sub(r"\D", "", output) for output in outputs}
    assert len(classes) == 1, "the three forms name one class for one picture"


def test_it_states_what_was_measured(card: str, bundle: ExportBundle, export: ExportReport) -> None:
    training = bundle.training
    accuracy = percent(training.test_correct / training.test_total)
    low, high = map(percent, bundle.test_interval)
    assert (
        f"| Test pictures | **{accuracy}** ({training.test_correct} of {training.test_total}) | {low} to {high} |"
        in card
    )
    assert f"({export.test.correct} of {export.test.total}) |  |" in card
    assert "| Validation pictures, during the search | 93.75 % |" in card
    assert f"| Parameters | {training.parameters:,} |" in card
    assert f"| Multiply-adds for one picture | {training.multiply_adds:,} |" in card


def test_it_states_how_to_make_it_again(card: str, bundle: ExportBundle) -> None:
    for name, value in bundle.training.recipe.items():
        assert f"| `{name}` | {value} |" in card
    assert "Seed of the training: 3; of the search: 11." in card
    assert bundle.data.fingerprint in card
    for package, number in bundle.training.versions.items():
        assert f"{package} {number}" in card
    assert "onnxruntime" in card


def test_it_shows_the_architecture(card: str, export: ExportReport, bundle: ExportBundle) -> None:
    assert "](architecture.svg)" in card
    assert (export.directory / "architecture.svg").read_text().startswith(("<svg", "<?xml"))
    chosen = set(bundle.space.describe(bundle.trial.architecture).values())
    assert sum(option in card for option in chosen) > len(chosen) / 2


def test_a_network_without_a_validation_accuracy_claims_none(
    export: ExportReport, bundle: ExportBundle
) -> None:
    unmeasured = replace(bundle, trial=replace(bundle.trial, validation_accuracy=None))
    card = model_card(unmeasured, export.checks, export.test)
    assert "Validation pictures, during the search" not in card


def test_networks_and_trainings_are_told_apart(export: ExportReport, bundle: ExportBundle, card: str) -> None:
    assert "was chosen among 39 trained networks by the validation pictures" in card
    repeated = model_card(replace(bundle, networks=13), export.checks, export.test)
    assert "was chosen among 13 trained networks in 39 trainings by the validation pictures" in repeated


def test_the_interval_is_wilsons(bundle: ExportBundle) -> None:
    # Brown, Cai and DasGupta 2001 use the same formula; 9 of 10 by hand: centre 0.7892, reach 0.1930.
    nine_of_ten = replace(bundle, training=replace(bundle.training, test_correct=9, test_total=10))
    assert nine_of_ten.test_interval == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert nine_of_ten.test_accuracy == "90.00 % of 10 test pictures (95 % interval 59.58 % to 98.21 %)"


@pytest.mark.parametrize(("text", "expected"), [("cat", "`cat`"), ("a`b", "`` a`b ``")])
def test_names_are_written_as_code(text: str, expected: str) -> None:
    assert _code(text) == expected


def test_a_table_is_a_line_a_row() -> None:
    assert _table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
