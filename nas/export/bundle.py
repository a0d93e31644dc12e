"""What an export starts from, and what it reports at the end."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nas.storage.records import SearchRecord, TrainingRecord
from nas.trial import Trial
from search_spaces.graph import Graph
from search_spaces.outline import Outline
from search_spaces.space import Space
from workers.data.images import ImageData, LabelledImages


@dataclass(frozen=True, eq=False)
class ExportBundle:
    """A found network with everything that is known about it.

    `training` is the full training of the architecture of `trial`, with its weights. `data` is what it was trained on;
    `test` is the part that its test accuracy was measured on, which is measured again from the exported file.
    """

    search: SearchRecord
    trial: Trial
    training: TrainingRecord
    space: Space
    data: ImageData
    test: LabelledImages
    networks: int
    """Of the search that were trained with success, however often each."""

    @cached_property
    def graph(self) -> Graph:
        """The network, from a normalised picture to logits."""
        return self.space.network(self.trial.architecture, self.data.image, len(self.data.classes))

    @property
    def outline(self) -> Outline:
        """What a drawing of the architecture shows."""
        return self.space.outline_on(self.trial.architecture, self.data.image, len(self.data.classes))

    @property
    def colours(self) -> str:
        """How the channels of a picture are to be read."""
        return "RGB" if self.data.image[0] == 3 else "grey"

    @cached_property
    def test_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the test accuracy, as fractions."""
        from scipy.stats import binomtest  # type: ignore[import-untyped]  # here: takes half a second to import

        counted = binomtest(self.training.test_correct, self.training.test_total)
        interval = counted.proportion_ci(confidence_level=0.95, method="wilson")
        return float(interval.low), float(interval.high)

    @property
    def test_accuracy(self) -> str:
        """The measured accuracy with its interval, in words: "97.22 % of 360 test pictures (95 % interval ...)"."""
        low, high = map(percent, self.test_interval)
        accuracy = percent(self.training.test_correct / self.training.test_total)
        return f"{accuracy} of {self.training.test_total:,} test pictures (95 % interval {low} to {high})"


def percent(fraction: float) -> str:
    """Returns 0.97223 as "97.22 %"."""
    return f"{100 * fraction:.2f} %"


@dataclass(frozen=True, slots=True)
class FormCheck:
    """How an exported form, loaded again, compares with the network on test pictures."""

    form: str
    max_difference: float
    """Largest absolute difference of a logit."""
    scale: float
    """Largest absolute logit of the network."""


@dataclass(frozen=True, slots=True)
class Remeasured:
    """The test accuracy measured once more, from `model.onnx` with onnxruntime."""

    correct: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was handed over, and how it checked out."""

    directory: Path
    files: tuple[str, ...]
    checks: tuple[FormCheck, ...]
    test: Remeasured
