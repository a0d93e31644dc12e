"""The full training: learns from both parts, is tested once, and its weights give what was measured."""

import pytest
import torch
from safetensors.torch import load

from nas.training import train_fully
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture
from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.registry import build_space
from workers.data.load import DataSpec, load_test, load_training
from workers.device import DeviceImages
from workers.errors import ConstantError
from workers.job import Recipe
from workers.scoring import evaluate

SPEC = DataSpec("digits", max_train_images=200, max_validation_images=100)


@pytest.fixture(scope="module")
def trained():
    space, data, test = build_space("toy"), load_training(SPEC), load_test(SPEC)
    architecture = next(space.enumerate())
    trial = Trial(1, 1, 4, architecture, "key", 11, TrialState.COMPLETED, 1)
    graph = space.network(architecture, data.image, len(data.classes))
    epochs = []
    recipe = Recipe(epochs=2, crop_padding=1)
    return graph, data, test, train_fully(trial, graph, data, test, recipe, epochs.append), epochs


def test_it_learns_from_training_and_validation_parts(trained):
    graph, data, test, training, epochs = trained
    assert training.train_images == len(data.train) + len(data.validation) == 300
    assert training.test_total == len(test)
    assert [metrics.epoch for metrics in epochs] == [1, 2]
    assert training.parameters == cost(graph).parameters
    assert (training.number, training.seed, training.recipe["epochs"]) == (4, 11, 2)
    assert set(training.versions) == {"nas", "torch", "numpy"}


def test_the_stored_weights_reach_the_stored_test_accuracy(trained):
    graph, data, test, training, _ = trained
    module = build_module(graph)
    module.load_state_dict(load(training.weights))
    score = evaluate(module, DeviceImages.place(test, data.mean, data.std, "cpu"))
    assert score.correct == training.test_correct
    assert not torch.equal(next(iter(module.parameters())), next(iter(build_module(graph).parameters())))


def test_a_network_that_answers_every_picture_alike_is_not_handed_over():
    space, data, test = build_space("nasbench201"), load_training(SPEC), load_test(SPEC)
    nothing = Architecture("nasbench201", (0,) * 6)
    trial = Trial(1, 1, 4, nothing, "key", 11, TrialState.COMPLETED, 1)
    graph = space.network(nothing, data.image, len(data.classes))
    with pytest.raises(ConstantError, match="expected answers that depend on the picture"):
        train_fully(trial, graph, data, test, Recipe(epochs=1))
