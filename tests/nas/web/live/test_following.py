"""Many clients that come, go and come again while a real search writes: each hears everything, in order, once."""

import asyncio
import json
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from nas.builders import create_search
from nas.chaos.driver import Drive, build_task
from nas.storage.open import open_storage
from nas.web.app import build_app
from nas.web.settings import WebSettings
from tests.nas.chaos.driving import GUARD_SECONDS, spawn
from tests.nas.web.conftest import serving
from tests.nas.web.live.listening import Heard, listened_async

CLIENTS = 50
WHOLE = 0.3
"""Share of the clients that stay to the end, as a browser does whose page is open."""


@dataclass
class Follower:
    """Follows from the first event to the last, and hangs up now and then, in the middle of whatever it is told."""

    seed: int
    place: int = 0
    times: int = 0
    heard: list[Heard] = field(default_factory=list)
    is_done: bool = False

    async def follow(self, client: httpx.AsyncClient, path: str) -> None:
        chance = random.Random(self.seed)
        stays = chance.random() < WHOLE
        await asyncio.sleep(chance.uniform(0, 3))
        while not self.is_done:
            self.times += 1
            headers = {"Last-Event-ID": str(self.place)} if self.times > 1 else {}
            async with client.stream("GET", f"{path}?after=0", headers=headers) as response:
                assert response.status_code == 200, await response.aread()
                await self._hear(response, None if stays else chance.randint(1, 40))
            await asyncio.sleep(chance.uniform(0, 0.2))

    async def _hear(self, response: httpx.Response, events: int | None) -> None:
        async for one in listened_async(response):
            if one.event == "ready":
                assert int(one.place) == self.place
                continue
            self.heard.append(one)
            self.place = int(one.place)
            if one.event == "released":
                self.is_done = True
                return
            if events is not None:
                events -= 1
                if not events:
                    return


def follow_a_search(
    directory: Path, drive: Drive
) -> tuple[list[Follower], "subprocess.CompletedProcess[str]"]:
    with open_storage(drive.url) as storage:
        create_search(storage, build_task(drive))
    followers = [Follower(seed) for seed in range(CLIENTS)]
    with serving(build_app(WebSettings(drive.url, port=0, exports=directory / "exports"))) as address:
        process = spawn(drive)
        asyncio.run(_all(address, f"/api/v1/searches/{drive.name}/stream", followers))
        out, err = process.communicate(timeout=GUARD_SECONDS)
    return followers, subprocess.CompletedProcess([], process.returncode, out, err)


async def _all(address: str, path: str, followers: list[Follower]) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with (
        httpx.AsyncClient(base_url=address, timeout=GUARD_SECONDS, limits=limits) as client,
        asyncio.timeout(GUARD_SECONDS),
        asyncio.TaskGroup() as tasks,
    ):
        for follower in followers:
            tasks.create_task(follower.follow(client, path))


def check(drive: Drive, followers: list[Follower], ended: "subprocess.CompletedProcess[str]") -> None:
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["completed"] == drive.trials
    with open_storage(drive.url, read_only=True) as storage:
        record = storage.search(drive.name)
        log = storage.events(record.search_id, limit=1_000_000)
        rewards = {trial.number: trial.reward for trial in storage.trials(record.search_id)}
    told = [(str(entry.event_id), entry.kind.value, entry.number, entry.text) for entry in log]
    for follower in followers:
        heard = [(one.place, one.event, one.data["number"], one.data["text"]) for one in follower.heard]
        assert heard == told, f"client {follower.seed}, which came {follower.times} times"
        finished = [one.data for one in follower.heard if one.event == "finished"]
        assert {data["number"]: data["reward"] for data in finished} == rewards
        assert max(one.size for one in follower.heard) < 1024
    assert max(follower.times for follower in followers) > 3
    assert min(follower.times for follower in followers) == 1


@pytest.mark.slow
def test_fifty_clients_of_a_running_search(tmp_path: Path) -> None:
    drive = Drive(f"sqlite:///{tmp_path / 'nas.db'}", trials=150, epochs=2, epoch_seconds=0.005)
    check(drive, *follow_a_search(tmp_path, drive))


@pytest.mark.faults
def test_fifty_clients_for_a_minute(tmp_path: Path) -> None:
    drive = Drive(f"sqlite:///{tmp_path / 'nas.db'}", trials=1500, epochs=4, epoch_seconds=0.01)
    check(drive, *follow_a_search(tmp_path, drive))
