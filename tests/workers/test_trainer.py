"""The loop learns, repeats itself bit for bit, and says at once when it has gone wrong."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from search_spaces.architecture import Architecture
from search_spaces.build import build_module
from search_spaces.graph import GraphBuilder
from tests.workers.tiny import TinySpace, bars, tiny_data
from workers.data.load import DataSpec, load_training
from workers.device import DeviceImages
from workers.errors import ConstantError, DataError, DivergedError
from workers.evaluate import build_seeded
from workers.job import Recipe
from workers.scoring import evaluate
from workers.trainer import build_optimizer, rate_factor, train

RECIPE = Recipe(epochs=2, batch_size=30, learning_rate=0.1, warmup_epochs=0.5)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def placed(part):
    return DeviceImages.place(part, (80.0,), (60.0,), "cpu")


def network(seed=0, tokens=(1, 1)):
    return build_seeded(TinySpace().network(Architecture("tiny", tokens), (1, 8, 8), 3), seed)


@pytest.fixture
def parts():
    data = tiny_data()
    return placed(data.train), placed(data.validation)


def weights(module):
    return torch.cat([value.flatten().double() for value in module.state_dict().values()])


def test_it_learns(parts):
    module = network()
    before = evaluate(module, parts[1]).accuracy
    curve = train(module, parts[0], replace(RECIPE, epochs=20), seed=0, validation=parts[1])
    assert before < 0.6
    assert curve[-1].validation_accuracy == evaluate(module, parts[1]).accuracy > 0.9
    assert curve[-1].train_loss < curve[0].train_loss


def test_it_reads_handwritten_digits():
    data = load_training(DataSpec("digits"))
    train_part, validation = (
        DeviceImages.place(part, data.mean, data.std, "cpu") for part in (data.train, data.validation)
    )
    g = GraphBuilder(data.image)
    x = g.image
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        x = g.relu(g.norm(g.conv(x, channels, kernel=3, stride=stride)))
    module = build_seeded(g.finish(g.classifier(x, classes=10)), 0)
    (*_, last) = train(module, train_part, Recipe(epochs=12), seed=0, validation=validation)
    assert last.validation_accuracy > 0.95


def test_the_curve_has_a_point_an_epoch_and_reports_each_at_once(parts):
    seen = []
    curve = train(
        network(), parts[0], RECIPE, seed=0, validation=parts[1], on_epoch=lambda point, _: seen.append(point)
    )
    assert [point.epoch for point in curve] == [1, 2]
    assert curve == tuple(seen)
    assert all(point.seconds > 0 and point.validation_loss > 0 for point in curve)


def test_without_validation_the_curve_says_nothing_of_it(parts):
    (_, last) = train(network(), parts[0], RECIPE, seed=0)
    assert last.validation_accuracy is None
    assert last.validation_loss is None
    assert last.train_loss > 0


def test_validation_does_not_change_the_training(parts):
    with_it, without = network(), network()
    train(with_it, parts[0], RECIPE, seed=3, validation=parts[1])
    train(without, parts[0], RECIPE, seed=3)
    assert torch.equal(weights(with_it), weights(without))


def test_the_same_seed_gives_the_same_weights_and_curve_bit_for_bit(parts):
    recipe = replace(RECIPE, flip=True, cutout=3)
    runs = []
    for seed in (1, 1, 2):
        module = network()
        curve = train(module, parts[0], recipe, seed=seed, validation=parts[1])
        runs.append((weights(module), [replace(point, seconds=0.0) for point in curve]))
    assert torch.equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not torch.equal(runs[0][0], runs[2][0])


def test_training_leaves_the_global_random_numbers_alone(parts):
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    train(network(), parts[0], RECIPE, seed=0)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("count", [2, 31, 61])
def test_a_last_batch_of_one_picture_is_left_out(count):
    (point, _) = train(network(), placed(bars(count, 0)), RECIPE, seed=0)
    assert math.isfinite(point.train_loss)


def test_every_picture_is_used_over_the_epochs(monkeypatch):
    """17 pictures in batches of 8 leave one out each epoch, but not the same one."""
    seen = set()
    original = DeviceImages.batch

    def spy(self, index):
        seen.update(index.tolist())
        return original(self, index)

    monkeypatch.setattr(DeviceImages, "batch", spy)
    train(network(), placed(bars(17, 0)), replace(RECIPE, epochs=6, batch_size=8), seed=0)
    assert seen == set(range(17))


def test_a_loss_that_is_not_finite_ends_the_training_at_once(parts):
    reported = []
    recipe = replace(RECIPE, epochs=1000, learning_rate=1e9, warmup_epochs=0.0)
    with pytest.raises(DivergedError, match=r"epoch \d, step \d: the loss is .* lower the learning rate"):
        train(
            network(tokens=(1, 0)), parts[0], recipe, seed=0, on_epoch=lambda point, _: reported.append(point)
        )
    assert len(reported) < 10


def test_weights_that_are_not_finite_are_seen_by_the_validation(parts):
    class Blind(nn.Module):
        """Learns with one network and is judged by another, whose weights have become infinite."""

        def __init__(self):
            super().__init__()
            self.inner, self.spoilt = network(), nn.Parameter(torch.tensor(math.inf), requires_grad=False)

        def forward(self, images):
            logits = self.inner(images)
            return logits if self.training else logits * self.spoilt

    with pytest.raises(DivergedError, match="epoch 1: the validation loss is nan"):
        train(Blind(), parts[0], RECIPE, seed=0, validation=parts[1])


class Spoiling(nn.Module):
    """Learns as the tiny network does; then, in the last training step, something happens to it."""

    def __init__(self, spoil, steps):
        super().__init__()
        self.inner, self.spoil, self.steps = network(), spoil, steps

    def forward(self, images):
        self.steps -= self.training
        if self.training and self.steps == 0:
            self.spoil(self.inner)
        return self.inner(images)


def infinite_variance(module):
    module.get_buffer("body.1.running_var").fill_(math.inf)


def test_statistics_that_are_not_finite_do_not_slip_through(parts):
    """With an infinite variance every answer is finite: the shift of the normalisation alone."""
    with pytest.raises(
        DivergedError, match=r"epoch 2: 'inner.body.1.running_var' holds numbers that are not finite"
    ):
        train(Spoiling(infinite_variance, 8), parts[0], RECIPE, seed=0, validation=parts[1])


def test_weights_that_the_last_step_spoils_are_seen_without_validation(parts):
    hook = register_optimizer_step_post_hook(
        lambda optimizer, *_: optimizer.param_groups[0]["params"][0].data.view(-1)[0].fill_(math.nan)
    )
    try:
        with pytest.raises(
            DivergedError, match=r"epoch 1: 'body.0.weight' holds numbers that are not finite"
        ):
            train(network(), parts[0], replace(RECIPE, epochs=1, batch_size=120), seed=0)
    finally:
        hook.remove()


class Deaf(nn.Module):
    """Learns to answer, but never sees the picture."""

    def __init__(self):
        super().__init__()
        self.answer = nn.Parameter(torch.zeros(3))

    def forward(self, images):
        return self.answer.expand(len(images), 3)


def test_a_trained_network_that_answers_every_picture_alike(parts):
    reported = []
    with pytest.raises(ConstantError, match="got the same logits for all 60 pictures"):
        train(
            Deaf(),
            parts[0],
            RECIPE,
            seed=0,
            validation=parts[1],
            on_epoch=lambda point, _: reported.append(point),
        )
    assert [point.epoch for point in reported] == [1]  # it might still have learnt in the second


@pytest.mark.parametrize(
    ("count", "held_back", "part"), [(1, 9, "training"), (0, 9, "training"), (9, 0, "validation")]
)
def test_too_few_pictures_are_said_before_anything_is_trained(count, held_back, part):
    module = network()
    with pytest.raises(DataError, match=f"{part} part: expected .* pictures .* keep more of them"):
        train(module, placed(bars(count, 0)), RECIPE, seed=0, validation=placed(bars(held_back, 1)))
    assert torch.equal(weights(module), weights(network()))


def forgetful():
    g = GraphBuilder((1, 8, 8))
    x = g.dropout(g.relu(g.conv(g.image, 8, kernel=3)), 0.5)
    return build_seeded(g.finish(g.classifier(x, classes=3)), 0)


def test_what_dropout_drops_is_decided_by_the_seed_and_leaves_no_trace(parts):
    runs = []
    for seed, before in ((1, 5), (1, 6), (2, 6)):
        module = forgetful()
        torch.manual_seed(before)
        train(module, parts[0], RECIPE, seed=seed)
        runs.append(weights(module))
        after = torch.rand(3)
        torch.manual_seed(before)
        assert torch.equal(after, torch.rand(3))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_the_rate_rises_in_a_line_then_falls_as_a_cosine():
    factors = [rate_factor(step, warmup_steps=4, total_steps=12) for step in range(12)]
    assert factors[:4] == [0.25, 0.5, 0.75, 1.0]
    assert factors[4] == 1.0
    assert factors[8] == pytest.approx(0.5)
    assert factors[4:] == sorted(factors[4:], reverse=True)
    assert factors[-1] == pytest.approx(0.5 * (1 + math.cos(math.pi * 7 / 8)))


@pytest.mark.parametrize(("warmup", "total", "first"), [(0, 5, 1.0), (100, 10, 0.2), (3, 1, 1.0)])
def test_the_warm_up_takes_at_most_half_of_the_steps(warmup, total, first):
    assert rate_factor(0, warmup_steps=warmup, total_steps=total) == first
    assert all(0 < rate_factor(s, warmup_steps=warmup, total_steps=total) <= 1 for s in range(total))


def test_each_step_takes_the_rate_of_its_place(parts):
    rates = []
    hook = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append([group["lr"] for group in optimizer.param_groups])
    )
    train(network(), parts[0], RECIPE, seed=0)
    hook.remove()
    factors = [rate_factor(step, warmup_steps=2, total_steps=8) for step in range(8)]
    assert rates == [[0.1 * factor] * 2 for factor in factors]


def test_pictures_are_varied_as_the_recipe_says(parts):
    losses = set()
    for change in ({"crop_padding": 0}, {"crop_padding": 2}, {"flip": True}, {"cutout": 4}):
        recipe = replace(RECIPE, **{"crop_padding": 0} | change)
        losses.add(train(network(), parts[0], recipe, seed=0)[-1].train_loss)
    assert len(losses) == 4


def test_weights_are_kept_in_channels_last_order(parts):
    g = GraphBuilder((1, 8, 8))
    wide = build_seeded(
        g.finish(g.classifier(g.conv(g.conv(g.image, 4, kernel=3), 5, kernel=3), classes=3)), 0
    )
    train(wide, parts[0], RECIPE, seed=0)
    (inner,) = [p for p in wide.parameters() if p.shape == (5, 4, 3, 3)]
    assert inner.is_contiguous(memory_format=torch.channels_last)


def test_normalisation_and_biases_do_not_decay():
    module = network()
    decaying, free = build_optimizer(module, RECIPE).param_groups
    assert decaying["nesterov"]
    assert free["nesterov"]
    assert decaying["weight_decay"] == RECIPE.weight_decay
    assert free["weight_decay"] == 0.0
    assert all(p.ndim > 1 for p in decaying["params"])
    assert len(decaying["params"]) == 2
    assert len(free["params"]) == 3  # scale and shift of the normalisation, bias of the classifier


def test_weight_decay_pulls_weights_towards_zero(parts):
    norms = []
    for decay in (0.0, 0.5):
        module = network()
        train(module, parts[0], replace(RECIPE, weight_decay=decay), seed=0)
        norms.append(module.get_parameter("body.0.weight").norm().item())
    assert norms[1] < 0.9 * norms[0]


def test_no_momentum_is_plain_descent(parts):
    module = network()
    train(module, parts[0], replace(RECIPE, momentum=0.0), seed=0)
    assert not torch.equal(weights(module), weights(network()))


def test_the_gradient_is_clipped_as_a_whole(parts):
    """One plain step moves the weights by no more than rate times clip."""
    module = network()
    start = copy.deepcopy([p.detach() for p in module.parameters()])
    recipe = replace(RECIPE, epochs=1, batch_size=120, momentum=0.0, weight_decay=0.0, gradient_clip=1e-3)
    train(module, parts[0], replace(recipe, warmup_epochs=0.0), seed=0)
    moved = math.sqrt(
        sum((p - q).square().sum().item() for p, q in zip(module.parameters(), start, strict=True))
    )
    assert moved == pytest.approx(RECIPE.learning_rate * 1e-3, rel=1e-3)


def test_label_smoothing_raises_the_least_loss(parts):
    losses = []
    for smoothing in (0.0, 0.3):
        recipe = replace(RECIPE, epochs=20, label_smoothing=smoothing, crop_padding=0)
        losses.append(train(network(), parts[0], recipe, seed=0)[-1].train_loss)
    floor = -0.8 * math.log(0.8) - 2 * 0.1 * math.log(0.1)  # entropy of a target of 0.8, 0.1, 0.1
    assert losses[0] < 0.3
    assert losses[1] > floor


def test_a_network_with_one_layer_learns_too(parts):
    graph = TinySpace().network(Architecture("tiny", (0, 0)), (1, 8, 8), 3)
    module = build_module(graph)
    curve = train(module, parts[0], RECIPE, seed=0, validation=parts[1])
    assert len(curve) == 2
