"""Bringing the database of an older version up to the format this version writes.

Step `n` (counting from 0) turns format `n + 1` into `n + 2`. The format file is written after each step, so a step that
was interrupted runs again: every step must give the same result when repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from chain.errors import DataFolderCorrupt
from chain.store import layout
from chain.store.engine import Engine

logger = logging.getLogger(__name__)

Migration: TypeAlias = Callable[[Engine], None]

# What every chain of format 1 was, in the words of format 2.
_ALWAYS_PRAGUE = {
    "blocks": [
        [fork, 0]
        for fork in (
            "homestead",
            "tangerine-whistle",
            "spurious-dragon",
            "byzantium",
            "constantinople",
            "petersburg",
            "istanbul",
            "muir-glacier",
            "berlin",
            "london",
            "arrow-glacier",
            "gray-glacier",
        )
    ],
    "times": [["shanghai", 0], ["cancun", 0], ["prague", 0]],
    "terminal_total_difficulty": "0x0",
    "dao_block": None,
    "dao_supported": True,
    "blobs": {"cancun": [3, 6, 3_338_477], "prague": [6, 9, 5_007_716]},
    "deposit_contract": "00000000219ab540356cbb839cbe05303d7705fa",
    "disregarded": [],
}
_FIELDS_OF_OTHERS = {
    "difficulty": "0x0",
    "nonce": "0000000000000000",
    "gas_used": 0,
    "parent_hash": "00" * 32,
    "blob_gas_used": 0,
    "excess_blob_gas": 0,
    "verbatim": False,
}


def _name_forks(engine: Engine) -> None:
    """1 to 2: the chain's description says when which fork begins, and has every field of other clients' genesis."""
    identity = engine.get(layout.IDENTITY)
    if identity is None:
        return
    try:
        written = msgspec.json.decode(identity)
        if written.pop("fork", None) is None:
            return  # done before the interruption
        written["schedule"] = _ALWAYS_PRAGUE
        written["genesis"] = {**written["genesis"], **_FIELDS_OF_OTHERS}
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as problem:
        raise DataFolderCorrupt(
            f"the folder's description of its chain cannot be read: {problem!r}",
            hint="restore the data folder from a copy made while the node was stopped",
        ) from problem
    engine.write([(layout.IDENTITY, msgspec.json.encode(written))], sync=True)


MIGRATIONS: tuple[Migration, ...] = (_name_forks,)


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
