"""How a network is judged: every picture counts, and an answer that is none is known as such."""

import math

import pytest
import torch
from torch import nn

from search_spaces.architecture import Architecture
from tests.workers.tiny import TinySpace, bars
from workers.device import DeviceImages
from workers.errors import ConstantError, DivergedError
from workers.evaluate import build_seeded
from workers.scoring import evaluate, judge, require_answers


def placed(part):
    return DeviceImages.place(part, (80.0,), (60.0,), "cpu")


def network():
    return build_seeded(TinySpace().network(Architecture("tiny", (1, 1)), (1, 8, 8), 3), 0)


def weights(module):
    return torch.cat([value.flatten().double() for value in module.state_dict().values()])


class Saying(nn.Module):
    """Gives the logits that a function of the pictures (B, C, H, W) returns, (B, 3)."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, images):
        return self.logits(images)


def same(images):
    return torch.tensor([0.6, 0.2, 0.2]).log().expand(len(images), 3)


def test_evaluation_counts_every_picture_and_keeps_the_weights(monkeypatch):
    module, pictures = network(), placed(bars(60, 1))
    before = weights(module)
    whole = evaluate(module, pictures)
    monkeypatch.setattr("workers.scoring.EVALUATION_BATCH", 7)
    in_sevens = evaluate(module, pictures)
    assert whole.total == in_sevens.total == 60
    assert whole.correct == in_sevens.correct
    assert whole.loss == pytest.approx(in_sevens.loss, rel=1e-5)
    assert torch.equal(weights(module), before)


def test_a_score_by_hand():
    score = evaluate(Saying(same), placed(bars(4, 0)))  # labels 0, 1, 2, 0
    assert (score.correct, score.total, score.accuracy) == (2, 4, 0.5)
    assert score.loss == pytest.approx(-(2 * math.log(0.6) + 2 * math.log(0.2)) / 4)


def test_the_same_answer_to_all_is_constant_however_the_pictures_are_dealt_out(monkeypatch):
    monkeypatch.setattr("workers.scoring.EVALUATION_BATCH", 7)
    assert evaluate(Saying(same), placed(bars(15, 0))).constant
    with pytest.raises(
        ConstantError, match=r"expected answers that depend on the picture, .* all 15 pictures"
    ):
        require_answers(judge(Saying(same), placed(bars(15, 0)), "the test"))


def test_equal_rows_of_a_product_may_differ_in_their_last_bits():
    """A layer of 33 inputs of which torch 2.13 does so on an x86 processor; elsewhere the rows may well be equal."""
    torch.manual_seed(0)
    layer, features = nn.Linear(33, 3), torch.randn(1, 33)
    product = Saying(lambda images: layer(features.expand(len(images), 33).contiguous()))
    assert evaluate(product, placed(bars(61, 0))).constant
    shaken = Saying(lambda images: same(images) + 1e-7 * torch.rand(len(images), 3))
    assert evaluate(shaken, placed(bars(61, 0))).constant


@pytest.mark.parametrize("place", [0, 6, 13])
def test_one_picture_answered_otherwise_is_enough(monkeypatch, place):
    monkeypatch.setattr("workers.scoring.EVALUATION_BATCH", 7)
    pictures = placed(bars(14, 0))
    pictures.images[place] = 255

    def one_differs(images):
        bright = (images.mean((1, 2, 3)) > 2).float()
        return same(images) + 1e-4 * bright[:, None] * torch.tensor([1.0, 0.0, 0.0])

    score = evaluate(Saying(one_differs), pictures)
    assert not score.constant
    require_answers(score)


def test_a_single_picture_says_nothing_about_others():
    assert not evaluate(Saying(same), placed(bars(1, 0))).constant


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_logits_that_are_not_finite_are_no_answers(number):
    """Minus infinity for a class that is wrong leaves the loss finite, and the accuracy perfect."""
    pictures = placed(bars(2, 0))  # labels 0 and 1

    def spoilt(images):
        logits = torch.eye(3)[: len(images)] * 9.0
        logits[0, 2] = number
        return logits

    score = evaluate(Saying(spoilt), pictures)
    assert math.isfinite(score.loss) == (number == -math.inf)
    assert not score.finite
    with pytest.raises(
        DivergedError, match=r"epoch 3: the validation (logits are not all finite|loss is (nan|inf))"
    ):
        judge(Saying(spoilt), pictures, "epoch 3: the validation")
