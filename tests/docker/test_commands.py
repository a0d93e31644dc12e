"""Every command that a file under docker/ names exists, with its options."""

import click
import pytest

from tests.docker.commands import (
    check,
    compose_commands,
    image_commands,
    kubernetes_commands,
    written_commands,
)
from tests.docker.tools import DOCKER, judged, loaded

OURS = {
    name: words
    for name, words in compose_commands().items()
    if loaded("compose.yaml")["services"][name]["image"].startswith("nas")
}
NAMED = {**OURS, **image_commands(), **kubernetes_commands()}
WRITTEN = [
    words
    for path in (DOCKER / "README.md", DOCKER / "bin/with-ray-node.sh")
    for words in written_commands(path)
]


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_container_is_given_a_command_that_there_is(name: str) -> None:
    check(NAMED[name])


def test_so_are_people() -> None:
    assert len(WRITTEN) >= 4
    for words in WRITTEN:
        check(words)


def test_none_is_left_out() -> None:
    assert {"migrate", "ray-head", "worker-cpu", "worker-gpu", "dashboard"} == set(OURS)
    assert set(image_commands()) == {"Dockerfile", "Dockerfile.gpu"}
    assert {"Job migrate", "Deployment dashboard", "head group", "group cpu", "group gpu"} == set(
        kubernetes_commands()
    )


@pytest.mark.parametrize(
    "words",
    [["nas", "dashboard", "--made-up"], ["nas", "made-up"], ["ray", "start", "--nodes=3"]],
    ids=["option", "command", "of Ray"],
)
def test_one_that_does_not_exist_is_found(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        check(words)


def test_a_wrapped_command_goes_on_as_the_wrapper_says(tmp_path) -> None:
    """The wrapper with a stand-in for Ray: its node ends when it is told to, or by itself."""
    fake = tmp_path / "ray"
    fake.write_text('#!/bin/sh\n[ "$NODE" = gone ] && exit 3\nexec sleep 60\n')
    fake.chmod(0o755)
    wrapper = f"PATH={tmp_path}:$PATH {DOCKER}/bin/with-ray-node.sh ray-head:6379"
    assert judged("bash", "-c", f"NODE=there {wrapper} sh -c 'echo hello; exit 7'") == (7, "hello\n")
    assert judged("bash", "-c", f"NODE=there {wrapper} true") == (0, "")
    code, said = judged("bash", "-c", f"NODE=gone {wrapper} sleep 60")
    assert code == 1
    assert "the Ray node at ray-head:6379 is gone" in said
    command = f"bash -c 'trap \"exit 0\" TERM; touch {tmp_path}/up; while :; do sleep 0.05; done'"
    kill = f"until [ -e {tmp_path}/up ]; do sleep 0.05; done; kill $!; wait $!"
    code, said = judged("bash", "-c", f"NODE=there {wrapper} {command} & {kill}")
    assert (code, said) == (0, "")
