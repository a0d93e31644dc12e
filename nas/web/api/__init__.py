"""The HTTP API, `/api/v1`: searches, their trials, charts of them, what can be asked of them, what was handed over."""
