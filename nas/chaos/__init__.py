"""Searches whose processes are killed, stopped and cut off on purpose, to see that nothing is lost."""
