"""What is asked of the writer thread, and when it makes blocks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from chain.model import Record
from chain.primitives import Address, Hash32


class Mining(Record):
    """When blocks are made: at once (`interval` None, `automine` True), every `interval` seconds, or when told."""

    automine: bool = True
    interval: float | None = None
    one_transaction_per_block: bool = False


class Acting(Record):
    """For whom a development chain makes transactions without a key."""

    accounts: frozenset[Address] = frozenset()
    everyone: bool = False


class Choices(Record):
    """What development commands chose for the next blocks; None: the consensus chooses."""

    coinbase: Address | None = None
    prev_randao: Hash32 | None = None  # of the next block only


class Submission(Record):
    """A raw transaction and whoever waits for what becomes of it."""

    raw: bytes
    answer: Future[Hash32]
    impersonated: bool = False


class Command(Record):
    """Something to be run in the writer thread."""

    work: Callable[[], Any]
    answer: Future[Any]


class Stop(Record):
    """Finish what came before, then end."""
