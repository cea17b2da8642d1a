"""WebSocket (RFC 6455) after its HTTP request was read and admitted. The frames are `websockets`' business.

Text and binary messages are both taken, as geth does; answers are text. No extensions: compressing JSON for every
subscriber would cost the node more than the network.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

from chain.server.exchange import Refusal

logger = logging.getLogger(__name__)


class WebSocket:
    """A `Wire`."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes of a message; a larger one ends the connection with 1009."""
        self._protocol = ServerProtocol(max_size=limit, logger=logger)
        self._parts: list[bytes] = []

    def accept(self, method: str, target: str, headers: Mapping[str, str]) -> Refusal | None:
        """Read the request for the upgrade; the answer to a good one is `pending` then."""
        if target.partition("?")[0] != "/":
            return Refusal(404, f"WebSocket is served on / and not on {target}")
        if method != "GET":
            return Refusal(405, "a WebSocket begins with GET")
        # Its parser wants to have seen the request itself.
        self._protocol.receive_data(Handshake(target, Headers(headers)).serialize())
        seen = self._protocol.events_received()
        if not seen or not isinstance(seen[0], Handshake):
            return Refusal(400, f"not the beginning of a WebSocket: {self._protocol.handshake_exc}")
        response = self._protocol.accept(seen[0])
        if response.status_code != 101:
            return Refusal(response.status_code, (response.body or b"").decode("utf-8", errors="replace").strip())
        self._protocol.send_response(response)
        return None

    @property
    def ended(self) -> bool:
        """Whether a close frame came, or something that is no WebSocket."""
        return self._protocol.state is not State.OPEN

    def receive(self, data: bytes) -> list[bytes]:
        """Messages, put together from their fragments. Pings are answered in `pending`."""
        self._protocol.receive_data(data)
        messages = []
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._parts.append(bytes(event.data))
                if event.fin:
                    messages.append(b"".join(self._parts))
                    self._parts = []
        return messages

    def encode(self, payload: bytes) -> bytes:
        """One text frame, after whatever the protocol itself has to say."""
        if self.ended:  # goodbye was said while this was on its way
            return b""
        # What a server sends is not masked, so a frame is a head and the payload: half of the time of the library.
        return self.pending() + _head(len(payload)) + payload

    def pending(self) -> bytes:
        """Handshake, pongs, close frames. (An empty entry stands for the end of the stream.)"""
        return b"".join(self._protocol.data_to_send())

    def ping(self) -> bool:
        """Any answer will do."""
        if self.ended:
            return False
        self._protocol.send_ping(b"")
        return True

    def close(self, code: int, reason: str) -> None:
        """Say why. Reasons have room for 123 bytes."""
        if not self.ended:
            self._protocol.send_close(code, reason[:120])


def _head(size: int) -> bytes:
    """Of a whole, unmasked text frame (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")
