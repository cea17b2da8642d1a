"""Blocks of an existing chain verified and stored anew: what another node would do with them.

Runs as a process of its own: `python -m chain.bench.importing FOLDER` prints gas per second. Senders are recovered,
every transaction is executed, every root compared, every block written with its fsync.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from chain.evm import Evm
from chain.spec import decode_spec
from chain.store import Store


def imported(folder: Path) -> float:
    """Million gas per second over all blocks of the chain in `folder`."""
    source = Store.open(folder)
    identity = source.identity or b""
    spec = decode_spec(identity)
    blocks = [source.block(number).encode() for number in range(1, source.head.number + 1)]
    source.close()
    with tempfile.TemporaryDirectory(prefix="mz-bench-import-") as fresh:
        store = Store.open(Path(fresh) / "chain")
        evm = Evm(spec, store.nodes, store)
        store.initialise(identity, evm.genesis())
        began = time.perf_counter()
        for encoded in blocks:
            store.append(evm.verify(evm.decode_block(encoded), store.head))
        took = time.perf_counter() - began
        gas = sum(store.header(number).gas_used for number in range(1, store.head.number + 1))
        store.close()
    return gas / took / 1e6


if __name__ == "__main__":
    sys.stdout.write(f"{imported(Path(sys.argv[1]))}\n")
