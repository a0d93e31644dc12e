"""`model.py` on its own: it can be read, imported, run and trained with torch and nothing else."""

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file

from nas.export.bundle import ExportBundle, ExportReport
from nas.export.model_file import _quoted, _tuple, model_file
from workers.data.images import LabelledImages


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-B", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def imported(source: str, file: Path) -> ModuleType:
    module = ModuleType("model")
    module.__file__ = str(file)
    exec(compile(source, str(file), "exec"), module.__dict__)
    return module


@pytest.fixture
def model(export: ExportReport) -> ModuleType:
    file = export.directory / "model.py"
    return imported(file.read_text(encoding="utf-8"), file)


def test_it_is_neat(export: ExportReport) -> None:
    file = str(export.directory / "model.py")
    ruff = [sys.executable, "-m", "ruff"]
    formatted = [*ruff, "format", "--isolated", "--diff", "--line-length", "100", file]
    linted = [
        *ruff,
        "check",
        "--isolated",
        "--select",
        "E,F,W,B,D100,D101,D103,ANN,UP,SIM",
        "--line-length",
        "100",
        file,
    ]
    for command in (formatted, linted):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_imports_the_standard_library_torch_and_at_need_pillow(export: ExportReport) -> None:
    tree = ast.parse((export.directory / "model.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"json", "math", "sys", "pathlib", "torch", "PIL"}
    assert "pickle" not in imported


def test_its_reader_reads_what_safetensors_wrote(export: ExportReport, model: ModuleType) -> None:
    file = export.directory / "weights.safetensors"
    read, expected = model.read_safetensors(file), load_file(file)
    assert read.keys() == expected.keys()
    for name, tensor in expected.items():
        assert tensor.dtype == read[name].dtype
        assert torch.equal(tensor, read[name])


def test_the_network_can_be_trained_on(model: ModuleType, bundle: ExportBundle) -> None:
    network = model.load().train()
    pixels, labels = torch.from_numpy(bundle.test.images[:32]), torch.from_numpy(bundle.test.labels[:32])
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    losses = []
    for _ in range(5):
        loss = torch.nn.functional.cross_entropy(network(pixels), labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0]


def test_it_names_the_class_of_a_picture_file(
    export: ExportReport, bundle: ExportBundle, model: ModuleType, tmp_path: Path
) -> None:
    with torch.inference_mode():
        probabilities = model.load()(torch.from_numpy(bundle.test.images[:1])).softmax(1)[0]
    Image.fromarray(bundle.test.images[0, 0]).save(tmp_path / "picture.png")
    done = run(export.directory, "model.py", str(tmp_path / "picture.png"))
    assert done.stderr == ""
    expected = f"{bundle.data.classes[int(probabilities.argmax())]} ({probabilities.max():.1%})"
    assert done.stdout == f"{tmp_path / 'picture.png'}: {expected}\n"


def test_a_picture_of_another_size_is_fitted(model: ModuleType, tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), (200, 200, 200)).save(tmp_path / "wide.png")
    pixels = model.read_picture(str(tmp_path / "wide.png"))
    assert pixels.shape == (1, 1, 8, 8)
    assert (pixels == 200).all()


def test_colours_and_sides_are_read_in_their_order(bundle: ExportBundle, tmp_path: Path) -> None:
    data = dataclasses.replace(
        bundle.data,
        train=LabelledImages(np.zeros((1, 3, 8, 12), np.uint8), np.zeros(1, np.int64)),
        mean=(1.0, 2.0, 3.0),
        std=(1.0, 1.0, 1.0),
    )
    module = imported(model_file(dataclasses.replace(bundle, data=data)), tmp_path / "model.py")
    picture = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "colour.png")
    pixels = module.read_picture(str(tmp_path / "colour.png"))
    assert np.array_equal(pixels[0].numpy(), picture.transpose(2, 0, 1))
    assert module.Network()(pixels).shape == (1, 10)


def test_without_pictures_it_says_how_to_use_it(model: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["model.py"])
    with pytest.raises(SystemExit, match=r"usage: python model\.py PICTURE\.\.\."):
        model.main()


@given(st.lists(st.text(max_size=20), min_size=1, max_size=30))
def test_any_class_names_come_back(names: list[str]) -> None:
    assert ast.literal_eval(_tuple([_quoted(name) for name in names], "CLASSES = ")) == tuple(names)


def test_many_class_names_stand_one_a_line() -> None:
    assert _tuple(['"cat"', '"dog"'], "CLASSES = ") == '("cat", "dog")'
    lines = _tuple([f'"class {number}"' for number in range(20)], "CLASSES = ").splitlines()
    assert lines[:2] == ["(", '    "class 0",']
    assert len(lines) == 22
