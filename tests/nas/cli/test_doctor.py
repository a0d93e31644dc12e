"""`nas doctor` on this machine, and what it says where something is missing."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from nas.cli import checks
from nas.cli.checks import Finding
from tests.nas.cli.calling import Call


def test_this_machine_is_well(call: Call, finished_database: str) -> None:
    ended = call("doctor", "--db", finished_database, "--dataset", "digits")
    assert ended.code == 0
    lines = {line.split()[1]: line for line in ended.out.splitlines()}
    assert all(line.startswith("ok ") for line in lines.values())
    assert list(lines) == [
        "python", "torch", "gpus", "precision", "ray", "onnxruntime", "cores", "memory", "database", "data",
    ]  # fmt: skip
    assert torch.__version__ in lines["torch"]
    assert lines["database"].endswith("holds 1 searches")
    assert lines["data"].endswith("digits: 1.15 k training, 288 validation pictures, 10 classes, 8x8 grey")


def test_json_says_the_same(call: Call, finished_database: str) -> None:
    findings = json.loads(call("doctor", "--db", finished_database, "--json").out)
    assert [set(finding) for finding in findings] == [{"subject", "ok", "text"}] * 9
    assert findings[0]["text"].startswith(".".join(map(str, sys.version_info[:3])))


def test_what_is_broken_makes_exit_code_1_and_the_rest_is_still_said(call: Call, tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("not a database " * 100)
    ended = call("doctor", "--db", f"sqlite:///{text}", "--dataset", tmp_path / "missing")
    assert ended.code == 1
    problems = [line for line in ended.out.splitlines() if line.startswith("problem")]
    assert [line.split()[1] for line in problems] == ["database", "data"]
    assert str(text) in problems[0]
    assert "a path that does not exist" in problems[1]


def test_a_database_that_is_not_there_yet_is_not_made(call: Call, database: str, tmp_path: Path) -> None:
    ended = call("doctor", "--db", database)
    assert ended.code == 0
    assert "does not exist yet" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_the_password_of_a_database_is_not_shown(call: Call) -> None:
    ended = call("doctor", "--db", "postgresql://me:secret@127.0.0.1:1/nas")
    assert ended.code == 1
    assert "problem  database" in ended.out
    assert "secret" not in ended.out + ended.err


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.sys, "version_info", (3, 10, 2))
    finding = checks.check_python()
    assert not finding.ok
    assert "expected 3.11 or newer" in finding.text


def test_without_torch_nothing_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    findings = {finding.subject: finding for finding in checks.machine_findings()}
    assert not findings["torch"].ok
    assert findings["torch"].text.endswith("pip install torch")
    assert not {"gpus", "precision"} & set(findings)


@pytest.mark.parametrize("check", [checks.check_ray, checks.check_onnxruntime])
def test_a_missing_package(check: Callable[[], Finding], monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise checks.PackageNotFoundError(name)

    monkeypatch.setattr(checks, "version", version)
    finding = check()
    assert not finding.ok
    assert f"pip install '{finding.subject}" in finding.text


@pytest.mark.parametrize(
    ("cuda", "devices", "ok", "text"),
    [
        (None, [], True, "none; children train on the CPU"),
        (None, ["nvidia0"], False, "install a CUDA build of torch"),
        ("12.8", ["nvidia0"], False, "check the driver with nvidia-smi"),
    ],
)
def test_a_gpu_that_torch_does_not_see(
    cuda: str | None, devices: list[str], ok: bool, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(checks.Path, "glob", lambda self, pattern: devices)
    finding = checks.check_gpus()
    assert finding.ok == ok
    assert finding.text.endswith(text)


def test_gpus_are_listed_with_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    device = SimpleNamespace(name="H200", total_memory=139 * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: device)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    assert checks.check_gpus() == Finding("gpus", True, "2: H200 (139 GiB), H200 (139 GiB)")
    assert checks.check_precision().text == "bfloat16"


def test_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SimpleNamespace(available=2**30, total=2**33)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    finding = checks.check_memory()
    assert not finding.ok
    assert finding.text.startswith("1.0 of 8.0 GiB free; expected 2 GiB")


def test_cores_are_those_that_may_be_used() -> None:
    assert checks.check_cores().text.startswith(f"{len(os.sched_getaffinity(0))};")
