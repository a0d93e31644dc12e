"""Styles, scripts, fonts and pictures of the pages, as they lie beside the code."""

import os

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope


class Assets(StaticFiles):
    """Files that a browser keeps, and asks about each time: those of another version show at once."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answers with a file, or with 304 where the browser has it as it is."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
