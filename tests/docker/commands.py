"""The commands that files under docker/ name, and whether the programs know them."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from ray.scripts.scripts import cli as ray

from nas.cli.main import nas
from tests.docker.tools import DOCKER, loaded

PROGRAMS: dict[str, click.Command] = {"nas": nas, "ray": ray}
WRAPPER = "with-ray-node.sh"
CONTAINER_LISTS = ("containers", "initContainers")


def compose_commands() -> dict[str, list[str]]:
    """Returns the command of each service that has one."""
    services = loaded("compose.yaml")["services"]
    return {name: service["command"] for name, service in services.items() if "command" in service}


def image_commands() -> dict[str, list[str]]:
    """Returns the command of each Dockerfile."""
    return {
        path.name: shlex.split(re.sub(r"[\[\],]", " ", found[1]))
        for path in sorted(DOCKER.glob("Dockerfile*"))
        if (found := re.search(r"^CMD (\[.*\])$", path.read_text(), re.MULTILINE))
    }


def kubernetes_commands() -> dict[str, list[str]]:
    """Returns the arguments of each container, and what KubeRay makes of a group's parameters."""
    from tests.docker.kubernetes import documents

    found: dict[str, list[str]] = {}
    for document in documents():
        for container in _containers(document):
            if "args" in container:
                found[f"{document['kind']} {container['name']}"] = container["args"]
        for name, parameters in _ray_parameters(document):
            found[name] = ["ray", "start", *map(_ray_option, parameters.items())]
    return found


def written_commands(path: Path) -> list[list[str]]:
    """Returns the lines of a text or a script that begin with one of the programs, or have a container begin one."""
    found = []
    for line in path.read_text().replace("\\\n", " ").splitlines():
        words = re.match(
            r"(?:docker compose exec .*?dashboard |kubectl .*-- |)((?:nas|ray) [a-z].*)", line.strip()
        )
        if words:
            found.append(shlex.split(re.split(r" [>&]", words[1])[0]))
    return found


def check(words: Sequence[str]) -> None:
    """Parses the words as the program would; raises `click.UsageError` for a command or an option it does not have."""
    words = [word for word in words if "${" not in word]
    if words[0] == WRAPPER:
        address, *rest = words[1:]
        assert re.fullmatch(r"[\w.-]+:\d+", address), address
        return check(rest)
    name, *rest = words
    assert name in PROGRAMS, f"{words}: no program of this product or of Ray"
    command, context = PROGRAMS[name], click.Context(PROGRAMS[name], info_name=name)
    while isinstance(command, click.Group):
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None, f"{words}: no such command"
        command, context = found, click.Context(found, parent=context)
    if not isinstance(command, click.Group):
        command.make_context(name, list(rest))
    return None


def _ray_option(parameter: tuple[str, str]) -> str:
    """Returns what KubeRay makes of a parameter: "true" is a flag."""
    key, value = parameter
    return f"--{key}" if value == "true" else f"--{key}={value}"


def _containers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    spec = document.get("spec", {}).get("template", {}).get("spec", {})
    for kind in CONTAINER_LISTS:
        yield from spec.get(kind, [])


def _ray_parameters(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    if document["kind"] == "RayCluster":
        yield "head group", document["spec"]["headGroupSpec"]["rayStartParams"]
        for group in document["spec"]["workerGroupSpecs"]:
            yield f"group {group['groupName']}", group["rayStartParams"]
