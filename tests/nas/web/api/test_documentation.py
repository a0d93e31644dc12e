"""`/openapi.json` says everything: each route, parameter, answer and field."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from nas.web.api.documentation import TAGS
from nas.web.api.models import acts, architectures, base, searches, trials
from nas.web.app import build_app
from nas.web.settings import WebSettings


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return build_app(WebSettings("sqlite:///nas.db")).openapi()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if path.startswith("/api/v1/"):
                yield f"{method.upper()} {path}", operation


def test_every_route_and_parameter_is_explained(schema: dict[str, Any]) -> None:
    without = [name for name, operation in operations(schema) if not operation.get("description")]
    without += [
        f"{name} {parameter['name']}"
        for name, operation in operations(schema)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]
    assert without == []


def test_every_answer_has_a_shape(schema: dict[str, Any]) -> None:
    without = [
        f"{name} {status}"
        for name, operation in operations(schema)
        for status, answer in operation["responses"].items()
        if not all(content.get("schema") for content in answer.get("content", {"": {}}).values())
    ]
    assert without == []


def test_every_refusal_is_a_problem(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"401", "403", "503"} <= set(refusals), name
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values()), (
            name
        )


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    named = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema))
    assert sorted(set(named) - set(schema["components"]["schemas"])) == []
    assert "ProblemAnswer" in named


def test_every_tag_is_explained_and_every_route_named_once(schema: dict[str, Any]) -> None:
    found = {
        tag for methods in schema["paths"].values() for one in methods.values() for tag in one.get("tags", [])
    }
    assert found <= TAGS.keys()
    assert [tag["name"] for tag in schema["tags"]] == list(TAGS)
    names = [operation["operationId"] for _, operation in operations(schema)]
    assert len(names) == len(set(names))


def test_only_those_who_may_are_answered(schema: dict[str, Any]) -> None:
    assert all(operation["security"] for _, operation in operations(schema))


MODELS = [
    model
    for module in (base, searches, trials, architectures, acts)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def examples_of(model: type[BaseModel]) -> list[Any]:
    extra: Any = model.model_config.get("json_schema_extra") or {}
    return list(extra.get("examples", ()))


@pytest.mark.parametrize(
    "model", [model for model in MODELS if examples_of(model)], ids=lambda model: model.__name__
)
def test_examples_are_what_they_are_examples_of(model: type[BaseModel]) -> None:
    for example in examples_of(model):
        given = {
            str(model.model_fields[name].validation_alias or name): value for name, value in example.items()
        }
        assert json.loads(model.model_validate(given).model_dump_json()) == example
