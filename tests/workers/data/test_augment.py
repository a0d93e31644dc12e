"""Each random change of a picture, checked against every outcome that it may have."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn.functional import pad

from workers.data.augment import augment, cutout, normalise, random_crop, random_flip
from workers.job import Recipe

SIZES = st.tuples(st.integers(1, 5), st.sampled_from([1, 3]), st.integers(1, 9), st.integers(1, 9))
FULL = Recipe(crop_padding=2, flip=True, cutout=3)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def batch(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Pictures without zeros, so that what is blanked or comes in from outside can be told."""
    return torch.rand(shape, generator=seeded(seed)) + 1


@given(SIZES, st.integers(0, 4), st.integers(0, 50))
def test_a_crop_is_a_window_of_the_padded_picture(shape: tuple[int, ...], padding: int, seed: int) -> None:
    images = batch(shape)
    cropped = random_crop(images, padding, seeded(seed))
    assert cropped.shape == images.shape
    height, width = shape[2:]
    for before, after in zip(pad(images, (padding,) * 4), cropped, strict=True):
        windows = [
            before[:, top : top + height, left : left + width]
            for top, left in product(range(2 * padding + 1), repeat=2)
        ]
        assert any(torch.equal(window, after) for window in windows)


def test_a_crop_without_padding_is_the_picture() -> None:
    images = batch((4, 3, 5, 6))
    assert torch.equal(random_crop(images, 0, seeded()), images)


def test_a_crop_reaches_every_window_about_equally_often() -> None:
    mark = torch.zeros(9_000, 1, 3, 3)
    mark[:, 0, 1, 1] = 1
    where = random_crop(mark, 1, seeded()).sum(0)[0]
    assert where.sum() == 9_000
    assert where.min() > 850
    assert where.max() < 1_150


@given(SIZES, st.integers(0, 50))
def test_a_flip_mirrors_or_leaves(shape: tuple[int, ...], seed: int) -> None:
    images = batch(shape)
    for before, after in zip(images, random_flip(images, seeded(seed)), strict=True):
        assert torch.equal(after, before) or torch.equal(after, before.flip(2))


def test_half_of_the_pictures_are_mirrored() -> None:
    images = torch.tensor([[[[0.0, 1.0]]]]).expand(10_000, 1, 1, 2)
    assert random_flip(images, seeded())[:, 0, 0, 0].sum().item() == pytest.approx(5_000, abs=200)


@given(SIZES, st.integers(1, 12), st.integers(0, 50))
def test_cutout_blanks_one_rectangle_of_at_most_the_square(
    shape: tuple[int, ...], side: int, seed: int
) -> None:
    images = batch(shape)
    after = cutout(images, side, seeded(seed))
    blank = after == 0
    assert torch.equal(after[~blank], images[~blank])
    assert (blank == blank[:, :1]).all()
    for picture in blank[:, 0]:
        rows, columns = picture.any(1).nonzero()[:, 0], picture.any(0).nonzero()[:, 0]
        assert 1 <= len(rows) <= side
        assert 1 <= len(columns) <= side
        inside = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert inside.all()
        assert inside.sum() == picture.sum()


def test_cutout_has_its_centre_on_any_pixel() -> None:
    blank = cutout(torch.ones(9_000, 1, 3, 3), 1, seeded()).eq(0).sum(0)[0]
    assert blank.sum() == 9_000
    assert blank.min() > 850
    blank = cutout(torch.ones(500, 1, 9, 9), 5, seeded()).eq(0).sum((1, 2, 3))
    assert blank.max() == 25
    assert blank.min() == 9


def test_nothing_asked_for_changes_nothing() -> None:
    images = batch((4, 3, 5, 6))
    assert torch.equal(augment(images, Recipe(crop_padding=0), seeded()), images)


@pytest.mark.parametrize(
    "recipe",
    [Recipe(crop_padding=2), Recipe(crop_padding=0, flip=True), Recipe(crop_padding=0, cutout=3)],
    ids=["crop", "flip", "cutout"],
)
def test_each_setting_of_a_recipe_has_its_effect(recipe: Recipe) -> None:
    images = batch((20, 1, 5, 6))
    assert not torch.equal(augment(images, recipe, seeded()), images)


def test_the_generator_decides_everything() -> None:
    images = batch((20, 3, 8, 8))
    one, same, other = (augment(images, FULL, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    before = torch.random.get_rng_state()
    augment(images, FULL, seeded())
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_type_and_memory_order_stay(dtype: torch.dtype) -> None:
    images = (100 * batch((4, 3, 8, 8))).to(dtype).contiguous(memory_format=torch.channels_last)
    after = augment(images, FULL, seeded())
    assert after.dtype == dtype
    assert after.is_contiguous(memory_format=torch.channels_last)


def test_normalise_by_hand() -> None:
    images = torch.tensor([[[[0, 255]], [[10, 20]]]], dtype=torch.uint8)
    expected = torch.tensor([[[[-1.0, 1.55]], [[-0.5, 0.5]]]])
    assert torch.equal(normalise(images, (100, 15), (100, 10)), expected)


def test_normalised_pictures_have_mean_zero_and_deviation_one() -> None:
    images = torch.randint(0, 256, (50, 3, 8, 8), generator=seeded()).to(torch.uint8)
    values = images.float()
    normal = normalise(images, values.mean((0, 2, 3)).tolist(), values.std((0, 2, 3), correction=0).tolist())
    assert normal.dtype == torch.float32
    assert torch.allclose(normal.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(normal.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5)
