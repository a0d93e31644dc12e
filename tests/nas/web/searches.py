"""Searches for tests to look at: stand-ins for trainings with costs, three of which fail."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from nas.chaos.driver import Drive, drive_search
from search_spaces.complexity import cost
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import FailureKind, Job, Outcome
from workers.pool import Report, ignore
from workers.synthetic import SyntheticTraining

FAILING = (6, 12, 18)
"""Ids of the trials that fail: the numbers 5, 11 and 17 of the first search of a database."""


def train(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Gives what a training of four epochs would, with the costs of the network; some fail as a child would."""
    price = cost(space.network(job.architecture, data.image, len(data.classes)))
    costs: dict[str, Any] = {"parameters": price.parameters, "multiply_adds": price.multiply_adds}
    if job.job_id in FAILING:
        text = f'Traceback (most recent call last):\n  File "child.py", line 1\nValueError: <b>job {job.job_id}</b>'
        return Outcome(
            job.job_id, failure=FailureKind.ERROR, error_text=text, worker=f"here:1:{device}", **costs
        )
    return replace(SyntheticTraining(4, 0.001)(job, space, data, device, report), **costs)


def drive(url: str, name: str, **fields: Any) -> None:
    """Runs a search in this process until it has ended."""
    settings = {"evaluate": "tests.nas.web.searches:train", "workers": {"backend": "local"}, **fields}
    drive_search(Drive(url, name, **settings), say=lambda text: None)


def two_searches(directory: Path) -> str:
    """Returns the URL of a new database with "first", of 30 trials by evolution, and "second", of 20 by a policy."""
    url = f"sqlite:///{directory / 'nas.db'}"
    drive(url, "first", trials=30)
    drive(url, "second", trials=20, strategy="reinforce", strategy_settings={})
    return url
