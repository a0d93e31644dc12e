"""`MODEL_CARD.md`: what the network is, how good, how dear, how made, and how to use it.

The sections follow Mitchell et al. 2019, "Model Cards for Model Reporting", section 4, as far as a machine knows them.
"""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from string import Template

from nas.export.bundle import ExportBundle, FormCheck, Remeasured, percent
from search_spaces.drawing.text import draw_text

EXPORTED_WITH = ("torch", "onnx", "onnxruntime", "safetensors")

CARD = Template("""\
# $search, trial $number

Sorts pictures into $class_count classes: $classes.

Found by neural architecture search in the space `$space`, then trained from scratch.

## How good it is

$accuracy_table

The network was chosen among $trials by the validation pictures, so its accuracy there flatters it; the test
pictures had no part in any choice. The interval (Wilson 1927) covers the choice of test pictures, not that of the
seed. Pictures of another kind than these will be sorted less well.

## What it costs

$cost_table

A multiply-add counts as one. The parameters are those of the training; in `model.onnx` and `model.pt2` most of batch
normalisation has been merged into the convolutions.

## How to use it

- Input `pixels`: shape (N, $channels, $height, $width), $colours, values from 0 to 255, float32. Nothing else needs
  preparing: the network subtracts the mean and divides by the deviation itself. Pictures of another size are scaled
  (bilinear) until they cover $height x $width, and what stands over is cut off evenly on both sides.
- Output `logits`: shape (N, $class_count), in the order of the classes above; softmax makes them probabilities.

With onnxruntime:

```python
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
pixels = np.zeros((1, $channels, $height, $width), dtype=np.float32)  # your pictures
(logits,) = session.run(["logits"], {"pixels": pixels})
print(logits.argmax(axis=1))
```

With PyTorch, as a program (loading one can run code: load only files whose origin you know):

```python
import torch

network = torch.export.load("model.pt2").module()
pixels = torch.zeros(1, $channels, $height, $width)  # your pictures
print(network(pixels).argmax(dim=1))
```

With PyTorch, as source, which can also be trained further (`weights.safetensors` is read without running code):

```python
import torch

import model

network = model.load()
pixels = torch.zeros(1, $channels, $height, $width)  # your pictures
print([model.CLASSES[i] for i in network(pixels).argmax(dim=1)])
```

On the command line, with Pillow to read the files: `python model.py PICTURE...`

## What it looks like

![The cells of the network](architecture.svg)

```text
$drawing
```

`architecture.json` holds the same as data.

## How it was trained

On $train_images pictures (training and validation parts together) in $train_seconds seconds on $device.
Seed of the training: $seed; of the search: $search_seed.

$recipe_table

## What it was trained on

Data set $dataset; SHA-256 of its training and validation parts and their classes: `$fingerprint`.
Mean and standard deviation of the training pictures, a number a channel: $mean and $std.

## How these files were checked

Each was loaded again and compared with the network in training precision on test pictures, alone and in batches.

$check_table

## Versions

Trained with $trained_with. Exported with $exported_with.
""")


def model_card(bundle: ExportBundle, checks: Sequence[FormCheck], test: Remeasured) -> str:
    """Returns the text of `MODEL_CARD.md`."""
    training, trial, data = bundle.training, bundle.trial, bundle.data
    channels, height, width = data.image
    return CARD.substitute(
        search=bundle.search.name,
        number=trial.number,
        classes=", ".join(map(_code, data.classes)),
        class_count=len(data.classes),
        space=bundle.space.name,
        trials=_trials(bundle),
        accuracy_table=_accuracy_table(bundle, test),
        cost_table=_table(
            ("", ""),
            [
                ("Parameters", f"{training.parameters:,}"),
                ("Multiply-adds for one picture", f"{training.multiply_adds:,}"),
                ("Weights", f"{len(training.weights):,} bytes"),
            ],
        ),
        channels=channels,
        height=height,
        width=width,
        colours=bundle.colours,
        drawing=draw_text(bundle.outline),
        train_images=f"{training.train_images:,}",
        train_seconds=f"{training.train_seconds:,.0f}",
        device=_code(training.device),
        seed=training.seed,
        search_seed=bundle.search.seed,
        recipe_table=_table(
            ("setting", "value"), [(f"`{name}`", str(value)) for name, value in training.recipe.items()]
        ),
        dataset=_code(data.name),
        fingerprint=data.fingerprint,
        mean=_numbers(data.mean),
        std=_numbers(data.std),
        check_table=_table(
            ("form", "largest difference of a logit", "largest logit"),
            [(f"`{check.form}`", f"{check.max_difference:.2g}", f"{check.scale:.3g}") for check in checks],
        ),
        trained_with=_versions(training.versions.items()),
        exported_with=_versions((package, version(package)) for package in EXPORTED_WITH),
    )


def _accuracy_table(bundle: ExportBundle, test: Remeasured) -> str:
    training, validation = bundle.training, bundle.trial.validation_accuracy
    low, high = map(percent, bundle.test_interval)
    accuracy = percent(training.test_correct / training.test_total)
    rows = [
        (
            "Test pictures",
            f"**{accuracy}** ({training.test_correct:,} of {training.test_total:,})",
            f"{low} to {high}",
        ),
        (
            "The same, by `model.onnx`",
            f"{percent(test.correct / test.total)} ({test.correct:,} of {test.total:,})",
            "",
        ),
    ]
    if validation is not None:
        rows.append(("Validation pictures, during the search", percent(validation), ""))
    return _table(("measured on", "accuracy", "95 % interval"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str) -> str:
    """Returns the text as Markdown code, whatever it holds."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _trials(bundle: ExportBundle) -> str:
    networks, trainings = bundle.networks, bundle.search.completed
    return _counted(networks, "trained network") + (
        f" in {trainings:,} trainings" if trainings > networks else ""
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _numbers(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)


def _versions(packages: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{package} {number}" for package, number in packages)
