"""The HTTP door: JSON-RPC on `POST /`, pages and files on everything else.

    server.py      socket, thread and event loop; start and graceful stop
    connection.py  one client: parsing, limits, order of answers, time-outs
    exchange.py    a request as read, the lines of its answer
    doorkeeper.py  which Host and Origin headers are let in

It knows bytes and HTTP, nothing of Ethereum. WebSocket and IPC will be further connection classes beside this one,
calling the same `handle`.
"""

from chain.server.connection import Limits
from chain.server.server import Server

__all__ = ["Limits", "Server"]
