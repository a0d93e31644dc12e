"""From configuration to the parts of a search. The one place that knows which class stands for which name.

The order is that of cost: everything that can be checked cheaply is checked before anything is started.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from nas.config import SearchConfig, restore_config
from nas.errors import ConfigError, StorageError
from nas.limits import check_limits, objection
from nas.rewards import Judge
from nas.search import LEASE_SECONDS, Conduct, Search, SearchEvent
from nas.search.replay import replay
from nas.storage.contract import Storage
from nas.storage.owner import current_owner
from nas.storage.records import NewSearch, SearchRecord
from nas.strategies.base import Strategy
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from search_spaces.architecture import Architecture
from search_spaces.feasibility import Limits
from search_spaces.fingerprint import space_fingerprint, what_differs
from search_spaces.registry import plugin_modules
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.data.load import DataSpec, load_training
from workers.job import Recipe, Timing
from workers.pool import Evaluate, Pool

DRAWN_AS_EVER = ("random",)
"""Strategies that still propose what they did before configurations had a section on rewards."""


@dataclass(frozen=True)
class Task:
    """What a search is about: the space, the pictures, and how a child is trained on them."""

    config: SearchConfig
    space: Space
    data: ImageData
    recipe: Recipe
    left_out: tuple[str, ...] = ()
    """Options of the space that the pictures are too small for."""

    @property
    def final_recipe(self) -> Recipe:
        """How the network that is handed over is trained."""
        return self.config.final.resolve(self.recipe)

    @property
    def timing(self) -> Timing | None:
        """How children are timed; None where nothing that is wanted depends on it."""
        reward, limit_ms = self.config.reward, self.config.limits.max_latency_ms
        if limit_ms is None and not reward.needs_latency:
            return None
        return Timing(math.inf if limit_ms is None else limit_ms, reward.latency_batch_size)


def data_spec(config: SearchConfig) -> DataSpec:
    """Returns where the pictures of a search are and how they are divided."""
    return DataSpec(**config.data.model_dump())


def load_task(config: SearchConfig, on_progress: Callable[[int, int], None] | None = None) -> Task:
    """Reads the pictures and checks that the space fits them and the limits can be met."""
    whole = config.space.load()
    data = load_training(data_spec(config), on_progress)
    space = whole.fitted(data.image, len(data.classes))
    check_limits(config.limits, space, data.image, len(data.classes))
    return Task(config, space, data, config.recipe.resolve(data.image), options_left_out(whole, space))


def options_left_out(whole: Space, fitted: Space) -> tuple[str, ...]:
    """Returns the options that decisions of the whole space have and those of the fitted one do not."""
    return tuple(
        option
        for before, after in zip(whole.decisions, fitted.decisions, strict=True)
        for option in before.options
        if option not in after.options
    )


def new_strategy(task: Task) -> Strategy:
    """Returns a fresh strategy that keeps to the limits and never proposes the same function twice."""
    config, space = task.config, task.space
    strategy = build_strategy(config.strategy.name, space, config.seed, **config.strategy.settings)
    is_feasible = _within_limits(task) if config.limits.resolve() != Limits() else None
    return wrapped(
        strategy,
        space.canonical_key,
        is_feasible=is_feasible,
        repeats=config.strategy.repeats,
        objectives=len(config.reward.parsed),
        space=space,
    )


def _within_limits(task: Task) -> Callable[[Architecture], bool]:
    limits, image, classes = task.config.limits.resolve(), task.data.image, len(task.data.classes)
    return lambda architecture: limits.allow(task.space.price(architecture, image, classes))


def _objections(task: Task) -> Callable[[Architecture], str]:
    """Returns what says why a network may not be trained in this search."""
    limits, image, classes = task.config.limits.resolve(), task.data.image, len(task.data.classes)
    return lambda architecture: objection(task.space, architecture, limits, image, classes)


def new_pool(
    task: Task, evaluate: Evaluate | None = None, on_wait: Callable[[str], None] = lambda _: None
) -> Pool:
    """Starts the workers; they train children unless they are to `evaluate` otherwise.

    `on_wait` hears, in words, what starting and ending them waits for.
    """
    return _POOLS[task.config.workers.backend](task, evaluate or _evaluate_child(), on_wait)


def _evaluate_child() -> Evaluate:
    from workers.evaluate import evaluate_child  # imports torch

    return evaluate_child


def _local_pool(task: Task, evaluate: Evaluate, _: Callable[[str], None]) -> Pool:
    from workers.local_pool import LocalPool

    return LocalPool(task.space, task.data, evaluate)


def _process_pool(task: Task, evaluate: Evaluate, _: Callable[[str], None]) -> Pool:
    from workers.process_pool import ProcessPool

    workers = task.config.workers
    return ProcessPool(
        task.space,
        task.data,
        evaluate,
        workers=workers.count,
        gpus_per_worker=workers.gpus_per_worker,
        patience=workers.patience,
        plugin_files=task.config.space.plugins,
    )


def _ray_pool(task: Task, evaluate: Evaluate, on_wait: Callable[[str], None]) -> Pool:
    from workers.ray_pool import RayPool

    workers = task.config.workers
    return RayPool(
        task.space,
        task.data,
        evaluate,
        workers=workers.count,
        gpus_per_worker=workers.gpus_per_worker,
        address=workers.ray_address,
        plugin_modules=plugin_modules(),
        patience=workers.patience,
        reconnect_seconds=workers.reconnect,
        on_wait=on_wait,
    )


_POOLS: dict[str, Callable[[Task, Evaluate, Callable[[str], None]], Pool]] = {
    "local": _local_pool,
    "process": _process_pool,
    "ray": _ray_pool,
}


def create_search(storage: Storage, task: Task) -> SearchRecord:
    """Adds the search to the database, its space as it is resolved now."""
    config = task.config.model_copy(update={"space": task.config.space.resolved(task.space)})
    return storage.create_search(
        NewSearch(
            name=config.name,
            config=config.stored(),
            space=config.space.name,
            strategy=config.strategy.name,
            dataset=config.data.dataset,
            dataset_fingerprint=task.data.fingerprint,
            image=task.data.image,
            classes=len(task.data.classes),
            seed=config.seed,
            trial_budget=config.budget.trials,
            time_budget_seconds=config.budget.time,
            space_fingerprint=space_fingerprint(task.space, config.space.plugins),
        )
    )


def restore_task(
    record: SearchRecord, database: str, on_progress: Callable[[int, int], None] | None = None
) -> Task:
    """Returns the task of a stored search; raises `ConfigError` where its pictures are no longer the same."""
    task = load_task(restore_config(record.config, database), on_progress)
    check_same_pictures(record, task)
    return task


def check_same_pictures(record: SearchRecord, task: Task) -> None:
    """Raises `ConfigError` where the pictures are not those that the search was begun with."""
    if task.data.fingerprint != record.dataset_fingerprint:
        raise ConfigError(
            f"search {record.name!r}: its data set {record.dataset!r} has changed since it was started "
            f"(fingerprint {record.dataset_fingerprint[:12]}, now {task.data.fingerprint[:12]}); "
            "put the old pictures back, or start a new search"
        )


def check_same_space(record: SearchRecord, task: Task) -> None:
    """Raises `ConfigError` where the space is not the one that the search was begun in."""
    now = space_fingerprint(task.space, task.config.space.plugins)
    if record.space_fingerprint and record.space_fingerprint != now:
        changed = " and its ".join(what_differs(record.space_fingerprint, now))
        raise ConfigError(
            f"search {record.name!r}: its space {record.space!r} has changed since it was started: expected its "
            f"{changed} as they were, got others; put the old ones back, or start a new search"
        )


def check_can_go_on(storage: Storage, record: SearchRecord, task: Task) -> None:
    """Raises `StorageError` where a stopped search cannot be taken up; nothing of it is changed.

    The strategy is brought to where it was and thrown away: whether its state can be read is known only then.
    """
    if "reward" not in record.config and record.strategy not in DRAWN_AS_EVER:
        raise StorageError(
            f"search {record.name!r}: expected one that this version began, got one by the {record.strategy!r} of an "
            "earlier version, which proposed other networks; `nas show`, `nas compare` and `nas export-best` go on "
            "reading it; to look further, start a new search with another --name"
        )
    replay(storage, record, new_strategy(task))


def open_search(
    storage: Storage,
    name: str,
    task: Task,
    strategy: Strategy,
    pool: Pool,
    watch: Callable[[SearchEvent], None],
    say: Callable[[str], None] = lambda _: None,
    lease_seconds: float = LEASE_SECONDS,
) -> Search:
    """Takes the lease of the search and returns it, ready to `run`."""
    search_id, workers = storage.search(name).search_id, task.config.workers
    lease = storage.acquire(search_id, current_owner(), seconds=lease_seconds)
    return Search(
        storage=storage,
        lease=lease,
        record=storage.search(name),
        space=task.space,
        strategy=strategy,
        pool=pool,
        recipe=task.recipe,
        watch=watch,
        say=say,
        judge=Judge.of(task.config.reward),
        objects_to=_objections(task),
        timing=task.timing,
        conduct=Conduct(
            lease=lease_seconds,
            write=workers.beat,
            save=math.inf if workers.save_seconds is None else workers.save_seconds,
            grace=workers.grace,
        ),
    )
