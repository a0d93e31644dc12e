"""`/docs`: the API to read and to try, by a Swagger UI that lies beside it: no other host is asked for anything."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from nas.web.guard import CONTENT_POLICY

router = APIRouter(include_in_schema=False)

_POLICY = f"{CONTENT_POLICY}; img-src 'self' data:"
"""The pictures of Swagger UI are in its style sheet."""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API - nas</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/vendor/swagger/swagger-ui.css">
</head>
<body>
<main id="swagger"></main>
<script src="/static/vendor/swagger/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script>
</body>
</html>
"""


@router.get("/docs")
def docs() -> HTMLResponse:
    """The page; it reads `/openapi.json`."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
