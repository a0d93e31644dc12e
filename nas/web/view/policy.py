"""How the updates of a policy went, kept as arrays that grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from nas.trial import PolicyUpdate
from nas.web.view.answers import PolicySeries
from nas.web.view.columns import Columns, Floats
from nas.web.view.plain import plain

SERIES = ("version", "loss", "entropy", "baseline", "staleness", "gradient_norm", "kl")


@dataclass(frozen=True, slots=True)
class Updates:
    """The updates of a policy by version: an array for each of `SERIES`, NaN where a number is not known."""

    series: dict[str, Floats] = field(default_factory=lambda: {name: np.zeros(0) for name in SERIES})

    def __len__(self) -> int:
        return len(self.series["version"])

    @property
    def last_version(self) -> int:
        """Version of the newest; 0 without any."""
        return int(self.series["version"][-1]) if len(self) else 0

    def grown(self, updates: Sequence[PolicyUpdate], columns: Columns) -> "Updates":
        """Returns these and newer ones; `columns` has the trials they learnt from."""
        if not updates:
            return self
        rows = [
            (
                update.version,
                update.loss,
                update.entropy,
                fmean(update.baselines) if update.baselines else np.nan,
                _staleness(update, columns),
                update.gradient_norm,
                np.nan if update.kl is None else update.kl,
            )
            for update in updates
        ]
        part = dict(zip(SERIES, np.array(rows, np.float64).T, strict=True))
        return Updates({name: np.concatenate([self.series[name], part[name]]) for name in SERIES})


def policy_series(updates: Updates, points: int) -> PolicySeries:
    """Returns the updates in at most about so many points, always the newest among them."""
    step = max(1, -(-len(updates) // points))
    places = np.arange(len(updates) - 1, -1, -step)[::-1]
    shown = {name: plain(values[places]) for name, values in updates.series.items() if name != "version"}
    versions = updates.series["version"][places].astype(np.int64).tolist()
    return PolicySeries(version=tuple(versions), **shown, updates_a_point=step, count=len(updates))


def _staleness(update: PolicyUpdate, columns: Columns) -> float:
    """Returns updates before this one less the policy versions of its trials, on the mean; NaN where none is known."""
    if update.staleness:
        return fmean(update.staleness)
    rows = np.searchsorted(columns.numbers, update.trials)
    versions = columns.values["policy_version"][rows[rows < len(columns)]]
    known = versions[~np.isnan(versions)]
    return update.version - 1 - float(known.mean()) if len(known) else np.nan
