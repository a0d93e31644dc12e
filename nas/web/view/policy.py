"""How the updates of a policy went."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from nas.trial import PolicyUpdate
from nas.web.view.answers import PolicySeries
from nas.web.view.columns import Columns
from nas.web.view.plain import plain_number


def policy_series(updates: Sequence[PolicyUpdate], columns: Columns) -> PolicySeries:
    """Returns the series of a sample of the updates, by version, the newest among them; see `sampled_updates`.

    `columns` has the trials that they learnt from.
    """
    newest = updates[-1].version if updates else 0
    return PolicySeries(
        version=tuple(update.version for update in updates),
        loss=tuple(plain_number(update.loss) for update in updates),
        entropy=tuple(plain_number(update.entropy) for update in updates),
        baseline=tuple(fmean(update.baselines) if update.baselines else None for update in updates),
        staleness=tuple(staleness(update, columns) for update in updates),
        gradient_norm=tuple(plain_number(update.gradient_norm) for update in updates),
        kl=tuple(None if update.kl is None else plain_number(update.kl) for update in updates),
        updates_a_point=updates[0].version if updates else 1,
        count=newest,
    )


def staleness(update: PolicyUpdate, columns: Columns) -> float | None:
    """Returns updates before this one less the policy versions of its trials, on the mean; None where none is known."""
    if update.staleness:
        return fmean(update.staleness)
    rows = np.searchsorted(columns.numbers, update.trials)
    versions = columns.values["policy_version"][rows[rows < len(columns)]]
    known = versions[~np.isnan(versions)]
    return update.version - 1 - float(known.mean()) if len(known) else None
