"""The smallest real space: a convolution of 4 or 8 channels, then batch normalisation or none. And pictures for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from search_spaces.architecture import Architecture
from search_spaces.graph import Graph, GraphBuilder, Shape
from search_spaces.outline import Outline
from search_spaces.space import Decision, Space
from workers.data.images import ImageData, LabelledImages
from workers.job import Job, Recipe

CLASSES = ("left", "right", "both")


@dataclass(frozen=True)
class TinySpace(Space):
    name = "tiny"

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return Decision("channels", ("4", "8")), Decision("norm", ("no", "yes"))

    @property
    def settings(self) -> Mapping[str, int]:
        return {}

    def canonical_key(self, architecture: Architecture) -> str:
        return str(architecture)

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        chosen = self.describe(architecture)
        g = GraphBuilder(image)
        with g.scope("body"):
            x = g.conv(g.image, int(chosen["channels"]), kernel=3)
            x = g.relu(g.norm(x) if chosen["norm"] == "yes" else x)
        with g.scope("head"):
            return g.finish(g.classifier(x, classes=classes))

    def outline(self, architecture: Architecture) -> Outline:
        return Outline(str(architecture), "", ())


def bars(count: int, seed: int) -> LabelledImages:
    """Noise with a bright bar on the left, on the right or on both sides: easy, but not without the pictures."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % 3
    images = rng.integers(0, 100, (count, 1, 8, 8), dtype=np.uint8)
    images[labels != 1, :, :, :2] += 120
    images[labels != 0, :, :, -2:] += 120
    return LabelledImages(images, labels)


def tiny_data(train: int = 120, validation: int = 60) -> ImageData:
    return ImageData("bars", CLASSES, bars(train, 0), bars(validation, 1), (80.0,), (60.0,), "bars-0")


def tiny_job(job_id: int, *, tokens: tuple[int, int] = (1, 1), seed: int = 5, **recipe: float) -> Job:
    """A job that takes some 20 ms."""
    settings = {"epochs": 2, "batch_size": 30, "learning_rate": 0.1, **recipe}
    return Job(job_id, Architecture("tiny", tokens), Recipe(**settings), seed)
