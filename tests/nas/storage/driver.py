"""A process that drives a search until it is killed: `python driver.py URL NAME`. It says what it knows is stored."""

import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from tests.nas.storage.examples import live


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(url: str, name: str) -> None:
    with open_storage(url) as storage:
        search = storage.search(name)
        lease = storage.acquire(search.search_id, current_owner(), seconds=3600)
        say(f"epoch {lease.epoch}")
        versions = count(len(storage.updates(search.search_id)) + 1)
        for number, version in zip(count(search.created), versions, strict=True):
            trial = live(storage, lease, number, version)
            say(f"stored {trial.number} {trial.reward}")
            if number % 5 == 0:
                storage.save_checkpoint(lease, str(number).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
