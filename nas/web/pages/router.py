"""All pages, and their parts. The one that takes a token is for everybody: `nas.web.pages.login`."""

from fastapi import APIRouter

from nas.web.pages import actions, audit, compare, hand, new, queue, search, searches, table, trial

router = APIRouter(include_in_schema=False)
for part in (searches, search, table, trial, actions, hand, compare, new, queue, audit):
    router.include_router(part.router)
