"""Ray clusters of this machine, each with ports, a directory and a token of its own; their processes can be killed.

A cluster is kept by a process of its own, since Ray reads its token once a process. That one is this file, run as a
program: it takes commands, one JSON list a line, and answers each with one JSON object.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import psutil

from workers.ray_session import end_session

QUICK = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 3,
}
"""Nodes that are gone are found within some 10 s, by default 62."""
MISLEADING = ("RAY_ADDRESS", "RAY_AUTH_TOKEN")


class SmallCluster:
    """A head, and nodes that can be added. Within the context Ray's token is that of the cluster."""

    def __init__(self, *, cpus: int, port: int = 0, token: str = "") -> None:
        """Another one at the same `port` and with the same `token` takes the place of one that has ended."""
        self._cpus, self._port = cpus, port
        self.token = token or secrets.token_hex(32)
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        token = self._directory / "token"
        token.write_text(self.token)
        self._set(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN_PATH=str(token), RAY_USAGE_STATS_ENABLED="0")
        self._log = (self._directory / "log").open("w")
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.clusters", str(self._directory), str(self._port)],
            env={name: value for name, value in os.environ.items() if name not in MISLEADING},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        try:
            head = self.add_node(cpus=self._cpus)
        except BaseException:
            self.__exit__()
            raise
        self.address: str = head["address"]
        self.raylet = psutil.Process(head["raylet"])
        self.gcs = psutil.Process(head["gcs"])
        return self

    def __exit__(self, *error: object) -> None:
        end_session(self._keeper.pid)
        self._keeper.communicate()
        self._log.close()
        self._set(**self._before)
        shutil.rmtree(self._directory, ignore_errors=True)

    def add_node(self, *, cpus: int) -> dict[str, Any]:
        """Starts a node; returns its `raylet`, a process id, and what the head has besides."""
        self._keeper.stdin.write(f"{cpus}\n")
        self._keeper.stdin.flush()
        answer = self._keeper.stdout.readline()
        assert answer, (self._directory / "log").read_text()[-2000:]
        return json.loads(answer)

    def kill(self) -> None:
        """Ends all processes of all nodes at once."""
        end_session(self._keeper.pid)

    def _set(self, **variables: str | None) -> None:
        for name, value in variables.items():
            self._before.setdefault(name, os.environ.get(name))
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def keep(directory: str, port: int) -> None:
    """Starts a node for each line on standard input, which says how many processors it has, and lives on."""
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster()
    head_options = {"_system_config": QUICK, "temp_dir": directory, "include_dashboard": False}
    if port:
        head_options["gcs_server_port"] = port
    for line in sys.stdin:
        options = {} if cluster.head_node else head_options
        node = cluster.add_node(num_cpus=int(line), object_store_memory=100 * 2**20, **options)
        pids = {kind: infos[0].process.pid for kind, infos in node.all_processes.items()}
        answer = {"raylet": pids["raylet"], "gcs": pids.get("gcs_server"), "address": cluster.address}
        print(json.dumps(answer), flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    keep(sys.argv[1], int(sys.argv[2]))
