"""What a view answers: plain frozen values, ready to become JSON. No number in them is NaN or infinite.

Times are UTC epoch seconds. A reward is in the unit of the search's first objective, negated where less is better;
`nas.objectives.Objective.signed` turns it back. A sequence of values runs over what its neighbours run over.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TablePage:
    """One page of the table of trials."""

    numbers: tuple[int, ...]
    """The trials of the page, in the order of the table."""
    count: int
    """Trials that the filter lets through, on all pages."""
    before: int
    """Of those, how many stand before this page."""
    next_cursor: str | None = None
    """Of the page behind this one; None for the last."""
    previous_cursor: str | None = None
    """Of the page in front of this one; None for the first."""


@dataclass(frozen=True, slots=True)
class BestSoFar:
    """The best reward of another search after so many ended trials: a line to hold a search against."""

    name: str
    told: tuple[int, ...]
    best: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class History:
    """How the rewards went, in the order in which trials ended. One point is a stretch of `trials_a_point` of them."""

    told: tuple[int, ...]
    """How many trials had ended with the last one of each point, failed ones included."""
    number: tuple[int | None, ...]
    """The trial of the highest reward in the stretch; None where all of them failed."""
    reward: tuple[float | None, ...]
    """Its reward."""
    best: tuple[float | None, ...]
    """Highest reward so far; None before the first."""
    mean: tuple[float | None, ...]
    """Mean of the last `mean_over` rewards, of fewer at the beginning."""
    trials_a_point: int
    mean_over: int
    count: int
    """Trials that have ended."""
    random: BestSoFar | None = None
    """Random search under the same recipe, `nas.companions`; None where there is none."""


@dataclass(frozen=True, slots=True)
class Point:
    """One trial in a scatter."""

    x: float
    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Scatter:
    """One measure of the trials against another, and those that no other is better than in both."""

    x: str
    y: str
    x_is_minimised: bool
    y_is_minimised: bool
    points: tuple[Point, ...]
    """By number; of too many, a sample that has the whole front."""
    front: tuple[Point, ...]
    """From the lowest x."""
    count: int
    """Trials that have both measures."""


@dataclass(frozen=True, slots=True)
class DecisionShares:
    """How often each option of one decision was chosen in each window."""

    name: str
    options: tuple[str, ...]
    """Names, or the tokens as text where the space is not known here."""
    shares: tuple[tuple[float, ...], ...]
    """For each window the share of each option; they add up to 1, but for rounding."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the strategy chose over time. All decisions have the same windows."""

    windows: tuple[tuple[int, int], ...]
    """Numbers of the first and the last trial of each."""
    trials: tuple[int, ...]
    """How many trials of the strategy are in each; those added or retried by hand are left out."""
    decisions: tuple[DecisionShares, ...]
    count: int
    """Trials in all windows together."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How much higher the reward is of networks with an option than of those without.

    The unit is a network: of one that was trained several times it is the mean that counts. What cannot be said of so
    few networks is None.
    """

    decision: str | None
    """None for an operation anywhere in the network."""
    option: str
    trials: int
    """Trials with it that have a reward."""
    networks: int
    """Different ones among them."""
    networks_without: int
    mean: float | None
    """Reward of those with it."""
    mean_without: float | None
    difference: float | None
    low: float | None
    high: float | None
    """The ends of the difference's interval of 95 %, Welch's, of this one alone."""
    p_value: float | None
    """Of no difference, corrected for how many effects of its kind are listed (Holm 1979)."""
    is_clear: bool
    """Whether that is below 0.05."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of all operations anywhere, then those of each option of each decision."""

    operations: tuple[Effect, ...]
    """The best first."""
    options: tuple[Effect, ...]
    """In the order of the space."""
    trials: int
    networks: int
    method: str
    """How they were computed and what they do not say, as a sentence to be shown beside them."""


@dataclass(frozen=True, slots=True)
class PolicySeries:
    """How the updates of the policy went; of too many, every `updates_a_point`-th and the last."""

    version: tuple[int, ...]
    loss: tuple[float | None, ...]
    entropy: tuple[float | None, ...]
    """In nats, over all decisions."""
    baseline: tuple[float | None, ...]
    """Mean over the trials of the update, in the units of the strategy's scores."""
    staleness: tuple[float | None, ...]
    """Updates between the policy that drew the trials and the one that learnt from them, mean over the trials."""
    gradient_norm: tuple[float | None, ...]
    kl: tuple[float | None, ...]
    updates_a_point: int
    count: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the search has cost and when it ends. `reason` says in words what the numbers rest on, or why none is."""

    trials_per_hour: float | None
    """Over the recent past, at most `recent_trials` trials and none of before the last pause."""
    recent_trials: int
    spent_seconds: float
    """Wall time of drivers, over all resumes."""
    train_seconds: float
    """Time of workers, all trials together."""
    worker_hours: float
    """The same in hours."""
    gpu_hours: float | None
    """That times the share of a GPU that each worker has; None where they have none."""
    ended: int
    """Trials that have ended."""
    trial_budget: int | None
    time_budget_seconds: float | None
    remaining_trials: int | None
    """None without a budget of trials."""
    remaining_seconds: float | None
    """Wall time until the search ends, by whichever budget comes first."""
    ends_at: float | None
    limited_by: str | None
    """"trials" or "time": the budget that comes first."""
    reason: str
