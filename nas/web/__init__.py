"""The service: an HTTP API, live pages and metrics over the database that searches write to."""
