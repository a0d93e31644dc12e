"""Pictures of every kind become what the rules say; those that cannot are named, all at once."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workers.data.decode import Layout, decode, find_layout, to_pixels
from workers.data.images import Pixels
from workers.data.source import Part, Picture, Rows, open_picture
from workers.data.splits import Selection
from workers.errors import DataError

GREY, COLOUR = Layout(1, 4, 4), Layout(3, 4, 4)
SQUARE = Image.fromarray(np.arange(0, 160, 10, dtype=np.uint8).reshape(4, 4))


class BytesPart(Part):
    """A part whose pictures are the content of files."""

    def __init__(self, *contents: bytes) -> None:
        super().__init__("data", ("a", "b"), np.arange(len(contents)) % 2)
        object.__setattr__(self, "contents", contents)

    def iter_pictures(self, rows: Rows) -> Iterator[Picture]:
        for row in rows:
            yield Picture(f"picture {row}", partial(open_picture, BytesIO(self.contents[row])))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def blank(width: int, height: int, mode: str = "L") -> bytes:
    return saved(Image.new(mode, (width, height)))


def selection_of(*contents: bytes) -> Selection:
    return Selection.whole(BytesPart(*contents))


def layout_of(*contents: bytes, size: tuple[int, int] | None = None, channels: int | None = None) -> Layout:
    return find_layout(selection_of(*contents), size, channels, lambda: None)


def pixels_of(content: bytes, layout: Layout) -> Pixels:
    (part,) = decode([selection_of(content)], layout, lambda: None)
    assert part.images.shape == (1, layout.channels, layout.height, layout.width)
    return part.images[0]


def png_header(width: int, height: int) -> bytes:
    """A PNG file that claims a size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(c)) + name + c + struct.pack(">I", zlib.crc32(name + c)) for name, c in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def with_a_bit_turned(content: bytes, place: int) -> bytes:
    damaged = bytearray(content)
    damaged[place] ^= 1
    return bytes(damaged)


class TestLayout:
    @pytest.mark.parametrize(("width", "height"), [(1, 1), (28, 28), (40, 30), (256, 256)])
    def test_pictures_that_agree_keep_their_size(self, width: int, height: int) -> None:
        assert layout_of(blank(width, height), blank(width, height)) == Layout(1, height, width)

    def test_pictures_that_differ_get_the_median_size(self) -> None:
        assert layout_of(blank(10, 20), blank(30, 22), blank(200, 90)) == Layout(1, 22, 30)

    @pytest.mark.parametrize(
        ("width", "height", "expected"),
        [(1024, 512, (128, 256)), (300, 400, (256, 192)), (5000, 1, (1, 256))],
    )
    def test_large_pictures_shrink_in_proportion(
        self, width: int, height: int, expected: tuple[int, int]
    ) -> None:
        assert layout_of(blank(width, height)) == Layout(1, *expected)

    def test_what_is_given_is_not_looked_for(self) -> None:
        assert layout_of(blank(10, 20, "RGB"), size=(5, 6), channels=1) == Layout(1, 5, 6)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
    def test_grey(self, mode: str) -> None:
        assert layout_of(blank(4, 4, mode)).channels == 1

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
    def test_one_coloured_picture_makes_all_coloured(self, mode: str) -> None:
        assert layout_of(blank(4, 4), blank(4, 4, mode)).channels == 3

    def test_pictures_on_their_side_are_measured_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        assert layout_of(saved(Image.new("L", (40, 30)), "JPEG", exif=exif)) == Layout(1, 40, 30)

    def test_broken_pictures_have_no_say(self) -> None:
        assert layout_of(b"", blank(4, 6), b"") == Layout(1, 6, 4)

    def test_not_one_readable_picture(self) -> None:
        with pytest.raises(
            DataError, match=r"^data: expected 2 readable pictures, got 2 that are not: picture 0"
        ):
            layout_of(b"", b"<html>")


