"""What stands between the convolutions of a network: its normalisation and its activation, chosen once for a space."""

from dataclasses import dataclass
from math import gcd
from typing import Literal, get_args

from search_spaces.errors import unknown_name
from search_spaces.layers import Activation, BatchNorm, GroupNorm, Layer, PReLU

Normalisation = Literal["batch", "group"]
ActivationKind = Literal["relu", "leaky_relu", "prelu", "elu", "silu"]

NORM_GROUPS = 32
"""Groups of group normalisation, or as many as divide both this and the channels. Wu and He 2018, section 4.1."""


@dataclass(frozen=True, slots=True)
class Style:
    """The layers that `GraphBuilder.norm` and `GraphBuilder.activation` add."""

    normalisation: Normalisation = "batch"
    activation: ActivationKind = "relu"

    def __post_init__(self) -> None:
        for what, kind, known in (
            ("normalisation", self.normalisation, get_args(Normalisation)),
            ("activation", self.activation, get_args(ActivationKind)),
        ):
            if kind not in known:
                raise unknown_name(what, kind, known)

    def norm(self, channels: int) -> Layer:
        """Returns the normalisation of so many channels."""
        if self.normalisation == "group":
            return GroupNorm(channels, gcd(channels, NORM_GROUPS))
        return BatchNorm(channels)

    def activate(self, channels: int) -> Layer:
        """Returns the activation of so many channels."""
        return PReLU(channels) if self.activation == "prelu" else Activation(self.activation)
