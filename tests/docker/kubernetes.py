"""The documents of the Kubernetes example."""

from typing import Any

import yaml

from tests.docker.tools import DOCKER


def documents() -> list[dict[str, Any]]:
    """Returns all that `kustomization.yaml` names, in its order."""
    directory = DOCKER / "kubernetes"
    names = yaml.safe_load((directory / "kustomization.yaml").read_text())["resources"]
    return [found for name in names for found in yaml.safe_load_all((directory / name).read_text())]
