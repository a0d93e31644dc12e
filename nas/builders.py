"""From configuration to the parts of a search. The one place that knows which class stands for which name.

The order is that of cost: everything that can be checked cheaply is checked before anything is started.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from random import Random

from nas.config import SearchConfig, restore_config
from nas.errors import ConfigError, InfeasibleError
from nas.search import Search, SearchEvent
from nas.search.loop import lease_seconds
from nas.storage.contract import NewSearch, SearchRecord, Storage
from nas.storage.owner import current_owner
from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.limited import Limited
from nas.strategies.registry import build_strategy
from search_spaces.architecture import Architecture
from search_spaces.feasibility import RARE, Limits, Tally, minimum_cost, tally
from search_spaces.graph import Shape
from search_spaces.registry import plugin_modules
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.data.load import DataSpec, load_training
from workers.evaluate import evaluate_child
from workers.job import Recipe
from workers.pool import Evaluate, Pool

BUILT = 8
"""Networks that are built of random architectures, and of the cheapest, before a search begins: none may be refused."""


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


def data_spec(config: SearchConfig) -> DataSpec:
    """Returns where the pictures of a search are and how they are divided."""
    return DataSpec(**config.data.model_dump())


def load_task(config: SearchConfig, on_progress: Callable[[int, int], None] | None = None) -> Task:
    """Reads the pictures and checks that the space fits them and the limits can be met."""
    whole = config.space.load()
    data = load_training(data_spec(config), on_progress)
    space = whole.fitted(data.image, len(data.classes))
    check_limits(config, space, data.image, len(data.classes))
    return Task(config, space, data, config.recipe.resolve(data.image), options_left_out(whole, space))


def options_left_out(whole: Space, fitted: Space) -> tuple[str, ...]:
    """Returns the options that decisions of the whole space have and those of the fitted one do not."""
    return tuple(
        option
        for before, after in zip(whole.decisions, fitted.decisions, strict=True)
        for option in before.options
        if option not in after.options
    )


def check_limits(config: SearchConfig, space: Space, image: Shape, classes: int) -> None:
    """Raises `InfeasibleError` with the smallest possible value where no architecture can meet one of the limits."""
    if config.limits.resolve() == Limits():
        return
    least = minimum_cost(space, image, classes)
    for name, limit, smallest in (
        ("max_params", config.limits.max_params, least.parameters),
        ("max_macs", config.limits.max_macs, least.multiply_adds),
    ):
        if limit is not None and limit < smallest:
            raise InfeasibleError(
                f"limits.{name}: expected at least {smallest:,}, the smallest that space {space.name!r} has for these "
                f"pictures, got {limit:,}; allow more, or use a space with fewer filters or blocks"
            )


def check_new(task: Task, on_progress: Callable[[int, int], None] | None = None) -> str | None:
    """Returns a warning where few architectures can be trained, None where all is well; for a search that begins.

    Raises `SpaceError` where networks cannot be built, such as for pictures that are too small, and `InfeasibleError`
    where of many architectures none keeps to all limits at once.
    """
    space, image, classes = task.space, task.data.image, len(task.data.classes)
    rng = Random(0)
    for architecture in (
        *islice(space.cheapest(image, classes), BUILT),
        *(space.random(rng) for _ in range(BUILT)),
    ):
        space.network(architecture, image, classes)
    limits = task.config.limits.resolve()
    if limits == Limits():
        return None
    found = tally(space, image, classes, limits, rng, on_progress=on_progress)
    if found.is_none:
        raise InfeasibleError(
            f"{_rarely(found, task)}; allow more, or use a space with fewer filters or blocks"
        )
    return f"{_rarely(found, task)}; the search may end before its budget" if found.is_rare else None


def _rarely(found: Tally, task: Task) -> str:
    limits = " and ".join(f"{name} {limit:,}" for name, limit in task.config.limits if limit is not None)
    drawn = "all" if found.is_complete else "random"
    return (
        f"limits: expected more than one in {1 / RARE:,.0f} architectures of space {task.space.name!r} to keep to "
        f"{limits} for these pictures, got {found.allowed} of {found.seen:,} {drawn} ones"
    )


def new_strategy(task: Task) -> Strategy:
    """Returns a fresh strategy that keeps to the limits and never proposes the same function twice."""
    config, space = task.config, task.space
    strategy = build_strategy(config.strategy.name, space, config.seed, **config.strategy.settings)
    if config.limits.resolve() != Limits():
        strategy = Limited(strategy, _within_limits(task))
    return Deduplicated(strategy, space.canonical_key)


def _within_limits(task: Task) -> Callable[[Architecture], bool]:
    limits, image, classes = task.config.limits.resolve(), task.data.image, len(task.data.classes)
    return lambda architecture: limits.allow(task.space.price(architecture, image, classes))


def new_pool(task: Task, evaluate: Evaluate = evaluate_child) -> Pool:
    """Starts the workers."""
    workers = task.config.workers
    if workers.backend == "local":
        from workers.local_pool import LocalPool

        return LocalPool(task.space, task.data, evaluate)
    from workers.ray_pool import RayPool

    return RayPool(
        task.space,
        task.data,
        evaluate,
        workers=workers.count,
        gpus_per_worker=workers.gpus_per_worker,
        address=workers.ray_address,
        plugin_modules=plugin_modules(),
    )


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
        )
    )


def restore_task(
    record: SearchRecord, database: str, on_progress: Callable[[int, int], None] | None = None
) -> Task:
    """Returns the task of a stored search; raises `ConfigError` where its pictures are no longer the same."""
    task = load_task(restore_config(record.config, database), on_progress)
    if task.data.fingerprint != record.dataset_fingerprint:
        raise ConfigError(
            f"search {record.name!r}: its data set {record.dataset!r} has changed since it was started "
            f"(fingerprint {record.dataset_fingerprint[:12]}, now {task.data.fingerprint[:12]}); "
            "put the old pictures back, or start a new search"
        )
    return task


def open_search(
    storage: Storage,
    name: str,
    task: Task,
    strategy: Strategy,
    pool: Pool,
    watch: Callable[[SearchEvent], None],
) -> Search:
    """Takes the lease of the search and returns it, ready to `run`."""
    lease = storage.acquire(storage.search(name).search_id, current_owner(), seconds=lease_seconds(pool))
    return Search(
        storage=storage,
        lease=lease,
        record=storage.search(name),
        space=task.space,
        strategy=strategy,
        pool=pool,
        recipe=task.recipe,
        watch=watch,
    )
