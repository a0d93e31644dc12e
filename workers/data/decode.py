"""From picture files to one block of bytes: every picture with the same size and channels, by stated rules.

- Size: that of the training pictures if they agree, else their median height and width; in either case reduced in
  proportion until both are at most 256. A picture of another size is scaled until it covers that size (bilinear,
  antialiased), and what stands over is cut off evenly on both sides.
- Channels: 3 (RGB) if any training picture is coloured, else 1 (grey). Palettes and CMYK become RGB.
- Transparency is laid over white. 16-bit grey is divided by 257. The EXIF orientation is applied. Of an animation the
  first frame counts. 32-bit pixels have no stated range and are refused.
- A header that announces more than 50 million pixels is refused before anything is decoded.
"""

import struct
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from workers.data.images import LabelledImages, Pixels
from workers.data.source import FORMATS
from workers.data.splits import Selection
from workers.errors import DataError

MAX_SIDE = 256
MAX_PIXELS = 50_000_000
SHOWN_PROBLEMS = 5

SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B")
GREY_MODES = ("1", "L", "LA", *SIXTEEN_BIT_MODES)
UNBOUNDED_MODES = ("I", "F")
SIDEWAYS = (5, 6, 7, 8)
"""The EXIF orientations that exchange height and width."""

DECODER_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise on broken files; they agree on no common class."""


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

    def look(_: int, image: Image.Image) -> None:
        sizes.append(_oriented_size(image))
        coloured.append(image.mode not in GREY_MODES)

    problems = _visit(selection, look, tick)
    if not sizes:
        raise _unreadable([selection], problems)
    height, width = size or _common_size(np.array(sizes))
    return Layout(channels or (3 if any(coloured) else 1), height, width)


def decode(
    selections: Sequence[Selection], layout: Layout, tick: Callable[[], None]
) -> tuple[LabelledImages, ...]:
    """Reads the selected pictures, (N, C, H, W) each. Raises `DataError` that names those that cannot be read."""
    problems: list[str] = []
    parts = []
    for selection in selections:
        images = np.empty((len(selection), layout.channels, layout.height, layout.width), np.uint8)

        def keep(position: int, image: Image.Image, images: Pixels = images) -> None:
            images[position] = to_pixels(image, layout)

        problems += _visit(selection, keep, tick)
        parts.append(LabelledImages(images, selection.labels))
    if problems:
        raise _unreadable(selections, problems)
    return tuple(parts)


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


def _visit(
    selection: Selection, take: Callable[[int, Image.Image], None], tick: Callable[[], None]
) -> list[str]:
    """Calls `take(position, image)` for each selected picture and returns what was wrong with which."""
    problems: list[str] = []
    with warnings.catch_warnings():
        # Odd metadata is Pillow's affair as long as the pixels can be read, and `_check_header` limits the size.
        warnings.simplefilter("ignore")
        for position, picture in enumerate(selection.part.iter_pictures(selection.rows)):
            try:
                with picture.open() as image:
                    _check_header(image)
                    take(position, image)
            except DECODER_FAULTS as error:
                problems.append(f"{picture.where} ({_reason(error)})")
            tick()
    return problems


def _check_header(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width}x{height} exceeds {MAX_PIXELS:,} pixels")
    if image.mode in UNBOUNDED_MODES:
        raise ValueError(f"pixels of mode {image.mode!r} have no stated range; save it with 8 or 16 bits")


def _reason(error: Exception) -> str:
    """Returns the fault in few words; Pillow's text for a foreign file only repeats the object it was given."""
    if isinstance(error, UnidentifiedImageError):
        return f"not a picture of the kinds {', '.join(FORMATS)}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


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


def _unreadable(selections: Sequence[Selection], problems: Sequence[str]) -> DataError:
    where = " and ".join(dict.fromkeys(selection.part.where for selection in selections))
    return DataError(
        f"{where}: expected {sum(map(len, selections)):,} readable pictures, got {len(problems):,} that are not: "
        f"{'; '.join(problems[:SHOWN_PROBLEMS])}{'; ...' if len(problems) > SHOWN_PROBLEMS else ''}; "
        "replace or remove them"
    )
