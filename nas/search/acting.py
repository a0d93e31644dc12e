"""Does what commands ask of a running search, and answers each in words; see `nas.search.commands`.

| command   | answer                                       | refused where                                       |
|-----------|----------------------------------------------|-----------------------------------------------------|
| `STOP`    | stopping                                     |                                                     |
| `PAUSE`   | paused                                       |                                                     |
| `RESUME`  | goes on                                      |                                                     |
| `WORKERS` | 3 workers now, was 2                         | the pool cannot have so many                        |
| `BUDGET`  | the budget is 200 trials                     | more trials than that have begun                    |
| `ADD`     | trial 41 waits                               | it was tried, breaks a limit, the budget is spent   |
| `RETRY`   | trial 42 waits, which is trial 17 once more  | it has not failed, is tried again, budget is spent  |
"""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from nas.config import WorkersConfig
from nas.config_problems import describe, truths_for_numbers
from nas.errors import ConfigError, PoolError, SpaceError
from nas.search.added import Additions
from nas.search.budgets import budget_text, read_budget, too_small
from nas.search.commands import NOT_HEARD, TOO_LATE, Commands
from nas.search.standing import Standing
from nas.search.texts import asked
from nas.storage.contract import Storage
from nas.storage.records import Answer, Command, CommandKind, Lease
from nas.trial import NewTrial, Trial
from workers.pool import Pool

REFUSAL_LENGTH = 500
"""Of what is said to a refused command, which may quote what was asked."""


class Acting:
    """Looks for commands and does them. `take_up` is given each trial that was added, `note` what came of a command.

    `stop` has the search end; from then on, `is_stopping`, nothing else is done.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        lease: Lease,
        standing: Standing,
        pool: Pool,
        additions: Additions,
        stop: Callable[[], None],
        is_stopping: Callable[[], bool],
        take_up: Callable[[Trial], None],
        note: Callable[[str], None],
    ) -> None:
        self._commands, self._is_stopping, self._note = Commands(storage, lease), is_stopping, note
        self._storage, self._lease, self._standing, self._pool = storage, lease, standing, pool
        self._additions, self._stop_search, self._take_up = additions, stop, take_up
        self._handlers: Mapping[CommandKind, Callable[[Command], str]] = {
            CommandKind.STOP: self._stop,
            CommandKind.PAUSE: self._pause,
            CommandKind.RESUME: self._resume,
            CommandKind.WORKERS: self._workers,
            CommandKind.BUDGET: self._budget,
            CommandKind.ADD: self._add,
            CommandKind.RETRY: self._retry,
        }

    def begin(self) -> None:
        """Dismisses what was asked of the driver before this one."""
        self._commands.dismiss(NOT_HEARD)

    def look(self) -> None:
        """Does what is asked, unless it was looked a moment ago."""
        for command in self._commands.due():
            self._act(command)

    def is_wanted(self) -> bool:
        """Does what was asked at the last moment, of a search that has nothing left to do; returns whether it was."""
        due = [
            command for command in self._commands.due(at_once=True) if command.kind is not CommandKind.STOP
        ]
        if self._is_stopping():
            return False
        for command in due:
            self._act(command)
        return bool(due)

    def end(self) -> None:
        """Dismisses what came too late."""
        self._commands.dismiss(TOO_LATE)

    def _act(self, command: Command) -> None:
        try:
            if self._is_stopping() and command.kind is not CommandKind.STOP:
                raise ConfigError("the search is stopping")
            answer = self._handlers[command.kind](command)
        except (ConfigError, SpaceError, PoolError) as refusal:
            answer = self._answered(command, f"refused: {refusal}"[:REFUSAL_LENGTH])
        self._note(asked(command, answer))

    def _answered(self, command: Command, text: str) -> str:
        self._storage.answer_command(self._lease, command.command_id, text)
        return text

    def _stop(self, command: Command) -> str:
        answer = self._answered(command, "stopping")
        self._stop_search()
        return answer

    def _pause(self, command: Command) -> str:
        return self._answered(command, "paused" if self._hold(is_held=True) else "paused already")

    def _resume(self, command: Command) -> str:
        return self._answered(command, "goes on" if self._hold(is_held=False) else "goes on, was not paused")

    def _hold(self, *, is_held: bool) -> bool:
        """Returns whether it was otherwise before."""
        if self._standing.is_held is is_held:
            return False
        self._storage.hold(self._lease, is_held)
        self._standing.hold(is_held=is_held)
        return True

    def _workers(self, command: Command) -> str:
        wanted, before = _read_count(command.arguments), self._pool.slots
        self._pool.resize(wanted)
        words = f"{wanted} worker{'' if wanted == 1 else 's'}"
        return self._answered(
            command, f"{words} already" if wanted == before else f"{words} now, was {before}"
        )

    def _budget(self, command: Command) -> str:
        standing = self._standing
        budget = read_budget(command.arguments, standing.trial_budget, standing.time_budget_seconds)
        if refusal := too_small(standing.created, budget.trials):
            raise ConfigError(refusal)
        text = f"the budget is {budget_text(budget.trials, budget.time)}"
        self._storage.extend(
            self._lease,
            trial_budget=budget.trials,
            time_budget_seconds=budget.time,
            answer=Answer(command.command_id, text),
        )
        standing.extend(budget.trials, budget.time)
        return text

    def _add(self, command: Command) -> str:
        return self._create(command, self._additions.by_hand(command.arguments), "waits")

    def _retry(self, command: Command) -> str:
        new = self._additions.again(command.arguments)
        return self._create(command, new, f"waits, which is trial {command.arguments['number']} once more")

    def _create(self, command: Command, new: NewTrial, words: str) -> str:
        standing = self._standing
        if standing.to_create is not None and standing.to_create <= 0:
            budget = budget_text(standing.trial_budget, None)
            raise ConfigError(f"all of its budget of {budget} has begun; give it a larger one first")
        if standing.is_out_of_time:
            raise ConfigError("all of its time is spent; give it more first")
        text = f"trial {standing.created} {words}"
        (trial,) = self._storage.add_trials(self._lease, [new], Answer(command.command_id, text))
        self._take_up(trial)
        return text


def _read_count(arguments: Mapping[str, object]) -> int:
    """Returns how many workers are wanted; raises `ConfigError` for a number that no search may have."""
    wanted = {"count": arguments.get("count")}
    for problem in truths_for_numbers(wanted, WorkersConfig):
        raise ConfigError(problem)
    try:
        return WorkersConfig.model_validate(wanted).count
    except ValidationError as error:
        raise ConfigError(describe(error, WorkersConfig, {"workers": wanted})) from error
