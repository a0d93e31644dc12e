"""Who asks, and what they may do."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from nas.storage.owner import actor
from nas.web.readers import Readers
from nas.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever sent a request; `name` is kept with all that they do."""

    name: str
    may_write: bool


class Access:
    """Knows who asks."""

    def __init__(self, settings: WebSettings, readers: Readers) -> None:
        self._settings, self._readers = settings, readers

    def actor_of(self, request: Request) -> Actor:
        """Returns who sent the request."""
        del request
        return Actor(actor(), may_write=True)


def _reader(request: Request) -> Actor:
    access: Access = request.app.state.service.access
    return access.actor_of(request)


def _writer(request: Request) -> Actor:
    return _reader(request)


MayRead = Annotated[Actor, Depends(_reader)]
MayWrite = Annotated[Actor, Depends(_writer)]
