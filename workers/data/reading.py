"""Opens pictures one after the other and says which of them cannot be read, and why.

- A header that announces more than 50 million pixels is refused before anything is decoded, compressed or not.
- The checksums of a PNG file are verified. A JPEG file has none: damaged bytes inside one are decoded as they are.
- A picture that cannot be read ends the reading; with `skip_bad` up to one in a hundred of them is left out instead.
- A file that was listed and is gone when its turn comes is no bad picture: somebody changes the folder. It always ends
  the reading.
"""

import struct
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError

from workers.data.source import FORMATS, Picture, first_few
from workers.data.splits import Selection
from workers.errors import DataError

MAX_PIXELS = 50_000_000
ONE_LEFT_OUT_IN = 100
"""With `skip_bad` one picture in so many may be left out; more, and something else is wrong."""
UNBOUNDED_MODES = ("I", "F")
PNG_SIGNATURE_BYTES = 8

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

Take = Callable[[int, Picture, Image.Image], None]
"""Told the place of a picture among those selected, the picture, and what was opened."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A picture that cannot be read: its place among those selected, and in words which it is and why."""

    position: int
    text: str


def visit(selection: Selection, take: Take, tick: Callable[[], None]) -> list[Fault]:
    """Calls `take` for each selected picture and returns those that could not be read.

    Raises `DataError` for a file that is no longer there.
    """
    faults: list[Fault] = []
    with warnings.catch_warnings():
        # Odd metadata is Pillow's affair as long as the pixels can be read, and `_check_header` limits the size.
        warnings.simplefilter("ignore")
        for position, picture in enumerate(selection.part.iter_pictures(selection.rows)):
            try:
                with picture.open() as image:
                    _check_header(image)
                    take(position, picture, image)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise DataError(
                    f"{selection.part.where}: expected every file that was listed a moment ago, got "
                    f"{picture.where}: {error.strerror}; let nothing change the folder while it is read"
                ) from error
            except DECODER_FAULTS as error:
                faults.append(Fault(position, f"{picture.where} ({_reason(error)})"))
            tick()
    return faults


def check_sums(image: Image.Image) -> None:
    """Raises `ValueError` where the checksum of a part of a PNG file that decides on its pixels is wrong.

    Pillow does not look at those of the pixels themselves (W3C, PNG specification, section 5.5: CRC algorithm).
    """
    file: IO[bytes] | None = image.fp if isinstance(image, ImageFile.ImageFile) else None
    if file is None or image.format != "PNG":
        return
    decoder_stands_at = file.tell()
    file.seek(PNG_SIGNATURE_BYTES)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        content, checksum = file.read(length), file.read(4)
        is_critical = kind[:1].isupper()
        if is_critical and len(checksum) == 4 and zlib.crc32(kind + content) != int.from_bytes(checksum):
            raise ValueError(f"wrong checksum in its part {kind.decode('ascii', 'replace')}")
    file.seek(decoder_stands_at)


def most_left_out(selections: Sequence[Selection], skip_bad: bool) -> int:
    """Returns how many of the selected pictures may be left out where they cannot be read."""
    return sum(map(len, selections)) // ONE_LEFT_OUT_IN if skip_bad else 0


def unreadable(selections: Sequence[Selection], faults: Sequence[Fault], skip_bad: bool) -> DataError:
    """Returns the error that counts the pictures that cannot be read and names the first of them."""
    total, allowed = sum(map(len, selections)), most_left_out(selections, skip_bad)
    advice = (
        f"replace or remove them, --skip-bad leaves out {allowed:,} of so many at most"
        if skip_bad
        else f"replace or remove them, or leave them out with --skip-bad, up to one in {ONE_LEFT_OUT_IN}"
    )
    return DataError(
        f"{places(selections)}: expected {total:,} readable pictures, got {len(faults):,} that are not: "
        f"{first_few([fault.text for fault in faults], '; ')}; {advice}"
    )


def places(selections: Sequence[Selection]) -> str:
    """Returns where the selected pictures lie."""
    return " and ".join(dict.fromkeys(selection.part.where for selection in selections))


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
