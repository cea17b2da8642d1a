"""The doors: JSON-RPC by HTTP on `POST /`, by WebSocket on `/`, by unix socket; pages and files on everything else.

    server.py        sockets, thread and event loop; start and graceful stop
    connection.py    one HTTP client: parsing, limits, order of answers, time-outs
    exchange.py      a request as read, the lines of its answer
    access.py        who may call which method, and how often
    doorkeeper.py    which Host and Origin headers are let in
    conversation.py  one client that stays: many requests at once, events in between, what a slow reader may cost
    websocket.py     the frames of its messages       stream.py  the same for a unix socket       ipc.py  its file
    house.py         what they all share, and the limits

It knows bytes, HTTP and WebSocket, nothing of Ethereum.
"""

from chain.server.access import Access, read_access
from chain.server.doorkeeper import is_loopback
from chain.server.house import Limits
from chain.server.ipc import fits
from chain.server.server import Server, listen

__all__ = ["Access", "Limits", "Server", "fits", "is_loopback", "listen", "read_access"]
