"""What the routes work with: one `Service` for an application, made when it is built, started when it starts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from nas.web.access import Access
from nas.web.live.follower import Live
from nas.web.queue.runner import Runner
from nas.web.readers import Readers
from nas.web.settings import WebSettings
from nas.web.view.views import Views


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of the service that live as long as it does."""

    settings: WebSettings
    readers: Readers
    views: Views
    access: Access
    live: Live
    runner: Runner

    @classmethod
    def new(cls, settings: WebSettings) -> "Service":
        """Returns a service that has opened nothing and started no thread yet."""
        readers = Readers(settings.database)
        return cls(
            settings,
            readers,
            Views(readers),
            Access(settings, readers),
            Live(readers),
            Runner(readers, settings),
        )

    def start(self) -> None:
        """Starts what works beside the requests."""
        self.live.start()
        self.runner.start()

    def stop_streams(self) -> None:
        """Ends the answers that never end by themselves: for a server that waits for all answers before it ends."""
        self.live.stop()

    def close(self) -> None:
        """Ends what works beside the requests, and lets go of the database."""
        self.live.close()
        self.runner.close()
        self.readers.close()


def the_service(request: Request) -> Service:
    """Returns the service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(the_service)]
