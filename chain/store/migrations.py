"""Bringing the database of an older version up to the format this version writes.

Step `n` (counting from 0) turns format `n + 1` into `n + 2`. The format file is written after each step, so a step that
was interrupted runs again: every step must give the same result when repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from chain.store.engine import Engine

logger = logging.getLogger(__name__)

Migration: TypeAlias = Callable[[Engine], None]

MIGRATIONS: tuple[Migration, ...] = ()


def newest(steps: Sequence[Migration]) -> int:
    """The format that all steps together lead to."""
    return 1 + len(steps)


def migrate(engine: Engine, found: int, steps: Sequence[Migration], reached: Callable[[int], None]) -> None:
    """Run the steps that `found` is missing, calling `reached` with the new format after each."""
    for number, step in enumerate(steps[found - 1 :], start=found):
        logger.info("migrating the data folder from format %d to %d", number, number + 1)
        step(engine)
        engine.sync()
        reached(number + 1)
