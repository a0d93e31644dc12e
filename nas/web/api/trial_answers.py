"""Trials as the API answers them."""

import json
import math
from collections.abc import Sequence

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrialSummary
from nas.trial import Origin, Trial
from nas.web.api.lookups import space_of
from nas.web.api.models.trials import (
    ArchitectureTokens,
    DecisionAnswer,
    DecisionsAnswer,
    TrialAnswer,
    TrialDetail,
)
from search_spaces.architecture import Architecture

RECENT = 50
"""Trials before one, of which it is told how many chose the same."""


def summary_answer(summary: TrialSummary) -> TrialAnswer:
    """Returns a line of the table."""
    return TrialAnswer.model_validate({**summary._asdict(), "architecture": json.loads(summary.architecture)})


def trial_answer(trial: Trial) -> TrialAnswer:
    """Returns the same of a whole trial."""
    return TrialAnswer.model_validate(_fields(trial, TrialAnswer))


def trial_detail(trial: Trial) -> TrialDetail:
    """Returns everything that is known of a trial but its curve, its attempts and its decisions."""
    return TrialDetail.model_validate(_fields(trial, TrialDetail))


def _fields(trial: Trial, model: type[TrialAnswer]) -> dict[str, object]:
    plain = {name: getattr(trial, name) for name in model.model_fields if name != "architecture"}
    made_of = ArchitectureTokens(space=trial.architecture.space, tokens=list(trial.architecture.tokens))
    return {**plain, "architecture": made_of}


def decisions_answer(storage: Storage, record: SearchRecord, trial: Trial) -> DecisionsAnswer:
    """Returns how a trial's architecture came about."""
    space = space_of(record)
    space.validate(trial.architecture)
    recent = _recent(storage, record, trial)
    tokens = trial.architecture.tokens
    logarithms = decision_log_probabilities(trial)
    decisions = [
        DecisionAnswer(
            name=decision.name,
            option=decision.options[token],
            token=token,
            options=list(decision.options),
            log_probability=logarithms[position],
            probability=probability_of(logarithms[position]),
            recent_share=_share(recent, position, token),
        )
        for position, (decision, token) in enumerate(zip(space.decisions, tokens, strict=True))
    ]
    return DecisionsAnswer(
        space=space.name,
        text=space.text(trial.architecture),
        origin=trial.origin,
        log_probability=trial.log_probability,
        probability=probability_of(trial.log_probability),
        policy_version=trial.policy_version,
        recent_trials=len(recent),
        decisions=decisions,
    )


def decision_log_probabilities(trial: Trial) -> tuple[float | None, ...]:
    """Returns that of each decision of the architecture, None for all where they are not known."""
    known = trial.decision_log_probabilities
    count = len(trial.architecture.tokens)
    return known if len(known) == count else (None,) * count


def probability_of(log_probability: float | None) -> float | None:
    """Returns the probability, at most 1 whatever rounding has made of it."""
    return None if log_probability is None else math.exp(min(log_probability, 0.0))


def _recent(storage: Storage, record: SearchRecord, trial: Trial) -> list[tuple[int, ...]]:
    """Returns the tokens of the strategy's trials among the last before this one."""
    first = max(0, trial.number - RECENT)
    found = storage.summaries(record.search_id, after=first - 1, limit=trial.number - first)
    return [
        Architecture.from_json(one.architecture).tokens
        for one in found
        if one.number < trial.number and one.origin == Origin.STRATEGY
    ]


def _share(recent: Sequence[tuple[int, ...]], position: int, token: int) -> float | None:
    if not recent:
        return None
    return sum(tokens[position] == token for tokens in recent) / len(recent)
