"""Reads every form again, as its receiver would, and holds it against the network it came from."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from nas.errors import ExportError
from nas.export.bundle import FormCheck, Remeasured
from workers.data.images import LabelledImages, Pixels

TOLERANCE = 1e-4
"""Largest difference of a logit that rounding explains, as a share of the largest logit."""
CHECKED_PICTURES = 64
BATCH = 500

RUN_SOURCE = """
import importlib.util, json, pathlib, sys
for product in ("nas", "search_spaces", "workers"):
    sys.modules[product] = None  # importing it fails, as where it is not installed
import torch
spec = importlib.util.spec_from_file_location("model", sys.argv[1])
model = importlib.util.module_from_spec(spec)
spec.loader.exec_module(model)
network, batches = model.load(), model.read_safetensors(pathlib.Path(sys.argv[2]))
with torch.inference_mode():
    json.dump([network(batches[str(number)]).tolist() for number in range(len(batches))], sys.stdout)
"""

Run = Callable[[Path, Sequence[Tensor]], list[Tensor]]
"""Takes a file and batches of pixels (N, C, H, W), float32; gives their logits (N, classes)."""


def check_forms(directory: Path, network: nn.Module, images: Pixels) -> tuple[FormCheck, ...]:
    """Compares each form with the network on the first `CHECKED_PICTURES` of images (N, C, H, W), alone and in batches.

    Raises `ExportError` that names the form and the difference where it is over the tolerance.
    """
    pixels = torch.from_numpy(images[:CHECKED_PICTURES].astype(np.float32))
    batches = [batch for batch in (pixels[:1], pixels[1:3], pixels[3:]) if len(batch)]
    with torch.inference_mode():
        expected = torch.cat([network(batch) for batch in batches])
    scale = float(expected.abs().max())
    return tuple(
        _compared(
            FormCheck(form, float((torch.cat(run(directory / form, batches)) - expected).abs().max()), scale)
        )
        for form, run in FORMS.items()
    )


def remeasure(directory: Path, test: LabelledImages) -> Remeasured:
    """Counts the test pictures that `model.onnx` names correctly, by onnxruntime."""
    starts = range(0, len(test), BATCH)
    batches = [torch.from_numpy(test.images[start : start + BATCH].astype(np.float32)) for start in starts]
    named = torch.cat(run_onnx(directory / "model.onnx", batches)).argmax(dim=1)
    return Remeasured(int((named.numpy() == test.labels).sum()), len(test))


def run_onnx(file: Path, batches: Sequence[Tensor]) -> list[Tensor]:
    """Runs an ONNX file by onnxruntime on the CPU."""
    import onnxruntime  # here: most commands do without

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return [torch.from_numpy(session.run(["logits"], {"pixels": batch.numpy()})[0]) for batch in batches]


def run_program(file: Path, batches: Sequence[Tensor]) -> list[Tensor]:
    """Runs a `torch.export` program. Loading one can run code: this is for the file we have just written."""
    network = torch.export.load(file).module()
    with torch.inference_mode():
        return [network(batch) for batch in batches]


def run_source(file: Path, batches: Sequence[Tensor]) -> list[Tensor]:
    """Runs `model.py` in a process of its own, in which this product cannot be imported."""
    with TemporaryDirectory() as directory:
        pictures = Path(directory, "pictures.safetensors")
        save_file({str(number): batch.clone() for number, batch in enumerate(batches)}, pictures)
        # -I: nothing from the environment or this directory; -B: no __pycache__ beside the file.
        command = [sys.executable, "-I", "-B", "-c", RUN_SOURCE, str(file), str(pictures)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ExportError(f"{file.name}: expected it to run by itself, got {reason!r}; please report this")
    return [torch.tensor(logits) for logits in json.loads(done.stdout)]


FORMS: dict[str, Run] = {"model.onnx": run_onnx, "model.pt2": run_program, "model.py": run_source}
"""Every form that can be run, by the name of its file."""


def _compared(check: FormCheck) -> FormCheck:
    """Returns the check if the form agrees; a difference that is not a number is none that agrees."""
    if not check.max_difference <= TOLERANCE * check.scale:
        raise ExportError(
            f"{check.form}: expected the network's logits (largest {check.scale:.3g}) to within {TOLERANCE:g} of that, "
            f"got a difference of {check.max_difference:.3g}; nothing was exported, please report this"
        )
    return check
