"""The answer that never ends: what a client has missed, then what is new, in order, none left out and none twice.

Beside the messages of `nas.web.live.messages` there are, without an id of their own:

| event  | what it says                                                                                 |
|--------|----------------------------------------------------------------------------------------------|
| ready  | the first of all: the client is heard, and goes on behind the id that comes with it          |
| gap    | events before `first` are not to be had any more: what was drawn of them is to be read anew  |
| away   | the database does not answer; what happens meanwhile will follow                             |
| back   | it does again                                                                                |
| bye    | the last of all: the client is to come again, with its last id                               |
"""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import anyio
from starlette.responses import Response
from starlette.types import Message as StarletteMessage
from starlette.types import Receive, Scope, Send

from nas.errors import StorageError
from nas.web.live.channel import Channel
from nas.web.live.clients import Client
from nas.web.live.follower import AT_ONCE, AWAY_SECONDS, Live, Start
from nas.web.live.messages import HEARTBEAT, Message, gap_message, written
from nas.web.live.overview import Overview
from nas.web.problems import Problem, answer

HEARTBEAT_SECONDS = 15.0
SLOW_SECONDS = 20.0
"""So long may a client leave what it was sent lying; then it is let go, and can come again with its last id."""
RETRY = b"retry: 1000\n\n"
"""After so many milliseconds a browser comes again."""
AWAY, BACK, BYE = written("away", {}), written("back", {}), written("bye", {})

Allowed = Callable[[], bool]
"""Asked with every heartbeat, in a thread: whether whoever follows still may."""


class EventStream(Response):
    """Server-sent events of one search from a `Start` on, or of the overview."""

    media_type = "text/event-stream"

    def __init__(self, live: Live, start: Start | None, may_go_on: Allowed) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live, self._start, self._may_go_on = live, start, may_go_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers until the client goes, is too slow or no longer allowed, or the service ends."""
        client = Client()
        followed = (
            self._live.join_search(client, self._start) if self._start else self._live.join_overview(client)
        )
        if followed is None:
            await answer(_full(), scope)(scope, receive, send)
            return
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
                await self._send(send, client, followed)
                tasks.cancel_scope.cancel()
        finally:
            self._live.leave(client, followed)

    async def _send(self, send: Send, client: Client, followed: Channel | Overview) -> None:
        begin = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        with suppress(TimeoutError):
            await _sent(send, begin)
            async for data in _told(self._live, self._start, client, followed, self._may_go_on):
                await _sent(send, {"type": "http.response.body", "body": data, "more_body": True})
            await _sent(send, {"type": "http.response.body", "body": BYE})


async def _sent(send: Send, message: StarletteMessage) -> None:
    """Sends a part of the answer; raises `TimeoutError` where the client does not take it."""
    with anyio.fail_after(SLOW_SECONDS):
        await send(message)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Ends the answer when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        continue
    scope.cancel()


async def _told(
    live: Live, start: Start | None, client: Client, followed: Channel | Overview, may_go_on: Allowed
) -> AsyncIterator[bytes]:
    """Yields what the client is sent."""
    place, is_away, heard_at = start.place if start else 0, False, anyio.current_time()
    yield RETRY + written("ready", {}, place if start else None)
    if start and start.after > start.newest:
        yield gap_message(start.newest + 1).data
    while not (live.is_ending or followed.is_over):
        messages = await _next(live, followed, place)
        if (messages is None or live.is_away) != is_away:
            is_away = not is_away
            yield AWAY if is_away else BACK
        if messages:
            place = messages[-1].place
            yield b"".join(message.data for message in messages)
        if anyio.current_time() >= heard_at + HEARTBEAT_SECONDS:
            heard_at = anyio.current_time()
            if not await _is_allowed(live, may_go_on):
                return
            yield HEARTBEAT
        elif not messages:
            await client.woken(AWAY_SECONDS if messages is None else HEARTBEAT_SECONDS)


async def _next(live: Live, followed: Channel | Overview, place: int) -> list[Message] | None:
    """Returns what is to be sent behind a place, None while the database is away."""
    messages = followed.behind(place)
    if messages is not None or not isinstance(followed, Channel):
        return messages and messages[:AT_ONCE]
    try:
        return await anyio.to_thread.run_sync(live.replay, followed, place, limiter=live.replays)
    except StorageError:
        return None


async def _is_allowed(live: Live, may_go_on: Allowed) -> bool:
    try:
        return await anyio.to_thread.run_sync(may_go_on, limiter=live.replays)
    except (
        StorageError
    ):  # asked again with the next heartbeat; until then it gets nothing that it did not have
        return True


def _full() -> Problem:
    return Problem(
        503,
        "Too many streams",
        "as many clients follow searches as there may be; close some, or try again later",
        headers={"Retry-After": "15"},
    )
