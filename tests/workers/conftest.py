"""A Ray cluster, started once for all tests of this directory, on the first of them that wants it."""

from collections.abc import Iterator

import pytest

from tests.workers.clusters import SmallCluster

RAY_CPUS = 4


@pytest.fixture(scope="session")
def ray_session() -> Iterator[str]:
    """HOST:PORT of a cluster of one node with `RAY_CPUS` processors."""
    with SmallCluster(cpus=RAY_CPUS) as cluster:
        yield cluster.address
