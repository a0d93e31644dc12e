"""What `nas doctor` looks at. A check never raises: what it finds wrong is its finding, with what to do about it."""

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

import nas
from nas.errors import NasError
from nas.report.formats import format_count
from nas.storage.address import parse_url, shown
from nas.storage.open import has_database, open_storage

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 2 * 2**30
"""Ray with two workers that have torch loaded, and small children."""
GPU_DEVICES = "nvidia[0-9]*"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. Where `ok` is False, something needed is broken and `text` ends with what to do."""

    subject: str
    ok: bool
    text: str


def machine_findings() -> list[Finding]:
    """Returns what there is to say about this machine."""
    torch = check_torch()
    on_torch = [check_gpus(), check_precision()] if torch.ok else []
    rest = [check_ray(), check_onnxruntime(), check_cores(), check_memory()]
    return [check_python(), torch, *on_torch, *rest]


def check_python() -> Finding:
    """Returns the version of Python and of this product."""
    found = f"{platform.python_version()} with nas {nas.__version__}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", False, f"{found}; expected 3.11 or newer: install it")
    return Finding("python", True, found)


def check_torch() -> Finding:
    """Returns the version and build of torch, and whether it can be used at all."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that it links to is missing
        return Finding("torch", False, f"cannot be imported: {error}; install it again: pip install torch")
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU only"
    return Finding("torch", True, f"{torch.__version__}, built for {build}")


def check_gpus() -> Finding:
    """Returns the GPUs that torch can use; none is no fault, one that it cannot use is."""
    import torch

    if torch.cuda.is_available():
        devices = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        listed = ", ".join(f"{device.name} ({device.total_memory / 2**30:.0f} GiB)" for device in devices)
        return Finding("gpus", True, f"{len(devices)}: {listed}")
    if not list(Path("/dev").glob(GPU_DEVICES)):
        return Finding("gpus", True, "none; children train on the CPU")
    advice = "check the driver with nvidia-smi" if torch.version.cuda else "install a CUDA build of torch"
    return Finding("gpus", False, f"expected torch to use the GPU that is there, it does not; {advice}")


def check_precision() -> Finding:
    """Returns the precision that children train in."""
    import torch

    if not torch.cuda.is_available():
        return Finding("precision", True, "float32; bfloat16 is for GPUs")
    fit = torch.cuda.is_bf16_supported(including_emulation=False)
    return Finding("precision", True, "bfloat16" if fit else "float32; this GPU has no bfloat16")


def check_ray() -> Finding:
    """Returns Ray's version; Ray itself is started by a search alone."""
    return _package("ray", "ray[tune]")


def check_onnxruntime() -> Finding:
    """Returns the version of what checks an export."""
    return _package("onnxruntime", "onnxruntime")


def check_cores() -> Finding:
    """Returns how many processor cores this process may use: as many workers fit without a GPU."""
    usable = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
    return Finding("cores", True, f"{len(usable)}; more CPU workers than that share them")


def check_memory() -> Finding:
    """Returns how much memory there is and whether two workers fit."""
    memory = psutil.virtual_memory()
    found = f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB free"
    if memory.available < LEAST_FREE_BYTES:
        return Finding(
            "memory", False, f"{found}; expected 2 GiB for two workers: close something, or --backend local"
        )
    return Finding("memory", True, found)


def check_database(url: str) -> Finding:
    """Returns whether the database can be used; one that does not exist yet is not made."""
    try:
        address = parse_url(url)
        if not has_database(url):
            return Finding(
                "database", True, f"{shown(address)} does not exist yet; the first search makes it"
            )
        with open_storage(url, read_only=True) as storage:
            searches = len(storage.searches())
    except NasError as error:
        return Finding("database", False, str(error))
    return Finding("database", True, f"{shown(address)} holds {searches} searches")


def check_data(dataset: str, test: str | None) -> Finding:
    """Returns how many pictures a data set gives to a search. No test picture is opened."""
    from workers.data.load import DataSpec, load_training

    try:
        data = load_training(DataSpec(dataset, test=test))
    except NasError as error:
        return Finding("data set", False, str(error))
    channels, height, width = data.image
    counts = (
        f"{format_count(len(data.train))} training, {format_count(len(data.validation))} validation pictures"
    )
    kind = "colour" if channels == 3 else "grey"
    found = f"{data.name}: {counts}, {len(data.classes)} classes, {height}x{width} {kind}"
    return Finding("data set", True, "; ".join((found, *data.notes)))


def _package(name: str, requirement: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, f"expected to be installed, is not; pip install '{requirement}'")
