"""Whole data sets, from name to arrays: the same digits through every reader, and who may see the test part."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data_fixtures import encoded, pictures, write_digits_folder
from workers.data.load import DataSpec, load_test, load_training
from workers.errors import DataError

DIGITS = DataSpec("digits")


@pytest.fixture(params=["digits_folder", "digits_parquet", "digits_idx"])
def on_disk(request: pytest.FixtureRequest) -> DataSpec:
    """The same 120 and 40 digits in each form."""
    return DataSpec(str(request.getfixturevalue(request.param)))


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """Class folders without parts, 10 pictures each, that a test may change."""
    return write_digits_folder(tmp_path / "own", per_class=10, split=False)


def test_digits_arrive_whole() -> None:
    data, test = load_training(DIGITS), load_test(DIGITS)
    assert data.name == "digits"
    assert data.image == (1, 8, 8)
    assert data.classes == tuple("0123456789")
    assert (len(data.train), len(data.validation), len(test)) == (1150, 288, 359)
    assert data.train.images.dtype == np.uint8
    assert data.train.labels.dtype == np.int64
    assert data.mean == pytest.approx(data.train.images.mean((0, 2, 3)))
    assert data.std == pytest.approx(data.train.images.std((0, 2, 3)))
    every = np.concatenate([data.train.images, data.validation.images, test.images])
    original, _ = pictures(1_000)
    assert sorted(every[:, 0].sum((1, 2))) == sorted(original.sum((1, 2)))


def test_the_fingerprint_of_the_digits_stays() -> None:
    """A change of splitting or scaling rules makes stored searches impossible to resume; it must be meant."""
    assert load_training(DIGITS).fingerprint.startswith("a2a2b78642b657bf")


def test_every_form_gives_the_same_pictures(on_disk: DataSpec, digits_idx: Path) -> None:
    data, test = load_training(on_disk), load_test(on_disk)
    assert len(data.train) == 96
    assert len(data.validation) == 24
    assert np.array_equal(test.images[:, 0], pictures(4, skip=12)[0])
    assert data.fingerprint == load_training(DataSpec(str(digits_idx))).fingerprint


def test_training_never_opens_a_test_picture(digits_folder: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(digits_folder, tmp_path / "copy"))
    for picture in (root / "test").rglob("*.png"):
        picture.write_bytes(b"whoever opens this fails")
    spec = DataSpec(str(root))
    assert load_training(spec).fingerprint == load_training(DataSpec(str(digits_folder))).fingerprint
    with pytest.raises(DataError, match="got 40 that are not"):
        load_test(spec)


def test_training_never_opens_a_picture_that_was_set_apart(own_folder: Path) -> None:
    spec = DataSpec(str(own_folder))
    test = {image.tobytes() for image in load_test(spec).images}
    before = load_training(spec)
    broken = 0
    for path in own_folder.rglob("*.png"):
        if np.asarray(Image.open(path)).tobytes() in test:
            path.write_bytes(b"whoever opens this fails")
            broken += 1
    assert broken == 20
    assert load_training(spec).fingerprint == before.fingerprint


def test_settings_reach_the_split() -> None:
    data = load_training(
        replace(DIGITS, validation_fraction=0.5, max_train_images=200, max_validation_images=50)
    )
    assert (len(data.train), len(data.validation)) == (200, 50)
    assert np.bincount(data.train.labels).min() >= 19
    other = load_training(replace(DIGITS, split_seed=1))
    assert other.fingerprint != load_training(DIGITS).fingerprint
    assert np.array_equal(load_test(replace(DIGITS, split_seed=1)).images, load_test(DIGITS).images)


def test_size_and_channels_hold_for_every_part() -> None:
    spec = replace(DIGITS, size=(6, 12), channels=3)
    data, test = load_training(spec), load_test(spec)
    assert data.image == (3, 6, 12)
    assert len(data.mean) == len(data.std) == 3
    assert test.images.shape == (359, 3, 6, 12)


def test_the_test_part_is_shaped_like_the_training_part(tmp_path: Path) -> None:
    for part, size, mode in (("train", (10, 6), "L"), ("test", (50, 50), "RGB")):
        for name in "ab":
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(3):
                Image.new(mode, size).save(tmp_path / part / name / f"{number}.png")
    spec = DataSpec(str(tmp_path))
    assert load_training(spec).image == (1, 6, 10)
    assert load_test(spec).images.shape == (6, 1, 6, 10)


def test_mixed_sizes_and_colours(own_folder: Path) -> None:
    for name in "0123456789":
        (own_folder / name / "big.JPG").write_bytes(encoded(np.full((64, 48, 3), 200, np.uint8), "JPEG"))
    data = load_training(DataSpec(str(own_folder)))
    assert data.image == (3, 8, 8)


def test_corrupt_pictures_are_named(own_folder: Path) -> None:
    for path in (own_folder / "3").iterdir():
        path.write_bytes(b"")
    with pytest.raises(
        DataError, match=r"80 readable pictures, got 8 that are not: 3/\d+.png \(not a picture"
    ):
        load_training(DataSpec(str(own_folder)))


def with_bad(root: Path, *paths: str) -> DataSpec:
    """10 training and 10 test pictures a class, those at `paths` unreadable."""
    write_digits_folder(root, per_class=10, test_per_class=10)
    for path in paths:
        (root / path).write_bytes(b"")
    return DataSpec(str(root))


def test_what_is_left_out_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    sound = with_bad(tmp_path / "sound")
    assert load_training(replace(sound, skip_bad=True)).fingerprint == load_training(sound).fingerprint
    one, equal, other = (
        load_training(replace(with_bad(tmp_path / name, f"train/0/{number:04}.png"), skip_bad=True))
        for name, number in (("one", 3), ("equal", 3), ("other", 4))
    )
    assert one.fingerprint == equal.fingerprint
    assert len({one.fingerprint, other.fingerprint, load_training(sound).fingerprint}) == 3
    assert len(one.train) + len(one.validation) == 99
    (note,) = one.notes
    assert note == (
        f"{tmp_path}/one/train: left out 1 of 100 pictures, which cannot be read: train/0/0003.png "
        "(not a picture of the kinds JPEG, PNG, BMP, GIF, TIFF, WEBP, PPM)"
    )


def test_other_pictures_stay_where_they_were_when_one_is_left_out(tmp_path: Path) -> None:
    spec = with_bad(tmp_path)
    before = load_training(spec)
    (tmp_path / "train/0/0003.png").write_bytes(b"")
    after = load_training(replace(spec, skip_bad=True))
    for whole, rest in ((before.train, after.train), (before.validation, after.validation)):
        assert np.array_equal(np.delete(whole.images, rest.left_out, axis=0), rest.images)
        assert np.array_equal(np.delete(whole.labels, rest.left_out), rest.labels)


def test_a_bad_test_picture_is_left_out_likewise(tmp_path: Path) -> None:
    spec = with_bad(tmp_path, "test/9/0099.png")
    assert load_training(spec).notes == ()
    with pytest.raises(DataError, match="expected 100 readable pictures, got 1 that are not"):
        load_test(spec)
    test = load_test(replace(spec, skip_bad=True))
    assert (len(test), test.left_out) == (99, (99,))
    assert "left out 1 of 100 pictures" in test.notes[0]


def test_a_class_with_too_few_pictures(own_folder: Path) -> None:
    for path in sorted((own_folder / "7").iterdir())[1:]:
        path.unlink()
    with pytest.raises(
        DataError, match=r"expected at least 3 pictures of every class, .*got fewer of '7' \(1\)"
    ):
        load_training(DataSpec(str(own_folder)))


@pytest.mark.parametrize(
    ("dataset", "found"),
    [
        ("digts", "a path that does not exist"),
        ("/nowhere/data", "a path that does not exist"),
        ("/dev/null", "a file of another kind"),
        (__file__, "a file of another kind"),
        ("x" * 5_000, r"a path that cannot be looked at \(File name too long\)"),
        ("a\nb", "a path that does not exist"),
    ],
)
def test_what_is_no_data_set(dataset: str, found: str) -> None:
    with pytest.raises(
        DataError, match=rf"^data set '.*': expected 'digits', a .parquet .*, got {found}; check"
    ):
        load_training(DataSpec(dataset))


@pytest.mark.parametrize(("load", "total"), [(load_training, 2 * 1150 + 288), (load_test, 1150 + 359)])
def test_progress_rises_to_its_total(load: Callable[..., object], total: int) -> None:
    reports: list[tuple[int, int]] = []
    load(DIGITS, lambda done, of: reports.append((done, of)))
    assert reports[-1] == (total, total)
    assert [done for done, _ in reports] == [*range(500, total, 500), total]


def test_the_name_is_that_of_the_path(digits_folder: Path) -> None:
    assert load_training(DataSpec(f"{digits_folder}/")).name == digits_folder.name
