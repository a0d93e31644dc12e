from sqlalchemy import bindparam, insert, select, update

from nas.storage.address import parse_url
from nas.storage.connection import build_engine, for_writing, transaction
from nas.storage.models import Meta, table_of
from nas.storage.prepared import Prepared

META = table_of(Meta)
ADD = Prepared(insert(META).returning(META.c.key, META.c.value))
SET = Prepared(
    update(META).where(META.c.key == bindparam("which"), META.c.value != "fixed").values(value="fixed")
)


def test_rows_and_counts(url: str) -> None:
    """Parameters, constants of the statement, and text that would be SQL if it were pasted in."""
    awkward = "it's 100% :key %(key)s ?"
    engine = build_engine(parse_url(url), read_only=False)
    try:
        with transaction(for_writing(engine)) as connection:
            assert ADD.row(connection, {"key": "a", "value": awkward}) == ("a", awkward)
            assert ADD.row(connection, {"key": "b", "value": "2"}) == ("b", "2")
            assert [SET.count(connection, {"which": which}) for which in ("a", "a", "nowhere")] == [1, 0, 0]
            connection.rollback()
        with transaction(engine) as connection:
            assert connection.scalar(select(META.c.value).where(META.c.key == "b")) is None
    finally:
        engine.dispose()
