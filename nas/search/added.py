"""What people want tried in a search beside what its strategy proposes: which of it may be, and as which trial.

Each is one training, of however many the strategy's own are repeated. One that is done again is the same training: it
has the seed of the trial that failed.
"""

from collections.abc import Callable, Iterable, Mapping

from nas.errors import ConfigError, UnknownSearchError
from nas.search.seeds import training_seed
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import NewTrial, Origin, Proposal, Trial, TrialState
from search_spaces.architecture import Architecture
from search_spaces.space import Space

ObjectsTo = Callable[[Architecture], str]
"""Returns why a network may not be trained in this search; nothing where it may."""


class Additions:
    """Knows of all trials, which networks they are."""

    def __init__(self, storage: Storage, record: SearchRecord, space: Space, objects_to: ObjectsTo) -> None:
        self._storage, self._record = storage, record
        self._space, self._objects_to = space, objects_to
        self._first: dict[str, int] = {}  # canonical key -> the first trial of it
        self._retries: dict[
            tuple[str, int], int
        ] = {}  # canonical key and repeat -> the last trial that did it again

    def count(self, trials: Iterable[Trial]) -> None:
        """Takes in trials that were created, in order."""
        for trial in trials:
            self._first.setdefault(trial.canonical_key, trial.number)
            if trial.origin is Origin.RETRY:
                self._retries[trial.canonical_key, trial.repeat] = trial.number

    def by_hand(self, arguments: Mapping[str, object]) -> NewTrial:
        """Returns the trial of somebody's own network; raises `ConfigError` or `SpaceError` where it is not to be."""
        text = arguments.get("architecture")
        if not isinstance(text, str):
            raise ConfigError(f"expected an architecture as JSON text, got {type(text).__name__}")
        architecture = Architecture.from_json(text)
        self._space.validate(architecture)
        key = self._space.canonical_key(architecture)
        if key in self._first:
            raise ConfigError(f"trial {self._first[key]} is this network")
        if objection := self._objects_to(architecture):
            raise ConfigError(objection)
        return self._new(Proposal(architecture, origin=Origin.HAND), key)

    def again(self, arguments: Mapping[str, object]) -> NewTrial:
        """Returns the trial that does a failed one again; raises `ConfigError` where that is not to be."""
        trial = self._trial(arguments.get("number"))
        if trial.state is not TrialState.FAILED:
            raise ConfigError(f"expected a trial that has failed, trial {trial.number} is {trial.state}")
        retry = self._retries.get((trial.canonical_key, trial.repeat))
        if retry is not None and (state := self._trial(retry).state) is not TrialState.FAILED:
            raise ConfigError(f"trial {retry}, which is {state}, does trial {trial.number} again")
        proposal = Proposal(trial.architecture, repeat=trial.repeat, origin=Origin.RETRY)
        return self._new(proposal, trial.canonical_key)

    def _trial(self, number: object) -> Trial:
        if not isinstance(number, int) or isinstance(number, bool):
            raise ConfigError(f"expected the number of a trial, got {number!r}")
        try:
            return self._storage.trial(self._record.search_id, number)
        except UnknownSearchError as error:
            raise ConfigError(str(error)) from error

    def _new(self, proposal: Proposal, key: str) -> NewTrial:
        return NewTrial(proposal, key, training_seed(self._record.seed, key, proposal.repeat))
