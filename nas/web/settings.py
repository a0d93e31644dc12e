"""What the dashboard is started with."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
DEFAULT_PORT = 8765


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Everything that decides what the service does. `nas dashboard` has an option for each field."""

    database: str
    """URL of the database that searches write to."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = DEFAULT_PORT
    """0 takes any that is free."""
    allowed_hosts: tuple[str, ...] = ()
    """Names that the service may be called by, beside its own address and those of loopback."""
    exports: Path = Path("nas-exports")
    """The one directory that networks are handed over into, and that archives are made of."""
    max_searches: int = 1
    """How many of the searches handed in run at once, over all dashboards of the database; 0 takes none in."""
    ray_address: str | None = None
    """The Ray cluster that searches handed in run on; by default on this machine."""
    datasets: Mapping[str, str] = field(default_factory=lambda: {"digits": "digits"})
    """Name -> place of the data sets that a search handed in may name, and no others."""
    require_token: bool = False
    """Whether a token is wanted even of somebody on this machine."""

    @property
    def is_loopback(self) -> bool:
        """Whether only processes of this machine can reach the service."""
        return is_loopback(self.host)

    def allows_host(self, name: str) -> bool:
        """Whether a request may call the service by this name, without its port.

        A page of a foreign site can have its own name lead to this machine, and then talks to us under that name. It
        cannot do so under an address: where we listen beyond loopback any address will do.
        """
        name = name.lower().rstrip(".")
        known = {*LOOPBACK_NAMES, self.host.lower(), *(host.lower() for host in self.allowed_hosts)}
        if not self.is_loopback:
            known.add(socket.gethostname().lower())
        return name in known or (not self.is_loopback and is_address(name))


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    return host.lower() == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(text: str) -> bool:
    """Whether the text is an address rather than a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
