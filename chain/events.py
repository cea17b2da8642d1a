"""What happened, told to whoever asked to hear it: after commit and never before.

Listeners are called in the publishing thread, in the order they subscribed, and must return quickly; one that raises is
logged and does not keep the others from hearing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from chain.model import Block, Record, Transaction
from chain.primitives import Hash32

logger = logging.getLogger(__name__)


class Head(Record):
    """The canonical chain moved: `removed` newest first, then `added` oldest first."""

    removed: tuple[Block, ...]
    added: tuple[Block, ...]


class Pending(Record):
    """A transaction was admitted to the pool."""

    transaction: Transaction


class Dropped(Record):
    """A transaction left the pool without getting into a block."""

    hash: Hash32
    reason: str


Event: TypeAlias = Head | Pending | Dropped
Listener: TypeAlias = Callable[[Event], None]


class Events:
    """A list of listeners."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the returned function ends it."""
        self._listeners = [*self._listeners, listener]

        def unsubscribe() -> None:
            self._listeners = [other for other in self._listeners if other is not listener]

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                logger.exception("a listener failed on %s", type(event).__name__)
