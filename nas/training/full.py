"""The full training of an architecture and the one reading of the test part.

The search chose on the validation part, which has done its work: the network that is handed over learns from the
training and validation parts together. Normalisation keeps the statistics of the training part.
"""

from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version

import torch
from safetensors.torch import save

from nas.storage.records import TrainingRecord
from nas.trial import Trial
from search_spaces.complexity import cost
from search_spaces.graph import Graph
from workers.data.images import ImageData, LabelledImages
from workers.device import DeviceImages, concatenate
from workers.evaluate import build_seeded
from workers.job import EpochMetrics, Recipe
from workers.scoring import judge, require_answers
from workers.trainer import train

PACKAGES = ("nas", "torch", "numpy")


def train_fully(
    trial: Trial,
    graph: Graph,
    data: ImageData,
    test: LabelledImages,
    recipe: Recipe,
    on_epoch: Callable[[EpochMetrics], None] | None = None,
) -> TrainingRecord:
    """Trains the network of a trial on all but the test part, then measures it on the test part, once.

    Uses the first GPU there is, else one CPU thread. Raises `DivergedError` or `ConstantError` where the recipe
    does not suit the network.
    """
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    pictures = concatenate(data.train, data.validation)
    module = build_seeded(graph, trial.seed)
    placed = DeviceImages.place(pictures, data.mean, data.std, device)
    curve = train(
        module, placed, recipe, seed=trial.seed, on_epoch=lambda metrics, _: on_epoch and on_epoch(metrics)
    )
    score = judge(module, DeviceImages.place(test, data.mean, data.std, device), "the test")
    require_answers(score)
    price = cost(graph)
    weights = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    return TrainingRecord(
        number=trial.number,
        seed=trial.seed,
        recipe=asdict(recipe),
        test_correct=score.correct,
        test_total=score.total,
        train_images=len(pictures),
        train_seconds=sum(point.seconds for point in curve),
        parameters=price.parameters,
        multiply_adds=price.multiply_adds,
        device=device,
        versions={package: version(package) for package in PACKAGES},
        weights=save(weights),
    )
