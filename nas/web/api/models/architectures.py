"""What networks are made of and what they cost, across searches and side by side."""

from typing import Annotated

from pydantic import Field

from nas.web.api.models.base import Answer, Measure
from nas.web.api.models.trials import TrialAnswer

Shape = Annotated[tuple[int, int, int], Field(examples=[[16, 32, 32]])]
"""Channels, height and width."""


class LayerAnswer(Answer):
    """One layer of a network, or one part of it; for one picture."""

    name: str
    """where it is in the network"""
    kind: str
    """what it does"""
    inputs: list[Shape]
    """shapes that it takes"""
    output: Shape
    """shape that it gives"""
    kernel: tuple[int, int] | None
    """height and width of its window"""
    stride: int | None
    """step of its window"""
    padding: tuple[int, int] | None
    """padding of its window"""
    activation_bytes: int
    """memory of what it gives"""
    parameters: int
    """learnt numbers"""
    multiply_adds: int
    """for one picture"""


class LayersAnswer(Answer):
    """A network layer by layer, and what the whole costs."""

    title: str
    """which network"""
    image: Shape
    """channels, height and width of a picture"""
    classes: int
    """kinds of pictures"""
    parameters: int
    """learnt numbers"""
    multiply_adds: int
    """of convolutions and linear layers"""
    multiply_adds_with_normalisation: int
    """those of normalisation counted as well"""
    batch: int
    """pictures at once, for the memory below"""
    peak_activation_bytes: int
    """most that is held at once to predict"""
    training_activation_bytes: int
    """what is kept for the backward pass"""
    layers: list[LayerAnswer]
    """in the order in which they run"""


class ArchitectureAnswer(Answer):
    """One function graph in one search, and what its trainings gave together."""

    search: str
    """the search"""
    canonical_key: str
    """equal for architectures that compute the same"""
    first_number: int
    """the first trial that trained it"""
    trainings: int
    """that gave a reward"""
    mean_reward: Measure
    """over these"""
    parameters: int | None
    """learnt numbers"""
    multiply_adds: int | None
    """for one picture"""


class Compared(Answer):
    """One of the trials that are compared."""

    search: str
    """its search"""
    trial: TrialAnswer
    """what came of it"""
    text: str
    """its architecture on one line"""


class Difference(Answer):
    """One decision in all trials that are compared."""

    name: str
    """the decision"""
    options: list[str | None]
    """what each trial chose; null where its space has no such decision"""
    differs: bool
    """whether they are not all the same"""


class ComparisonAnswer(Answer):
    """Trials side by side."""

    trials: list[Compared]
    """in the order asked for"""
    decisions: list[Difference]
    """decision by decision"""
    differences: int
    """how many of them differ"""
    is_same_function: bool
    """whether all compute the same, however they are written down"""
