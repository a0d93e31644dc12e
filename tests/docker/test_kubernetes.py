"""The Kubernetes example, by the schemas of Kubernetes; of the RayCluster those parts that are Kubernetes' own."""

from typing import Any

import kubernetes_validate
import pytest

from tests.docker.kubernetes import documents
from tests.docker.tools import loaded

OWN = [document for document in documents() if document["kind"] != "RayCluster"]
CLUSTER = next(document for document in documents() if document["kind"] == "RayCluster")
GROUPS = [CLUSTER["spec"]["headGroupSpec"], *CLUSTER["spec"]["workerGroupSpecs"]]
VERSION = "1.31"
HEAD_FIELDS = {"serviceType", "rayStartParams", "template"}
WORKER_FIELDS = {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}


def pod_templates() -> list[dict[str, Any]]:
    ours = [document["spec"]["template"] for document in OWN if document["kind"] in ("Job", "Deployment")]
    return [*ours, *(group["template"] for group in GROUPS)]


@pytest.mark.parametrize(
    "document", OWN, ids=lambda document: f"{document['kind']} {document['metadata']['name']}"
)
def test_a_document_is_as_kubernetes_wants_it(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, VERSION, strict=True)


@pytest.mark.parametrize("group", GROUPS, ids=["head", "cpu", "gpu"])
def test_so_are_the_pods_of_the_cluster(group: dict[str, Any]) -> None:
    template = group["template"]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "stand-in"},
        "spec": {"selector": {"matchLabels": template["metadata"]["labels"]}, "template": template},
    }
    kubernetes_validate.validate(deployment, VERSION, strict=True)
    assert set(group) == (HEAD_FIELDS if "serviceType" in group else WORKER_FIELDS)
    assert all(isinstance(value, str) for value in group["rayStartParams"].values())


def test_a_mistake_would_be_found() -> None:
    broken = {**OWN[1], "spec": {**OWN[1]["spec"], "backofLimit": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


@pytest.mark.parametrize("template", pod_templates(), ids=["migrate", "dashboard", "head", "cpu", "gpu"])
def test_pods_are_confined(template: dict[str, Any]) -> None:
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    mounted = {volume["name"] for volume in spec["volumes"]}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {mount["name"] for mount in container["volumeMounts"]} == mounted
        assert container["resources"]["limits"]


def test_images_and_versions_are_those_of_the_arrangement() -> None:
    composed = {service["image"] for service in loaded("compose.yaml")["services"].values()}
    images = {
        container["image"] for template in pod_templates() for container in template["spec"]["containers"]
    }
    assert images == {image for image in composed if image.startswith("nas")}
    import ray

    assert CLUSTER["spec"]["rayVersion"] == ray.__version__


def test_policies_name_pods_that_there_are() -> None:
    components = {
        template["metadata"]["labels"]["app.kubernetes.io/component"] for template in pod_templates()
    }
    policies = [document for document in OWN if document["kind"] == "NetworkPolicy"]
    chosen = {
        value
        for policy in policies
        for match in policy["spec"]["podSelector"].get("matchExpressions", [])
        for value in match["values"]
    }
    assert chosen == components == {"migrate", "dashboard", "ray"}
    assert policies[0]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
