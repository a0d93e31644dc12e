"""Where searches are kept: one contract, kept in memory or in any database that SQLAlchemy speaks."""
