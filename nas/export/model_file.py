"""`model.py`: one readable file with the network, its weights' reader, and a small command line. Needs torch alone."""

from string import Template

from nas.export.bundle import ExportBundle
from nas.export.forward import COLUMNS
from nas.export.source import network_source

MODEL_FILE = Template('''\
"""Sorts pictures into $classes classes. Found by neural architecture search and trained from scratch.

Right on $accuracy.
$parameters parameters, $multiply_adds multiply-adds a picture.

Input    pixels: numbers from 0 to 255, shape (N, $channels, $height, $width), $colours. `Network` normalises them.
Output   logits, shape (N, $classes), one for each of CLASSES; `softmax(dim=1)` makes them probabilities.

`load()` gives the trained network, `Network()` the same one untrained. Both can be trained further.
On the command line: python model.py PICTURE... (to read picture files: pip install pillow).

This file needs torch, no more. It is yours, and so are the weights: do with them what you like.
"""

import json
import math
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

CLASSES = $class_names
# Mean and standard deviation of the training pictures, a number a channel, in pixel values.
MEAN = $mean
STD = $std

WEIGHTS = Path(__file__).with_name("weights.safetensors")
NUMBERS = {"F32": torch.float32, "I64": torch.int64}


$network


def load(weights: Path = WEIGHTS) -> Network:
    """Returns the trained network, ready to classify; call `.train()` on it to train it further."""
    network = Network()
    network.load_state_dict(read_safetensors(weights))
    return network.eval()


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Reads name -> tensor. A file is the length of its header, the header as JSON, the numbers.

    Unlike a pickle, such a file cannot run code when it is read.
    """
    content = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        shape, offset = entry["shape"], start + entry["data_offsets"][0]
        numbers = torch.frombuffer(
            content, dtype=NUMBERS[entry["dtype"]], count=math.prod(shape), offset=offset
        )
        tensors[name] = numbers.view(shape)
    return tensors


def read_picture(path: str) -> Tensor:
    """Reads pixels, scaled to cover the network's size and cut to it: (1, $channels, $height, $width)."""
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("$mode")
    picture = ImageOps.fit(picture, ($width, $height), Image.Resampling.BILINEAR)
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return pixels.view(1, $height, $width, $channels).permute(0, 3, 1, 2)


def main() -> None:
    """Prints the likeliest class of each picture and its probability."""
    if len(sys.argv) < 2:
        sys.exit("usage: python model.py PICTURE...")
    network = load()
    for path in sys.argv[1:]:
        with torch.inference_mode():
            probabilities = network(read_picture(path)).softmax(dim=1)[0]
        best = int(probabilities.argmax())
        print(f"{path}: {CLASSES[best]} ({probabilities[best]:.1%})")


if __name__ == "__main__":
    main()
''')


def model_file(bundle: ExportBundle) -> str:
    """Returns the text of `model.py`."""
    channels, height, width = bundle.data.image
    return MODEL_FILE.substitute(
        accuracy=bundle.test_accuracy,
        parameters=f"{bundle.training.parameters:,}",
        multiply_adds=f"{bundle.training.multiply_adds:,}",
        classes=len(bundle.data.classes),
        channels=channels,
        height=height,
        width=width,
        colours=bundle.colours,
        mode="RGB" if channels == 3 else "L",
        class_names=_tuple([_quoted(name) for name in bundle.data.classes], "CLASSES = "),
        mean=_tuple([repr(value) for value in bundle.data.mean], "MEAN = "),
        std=_tuple([repr(value) for value in bundle.data.std], "STD = "),
        network=network_source(bundle.graph),
    )


def _tuple(items: list[str], before: str) -> str:
    """Returns a tuple as Python writes it, an item a line where it is too long for one."""
    line = f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if len(before + line) <= COLUMNS:
        return line
    return "\n".join(["(", *(f"    {item}," for item in items), ")"])


def _quoted(text: str) -> str:
    """Returns the text as a Python string in double quotes, unless it holds some."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written
