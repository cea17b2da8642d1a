"""The side door of a development chain; a chain that is meant to be trusted has none (`Node.dev` is None)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from chain.primitives import Address, Hash32
from chain.producer import Development, Producer

T = TypeVar("T")


class Dev:
    """Development commands, carried to the thread that may run them. Safe to use from any thread."""

    def __init__(self, producer: Producer, development: Development) -> None:
        self._producer = producer
        self._development = development

    def do(self, work: Callable[[Development], T]) -> Future[T]:
        """Run commands, after everything that was submitted before and in one go."""
        return self._producer.command(lambda: work(self._development))

    def impersonates(self, address: Address) -> bool:
        """Whether transactions may be made for this account without its key."""
        acting = self._development.acting
        return acting.everyone or address in acting.accounts

    def send(self, raw: bytes) -> Future[Hash32]:
        """Submit a transaction of an impersonated sender (`chain.evm.impersonation`); see `Node.send`."""
        return self._producer.submit(raw, impersonated=True)
