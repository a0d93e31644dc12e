"""From picture files to one block of bytes: every picture with the same size and channels, by stated rules.

- Size: that of the training pictures if they agree, else their median height and width; in either case reduced in
  proportion until both are at most 256. A picture of another size is scaled until it covers that size (bilinear,
  antialiased), and what stands over is cut off evenly on both sides.
- Channels: 3 (RGB) if any training picture is coloured, else 1 (grey). Palettes and CMYK become RGB.
- Transparency is laid over white. 16-bit grey is divided by 257, of 16-bit colours the upper 8 bits count; 32-bit
  pixels have no stated range and are refused. The EXIF orientation is applied.
- Of an animation the first frame counts, and a note says so.
- What is refused, and what is left out where that is wanted: `workers.data.reading`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps

from workers.data.images import LabelledImages, Pixels
from workers.data.reading import Fault, check_sums, most_left_out, places, unreadable, visit
from workers.data.source import Picture, first_few
from workers.data.splits import Selection
from workers.errors import DataError

MAX_SIDE = 256

SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B")
GREY_MODES = ("1", "L", "LA", *SIXTEEN_BIT_MODES)
SIDEWAYS = (5, 6, 7, 8)
"""The EXIF orientations that exchange height and width."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The size and channels that every picture is brought to."""

    channels: int
    height: int
    width: int


def find_layout(
    selection: Selection, size: tuple[int, int] | None, channels: int | None, tick: Callable[[], None]
) -> Layout:
    """Returns the layout of the selected training pictures, from their headers; `size` is (height, width).

    What is given wins. Raises `DataError` where no header can be read; `decode` reports the others.
    """
    sizes: list[tuple[int, int]] = []
    coloured: list[bool] = []

    def look(_: int, __: Picture, image: Image.Image) -> None:
        sizes.append(_oriented_size(image))
        coloured.append(image.mode not in GREY_MODES)

    faults = visit(selection, look, tick)
    if not sizes:
        raise unreadable([selection], faults, skip_bad=False)
    height, width = size or _common_size(np.array(sizes))
    return Layout(channels or (3 if any(coloured) else 1), height, width)


def decode(
    selections: Sequence[Selection], layout: Layout, tick: Callable[[], None], *, skip_bad: bool = False
) -> tuple[LabelledImages, ...]:
    """Reads the selected pictures, (N, C, H, W) each.

    Raises `DataError` that names those that cannot be read; with `skip_bad`, where they are too many or all of a class.
    """
    readings = [_read(selection, layout, tick) for selection in selections]
    faults = [fault for reading in readings for fault in reading.faults]
    if len(faults) > most_left_out(selections, skip_bad):
        raise unreadable(selections, faults, skip_bad)
    return tuple(reading.kept(tuple(_notes(readings))) for reading in readings)


@dataclass(frozen=True, eq=False, slots=True)
class _Reading:
    """A selection as it was read: `images` (N, C, H, W) has a gap at every fault."""

    selection: Selection
    images: Pixels
    faults: Sequence[Fault]
    animated: Sequence[str]

    def kept(self, notes: tuple[str, ...]) -> LabelledImages:
        """Returns the pictures without gaps."""
        labels = self.selection.labels
        left_out = [fault.position for fault in self.faults]
        if not left_out:
            return LabelledImages(self.images, labels, notes=notes)
        kept = np.delete(labels, left_out)
        for lost in np.setdiff1d(labels, kept)[:1]:
            part = self.selection.part
            raise DataError(
                f"{part.where}: expected a readable picture of class {part.classes[lost]!r} in every part, got none of "
                f"{(labels == lost).sum():,} in one of them; replace or remove {self.faults[0].text}"
            )
        return LabelledImages(np.delete(self.images, left_out, axis=0), kept, tuple(left_out), notes)


def _read(selection: Selection, layout: Layout, tick: Callable[[], None]) -> _Reading:
    images = np.empty((len(selection), layout.channels, layout.height, layout.width), np.uint8)
    animated: list[str] = []

    def keep(position: int, picture: Picture, image: Image.Image) -> None:
        check_sums(image)
        has_more_frames = getattr(image, "is_animated", False)
        images[position] = to_pixels(image, layout)
        if has_more_frames:
            animated.append(picture.where)

    return _Reading(selection, images, visit(selection, keep, tick), animated)


def _notes(readings: Sequence[_Reading]) -> Iterator[str]:
    """Yields what a user should know of these readings, taken together."""
    selections = [reading.selection for reading in readings]
    for selection in selections:
        yield from selection.part.notes
    animated = [where for reading in readings for where in reading.animated]
    if animated:
        yield (
            f"{places(selections)}: of several frames in a picture the first counts: {first_few(animated)}, "
            f"{len(animated):,} in all"
        )
    faults = [fault.text for reading in readings for fault in reading.faults]
    if faults:
        yield (
            f"{places(selections)}: left out {len(faults):,} of {sum(map(len, selections)):,} pictures, "
            f"which cannot be read: {first_few(faults, '; ')}"
        )


def to_pixels(image: Image.Image, layout: Layout) -> Pixels:
    """Decodes one picture by the rules above: (C, H, W)."""
    # JPEG can be decoded at a fraction of its size; twice what is needed leaves the antialiasing to the resize below.
    image.draft(None, (2 * max(layout.height, layout.width),) * 2)
    image = _plain(ImageOps.exif_transpose(image), "L" if layout.channels == 1 else "RGB")
    if image.size != (layout.width, layout.height):
        image = ImageOps.fit(image, (layout.width, layout.height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(layout.height, layout.width, layout.channels).transpose(2, 0, 1)


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """Returns the picture in `mode` "L" or "RGB", 8 bits a channel, nothing transparent."""
    if image.mode in SIXTEEN_BIT_MODES:
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return image.convert(mode)


def _oriented_size(image: Image.Image) -> tuple[int, int]:
    """Returns (height, width) as it will be seen. Only what stands before the pixels is read."""
    width, height = image.size
    if "exif" in image.info and image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS:
        return width, height
    return height, width


def _common_size(sizes: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Returns the median (height, width) of `sizes` (N, 2), both at most `MAX_SIDE`."""
    median = np.median(sizes, axis=0)
    height, width = np.rint(median * min(1.0, MAX_SIDE / median.max())).astype(int)
    return max(int(height), 1), max(int(width), 1)
