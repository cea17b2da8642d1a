"""Kills a writing process at any moment, or takes the disk away from it: nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chain import events
from chain.errors import ReadOnly
from chain.model import Block, LogQuery
from chain.store import Index, Store
from tests.optional import ROOT
from tests.unit.store.forging import IDENTITY, built

REWIND_EVERY = 23  # steps
REWIND_BY = 4  # blocks


def tell(*words: object) -> None:
    """One line to whoever started this process, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def write_for_ever(folder: Path, run: str) -> None:
    """Append, and now and then rewind; say each new head after it was acknowledged."""
    store = Store.open(folder)
    if store.identity is None:
        store.initialise(IDENTITY, built(None))
    index = Index(store, folder / "index.sqlite")
    index.start()
    tell(store.head.number, store.head.hash.hex())
    step = 0
    while True:
        step += 1
        removed: tuple[Block, ...] = ()
        added: tuple[Block, ...] = ()
        if step % REWIND_EVERY == 0 and store.head.number > REWIND_BY:
            removed = store.rewind(store.head.number - REWIND_BY)
        else:
            block = built(store.head, f"{run} {step}", txs=step % 7, nodes=20)
            store.append(block)
            added = (block.block,)
        tell(store.head.number, store.head.hash.hex())
        index.notify(events.Head(removed=removed, added=added))


def write_until_full(folder: Path, most: int) -> None:
    """Append until files may not grow any more; say each number, then what was said about the failure."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = Store.open(folder)
    store.initialise(IDENTITY, built(None))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    while True:
        block = built(store.head, nodes=100)
        try:
            store.append(block)
        except ReadOnly as refused:
            assert refused.hint is not None
            break
        tell(store.head.number)
    number = store.head.number
    assert store.read_only
    assert store.block(number).header == store.head
    assert all(store.receipts(one.hash) is not None for one in store.blocks(0, number))
    assert store.transaction(block.block.transactions[0].hash) is None
    try:
        store.append(block)
    except ReadOnly:
        tell("refused")
    store.close()


def start(job: str, folder: Path, argument: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.e2e.test_store_crash", job, str(folder), str(argument)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_process_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    told: list[str] = []  # canonical hashes as the process last told them

    for run in range(5):
        process = start("write_for_ever", folder, run)
        assert process.stdout is not None
        wanted = random.randrange(1, 400)
        for count, line in enumerate(process.stdout):
            # The killed process may have left one more step than it could tell.
            number, block_hash = line.split()
            del told[int(number) :]
            told.append(block_hash)
            if count >= wanted:
                break
        process.kill()
        for line in process.stdout:  # acknowledged while the signal was on its way
            if line.endswith("\n"):
                number, block_hash = line.split()
                del told[int(number) :]
                told.append(block_hash)
        process.stdout.close()
        process.wait()

        store = Store.open(folder)
        head = store.head
        if head.hash.hex() != told[-1]:
            appended = head.number == len(told) and head.parent_hash.hex() == told[-1]
            rewound = head.number == len(told) - 1 - REWIND_BY and head.hash.hex() == told[head.number]
            assert appended or rewound
            del told[head.number :]
            told.append(head.hash.hex())
        assert_consistent(store, told)
        assert_index_equals_a_fresh_one(store, folder / "index.sqlite", tmp_path / f"fresh {run}.sqlite")
        store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits file sizes with setrlimit")
def test_a_disk_that_takes_no_more_ends_writing_and_loses_nothing(tmp_path: Path) -> None:
    process = start("write_until_full", tmp_path / "data", 400_000)

    output, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    *numbers, last = output.split()
    assert last == "refused"
    assert len(numbers) > 5
    store = Store.open(tmp_path / "data")
    # The failed block may be whole on the disk or not there; it was never acknowledged.
    assert store.head.number in (int(numbers[-1]), int(numbers[-1]) + 1)
    assert_consistent(store, [block.hash.hex() for block in store.blocks(0, store.head.number)])
    store.append(built(store.head))
    store.close()


def assert_consistent(store: Store, hashes: list[str]) -> None:
    """Every lookup agrees with this canonical chain."""
    assert store.head.number == len(hashes) - 1
    parent = bytes(32)
    for number, block in enumerate(store.blocks(0, store.head.number)):
        assert block.hash.hex() == hashes[number]
        assert block.number == number
        assert block.header.parent_hash == parent
        parent = block.hash
        receipts = store.receipts(block.hash)
        assert [receipt.transaction_hash for receipt in receipts] == [tx.hash for tx in block.transactions]
        for index, tx in enumerate(block.transactions):
            found = store.transaction(tx.hash)
            assert found is not None
            assert found[0] == tx
            assert (found[1].block_hash, found[1].index) == (block.hash, index)


def assert_index_equals_a_fresh_one(store: Store, path: Path, fresh: Path) -> None:
    """The index left by the killed process catches up to what a new one says."""
    everything = LogQuery(to_block=store.head.number)
    followed, rebuilt = Index(store, path), Index(store, fresh)
    followed.start()
    rebuilt.rebuild()
    try:
        answer = followed.logs(everything, limit=10**6)
        assert answer == rebuilt.logs(everything, limit=10**6)
        assert [entry.block_hash for entry in answer] == [
            block.hash
            for block in store.blocks(0, store.head.number)
            for receipt in store.receipts(block.hash)
            for _ in receipt.logs
        ]
    finally:
        followed.stop()
        rebuilt.stop()


if __name__ == "__main__":
    job, target, argument = sys.argv[1:]
    if job == "write_until_full":
        write_until_full(Path(target), int(argument))
        os._exit(0)
    write_for_ever(Path(target), argument)
