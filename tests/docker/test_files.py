"""The files under docker/, as far as the tools that read such files can judge them without a container engine."""

import json
import re
import stat
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docker.tools import BIN, DOCKER, judged, loaded

ROOT = DOCKER.parent
SCRIPTS = sorted([*DOCKER.glob("*.sh"), *DOCKER.glob("bin/*.sh")])
DOCKERFILES = sorted(DOCKER.glob("Dockerfile*"))
SERVICES = sorted(loaded("compose.yaml")["services"])


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_hadolint_finds_nothing(path: Path) -> None:
    assert judged(BIN / "hadolint", path) == (0, "")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    assert judged(BIN / "shellcheck", path) == (0, "")
    assert path.stat().st_mode & stat.S_IXUSR


def test_the_arrangement_is_as_the_specification_of_compose_wants_it() -> None:
    said = judged(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert said == (0, "ok -- validation done\n")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_images_are_built_from_exact_versions_for_a_user_of_their_own(path: Path) -> None:
    text = path.read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
    assert "requirements.lock" in text


def test_what_an_image_is_built_from_is_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        name
        for path in DOCKERFILES
        for words in re.findall(r"^COPY (?!--from)(.*) \S+$", path.read_text(), re.MULTILINE)
        for name in words.split()
    }
    assert {name for name in sources if not any(name == k or name.startswith(f"{k}/") for k in kept)} == set()


def test_an_image_has_what_the_product_needs_in_the_versions_of_the_lock() -> None:
    printed = subprocess.run(
        [BIN / "python", DOCKER / "bin/runtime_requirements.py", ROOT / "pyproject.toml"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert printed == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = {canonicalize_name(line.split("==")[0]) for line in lines}
    needed, seen = [Requirement(line) for line in printed], set[str]()
    while needed:
        wanted = needed.pop()
        name = canonicalize_name(wanted.name)
        if (
            name in seen or name.startswith(("nvidia-", "cuda-")) or name == "triton"
        ):  # of torch's build, not ours
            continue
        seen.add(name)
        assert name in locked, f"{name} is needed at run time and not in requirements.lock"
        extras = [*wanted.extras, ""]
        needed += [
            found
            for found in map(Requirement, metadata.requires(name) or [])
            if any(found.marker is None or found.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    assert "torch" in seen
    assert not seen & {"pytest", "ruff", "playwright"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = loaded("compose.yaml")["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert "healthcheck" in service or name in (
        "migrate",
        "dashboard",
    )  # which have that of the image, or end
    assert re.fullmatch(r".+:v?\d+(\.\d+)+(-\w+)?", service["image"]), "expected an exact version"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert service.get("user") != "root"


def test_workers_do_not_reach_the_database_nor_know_its_password() -> None:
    arrangement = loaded("compose.yaml")
    for name in ("worker-cpu", "worker-gpu", "ray-head"):
        service = arrangement["services"][name]
        assert service["networks"] == ["ray"]
        assert service["secrets"] == ["ray_token"]
    assert all(arrangement["networks"][name]["internal"] for name in ("database", "ray", "metrics"))


def test_every_ray_process_wants_a_token() -> None:
    for name, service in loaded("compose.yaml")["services"].items():
        if "ray_token" in service.get("secrets", []):
            assert service["environment"]["RAY_AUTH_MODE"] == "token", name
            assert service["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token", name


def test_secrets_are_files_and_nothing_else(tmp_path: Path) -> None:
    copy = tmp_path / "docker"
    copy.mkdir()
    script = copy / "make-secrets.sh"
    script.write_bytes((DOCKER / "make-secrets.sh").read_bytes())
    script.chmod(0o755)
    assert judged(script)[0] == 0
    made = {path.name: path.read_text() for path in (copy / "secrets").iterdir()}
    assert all(re.fullmatch(r"[0-9a-f]{64}", text) for text in made.values())
    assert len(set(made.values())) == len(made) == 3
    assert (copy / "secrets").stat().st_mode & 0o777 == 0o700
    assert judged(script) == (0, "")
    assert {path.name: path.read_text() for path in (copy / "secrets").iterdir()} == made
    named = loaded("compose.yaml")["secrets"]
    assert {*made, "metrics_token"} == set(named)
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in named.items())
    assert "/secrets/" in (DOCKER / ".gitignore").read_text()


def test_the_password_comes_to_libpq_by_its_file(tmp_path: Path) -> None:
    word = r"a:b\c'd$e f"
    (tmp_path / "word").write_text(word + "\n")
    passfile = tmp_path / "pgpass"
    variables = {
        "POSTGRES_PASSWORD_FILE": str(tmp_path / "word"),
        "PGPASSFILE": str(passfile),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [DOCKER / "bin/entrypoint.sh", "echo", "two words"],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "two words\n"
    assert passfile.read_text() == r"*:*:*:*:a\:b\\c'd$e f" + "\n"
    assert passfile.stat().st_mode & 0o777 == 0o600
    del variables["POSTGRES_PASSWORD_FILE"]
    subprocess.run([DOCKER / "bin/entrypoint.sh", "true"], env=variables, check=True)


def test_mounted_files_are_there() -> None:
    for service in loaded("compose.yaml")["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (DOCKER / source).exists(), source
    provider = loaded("grafana/provisioning/dashboards/nas.yaml")["providers"][0]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in _volumes("grafana")
    assert json.loads((DOCKER / "grafana/dashboards/nas.json").read_text())["uid"]


def _volumes(service: str) -> list[str]:
    return loaded("compose.yaml")["services"][service]["volumes"]
