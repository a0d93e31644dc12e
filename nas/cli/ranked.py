"""The networks of a stored search in the order that its own configuration asks for, or that the command line does."""

import json
from collections.abc import Sequence
from dataclasses import replace

import click

from nas.config import SearchConfig, restore_config
from nas.errors import ConfigError, TrialStateError
from nas.objectives import parse_objectives
from nas.report.columns import candidate_columns, search_columns
from nas.report.front import front_as_json, front_heading
from nas.report.ranking import Candidate, Ranking, rank, rank_anew
from nas.report.tables import Column, as_json, format_table, known_columns
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from search_spaces.space import Space


def read_ranking(storage: Storage, record: SearchRecord, top: int | None = None) -> Ranking:
    """Returns the networks of a search, best first; at least the `top` best of them where that is given.

    Where each trial is a network of its own and one number orders them, the database has them in order already.
    """
    config = _config(record)
    objectives, repeats = config.reward.parsed, config.strategy.repeats
    in_order = top is not None and len(objectives) == 1 and repeats == 1
    search_id = record.search_id
    trials = storage.leaderboard(search_id, top or 1) if in_order else storage.trials(search_id)
    ranking = rank(trials, objectives, repeats=repeats)
    return replace(ranking, limits=config.limits.by_measure, is_weighed=bool(config.reward.targets))


def read_ranking_by(storage: Storage, record: SearchRecord, objectives: Sequence[str]) -> Ranking:
    """Returns the networks ordered by other objectives; raises `ConfigError` where a trial lacks one."""
    config = _config(record)
    trials = storage.trials(record.search_id)
    ranking = rank_anew(trials, parse_objectives(objectives), repeats=config.strategy.repeats)
    return replace(ranking, limits=config.limits.by_measure)


def find_best_network(storage: Storage, record: SearchRecord) -> Candidate | None:
    """Returns the network that the search puts first; None before a trial is completed."""
    return read_ranking(storage, record, top=1).best


def network_of(storage: Storage, record: SearchRecord, number: int) -> Candidate:
    """Returns the network that a trial trained; raises `TrialStateError` unless that was completed."""
    for candidate in read_ranking(storage, record).candidates:
        if any(trial.number == number for trial in candidate.trials):
            return candidate
    state = storage.trial(record.search_id, number).state
    raise TrialStateError(
        f"search {record.name!r}, trial {number}: expected a completed trial, got one that is {state}; "
        f"name another: nas leaderboard {record.name}"
    )


def listed_searches(storage: Storage) -> tuple[tuple[Column[SearchRecord], ...], list[SearchRecord]]:
    """Returns the columns of a list of searches and the searches, newest first."""
    searches = storage.searches()
    failures = {search.search_id: storage.failures(search.search_id) for search in searches if search.failed}
    return search_columns(failures), [_with_best(storage, search) for search in searches]


def _with_best(storage: Storage, search: SearchRecord) -> SearchRecord:
    """Returns the search with the number of its best network's first trial in place of that of its best trial.

    It keeps the latter where this version cannot read what the search is after: the others are listed all the same.
    """
    try:
        best = find_best_network(storage, search)
    except ConfigError as error:
        click.echo(f"warning: {error}", err=True)
        return search
    return replace(search, best_number=best.number if best else None)


def ranking_as_text(ranking: Ranking, space: Space, top: int) -> str:
    """Returns the best networks, a line each, and above them what the front covers where there is one."""
    if ranking.best is None:
        return "no trial is completed yet"
    listed = ranking.candidates[:top]
    table = format_table(known_columns(candidate_columns(space, ranking), listed), listed)
    return f"{front_heading(ranking)}\n\n{table}" if ranking.has_front else table


def ranking_as_json(ranking: Ranking, space: Space, top: int) -> str:
    """Returns a list of the best networks; with several objectives the front and its hypervolume beside them."""
    networks = as_json(candidate_columns(space, ranking), ranking.candidates[:top])
    return json.dumps({**front_as_json(ranking), "networks": networks} if ranking.has_front else networks)


def _config(record: SearchRecord) -> SearchConfig:
    return restore_config(record.config)
