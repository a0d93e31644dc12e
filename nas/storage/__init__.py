"""Where searches are kept: one contract; in memory, in a SQLite file or in PostgreSQL."""
