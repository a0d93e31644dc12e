"""What the database knows about a search and its companions, gathered for the closing summary."""

from nas.cli.options import database_hint, terminal_width
from nas.cli.ranked import find_best_network, read_ranking
from nas.companions import RANDOM, REFERENCE, companion_name
from nas.config import restore_config
from nas.errors import SpaceError, UnknownSearchError
from nas.report.ranking import Candidate, Ranking
from nas.report.summary import Contender, SearchSummary, search_summary
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrainingRecord
from nas.trial import Trial
from search_spaces.outline import Outline


def read_summary(storage: Storage, name: str, database: str) -> SearchSummary:
    """Returns the summary of search `name`; raises `UnknownSearchError` where there is none."""
    record = storage.search(name)
    ranking = read_ranking(storage, record, top=1)
    best = ranking.best
    exports = [
        export for export in storage.exports(record.search_id) if best and export.number == best.number
    ]
    random = _companion(storage, name, RANDOM, "random search")
    reference = _companion(storage, name, REFERENCE, "hand-designed network")
    return SearchSummary(
        name=name,
        completed=record.completed,
        failed=record.failed,
        spent_seconds=record.spent_seconds,
        number=best.number if best else None,
        found=_contender(storage, record, record.strategy),
        outline=_find_outline(record, best.trials[0], database) if best else None,
        random=random,
        reference=reference,
        # A comparison tests random search last: where that is done, a hand-designed network that fits is there.
        reference_exists=reference is not None or random is None or random.test is None,
        directory=exports[0].directory if exports else None,
        command_options=database_hint(database),
        failures=storage.failures(record.search_id) if record.failed else {},
        front=ranking if ranking.has_front and best else None,
        random_front=_random_front(storage, name) if ranking.has_front else None,
    )


def _find_outline(record: SearchRecord, trial: Trial, database: str) -> Outline | None:
    """Returns None where the plugin with the space is no longer where it was when the search began."""
    try:
        return trial_outline(record, trial, database)
    except SpaceError:
        return None


def best_network(storage: Storage, record: SearchRecord) -> Candidate:
    """Returns the network that the search puts first; raises `UnknownSearchError` where no trial is completed."""
    best = find_best_network(storage, record)
    if best is None:
        raise UnknownSearchError(
            f"search {record.name!r}: expected a completed trial, got none of {record.created}; "
            f"train some: nas search --resume {record.name}"
        )
    return best


def best_trial(storage: Storage, record: SearchRecord) -> Trial:
    """Returns the first trial of the best network; raises as `best_network` does."""
    return best_network(storage, record).trials[0]


def find_training(
    storage: Storage, record: SearchRecord, number: int, *, weights: bool = False
) -> TrainingRecord | None:
    """Returns the newest full training of a trial, None before there is one."""
    trainings = storage.trainings(record.search_id, weights=weights)
    return next((training for training in trainings if training.number == number), None)


def trial_outline(record: SearchRecord, trial: Trial, database: str) -> Outline:
    """Returns what a drawing of the trial's architecture shows."""
    space = restore_config(record.config, database).space.load()
    if record.image is None or record.classes is None:
        return space.outline(trial.architecture)
    return space.outline_on(trial.architecture, record.image, record.classes)


def _companion(storage: Storage, name: str, kind: str, label: str) -> Contender | None:
    try:
        record = storage.search(companion_name(name, kind))
    except UnknownSearchError:
        return None
    return _contender(storage, record, label)


def _random_front(storage: Storage, name: str) -> Ranking | None:
    try:
        ranking = read_ranking(storage, storage.search(companion_name(name, RANDOM)))
    except UnknownSearchError:
        return None
    return ranking if ranking.best else None


def _contender(storage: Storage, record: SearchRecord, label: str) -> Contender | None:
    best = find_best_network(storage, record)
    if best is None:
        return None
    training = find_training(storage, record, best.number)
    return Contender(
        label=label,
        trials=record.completed,
        validation_accuracy=best.validation_accuracy,
        parameters=best.parameters,
        multiply_adds=best.multiply_adds,
        test_correct=training.test_correct if training else None,
        test_total=training.test_total if training else None,
        standard_error=best.standard_error,
        trainings=best.count,
    )


def closing_summary(storage: Storage, name: str, database: str) -> str:
    """Returns the summary as text for this terminal."""
    return search_summary(read_summary(storage, name, database), terminal_width())