class TestPixels:
    def test_grey_stays_exactly(self) -> None:
        assert np.array_equal(pixels_of(saved(SQUARE), GREY)[0], np.asarray(SQUARE))

    @pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "PPM"])
    def test_every_lossless_kind_gives_the_same(self, kind: str) -> None:
        assert np.array_equal(pixels_of(saved(SQUARE, kind), GREY)[0], np.asarray(SQUARE))

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_lossy_kinds_come_near(self, kind: str) -> None:
        found = pixels_of(saved(Image.new("RGB", (4, 4), (200, 100, 50)), kind, quality=95), COLOUR)
        assert np.abs(found[:, 0, 0].astype(int) - (200, 100, 50)).max() < 6

    def test_grey_becomes_coloured_by_repetition(self) -> None:
        found = pixels_of(saved(SQUARE), COLOUR)
        assert all(np.array_equal(channel, np.asarray(SQUARE)) for channel in found)

    def test_channels_come_first_in_the_order_red_green_blue(self) -> None:
        image = Image.new("RGB", (4, 4), (10, 20, 30))
        assert pixels_of(saved(image), COLOUR)[:, 2, 1].tolist() == [10, 20, 30]

    def test_colour_becomes_grey_by_brightness(self) -> None:
        image = Image.new("RGB", (4, 4), (255, 0, 0))
        assert pixels_of(saved(image), GREY)[0, 0, 0] == 76  # 0.299 of 255, ITU-R BT.601

    def test_black_and_white(self) -> None:
        assert np.unique(pixels_of(blank(4, 4, "1"), GREY)).tolist() == [0]

    @pytest.mark.parametrize(("opacity", "expected"), [(0, 255), (255, 100), (128, 177)])
    def test_transparency_lies_over_white(self, opacity: int, expected: int) -> None:
        grey = Image.new("LA", (4, 4), (100, opacity))
        colour = Image.new("RGBA", (4, 4), (100, 100, 100, opacity))
        assert pixels_of(saved(grey), GREY)[0, 0, 0] == expected
        assert pixels_of(saved(colour), COLOUR)[:, 0, 0].tolist() == [expected] * 3

    def test_a_palette_with_a_transparent_colour(self) -> None:
        image = Image.new("P", (4, 4), 1)
        image.putpalette([0, 0, 0, 10, 20, 30])
        assert pixels_of(saved(image), COLOUR)[:, 0, 0].tolist() == [10, 20, 30]
        assert pixels_of(saved(image, transparency=1), COLOUR)[:, 0, 0].tolist() == [255, 255, 255]
        assert pixels_of(saved(image, transparency=b"\xff\x00"), COLOUR)[:, 0, 0].tolist() == [255, 255, 255]

    def test_cmyk(self) -> None:
        found = pixels_of(saved(Image.new("CMYK", (4, 4), (255, 0, 0, 0)), "TIFF"), COLOUR)
        assert found[:, 0, 0].tolist() == [0, 255, 255]

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_sixteen_bits_are_divided_by_257(self, kind: str) -> None:
        wide = np.array([[256, 257, 65_535, 32_896]] * 4, np.uint16)
        assert pixels_of(saved(Image.fromarray(wide), kind), GREY)[0, 0].tolist() == [0, 1, 255, 128]

    def test_the_orientation_of_a_camera_is_applied(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise
        found = pixels_of(saved(SQUARE, exif=exif), GREY)[0]
        assert np.array_equal(found, np.rot90(np.asarray(SQUARE), -1))

    def test_the_first_frame_of_an_animation(self) -> None:
        frames = [Image.new("L", (4, 4), shade) for shade in (50, 100, 150)]
        animation = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
        assert np.unique(pixels_of(animation, GREY)).tolist() == [50]

    def test_what_stands_over_is_cut_off_evenly(self) -> None:
        wide = np.zeros((4, 8), np.uint8)
        wide[:, 2:6] = 200
        assert np.unique(pixels_of(saved(Image.fromarray(wide)), GREY)).tolist() == [200]

    def test_shrinking_averages(self) -> None:
        checks = np.indices((64, 64)).sum(0) % 2 * 255
        found = pixels_of(saved(Image.fromarray(checks.astype(np.uint8))), GREY)
        assert found.min() > 110
        assert found.max() < 145

    @pytest.mark.parametrize("side", [4, 40, 200])
    def test_large_jpegs_come_out_as_if_decoded_whole(self, side: int) -> None:
        stripes = Image.fromarray(np.tile(np.arange(512) // 16 % 2 * 255, (512, 1)).astype(np.uint8))
        layout = Layout(1, side, side)
        jpeg = pixels_of(saved(stripes, "JPEG", quality=95), layout)
        png = pixels_of(saved(stripes), layout)
        assert np.abs(jpeg.astype(int) - png).max() <= 30

    def test_enlarging_and_shrinking_reach_any_size(self) -> None:
        for layout in (Layout(1, 1, 1), Layout(3, 256, 256), Layout(1, 7, 200)):
            assert pixels_of(saved(SQUARE), layout).shape == (layout.channels, layout.height, layout.width)


class TestFaults:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not a picture of the kinds JPEG, PNG"),
            (b"<html>404</html>", "not a picture of the kinds"),
            (blank(40, 40)[:-30], "[Tt]runcated"),
            (saved(Image.new("L", (40, 40)), "JPEG")[:-10], "truncated"),
            (png_header(10_000, 10_000), "10000x10000 exceeds 50,000,000 pixels"),
            (png_header(20_000, 20_000), "400000000 pixels"),
            (saved(Image.new("F", (4, 4)), "TIFF"), "mode 'F' have no stated range"),
            (saved(Image.new("RGB", (4, 4)), "EPS"), "not a picture of the kinds"),
            (with_a_bit_turned(saved(SQUARE), -13), r"wrong checksum in its part IDAT\); replace"),
            (b"P5 2 2 65535\n" + bytes(8), "mode 'I' have no stated range"),
        ],
        ids=[
            "empty",
            "html",
            "short png",
            "short jpeg",
            "bomb",
            "larger bomb",
            "float",
            "eps",
            "checksum",
            "pgm",
        ],
    )
    def test_one_broken_picture_is_named_with_its_reason(self, content: bytes, reason: str) -> None:
        selection = selection_of(saved(SQUARE), content, saved(SQUARE))
        with pytest.raises(DataError, match=rf"3 readable pictures, got 1 that .*: picture 1 \(.*{reason}"):
            decode([selection], GREY, lambda: None)

    def test_what_follows_the_pixels_of_a_png_file_may_be_missing(self) -> None:
        assert np.array_equal(pixels_of(saved(SQUARE)[:-12], GREY)[0], np.asarray(SQUARE))

    def test_damaged_bytes_inside_a_jpeg_file_are_decoded_as_they_are(self) -> None:
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8))
        content = saved(noise, "JPEG")
        damaged = content[:700] + bytes(range(50)) + content[750:]
        assert pixels_of(damaged, Layout(1, 40, 40)).shape == (1, 40, 40)
        assert not np.array_equal(
            pixels_of(damaged, Layout(1, 40, 40)), pixels_of(content, Layout(1, 40, 40))
        )

    def test_five_are_named_and_all_are_counted_over_both_parts(self) -> None:
        broken, sound = selection_of(*[b""] * 4), selection_of(saved(SQUARE), *[b""] * 3)
        object.__setattr__(sound.part, "where", "elsewhere")
        with pytest.raises(
            DataError, match=r"^data and elsewhere: expected 8 readable pictures, got 7 that are not"
        ) as caught:
            decode([broken, sound], GREY, lambda: None)
        assert str(caught.value).count("picture ") == 5 + 5  # the reason says "not a picture" once more

    def test_each_picture_ticks_once_whether_it_is_readable_or_not(self) -> None:
        ticks: list[None] = []
        selection = selection_of(saved(SQUARE), b"", saved(SQUARE))
        with pytest.raises(DataError):
            decode([selection], GREY, lambda: ticks.append(None))
        assert len(ticks) == 3

    @given(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM"]), st.data())
    def test_damaged_files_are_read_or_refused(self, kind: str, data: st.DataObject) -> None:
        content = bytearray(saved(SQUARE, kind))
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
            content[place] = data.draw(st.integers(0, 255))
        content = content[: data.draw(st.integers(0, len(content)))]
        with suppress(DataError):
            pixels_of(bytes(content), COLOUR)


class TestLeavingOut:
    def test_one_in_a_hundred_is_left_out_and_told(self) -> None:
        shades = [saved(Image.new("L", (4, 4), shade)) for shade in range(200)]
        shades[7] = shades[150] = b""
        (part,) = decode([selection_of(*shades)], GREY, lambda: None, skip_bad=True)
        assert part.images[:, 0, 0, 0].tolist() == [shade for shade in range(200) if shade not in (7, 150)]
        assert part.labels.tolist() == [shade % 2 for shade in range(200) if shade not in (7, 150)]
        assert part.left_out == (7, 150)
        (note,) = part.notes
        assert note.startswith(
            "data: left out 2 of 200 pictures, which cannot be read: picture 7 (not a picture "
        )

    @pytest.mark.parametrize(("count", "bad", "allowed"), [(200, 3, 2), (199, 2, 1), (99, 1, 0)])
    def test_more_are_refused(self, count: int, bad: int, allowed: int) -> None:
        contents = [*[b""] * bad, *[saved(SQUARE)] * (count - bad)]
        with pytest.raises(DataError, match=rf"got {bad} that .*--skip-bad leaves out {allowed} of so many"):
            decode([selection_of(*contents)], GREY, lambda: None, skip_bad=True)

    def test_the_share_is_that_of_all_parts_together(self) -> None:
        bad, sound = selection_of(*[saved(SQUARE)] * 49, b""), selection_of(*[saved(SQUARE)] * 50)
        first, second = decode([bad, sound], GREY, lambda: None, skip_bad=True)
        assert (len(first), len(second)) == (49, 50)
        assert (first.left_out, second.left_out) == ((49,), ())
        assert first.notes == second.notes

    def test_no_class_is_left_out_as_a_whole(self) -> None:
        selection = selection_of(*[saved(SQUARE)] * 100, b"")
        object.__setattr__(selection.part, "labels", np.array([0] * 100 + [1]))
        with pytest.raises(
            DataError, match=r"a readable picture of class 'b' .* got none of 1 .*picture 100 \("
        ):
            decode([selection], GREY, lambda: None, skip_bad=True)

    def test_sound_pictures_have_no_notes(self) -> None:
        (part,) = decode([selection_of(saved(SQUARE), saved(SQUARE))], GREY, lambda: None, skip_bad=True)
        assert (part.left_out, part.notes) == ((), ())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF", "WEBP"])
def test_of_an_animation_the_first_frame_counts_and_it_is_noted(kind: str) -> None:
    lossless = {"lossless": True} if kind == "WEBP" else {}
    frames = saved(SQUARE, kind, save_all=True, append_images=[SQUARE.rotate(90)] * 2, **lossless)
    (part,) = decode([selection_of(saved(SQUARE), frames)], GREY, lambda: None)
    assert np.array_equal(part.images[1, 0], np.asarray(SQUARE))
    assert part.notes == ("data: of several frames in a picture the first counts: picture 1, 1 in all",)


def test_labels_travel_with_their_pictures() -> None:
    shades = [saved(Image.new("L", (4, 4), shade)) for shade in (10, 20, 30, 40)]
    selection = Selection(BytesPart(*shades), np.array([1, 2]))
    (part,) = decode([selection], GREY, lambda: None)
    assert part.images[:, 0, 0, 0].tolist() == [20, 30]
    assert part.labels.tolist() == [1, 0]


def test_to_pixels_needs_no_file() -> None:
    assert to_pixels(SQUARE, Layout(1, 2, 2)).shape == (1, 2, 2)
