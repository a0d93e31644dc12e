"""Many clients that follow a running search: what they miss, how late they hear of it, whether it is slower for them.

The pace of the search is taken three times: alone, with the clients, and alone again, as a machine has its moods.
"""

import asyncio
import time
from dataclasses import dataclass
from statistics import fmean

from nas.storage.contract import Storage
from nas.web.benchmark.dashboard import Address
from nas.web.benchmark.listening import Client, heard_to, listen_while
from nas.web.benchmark.running import NAME, Pace, running_search
from nas.web.benchmark.times import Times, times_of

LATE_SECONDS = 15.0
"""After which an event that has not come is missed."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What all clients together heard."""

    clients: int
    seconds: float
    events: int
    """Written in that time; each client is to hear each of them."""
    missed: int
    """Of all clients together."""
    disordered: int
    """That came twice, or not in their order."""
    disturbed: int
    """Times that a client heard of a gap or of a database that is away."""
    delay: Times
    """Milliseconds from the driver's writing to the arrival at a client."""
    with_clients: float
    """Trials an hour."""
    without_clients: float

    @property
    def slowed(self) -> float:
        """By what share of its pace the clients slow the search; below 0 where it was faster."""
        return 1 - self.with_clients / self.without_clients


def follow(address: Address, url: str, storage: Storage, clients: int, seconds: float) -> Followed:
    """Lets so many clients follow a search that runs, for so long."""
    with running_search(url, storage) as search_id:
        before = _alone(storage, seconds / 2)
        crowd = [Client(storage.last_event(search_id)) for _ in range(clients)]
        began = crowd[0].after

        async def watch() -> tuple[int, float]:
            pace = Pace(storage)
            await asyncio.sleep(seconds)
            end, with_clients = storage.last_event(search_id), pace.so_far()
            await heard_to(crowd, end, LATE_SECONDS)
            return end, with_clients

        end, with_clients = asyncio.run(listen_while(address, NAME, crowd, watch))
        after = _alone(storage, seconds / 2)
    return Followed(
        clients=clients,
        seconds=seconds,
        events=end - began,
        missed=sum(client.missed(end) for client in crowd),
        disordered=sum(client.disorder for client in crowd),
        disturbed=sum(len(client.disturbances) for client in crowd),
        delay=times_of([one.delay for client in crowd for one in client.heard]),
        with_clients=with_clients,
        without_clients=fmean([before, after]),
    )


def _alone(storage: Storage, seconds: float) -> float:
    pace = Pace(storage)
    time.sleep(seconds)
    return pace.so_far()
