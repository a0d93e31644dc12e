"""The configuration of a search: one model, read from a TOML file, then `NAS_...` variables, then command-line options.

Every field says what it means; `nas init` writes them out and `load_config` checks them all at once, before anything
starts. A recipe's default may depend on the pictures: it is None here and decided by `RecipeConfig.resolve`.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from nas.config_file import read_toml
from nas.config_problems import EXPECTED, Layers, describe, truths_for_numbers
from nas.errors import ConfigError, SpaceError
from nas.objectives import LATENCY, MACS, PARAMS
from nas.recipe_config import FinalRecipeConfig, RecipeConfig
from nas.reward_config import RewardConfig
from search_spaces.feasibility import Limits
from search_spaces.registry import build_space, load_plugin
from search_spaces.space import Space
from workers.pool import Patience

NAME_LENGTH = 80
NAME_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{NAME_LENGTH - 1}}}$"
NAME_WORDS = f"1 to {NAME_LENGTH} letters, digits, dots, dashes and underscores, a letter or digit in front"
Setting = int | float | str | bool
Pixels = Annotated[int, Field(ge=4, le=256)]


class Section(BaseModel):
    """A table of the configuration file. Keys that are not known are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class DataConfig(Section):
    """Where the pictures come from and how they are divided."""

    dataset: str = Field("digits", min_length=1)
    """digits, a parquet file, a directory of IDX files, or a folder of class folders"""
    test: str | None = Field(None, min_length=1)
    """the test part, where it does not lie beside the training part"""
    size: tuple[Pixels, Pixels] | None = None
    """height and width in pixels to resize to; by default the pictures' own"""
    channels: Literal[1, 3] | None = None
    """1 for grey, 3 for colour; by default the pictures' own"""
    validation_fraction: float = Field(0.2, gt=0, lt=1)
    """share of the training pictures that chooses between architectures"""
    max_train_images: int | None = Field(None, ge=2)
    """keep no more training pictures than this, balanced over the classes"""
    max_validation_images: int | None = Field(None, ge=2)
    """keep no more validation pictures than this, balanced over the classes"""
    split_seed: int = Field(0, ge=0, lt=2**31)
    """seed of the split into training and validation"""
    skip_bad: bool = False
    """leave out pictures that cannot be read, up to one in a hundred; else they are named and nothing starts"""


class SpaceConfig(Section):
    """Which architectures can be found."""

    name: str = "cell"
    """what `nas space` lists, or a space from a plugin"""
    settings: dict[str, Setting] = {}
    """settings of the space, such as blocks and filters for the cell space"""
    plugins: tuple[str, ...] = ()
    """Python files that add operations or spaces"""

    def load(self) -> Space:
        """Returns the space, with the operations and spaces of the plugins known.

        Raises `SpaceError` where there is no such space, or no architecture in it.
        """
        for plugin in self.plugins:
            load_plugin(plugin)
        space = build_space(self.name, **self.settings)
        without = [decision.name for decision in space.decisions if not decision.options]
        if without or not space.decisions:
            found = f"no option for {', '.join(without)}" if without else "no decision"
            raise SpaceError(
                f"space {self.name!r}: expected decisions with an option each, got {found}; declare some to choose from"
            )
        return space

    def resolved(self, space: Space) -> Self:
        """Returns the section with every setting of `space` written out, so that later defaults do not change it.

        What cannot be set, as it is no plain value, is left out.
        """
        plain = {key: value for key, value in space.settings.items() if isinstance(value, Setting)}
        return self.model_copy(update={"settings": plain})


class StrategyConfig(Section):
    """How the next architecture is chosen."""

    name: str = "controller"
    """controller, local, evolution, evolution:small, reinforce, ppo, enas, pqt, random, grid, optuna:tpe or the like"""
    settings: dict[str, Setting] = {}
    """settings of the strategy, such as population and sample for evolution; they win over those of a preset"""
    repeats: int = Field(1, ge=1, le=100)
    """trainings of each architecture, with different seeds; its mean counts"""


class BudgetConfig(Section):
    """When the search is over: whichever comes first. One of the two must be set."""

    trials: int | None = Field(40, ge=1, le=1_000_000)
    """trainings, repeats of an architecture included; a network over the limit on latency spends one, untrained"""
    time: float | None = Field(None, gt=0, le=100_000_000)
    """seconds of wall time, over all resumes; children in training then still finish"""


