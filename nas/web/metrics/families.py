"""The metrics of searches: their names, what they say, and the figures that were put into them."""

from collections.abc import Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

GAUGES = {
    "nas_database_up": ("Whether the database answers: 1, or 0.", ()),
    "nas_exports_free_bytes": ("Room on the disk that networks are handed over to.", ()),
    "nas_stream_clients": ("Pages and programs that follow searches live.", ()),
    "nas_searches": ("Searches, by state.", ("state",)),
    "nas_searches_left_out": ("Searches of which no further figures are given: the oldest of very many.", ()),
    "nas_queue_submissions": ("What was handed in and has not ended, by state.", ("state",)),
    "nas_search_trials": ("Trials of a search, by state.", ("search", "state")),
    "nas_search_trial_budget": ("Trials that a search is to have.", ("search",)),
    "nas_search_best_reward": ("Highest reward so far.", ("search",)),
    "nas_search_last_reward": ("Reward of the trial that completed last.", ("search",)),
    "nas_search_policy_entropy": (
        "How undecided the policy is, in nats; see the newest update.",
        ("search",),
    ),
    "nas_search_policy_loss": ("Loss of the newest update of the policy.", ("search",)),
    "nas_search_driver_age_seconds": (
        "Since the driver of a running search gave a sign of life.",
        ("search",),
    ),
    "nas_search_held": ("Whether a running search starts no new trials: 1, or 0.", ("search",)),
    "nas_search_workers": ("Workers of a running search that are not gone.", ("search",)),
    "nas_worker_beat_age_seconds": ("Since a worker gave a sign of life.", ("search", "worker")),
    "nas_worker_memory_bytes": ("Memory that a worker uses.", ("search", "worker")),
    "nas_worker_gpu_memory_bytes": ("Memory of its GPU that a worker uses.", ("search", "worker")),
}
COUNTERS = {
    "nas_search_trials_ended_total": ("Trials that have ended, by what came of them.", ("search", "state")),
    "nas_search_spent_seconds_total": ("Wall time that drivers have spent on a search.", ("search",)),
}
TRAINING_SECONDS = "nas_trial_training_seconds"


class Families:
    """All metrics of one look, each with its figures; those without any are given all the same."""

    def __init__(self) -> None:
        gauges = {
            name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in GAUGES.items()
        }
        counters = {
            name: CounterMetricFamily(name, text, labels=labels) for name, (text, labels) in COUNTERS.items()
        }
        self._plain: dict[str, GaugeMetricFamily | CounterMetricFamily] = {**gauges, **counters}
        self._durations = HistogramMetricFamily(
            TRAINING_SECONDS, "Training times of the trials that completed.", labels=("search",)
        )

    def add(self, name: str, value: float | None, *labels: str) -> None:
        """Adds a figure, where there is one."""
        if value is not None:
            self._plain[name].add_metric(labels, value)

    def add_durations(self, search: str, buckets: Sequence[tuple[str, float]], seconds: float) -> None:
        """Adds the histogram of a search."""
        self._durations.add_metric((search,), buckets, seconds)

    def all(self) -> list[Metric]:
        """Returns the metrics, as a registry wants them."""
        return [*self._plain.values(), self._durations]
