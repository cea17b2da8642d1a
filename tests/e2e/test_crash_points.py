"""A node that dies at the worst moments, or whose disk fails: nothing acknowledged is lost, `mz db verify` is clean."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chain.errors import ReadOnly
from chain.events import Event, Head
from chain.launch import NodeOptions, open_node
from chain.node import Node
from chain.producer import Mining
from chain.store.engine import WriteFailed
from chain.store.rocks import RocksEngine
from chain.store.tables import Tables
from tests.e2e.offline import verified
from tests.optional import ROOT
from tests.traffic import Signer, contract, deploy, spec, word

TIMEOUT = 60
SECONDS = 120
GENESIS = spec()
HEADS = {  # where the chain may stand afterwards
    "before the commit": {4},
    "between write and fsync": {4, 5},
    "between commit and index": {5},
    "before a rewind": {4},
    "after a rewind": {2},
    "between rewind and index": {2},
}


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def opened(folder: Path) -> Node:
    return open_node(NodeOptions(data_dir=folder, genesis=GENESIS, dev=True, mining=Mining(automine=False))).node


def a_block(node: Node, signer: Signer) -> None:
    """Creates a contract, fills some slots and clears others."""
    number = node.head().number
    node.send(signer.sign(None, data=deploy(b"\x60\x01"))).result(TIMEOUT)
    for slot in range(3):
        node.send(signer.sign(contract("store"), data=word(slot) + word(number * (slot + number) % 2))).result(TIMEOUT)
    node.mine().result(TIMEOUT)
    tell(node.head().number, node.head().hash.hex())


def live_and_die(folder: Path, point: str) -> None:
    """Four blocks, then death at `point` of the fifth or of a rewind to the second."""
    node, signer = opened(folder), Signer(0)
    for _ in range(4):
        a_block(node, signer)
    node._index.await_level()
    write = RocksEngine.write
    match point:
        case "before the commit":
            RocksEngine.write = die  # type: ignore[method-assign]
        case "between write and fsync":
            RocksEngine.sync = die  # type: ignore[method-assign]
        case "between commit and index":
            Tables.add = die  # type: ignore[method-assign]
        case "before a rewind":
            RocksEngine.write = die  # type: ignore[method-assign]
        case "after a rewind":

            def written(self: RocksEngine, changes: object, *, sync: bool) -> None:
                write(self, changes, sync=sync)  # type: ignore[arg-type]
                die()

            RocksEngine.write = written  # type: ignore[method-assign, assignment]
        case "between rewind and index":
            Tables.remove_above = die  # type: ignore[method-assign]
    if "rewind" in point:
        node._producer.command(lambda: node._producer.rewind(2)).result(TIMEOUT)
        tell("rewound")
    else:
        a_block(node, signer)
    node._index.await_level()
    tell("survived")


def live_and_die_at_each_point(parent: Path) -> None:
    """Each in a process of its own, forked from this one, which has imported everything; tells how each ended."""
    for point in HEADS:
        child = os.fork()
        if child == 0:
            with (parent / f"{point}.txt").open("w") as sys.stdout:
                live_and_die(parent / point, point)
            os._exit(0)
        tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each point, where a node has died, and what it said until then."""
    parent = tmp_path_factory.mktemp("dead")
    command = [sys.executable, "-m", __spec__.name, str(parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert [int(status) for status in done.stdout.split()] == [-signal.SIGKILL] * len(HEADS), done.stderr
    return parent


@pytest.mark.parametrize("point", HEADS)
def test_a_node_that_dies_there_is_whole_afterwards(point: str, dead: Path) -> None:
    folder = dead / point
    said = (dead / f"{point}.txt").read_text().splitlines()
    heads = HEADS[point]

    assert "survived" not in said
    told = verified(folder)
    assert told.head in heads
    acknowledged = [line.split() for line in said if line[0].isdigit()]
    if "rewind" not in point:
        assert told.head >= int(acknowledged[-1][0])
    node = opened(folder)
    try:
        for number, block_hash in acknowledged:
            if int(number) <= told.head:
                assert node.header(int(number)).hash.hex() == block_hash
        signer = Signer(0, nonce=node.state("latest").nonce(Signer(0).address))
        a_block(node, signer)
    finally:
        node.close()


@contextmanager
def failing(name: str, failure: Callable[..., None]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RocksEngine, name, failure)
        yield


@pytest.mark.parametrize("name", ["write", "sync"])
def test_a_disk_that_fails_publishes_nothing_and_makes_the_node_read_only(name: str, tmp_path: Path) -> None:
    def no_space(*_: object, **__: object) -> None:
        raise WriteFailed(os.strerror(errno.ENOSPC))

    folder = tmp_path / "data"
    node, signer = opened(folder), Signer(0)
    try:
        a_block(node, signer)
        head = node.head()
        heard: list[Event] = []
        node.events.subscribe(heard.append)
        with failing(name, no_space), pytest.raises(ReadOnly, match="No space left on device"):
            node.mine().result(TIMEOUT)
        # The disk is well again, but what it holds is not known: only a restart finds out.
        with pytest.raises(ReadOnly, match="no more writes") as refused:
            node.mine().result(TIMEOUT)
        with pytest.raises(ReadOnly):
            node.send(signer.sign(contract("store"), data=word(1) + word(1))).result(TIMEOUT)

        assert "restart" in (refused.value.hint or "")
        assert node.head() == head
        assert node.state("latest").nonce(signer.address) == 4
        assert not [event for event in heard if isinstance(event, Head)]
    finally:
        node.close()
    assert verified(folder).head in ({1} if name == "write" else {1, 2})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_is_full_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount")
    try:
        folder = disk / "data"
        node, signer = opened(folder), Signer(0)
        try:
            with pytest.raises(ReadOnly) as full:
                for _ in range(200):
                    node.send(signer.sign(None, data=deploy(os.urandom(20_000)), gas=10_000_000)).result(TIMEOUT)
                    node.mine().result(TIMEOUT)
            head = node.head()
            assert "free disk space" in (full.value.hint or "")
            assert node.block(head.number).header == head
        finally:
            node.close()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert verified(folder).head >= head.number
        node = opened(folder)
        try:
            node.mine().result(TIMEOUT)
        finally:
            node.close()
    finally:
        subprocess.run(["umount", str(disk)], check=False)


if __name__ == "__main__":
    live_and_die_at_each_point(Path(sys.argv[1]))
