"""Figures for Prometheus: of the searches, read when they are asked for, and of the requests to this process."""
