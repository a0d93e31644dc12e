"""`nas search`: runs a search, or goes on with one."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nas.cli.nested import nested_options
from nas.cli.options import COUNT, SECONDS, TRIALS, Name, example, objective_option
from nas.standard_error import write_line

if TYPE_CHECKING:
    from nas.config import SearchConfig

# A parameter is called after its place in the configuration: "budget__trials" is `trials` of the table `budget`, as in
# the variable NAS_BUDGET__TRIALS. Only what is given gets there, so that a file's values are not covered by defaults.


@click.command(
    epilog=example(
        "nas search --dataset digits --trials 20",
        "nas search search.toml --max-params 100k --workers 4",
        "nas search --objective accuracy --objective -params",
        "nas search --dataset photos/ --space my_space.py --set recipe.epochs=12",
        "nas search --resume search --trials 100",
    )
)
@click.argument("config", metavar="[CONFIG.toml]", type=click.Path(path_type=Path), required=False)
@click.option("--name", help="What the search is called in the database.")
@click.option("--resume", metavar="NAME", help="Go on with this search where it stopped.")
@click.option(
    "--dataset", "data__dataset", metavar="DATA", help="digits, a .parquet file, an IDX or picture folder."
)
@click.option(
    "--test-set", "data__test", metavar="DATA", help="The test part, where it does not lie beside DATA."
)
@click.option("--train-images", "data__max_train_images", type=COUNT, help="Keep no more training pictures.")
@click.option(
    "--validation-images", "data__max_validation_images", type=COUNT, help="Keep no more to validate on."
)
@click.option(
    "--skip-bad",
    "data__skip_bad",
    is_flag=True,
    default=None,
    help="Leave out pictures that cannot be read, up to one in a hundred.",
)
@click.option(
    "--space",
    "space__name",
    metavar="SPACE",
    help="A name that `nas space` lists, or a .py file with a space.",
)
@click.option(
    "--plugin", "space__plugins", metavar="FILE", multiple=True, help="A .py file with operations or spaces."
)
@click.option(
    "--strategy",
    "strategy__name",
    metavar="STRATEGY",
    help="controller (the default), local, evolution, reinforce, ppo, enas, pqt, random, grid, or optuna:SAMPLER "
    "such as optuna:tpe; some have presets, as evolution:small.",
)
@objective_option("reward__objectives", "What is sought; several give a front of trade-offs:")
@click.option(
    "--repeats", "strategy__repeats", type=COUNT, help="Trainings of each architecture; their mean counts."
)
@click.option(
    "--trials", "budget__trials", type=TRIALS, help="Trainings, repeats and too slow ones included."
)
@click.option("--time", "budget__time", type=SECONDS, help="Wall time, such as 90s, 30m or 2h.")
@click.option("--max-params", "limits__max_params", type=COUNT, help="Most parameters, such as 50k.")
@click.option("--max-macs", "limits__max_macs", type=COUNT, help="Most multiply-adds a picture, such as 5M.")
@click.option(
    "--max-latency-ms",
    "limits__max_latency_ms",
    type=float,
    help="Most milliseconds a forward pass, on a worker.",
)
@click.option(
    "--target-params",
    "reward__target_params",
    type=COUNT,
    help="Parameters to aim at, weighing the accuracy.",
)
@click.option("--target-macs", "reward__target_macs", type=COUNT, help="Multiply-adds to aim at, likewise.")
@click.option(
    "--target-latency-ms", "reward__target_latency_ms", type=float, help="Milliseconds to aim at, likewise."
)
@click.option("--epochs", "recipe__epochs", type=COUNT, help="Epochs that each child is trained for.")
@click.option(
    "--final-epochs", "final__epochs", type=COUNT, help="Epochs of the network that is handed over."
)
@click.option("--workers", "workers__count", type=COUNT, help="Children in training at once.")
@click.option(
    "--gpus-per-worker", "workers__gpus_per_worker", type=float, help="Share of a GPU, such as 0.5."
)
@click.option(
    "--backend",
    "workers__backend",
    type=Name(["ray", "process", "local"]),
    help="process: processes of this machine, without Ray; local: in this process.",
)
@click.option("--ray-address", "workers__ray_address", metavar="ADDRESS", help="A Ray cluster to join.")
@click.option(
    "--grace",
    "workers__grace",
    type=SECONDS,
    help="Time that children may finish in after Ctrl-C, such as 5m.",
)
@click.option("--seed", type=int, help="Seed of the strategy and of every training.")
@click.option(
    "--db", "database", metavar="URL", help="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
)
@click.option(
    "--db-timeout", "storage__timeout", type=SECONDS, help="Pause so long for a database that is away: 1h."
)
@click.option(
    "--no-wait",
    "storage__wait_for_disk",
    is_flag=True,
    flag_value=False,
    default=None,
    help="End at once where the disk is full.",
)
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Any key of CONFIG.toml, as recipe.cutout=4.",
)
def search(config: Path | None, resume: str | None, settings: tuple[str, ...], **options: Any) -> None:
    """Runs a search, or goes on with one.

    It ends with a summary; every result is stored the moment it is there. Options win over NAS_... variables,
    and those over CONFIG.toml, which `nas init` writes. The first Ctrl-C ends the search cleanly; --resume goes
    on with it, and refuses what would make it another search.
    """
    from nas.changes import read_given
    from nas.cli import driver
    from nas.cli.overview import closing_summary
    from nas.config import load_config, read_config
    from nas.report.digest import state_digest
    from nas.search.interrupts import Interrupts
    from nas.storage.open import open_storage
    from nas.storage.records import SearchState

    given = _with_plugin_space(nested_options(options, settings))
    wanted = (read_config if resume else load_config)(config, given)
    with (
        Interrupts() as interrupts,
        open_storage(wanted.database, waiting=driver.waiting(wanted, interrupts)) as storage,
    ):
        if resume is None:
            _warn_of_directions(wanted)
            driver.start(storage, wanted, interrupts)
        else:
            driver.resume(storage, resume, wanted.database, read_given(config, given), interrupts)
        name = resume or wanted.name
        click.echo(closing_summary(storage, name, wanted.database))
        record = storage.search(name)
        click.echo(f"state: {state_digest(storage, record)}")
        if record.state is SearchState.COMPLETED and not record.completed:
            raise click.exceptions.Exit(1)


def _warn_of_directions(config: "SearchConfig") -> None:
    """Says which objectives were perhaps meant the other way round."""
    for objective in config.reward.odd_directions:
        write_line(
            f"warning: objective {objective} prefers more of {objective.measure}; "
            f"the other way round it is {replace(objective, is_minimised=True)}"
        )


def _with_plugin_space(given: dict[str, Any]) -> dict[str, Any]:
    """Returns the options with the name of the space that a file declares, and the file as a plugin."""
    from nas.cli.spaces import declared_space

    section = given.get("space", {})
    file = str(section.get("name", ""))
    if not file.endswith(".py"):
        return given
    plugins = (*section.get("plugins", ()), file)
    return {**given, "space": {**section, "name": declared_space(file), "plugins": plugins}}
