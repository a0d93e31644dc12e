"""Every route is called with what its documentation allows and with what it does not: it never breaks its word.

A real server; its threads are not started, so that what is handed in waits. The search "first" is driven, by us.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import ExportRecord, Lease, TokenScope
from nas.web.app import build_app
from nas.web.settings import WebSettings
from nas.web.tokens import new_token
from tests.nas.web.conftest import serving

Operation = APIOperation[Any, Any, Any, Any]
TAGS = (
    "searches",
    "trials",
    "charts",
    "downloads",
    "acting",
    "submissions",
    "architectures",
    "exports",
    "audit",
)
EXAMPLES = 12
"""For each route and each way to call it."""
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
KNOWN = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["first", "first", "second"]),
        "number": st.integers(0, 30),
        "command_id": st.integers(0, 20),
        "submission_id": st.integers(0, 20),
    }
)
"""What there is: names and numbers made up at random hit nothing."""


@asynccontextmanager
async def without_threads(_: FastAPI) -> AsyncIterator[None]:
    yield


@dataclass(frozen=True)
class Target:
    """A server over a database in which the search "first" is driven, and a token that may do everything."""

    address: str
    token: str
    storage: Storage
    lease: Lease

    def call(self, case: Case[Any]) -> None:
        """Calls the service, which must keep its word, while there is a driver."""
        self.storage.renew(self.lease, seconds=3600)
        headers = {"Authorization": f"Bearer {self.token}"}
        case.call_and_validate(base_url=self.address, headers=headers, checks=CHECKS, timeout=30)


@pytest.fixture(scope="module")
def target(searched_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    directory = tmp_path_factory.mktemp("fuzzed")
    for file in searched_once.glob("nas.db*"):
        shutil.copy(file, directory)
    web = WebSettings(f"sqlite:///{directory / 'nas.db'}", port=0, exports=directory / "exports")
    (web.exports / "first-3").mkdir(parents=True)
    with open_storage(web.database) as storage:
        record = storage.search("first")
        storage.save_export(record.search_id, ExportRecord(3, str(web.exports / "first-3")))
        lease = storage.acquire(record.search_id, current_owner(), seconds=3600)
        token, _ = new_token(storage, "fuzz", TokenScope.WRITE, "me@here")
        app = build_app(web)
        app.router.lifespan_context = without_threads
        with serving(app) as address:
            yield Target(address, token, storage, lease)


@pytest.fixture(scope="module")
def schema() -> BaseSchema:
    return schemathesis.openapi.from_dict(build_app(WebSettings("sqlite:///nas.db")).openapi())


def all_operations(schema: BaseSchema) -> Iterator[Operation]:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        yield result.ok()


def operations(schema: BaseSchema, tag: str) -> list[Operation]:
    return [operation for operation in all_operations(schema) if tag in (operation.tags or ())]


def test_every_route_has_a_tag_that_is_tried(schema: BaseSchema) -> None:
    ours = [
        operation
        for operation in all_operations(schema)
        if operation.path.startswith("/api/v1/") and not operation.path.endswith("/stream")
    ]
    assert sorted({tag for operation in ours for tag in operation.tags or [""]}) == sorted(TAGS)


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "refused"]
)
@pytest.mark.parametrize("tag", TAGS)
def test_no_route_breaks_its_word(schema: BaseSchema, target: Target, tag: str, mode: GenerationMode) -> None:
    found = operations(schema, tag)
    assert found
    for operation in found:
        call_often(operation, target, mode)


def call_often(operation: Operation, target: Target, mode: GenerationMode) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode), known=KNOWN)
    def call(case: Case[Any], known: dict[str, Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            there = {name: value for name, value in known.items() if name in case.path_parameters}
            case.path_parameters = {**case.path_parameters, **there}
        target.call(case)

    call()
