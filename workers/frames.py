"""Messages over a socket between a driver and its worker: eight bytes of length, then as many bytes.

The driver's side never blocks, whatever a worker does: one that is stopped in the middle of a message, or does not read
any more, holds up nobody but itself.
"""

import socket
import struct
from threading import Lock

CHUNK_BYTES = 2**20
_LENGTH = struct.Struct("=Q")


class DriverLink:
    """The driver's end: takes what is there, keeps what cannot be sent yet."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._incoming, self._outgoing = bytearray(), bytearray()
        self.is_broken = False
        """Whether the other end was closed; what it had sent by then may still be received."""
        self.left_unread = False
        """Whether it was closed before all was read that had been sent to it; known where `is_broken` is, on Linux."""
        self.has_heard = False
        """Whether bytes came at the last call of `receive`, be it of a message that is not whole yet."""

    def fileno(self) -> int:
        """The number by which the operating system knows the socket."""
        return self._end.fileno()

    @property
    def has_more_to_send(self) -> bool:
        """Whether `flush` is to be called when the socket takes bytes again."""
        return bool(self._outgoing)

    def send(self, message: bytes) -> None:
        """Sends what the socket takes of the message now, the rest at later calls of `flush`."""
        self._outgoing += _LENGTH.pack(len(message)) + message
        self.flush()

    def flush(self) -> None:
        """Sends what the socket takes now."""
        try:
            while self._outgoing:
                sent = self._end.send(memoryview(self._outgoing)[:CHUNK_BYTES])
                del self._outgoing[:sent]
        except BlockingIOError:
            return
        except OSError:  # the worker is gone; how it ended is seen elsewhere
            self._outgoing.clear()
            self.left_unread = True

    def receive(self) -> list[bytes]:
        """Returns the messages that have arrived whole since the last call."""
        self._read()
        messages = []
        while len(self._incoming) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._incoming)
            end = _LENGTH.size + length
            if len(self._incoming) < end:
                break
            messages.append(bytes(self._incoming[_LENGTH.size : end]))
            del self._incoming[:end]
        return messages

    def close(self) -> None:
        """Closes this end; the worker, where it still lives, reads the end of all messages."""
        self._end.close()

    def _read(self) -> None:
        self.has_heard = False
        try:
            while chunk := self._end.recv(CHUNK_BYTES):
                self._incoming += chunk
                self.has_heard = True
        except BlockingIOError:
            return
        except (
            ConnectionResetError
        ):  # which Linux says, after all that was sent, where something was left unread
            self.left_unread = True
        except OSError:
            pass
        self.is_broken = True


class WorkerLink:
    """The worker's end: waits for the next message, and sends from several threads."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(True)
        self._end, self._sending = end, Lock()

    def send(self, message: bytes) -> None:
        """Sends the message whole; raises `OSError` where the driver is gone."""
        with self._sending:
            self._end.sendall(_LENGTH.pack(len(message)))
            self._end.sendall(message)

    def receive(self) -> bytes | None:
        """Returns the next message, or None where the driver has closed its end."""
        head = self._exactly(_LENGTH.size)
        return None if head is None else self._exactly(_LENGTH.unpack(head)[0])

    def _exactly(self, count: int) -> bytes | None:
        data = bytearray()
        while len(data) < count:
            chunk = self._end.recv(min(CHUNK_BYTES, count - len(data)))
            if not chunk:
                return None
            data += chunk
        return bytes(data)
