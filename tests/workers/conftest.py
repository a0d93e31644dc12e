"""Ray, started once for all tests of this directory, on the first of them that wants it."""

from collections.abc import Iterator

import psutil
import pytest

from workers.ray_pool import LocalRay

RAY_CPUS = 4


def ray_processes() -> list[psutil.Process]:
    """The descendants of this process that belong to Ray."""
    names = ("raylet", "gcs_server", "ray::")
    return [p for p in psutil.Process().children(recursive=True) if p.name().startswith(names)]


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    runtime = LocalRay(cpus=RAY_CPUS, gpus=0, object_store_bytes=2**27)
    yield
    runtime.stop()
    assert not ray_processes()
