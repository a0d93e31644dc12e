"""Tests of the form's fields: whatever a search may be told is there, and nothing that only the server may say."""

import subprocess
import sys

import pytest
from pydantic import BaseModel

from nas.config import SearchConfig
from nas.web.pages.fields import (
    COMMON,
    LEFT_OUT,
    FormField,
    common_fields,
    other_sections,
)
from nas.web.pages.space_fields import space_sections
from search_spaces.registry import build_space

DATASETS = {"digits": "digits", "cifar": "/data/cifar"}


def all_fields() -> dict[str, FormField]:
    sections = other_sections(DATASETS)
    found = [*common_fields(DATASETS), *(field for section in sections for field in section.fields)]
    return {field.path: field for field in found}


def test_every_key_of_the_file_is_a_field_or_left_out() -> None:
    """A key that is added to the configuration is in the form without anybody thinking of it."""
    expected = set()
    for key, field in SearchConfig.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            expected |= {f"{key}.{inner}" for inner in section.model_fields}
        else:
            expected.add(key)
    of_the_database = {path for path in expected if path.startswith("storage.")}
    assert set(all_fields()) == expected - LEFT_OUT - of_the_database


def test_the_common_ones_stand_on_top_in_their_order_and_nowhere_else() -> None:
    assert tuple(field.path for field in common_fields(DATASETS)) == COMMON
    others = [field.path for section in other_sections(DATASETS) for field in section.fields]
    assert not set(others) & set(COMMON)


@pytest.mark.parametrize(
    ("path", "kind", "default"),
    [
        ("budget.trials", "integer", "40"),
        ("budget.time", "number", ""),
        ("data.size", "pair", ""),
        ("data.skip_bad", "boolean", "no"),
        ("reward.objectives", "list", "accuracy"),
        ("strategy.settings", "settings", ""),
        ("workers.backend", "choice", "ray"),
        ("recipe.epochs", "integer", "8"),
        ("recipe.flip", "boolean", "by the pictures"),
        ("final.epochs", "integer", "5 times the search's"),
        ("final.momentum", "number", "as in the search"),
    ],
)
def test_kind_and_default_are_those_of_the_model(path: str, kind: str, default: str) -> None:
    field = all_fields()[path]
    assert (field.kind, field.default) == (kind, default)
    assert field.help


def test_a_data_set_is_one_of_those_that_the_server_names() -> None:
    assert all_fields()["data.dataset"].options == ("digits", "cifar")
    without = {field.path: field for field in common_fields({"cifar": "/data/cifar"})}
    assert without["data.dataset"].is_required  # its default is not to be had there


def test_no_place_on_the_server_reaches_the_form() -> None:
    assert not any("/data/" in repr(field) for field in all_fields().values())


def test_labels_tell_the_common_fields_apart() -> None:
    labels = [field.label for field in common_fields(DATASETS)]
    assert len(set(labels)) == len(labels)


def test_each_space_has_its_settings_with_their_defaults_and_explanations() -> None:
    sections = {section.key: section for section in space_sections()}
    assert set(sections) >= {"cell", "toy", "nasbench201"}
    cell = {field.path.rpartition(".")[2]: field for field in sections["cell"].fields}
    assert set(cell) == set(build_space("cell").settings)
    assert cell["blocks"].default == "4"
    assert cell["normalisation"].options == ("batch", "group")
    assert "Blocks in each cell" in cell["blocks"].help
    assert cell["squeeze_excite"].kind == "boolean"


def test_the_form_is_made_without_torch() -> None:
    made = "f.space_sections()"
    code = f"import sys, nas.web.pages.space_fields as f; {made}; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
