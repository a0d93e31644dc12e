"""What a worker is told of its surroundings, and what not."""

import pytest

from workers.environment import without_secrets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAS_DATABASE", "postgresql://me:secret@host/db"),
        ("NAS_SEED", "1"),
        ("PGPASSWORD", "secret"),
        ("PGPASSFILE", "/home/me/.pgpass"),
        ("PGSERVICEFILE", "/home/me/.pg_service.conf"),
        ("DATABASE_URL", "sqlite:///nas.db"),
        ("MINE", "postgresql+psycopg://me:secret@host/db"),
        ("OTHER", "postgres://me:secret@host/db"),
    ],
)
def test_a_worker_knows_no_way_to_the_database(name, value):
    assert without_secrets({name: value, "HOME": "/home/me"}) == {"HOME": "/home/me"}


@pytest.mark.parametrize(
    "name", ["PATH", "CUDA_VISIBLE_DEVICES", "PG", "RAY_ADDRESS", "http_proxy", "MY_NAS_"]
)
def test_what_else_there_is_stays(name):
    assert without_secrets({name: "http://me@host"}) == {name: "http://me@host"}
