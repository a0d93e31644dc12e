"""Ray as the host process sees it: started or joined, asked whether it still lives, left.

Ray itself tells a driver late that the machinery around it is gone: after 15 s of a raylet that was killed, after 60 s
of a head, by ending the process. Whether somebody listens where they did is seen within a second.
"""

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import ray
from ray._raylet import GcsClient  # type: ignore[attr-defined]  # native, without stubs

from workers.errors import PoolError, UnreachableError
from workers.gpus import gpus_needed, require_resources
from workers.process import one_line
from workers.ray_protocol import Settings

NODES_SECONDS = 5.0
"""Between two looks at the list of nodes, for one that is there but does not answer the head."""
HEAD_SECONDS = 30.0
"""So long may the head of a joined cluster be away; some are started again with what they knew."""
ANSWER_SECONDS = 2.0
SYSTEM_CONFIG = {
    "event_stats": False,  # timings of Ray's threads, in a log that nobody reads
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 3000,
    "health_check_failure_threshold": 5,
}
"""A raylet that stands still is found in 20 s, by default in 62; on two busy cores one may be slow for seconds."""


def start(settings: Settings, on_reached: Callable[[], None]) -> None:
    """Starts Ray on this machine, or joins the cluster that is named and calls `on_reached` when it answers.

    On the main thread, since Linux ends the processes that Ray starts together with the thread that started them.
    Raises `ResourceError` where the cluster is too small, `UnreachableError` where it cannot be found, `PoolError` for
    all else that Ray objects to. May never return.
    """
    if settings.address is None:
        _init(
            address="local",
            num_cpus=settings.workers,
            num_gpus=settings.gpus,
            object_store_memory=settings.object_store_bytes,
            include_dashboard=False,
            _temp_dir=settings.directory,
            _system_config=SYSTEM_CONFIG,
        )
        return
    address = _resolved(settings.address)
    GcsClient(address=address)  # returns when the head has answered, and only then
    on_reached()
    _init(address=address)
    if settings.demanding:
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        require_resources("CPU", settings.workers, int(resources.get("CPU", 0)), "the Ray cluster")
        needed = gpus_needed(settings.workers, settings.gpus_per_worker)
        require_resources("GPU", needed, int(resources.get("GPU", 0)), "the Ray cluster")


class Lookout:
    """Says whether the Ray of this process is still there."""

    def __init__(self, *, is_local: bool) -> None:
        node: Any = ray._private.worker.global_worker.node  # noqa: SLF001 - no public way to the raylet's socket
        self._socket: str = node.raylet_socket_name
        self._head: tuple[str, int] = _host_and_port(node.gcs_address)
        self._patience = 0.0 if is_local else HEAD_SECONDS
        self._node: str = ray.get_runtime_context().get_node_id()
        self._head_seen = self._nodes_seen = time.monotonic()

    def loss(self) -> str | None:
        """Returns what is gone, in words, or None. May block for as long as a head does not answer."""
        if not _listens(self._socket):
            return "Ray's raylet on this machine is gone"
        now = time.monotonic()
        if not _takes_connections(self._head):
            return self._without_head(now)
        if now - self._nodes_seen >= NODES_SECONDS:
            try:
                nodes = _nodes()
            except Exception:  # noqa: BLE001 - border to Ray, which raises of every kind: the head died meanwhile
                return self._without_head(now)
            self._nodes_seen = now
            if any(node["NodeID"] == self._node and not node["Alive"] for node in nodes):
                return "Ray's raylet on this machine stood still and was given up by the others"
        self._head_seen = now
        return None

    def _without_head(self, now: float) -> str | None:
        if now - self._head_seen < self._patience:
            return None
        return "the head of the Ray cluster is gone" if self._patience else "Ray's GCS server is gone"


class Nodes:
    """Where the nodes of the cluster can be asked whether they live."""

    def __init__(self) -> None:
        self._addresses: dict[str, tuple[str, int]] = {}

    def learn(self, node: str) -> None:
        """Remembers the address of a node on which a worker has come up."""
        if node not in self._addresses:
            self._addresses = {n["NodeID"]: (n["NodeManagerAddress"], n["NodeManagerPort"]) for n in _nodes()}

    def answers(self, node: str) -> bool:
        """Returns whether the node's raylet takes connections; True for one that is not known."""
        address = self._addresses.get(node)
        return address is None or _takes_connections(address)


def _init(**options: Any) -> None:
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    except Exception as error:  # border to Ray, which raises of every kind
        raise PoolError(f"Ray ({options['address']}) could not be started: {one_line(error)}") from error


def _nodes() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return nodes


def _resolved(address: str) -> str:
    """Returns HOST:PORT of an address that may be "auto"."""
    try:
        return str(ray._private.services.canonicalize_bootstrap_address_or_die(address))  # noqa: SLF001
    except (ConnectionError, ValueError, OSError) as error:
        raise UnreachableError(f"no Ray cluster answers at {address}: {one_line(error)}") from error


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _takes_connections(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def _listens(path: str) -> bool:
    """Returns whether a process of this machine has the socket open; one that is too busy to answer has."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True
