"""Measures the service: a real dashboard over a very large search, and clients that follow one that runs."""
