"""The application as a whole: it is built, starts, answers and ends."""

import asyncio

import anyio.to_thread
import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from nas.storage.open import open_storage
from nas.trial import TrialState


def test_there_are_two_searches_to_look_at(searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        first, second = storage.search("first"), storage.search("second")
        failed = [t.number for t in storage.trials(first.search_id) if t.state is TrialState.FAILED]
        best = storage.trial(second.search_id, second.best_number or 0)
    assert (first.created, first.failed, second.created, second.failed) == (30, 3, 20, 0)
    assert failed == [5, 11, 17]
    assert best.parameters


def test_it_answers_in_this_process(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_it_answers_on_a_port(served: str) -> None:
    assert httpx.get(f"{served}/readyz").json() == {"status": "ok"}


def test_it_says_that_it_lives_while_all_threads_wait(app: FastAPI) -> None:
    async def ask() -> int:
        threads = anyio.to_thread.current_default_thread_limiter()
        waiting = [object() for _ in range(int(threads.total_tokens))]
        for one in waiting:
            threads.acquire_on_behalf_of_nowait(one)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            with anyio.fail_after(30):
                return (await client.get("/healthz")).status_code

    assert asyncio.run(ask()) == 200
