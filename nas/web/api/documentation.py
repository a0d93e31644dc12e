"""`/openapi.json`: what FastAPI gathers from the routes, and the shape of problems, which it cannot know of."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from nas.web.api.models.base import ProblemAnswer

TAGS: dict[str, str] = {
    "searches": "Searches as they stand: their workers, and what happened in them.",
    "trials": "Trials: the table of them, and everything about one.",
    "charts": "What is drawn of a search, computed on the server from all its trials.",
    "downloads": "All trials of a search as one file.",
    "live": "What happens, as it happens, by server-sent events.",
    "acting": "What is asked of the driver of a running search, and what it answered.",
    "submissions": "What is handed in to be run: searches, and networks to hand over.",
    "architectures": "Architectures across searches, and trials side by side.",
    "exports": "Networks that were handed over, as archives.",
    "audit": "Who did what, and who asks.",
    "health": "For whoever watches the service.",
}
OF_FASTAPI = ("HTTPValidationError", "ValidationError")
"""Its own shape of a problem, which is not ours."""


def document(app: FastAPI) -> None:
    """Makes the documentation of `app` whole; once its routes are there."""
    gathered = app.openapi

    def whole() -> dict[str, Any]:
        schema = gathered()
        if "tags" not in schema:
            _add(schema)
        return schema

    app.openapi = whole  # type: ignore[method-assign]


def _add(schema: dict[str, Any]) -> None:
    _, ours = models_json_schema(
        [(ProblemAnswer, "serialization")], ref_template="#/components/schemas/{model}"
    )
    schemas = schema["components"]["schemas"]
    schemas.update(ours["$defs"])
    for name in OF_FASTAPI:
        schemas.pop(name, None)
    schema["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
