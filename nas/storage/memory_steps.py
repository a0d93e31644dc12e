"""What happens to the rows in memory when a search is driven: beside a trial's own, those that count and sum up."""

import time

from nas.storage import log_rows, refusals
from nas.storage.memory_base import Tables
from nas.storage.records import Answer, Lease
from nas.storage.rows import Row
from nas.storage.values import storable_text
from nas.trial import Trial


def answer(lease: Lease, tables: Tables, given: Answer | None) -> None:
    """Keeps what came of a command, where there was one; raises where it has an answer already."""
    if given is None:
        return
    waiting = [row for row in tables.commands if row["answer"] is None]
    asked = next((row for row in waiting if row["command_id"] == given.command_id), None)
    if asked is None:
        raise refusals.unknown_command(lease, given.command_id)
    asked.update(answer=storable_text(given.text), answered_at=time.time())


def spend(search: Row) -> None:
    """Adds the time since the last renewal, which this is, to what drivers have spent, unless it was held."""
    now = time.time()
    search["spent_seconds"] += 0.0 if search["held"] else max(0.0, now - search["renewed_at"])
    search["renewed_at"] = now


def keep_best(search: Row, reward: float, number: int) -> None:
    """Makes a completed trial the best of the search, where it is."""
    best = search["best_number"]
    if best is None or (reward, -number) > (search["best_reward"], -best):
        search.update(best_number=number, best_reward=reward)


def count_end(tables: Tables, trial: Trial) -> None:
    """Counts a trial that has ended, by its failure or with its architecture."""
    if trial.failure:
        tables.failures[trial.failure.value] += 1
        return
    new = log_rows.architecture_row(trial)
    row = tables.architectures.setdefault(
        trial.canonical_key,
        {
            "canonical_key": trial.canonical_key,
            "first_number": trial.number,
            "trainings": 0,
            "reward_sum": 0.0,
            "parameters": None,
            "multiply_adds": None,
        },
    )
    row["first_number"] = min(row["first_number"], trial.number)
    row["trainings"] += 1
    row["reward_sum"] += new["reward"]
    row["mean_reward"] = row["reward_sum"] / row["trainings"]
    for cost in ("parameters", "multiply_adds"):
        row[cost] = row[cost] if new[cost] is None else new[cost]


def count_told(tables: Tables, reward: float | None) -> None:
    """Adds a told trial to the history."""
    new = log_rows.told_row(tables.search["search_id"], tables.search["told"], reward)
    tables.search["told"] += 1
    if new["stretch"] == len(tables.history):
        tables.history.append(new | {"trials": 1})
        return
    row = tables.history[-1]
    row["trials"] += 1
    row["rewarded"] += new["rewarded"]
    row["reward_sum"] += new["reward_sum"]
    row["best"] = max((best for best in (row["best"], reward) if best is not None), default=None)
