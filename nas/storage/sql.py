"""Storage in SQLite or PostgreSQL. `nas.storage.open` makes one from a URL.

Statements are SQLAlchemy Core: the object mapper costs four times as much a row and brings nothing to records that
never change. What is done for every trial is run on the driver itself, see `nas.storage.prepared`.
"""

from nas.storage.sql_archive import SqlArchive
from nas.storage.sql_driving import SqlDriving
from nas.storage.sql_reading import SqlReading
from nas.storage.sql_service import SqlService
from nas.storage.sql_submissions import SqlSubmissions
from nas.storage.sql_summaries import SqlSummaries


class SqlStorage(SqlDriving, SqlReading, SqlArchive, SqlSummaries, SqlService, SqlSubmissions):
    """Keeps searches in the database of an engine, whose tables must be there."""