class LimitsConfig(Section):
    """What an architecture may cost at most. What costs more is never trained."""

    max_params: int | None = Field(None, ge=1)
    """learnt numbers"""
    max_macs: int | None = Field(None, ge=1)
    """multiply-adds for one picture"""
    max_latency_ms: float | None = Field(None, gt=0)
    """milliseconds for one forward pass on a worker, taken before the training"""

    def resolve(self) -> Limits:
        """Returns the limits as spaces know them: those on what follows from the architecture alone."""
        return Limits(self.max_params, self.max_macs)

    @property
    def by_measure(self) -> dict[str, float]:
        """Measure, as objectives name it -> the most that is allowed."""
        allowed = {PARAMS: self.max_params, MACS: self.max_macs, LATENCY: self.max_latency_ms}
        return {measure: limit for measure, limit in allowed.items() if limit is not None}


class WorkersConfig(Section):
    """Who trains the children."""

    count: int = Field(2, ge=1, le=10_000)
    """children in training at once"""
    gpus_per_worker: float = Field(0.0, ge=0, le=1)
    """share of a GPU for each worker; 0 trains on the CPU"""
    backend: Literal["ray", "process", "local"] = "ray"
    """ray; process: processes of this machine; local: one child at a time in the search's own process"""
    ray_address: str | None = None
    """a Ray cluster to join; by default Ray is started here"""
    beat: float = Field(2.0, gt=0, le=3600)
    """seconds between two signs of life of a worker"""
    silence: float = Field(30.0, gt=0, le=86_400)
    """seconds without a sign of life after which a worker is given up, and its child trained by another"""
    epoch_timeout: float | None = Field(None, gt=0)
    """seconds that an epoch of a child may take; by default as many as it needs"""
    trial_timeout: float | None = Field(None, gt=0)
    """seconds that the whole training of a child may take; by default as many as it needs"""
    save_seconds: float | None = Field(30.0, ge=0)
    """seconds of training that may be lost with a worker: so often its state is saved, at the end of an epoch"""
    reconnect: float = Field(600.0, ge=0)
    """seconds that a Ray cluster is looked for whose head is gone, before the search ends"""
    grace: float = Field(0.0, ge=0)
    """seconds in which children in training may finish when the search is stopped; else they are trained again"""

    @property
    def patience(self) -> Patience:
        """How long workers may be silent."""
        return Patience(
            beat=self.beat,
            silence=self.silence,
            epoch=math.inf if self.epoch_timeout is None else self.epoch_timeout,
            trial=math.inf if self.trial_timeout is None else self.trial_timeout,
        )


class StorageConfig(Section):
    """What is done while the database cannot be reached."""

    timeout: float = Field(3600.0, ge=0)
    """seconds that the search pauses for a database that is away, locked or full, before it ends"""
    wait_for_disk: bool = True
    """whether room on a full disk is waited for"""


class SearchConfig(BaseSettings):
    """Everything a search depends on. The database is where it is kept, not what it is."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        env_prefix="NAS_",
        env_nested_delimiter="__",
    )

    name: str = Field("search", pattern=NAME_PATTERN, json_schema_extra={EXPECTED: NAME_WORDS})
    """what the search is called in the database: letters, digits, dot, dash, underscore"""
    database: str = "sqlite:///nas.db"
    """SQLAlchemy URL: sqlite:///file.db or postgresql+psycopg://user@host/database"""
    seed: int = Field(0, ge=0, lt=2**31)
    """seed of the strategy and of every training"""
    data: DataConfig = DataConfig()
    space: SpaceConfig = SpaceConfig()
    strategy: StrategyConfig = StrategyConfig()
    reward: RewardConfig = RewardConfig()
    budget: BudgetConfig = BudgetConfig()
    limits: LimitsConfig = LimitsConfig()
    workers: WorkersConfig = WorkersConfig()
    storage: StorageConfig = StorageConfig()
    recipe: RecipeConfig = RecipeConfig()
    final: FinalRecipeConfig = FinalRecipeConfig()

    def __init__(self, /, **values: Any) -> None:
        # Not as `BaseSettings` does, which takes `_env_file`, `_cli_parse_args` and the like for orders, not for keys:
        # a configuration may come from anybody. `load_config` reads the environment itself; a stored one must not.
        BaseModel.__init__(self, **values)

    def stored(self) -> dict[str, object]:
        """Returns what the database keeps: everything but how it is reached itself; its address may hold a password."""
        return self.model_dump(mode="json", exclude={"database", "storage"})


