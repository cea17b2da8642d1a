"""The database under an execution: it sees the chain, keeps its writes to itself, and deletes nothing."""

from __future__ import annotations

import pytest

from chain.evm.overlay import Overlay


def test_writes_are_seen_by_their_writer_and_never_reach_what_lies_beneath() -> None:
    nodes = {b"old": b"1"}
    overlay = Overlay(nodes)

    with overlay.atomic_batch() as batch:
        batch[b"new"] = b"2"
        batch[b"old"] = b"3"

    assert (overlay[b"new"], overlay[b"old"]) == (b"2", b"3")
    assert overlay.written == {b"new": b"2", b"old": b"3"}
    assert nodes == {b"old": b"1"}


def test_absent_keys_are_absent_and_nothing_can_be_deleted() -> None:
    overlay = Overlay({b"old": b"1"})

    assert b"old" in overlay
    assert b"none" not in overlay
    with pytest.raises(KeyError):
        overlay[b"none"]
    with pytest.raises(TypeError, match="never deleted"):
        del overlay[b"old"]
