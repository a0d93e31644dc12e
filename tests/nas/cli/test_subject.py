"""What a NAME means: a trial, a hand-designed network, an architecture of a space, or nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import click
import pytest

from nas.cli.failures import run
from nas.cli.main import nas
from nas.cli.options import DEFAULT_CLASSES, DEFAULT_IMAGE
from nas.cli.overview import best_trial
from nas.cli.subject import Subject, find_subject
from nas.errors import ConfigError, SpaceError, UnknownNameError, UnknownSearchError
from nas.storage.open import open_storage
from search_spaces.complexity import cost
from search_spaces.reference import NETWORKS
from search_spaces.registry import build_space
from search_spaces.spaces.toy import ToySpace
from tests.nas.cli.calling import TINY

TOY = "toy:0.1.1.0.0.0.0.1"
EXAMPLES = Path(__file__).parents[2] / "search_spaces" / "examples"


def test_a_trial_has_the_pictures_and_costs_of_its_search(finished_database: str) -> None:
    with open_storage(finished_database, read_only=True) as storage:
        record = storage.search("tiny")
        trials = storage.trials(record.search_id)
        best = best_trial(storage, record)
    for trial in trials:
        subject = find_subject("tiny", trial.number, database=finished_database)
        assert subject.architecture == trial.architecture
        assert (subject.image, subject.classes) == ((1, 8, 8), 10)
        assert cost(subject.graph).parameters == trial.parameters
        assert subject.title == f"trial {trial.number} of tiny"
    chosen = find_subject("tiny", None, database=finished_database)
    assert chosen.architecture == best.architecture
    assert chosen.outline == chosen.space.outline(best.architecture)


@pytest.mark.parametrize("name", ["lenet5", "reference:lenet5"])
def test_a_hand_designed_network_comes_with_its_pictures(name: str, database: str) -> None:
    published = NETWORKS["lenet5"]
    subject = find_subject(name, None, database=database)
    assert (subject.title, subject.image, subject.classes) == (name, published.image, published.classes)
    assert subject.graph == published.network(published.image, published.classes)
    assert subject.on((3, 40, 40), 7).graph == published.network((3, 40, 40), 7)
    assert subject.on(None, 7).image == published.image


def test_every_hand_designed_network_is_a_name(database: str) -> None:
    for name in NETWORKS:
        subject = find_subject(name, None, database=database)
        assert subject.space.describe(subject.architecture) == {"network": name}


def test_a_search_hides_the_network_of_its_name(database: str) -> None:
    arguments = ["search", "--name", "lenet5", "--trials", "1", "--seed", "1", "--db", database, *TINY]
    assert run(nas, arguments) == 0
    assert find_subject("lenet5", None, database=database).space.name == "toy"
    assert find_subject("reference:lenet5", None, database=database).space.name == "reference"
    assert find_subject("lenet5", None, database=database + "2").space.name == "reference"


def test_an_architecture_of_a_space_with_settings(database: str) -> None:
    subject = find_subject(TOY, None, database=database, settings=("space.settings.filters=8",))
    assert subject.space == ToySpace(filters=8)
    assert str(subject.architecture) == TOY
    assert (subject.title, subject.image, subject.classes) == (TOY, DEFAULT_IMAGE, DEFAULT_CLASSES)


def test_no_database_is_asked_for_an_architecture() -> None:
    assert find_subject(TOY, None, database="mysql://nowhere").space == ToySpace()


def test_an_architecture_of_a_space_in_a_file(tmp_path: Path, database: str) -> None:
    file = shutil.copy(EXAMPLES / "own_space.py", tmp_path)
    subject = find_subject(f"{file}:0.2", None, database=database)
    assert subject.space.describe(subject.architecture) == {"depth": "2", "width": "32"}
    assert find_subject("chain:0.2", None, database=database, plugins=(file,)).space == subject.space


def test_a_search_of_an_older_version_needs_the_pictures() -> None:
    space = build_space("toy")
    subject = Subject("trial 3 of old", space, space.architecture((0,) * 8), None, None)
    assert subject.outline
    with pytest.raises(ConfigError, match=r"trial 3 of old: .* give --input and --classes"):
        _ = subject.graph
    assert subject.on((3, 8, 8), 4).graph == replace(subject, image=(3, 8, 8), classes=4).graph


def test_a_name_that_is_nothing_says_where_it_was_looked_for(finished_database: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        find_subject("tinny", None, database=finished_database)
    message = str(caught.value)
    assert message.startswith(
        f"'tinny': expected a search in {finished_database} (there are 1), a hand-designed"
    )
    assert message.endswith("did you mean tiny")
    with pytest.raises(UnknownNameError, match=r"did you mean .*alexnet"):
        find_subject("alexnett", None, database=finished_database)
    with pytest.raises(UnknownNameError, match="`nas list` and `nas space` show what there is"):
        find_subject("qqqqqq", None, database=finished_database)


def test_without_a_database_there_are_no_searches(database: str) -> None:
    with pytest.raises(UnknownNameError, match=r"\(there are 0\)"):
        find_subject("tiny", None, database=database)
    assert not Path(database.removeprefix("sqlite:///")).exists()


def test_a_number_that_no_trial_has(finished_database: str) -> None:
    with pytest.raises(UnknownSearchError, match="expected a number from 0 to 4, got 99"):
        find_subject("tiny", 99, database=finished_database)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("toy:0.1", "space 'toy': expected 8 tokens, got 2"),
        ("toy:0.1.1.0.0.0.0.7", "decision 'reduction.block0.right_op': token 7 is not one of 0..1"),
        ("toy:a.b", "expected SPACE:0.1.2, got 'toy:a.b'"),
        ("toi:0.1", "space 'toi' is not known"),
        ("reference:lenet", "space 'reference': architecture 'lenet' is not known; .*Did you mean 'lenet5'"),
        (":0.1", "space '' is not known"),
    ],
)
def test_architectures_that_are_none(name: str, expected: str, database: str) -> None:
    with pytest.raises(SpaceError, match=expected):
        find_subject(name, None, database=database)


def test_arguments_that_mean_nothing_beside_a_name_are_refused(finished_database: str) -> None:
    with pytest.raises(click.UsageError, match="TRIAL: expected only beside the name of a search, got 3"):
        find_subject(TOY, 3, database=finished_database)
    with pytest.raises(click.UsageError, match="TRIAL: expected only beside"):
        find_subject("lenet5", 3, database=finished_database)
    with pytest.raises(click.UsageError, match="--set: expected only beside the name of SPACE"):
        find_subject("tiny", None, database=finished_database, settings=("space.settings.blocks=1",))
    with pytest.raises(click.UsageError, match="--plugin: expected only beside"):
        find_subject("lenet5", None, database=finished_database, plugins=("own.py",))
