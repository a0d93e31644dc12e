"""Data sets by name or path: `load_training` for the search, `load_test` for the final evaluation and nothing else.

| dataset                     | read as                                                                          |
|-----------------------------|----------------------------------------------------------------------------------|
| digits                      | scikit-learn's handwritten digits                                                |
| FILE.parquet                | Hugging Face layout; the test part is the file called "test" instead of "train"  |
| directory of IDX files      | train-images-idx3-ubyte, train-labels-idx1-ubyte and their t10k twins, .gz or not |
| folder of class folders     | DIR/CLASS/*.png, or DIR/train/CLASS/*.png beside DIR/test and DIR/val            |

What is done to pictures of unequal kinds is said in `workers.data.decode`, what counts as unreadable in
`workers.data.reading`, what in a folder is passed over or refused in `workers.data.folder`. No archive is unpacked, no
list of labels read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from search_spaces.errors import printable
from workers.data import digits, folder, idx, parquet
from workers.data.decode import Layout, decode, find_layout
from workers.data.images import ImageData, LabelledImages
from workers.data.source import Reader, Source
from workers.data.splits import Division, divide
from workers.data.statistics import fingerprint, mean_and_std
from workers.errors import DataError

READERS: tuple[Reader, ...] = (digits, parquet, idx, folder)
"""Asked in this order; the first that matches reads."""

KINDS = "'digits', a .parquet file, a directory of IDX files, or a folder of class folders"
REPORT_EVERY = 500

Progress = Callable[[int, int], None]
"""Told how many of how many pictures have been dealt with."""


@dataclass(frozen=True)
class DataSpec:
    """Where pictures come from and how they are divided and shaped."""

    dataset: str
    test: str | None = None
    """The test part, where it does not lie beside the training part."""
    size: tuple[int, int] | None = None
    """(height, width) in pixels to bring every picture to; None: see `workers.data.decode`."""
    channels: int | None = None
    """1 or 3; None: 3 where any training picture is coloured."""
    validation_fraction: float = 0.2
    """Share of the training pictures that is set apart; without effect on a folder that has a validation part."""
    max_train_images: int | None = None
    """At most so many training pictures are kept."""
    max_validation_images: int | None = None
    """At most so many validation pictures are kept."""
    split_seed: int = 0
    """Decides between training and validation; the test part does not depend on it."""
    skip_bad: bool = False
    """Whether pictures that cannot be read are left out, up to one in a hundred; else they end the reading."""


def load_training(spec: DataSpec, on_progress: Progress | None = None) -> ImageData:
    """Returns the training and validation parts; no test picture is opened. Raises `DataError`."""
    division = _divide(spec)
    train, validation = division.train, division.validation
    tick = _ticker(2 * len(train) + len(validation), on_progress)
    layout = _layout(spec, division, tick)
    train_images, validation_images = decode((train, validation), layout, tick, skip_bad=spec.skip_bad)
    mean, std = mean_and_std(train_images.images)
    return ImageData(
        name=printable(Path(spec.dataset).resolve().name),
        classes=train.part.classes,
        train=train_images,
        validation=validation_images,
        mean=mean,
        std=std,
        fingerprint=fingerprint((train_images, validation_images), train.part.classes),
    )


def load_test(spec: DataSpec, on_progress: Progress | None = None) -> LabelledImages:
    """Returns the test part, shaped like the training part. Raises `DataError`.

    For the final evaluation alone: a choice that has seen these pictures is no longer judged by them.
    """
    division = _divide(spec)
    tick = _ticker(len(division.train) + len(division.test), on_progress)
    (test,) = decode((division.test,), _layout(spec, division, tick), tick, skip_bad=spec.skip_bad)
    return test


def _divide(spec: DataSpec) -> Division:
    return divide(
        _open(spec),
        validation_fraction=spec.validation_fraction,
        max_train_images=spec.max_train_images,
        max_validation_images=spec.max_validation_images,
        seed=spec.split_seed,
    )


def _open(spec: DataSpec) -> Source:
    try:
        reader = next((reader for reader in READERS if reader.matches(spec.dataset)), None)
        found = "a file of another kind" if Path(spec.dataset).exists() else "a path that does not exist"
    except OSError as error:
        reader, found = None, f"a path that cannot be looked at ({error.strerror})"
    if reader is None:
        raise DataError(
            f"data set '{printable(spec.dataset)}': expected {KINDS}, got {found}; check the path"
        )
    return reader.open_source(spec.dataset, spec.test)


def _layout(spec: DataSpec, division: Division, tick: Callable[[], None]) -> Layout:
    return find_layout(division.train, spec.size, spec.channels, tick)


def _ticker(total: int, on_progress: Progress | None) -> Callable[[], None]:
    """Returns what is to be called after each of `total` pictures; it reports now and then."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if on_progress and (done % REPORT_EVERY == 0 or done == total):
            on_progress(done, total)

    return tick
