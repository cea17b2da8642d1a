"""100,000 blocks in one process: memory stays bounded. `MZ_BLOCKS` says how many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chain.launch import NodeOptions, open_node
from chain.producer import Mining
from tests.traffic import Signer, contract, spec, word

BLOCKS = int(os.environ.get("MZ_BLOCKS", "100000"))
BATCH = 500
TIMEOUT = 600
MOST_GROWTH = 96 << 20  # bytes after the first tenth: caches are full by then


def resident() -> int:
    """Bytes of this process in memory."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.deep
@pytest.mark.timeout(3 * 3600)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    options = NodeOptions(data_dir=tmp_path, genesis=spec(), dev=True, mining=Mining(automine=False))
    node, signer = open_node(options).node, Signer(0)
    curve: list[int] = []
    try:
        assert node.dev is not None
        while (number := node.head().number) < BLOCKS:
            for _ in range(5):
                data = word(signer.nonce) + word(number + 1)
                node.send(signer.sign(contract("store"), data=data, maxFeePerGas=10**12)).result(TIMEOUT)
            node.dev.do(lambda dev: dev.mine(BATCH)).result(TIMEOUT)
            if number % max(BLOCKS // 20, BATCH) < BATCH:
                curve.append(resident())
    finally:
        node.close()

    settled = curve[2:]
    assert max(settled) - settled[0] <= MOST_GROWTH, [size >> 20 for size in curve]