def load_config(path: Path | None = None, options: Mapping[str, object] | None = None) -> SearchConfig:
    """Returns the configuration; raises `ConfigError` that lists everything wrong with it.

    `options` are nested like the file, {"budget": {"trials": 20}}. They win over the environment, that over the file.
    """
    return consistent(read_config(path, options))


def read_config(path: Path | None = None, options: Mapping[str, object] | None = None) -> SearchConfig:
    """Returns what `load_config` does, but values may be at odds with each other.

    For a search that is gone on with: what is said then goes with what is stored, not with defaults.
    """
    layers: dict[str, Mapping[str, Any]] = {str(path): read_toml(path)} if path else {}
    return _validated({**layers, "environment": _environment(), "options": options or {}})


def given_values(path: Path | None, options: Mapping[str, object]) -> dict[str, Any]:
    """Returns what `load_config` is given in so many words, nested, without the defaults; not validated."""
    return merged(merged(read_toml(path) if path else {}, _environment()), options)


def restore_config(stored: Mapping[str, object], database: str | None = None) -> SearchConfig:
    """Returns the configuration that `SearchConfig.stored` kept, for a search in `database` where that matters.

    Raises `ConfigError` that names the search where this version cannot read it.
    """
    where = f"search {stored.get('name', '')!r}: its stored configuration"
    return _validated({where: stored if database is None else {**stored, "database": database}})


def _environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(SearchConfig)()
    except SettingsError as error:
        raise ConfigError(
            f"environment: {error}; expected one key a variable, such as NAS_BUDGET__TRIALS=20"
        ) from error


def _validated(layers: Layers) -> SearchConfig:
    """Returns the configuration that the layers make together, later ones winning."""
    values: dict[str, Any] = {}
    for where, layer in layers.items():
        for problem in truths_for_numbers(layer, SearchConfig):
            raise ConfigError(f"{where}: {problem}")
        values = merged(values, layer)
    try:
        return SearchConfig(**values)
    except ValidationError as error:
        raise ConfigError(describe(error, SearchConfig, layers)) from error


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `below` with the values of `above`, tables merged key by key."""
    values = dict(below)
    for key, value in above.items():
        both_tables = isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
        values[key] = merged(values[key], value) if both_tables else value
    return values


def consistent(config: SearchConfig) -> SearchConfig:
    """Returns the configuration; raises `ConfigError` where values that are each allowed are at odds."""
    if config.budget.trials is None and config.budget.time is None:
        raise ConfigError(
            "budget: expected trials or time, got neither; set one, or both: whichever comes first"
        )
    if config.workers.silence <= config.workers.beat:
        raise ConfigError(
            f"workers.silence: expected more than the {config.workers.beat:g} s of workers.beat, "
            f"got {config.workers.silence:g}; a worker is silent between two beats"
        )
    epoch_timeout = config.workers.epoch_timeout
    if epoch_timeout is not None and epoch_timeout < config.workers.beat:
        raise ConfigError(
            f"workers.epoch_timeout: expected at least the {config.workers.beat:g} s of workers.beat, "
            f"got {epoch_timeout:g}; ends of epochs are told with the beats"
        )
    if config.workers.backend == "local" and config.workers.gpus_per_worker:
        raise ConfigError(
            "workers.gpus_per_worker: expected 0 with the local backend, which trains on the CPU, "
            f"got {config.workers.gpus_per_worker:g}; use the ray backend"
        )
    if config.budget.trials is not None and config.budget.trials < config.strategy.repeats:
        raise ConfigError(
            f"budget.trials: expected at least the {config.strategy.repeats} repeats of one architecture, "
            f"got {config.budget.trials}; allow more trials or fewer repeats"
        )
    config.reward.check(config.limits.by_measure)
    return config
