"""What a browser loads until the page of a search is of use: the page, its files, the data of its charts."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nas.web.benchmark import waits
from nas.web.benchmark.dashboard import Address

CONNECTIONS = 6
"""That a browser has to one host."""
_FILES = re.compile(rb'(?:src|href)="(/static/[^"]+\.(?:js|css))"')
_MODULES = re.compile(rb'from "\./([^"]+\.js)"')


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening of the page."""

    first_byte: float
    """Seconds until the page began to arrive."""
    seconds: float
    """Until all of it was there, with files and charts."""
    without_waits: float
    """The same, as `nas.web.benchmark.waits` has it."""
    page_bytes: int
    all_bytes: int
    requests: int


def open_page(address: Address, search: str) -> Opened:
    """Opens the page of a search as a browser does that has nothing of it yet."""
    api = f"/api/v1/searches/{search}"
    data = [f"{api}/charts/{chart}" for chart in ("history", "decisions", "policy")]
    data += [f"{api}/charts/scatter?x=parameters&y=reward"]
    data += [f"/searches/{search}/{part}" for part in ("effects", "workers")]
    began = waits.now(address.process)
    page = address.ask(f"/searches/{search}")
    with ThreadPoolExecutor(CONNECTIONS) as pool:

        def load(paths: list[str]) -> list[bytes]:
            return [answer.body for answer in pool.map(address.ask, paths)]

        sizes, known = [len(page.body)], set[str]()
        files = sorted({found.decode() for found in _FILES.findall(page.body)})
        while files:
            known.update(files)
            bodies = load(files)
            sizes += map(len, bodies)
            modules = {f"/static/{found.decode()}" for body in bodies for found in _MODULES.findall(body)}
            files = sorted(modules - known)
        sizes += map(len, load(data))
    ended = waits.now(address.process)
    return Opened(
        page.first_byte, ended.wall - began.wall, began.until(ended), len(page.body), sum(sizes), len(sizes)
    )
