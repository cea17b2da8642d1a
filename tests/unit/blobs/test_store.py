from __future__ import annotations

import os
from pathlib import Path

import pytest

from chain.blobs import PROFILES, BlobStore, cid_of
from chain.errors import BlobCorrupt, BlobError, BlobTooLarge, BlobUnknown


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return BlobStore(None if request.param == "memory" else tmp_path / "blobs", limit=1_000_000)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_found_under_its_cid(store: BlobStore) -> None:
    small, large = b"hello world", bytes(300_000)

    cids = [store.put(small), store.put(large), store.put(small)]

    assert cids == [cid_of(small), cid_of(large), cid_of(small)]
    assert [store.get(cid) for cid in cids] == [small, large, small]
    assert all(store.has(cid) for cid in cids)
    assert list(store) == sorted(set(cids))


def test_the_same_file_under_another_profile_is_kept_with_that_profile(store: BlobStore) -> None:
    data = bytes(300_000)

    cid = store.put(data, PROFILES["unixfs-v1-2025"])

    assert cid != cid_of(data)
    assert store.get(cid) == data
    assert not store.has(cid_of(data))


def test_a_file_that_is_not_there_is_unknown(store: BlobStore) -> None:
    with pytest.raises(BlobUnknown, match="no file bafk"):
        store.get(cid_of(b"never put"))


def test_a_file_above_the_limit_is_refused(store: BlobStore) -> None:
    with pytest.raises(BlobTooLarge, match="1000001 bytes, this store takes at most 1000000"):
        store.put(bytes(1_000_001))

    assert list(store) == []


@pytest.mark.parametrize("cid", ["../../../etc/passwd", "b" + "a" * 58, ""])
def test_a_name_that_is_no_cid_reaches_no_file(store: BlobStore, cid: str) -> None:
    for ask in (store.get, store.has):
        with pytest.raises(BlobError, match="not a"):
            ask(cid)


def test_files_outlive_the_store(tmp_path: Path) -> None:
    cid = BlobStore(tmp_path).put(b"hello world")

    assert BlobStore(tmp_path).get(cid) == b"hello world"


def test_a_damaged_file_is_an_error_and_can_be_mended_by_putting_it_again(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    cid = store.put(b"hello world")
    (path,) = files(tmp_path)
    path.write_bytes(b"hello w0rld")

    with pytest.raises(BlobCorrupt, match="damaged") as caught:
        store.get(cid)
    store.put(b"hello world")

    assert str(path) in (caught.value.hint or "")
    assert store.get(cid) == b"hello world"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BlobStore(tmp_path)

    def disk_full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"hello world")

    assert files(tmp_path) == []
    assert not store.has(cid_of(b"hello world"))
