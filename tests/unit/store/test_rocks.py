from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rocksdict import AccessType, Options, Rdict

from chain.errors import DataFolderCorrupt, StoreError
from chain.store import Store, rocks
from chain.store.engine import WriteFailed
from tests.unit.store.forging import IDENTITY, chain, digest


@pytest.fixture
def statistics(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options of every engine opened in this test, counting what RocksDB does."""
    made: list[Options] = []
    original = rocks._options

    def counting(*, create: bool) -> Options:
        options = original(create=create)
        options.enable_statistics()
        made.append(options)
        return options

    monkeypatch.setattr(rocks, "_options", counting)
    return made


def syncs(options: Options) -> int:
    text = options.get_statistics() or ""
    return next(int(line.split()[-1]) for line in text.splitlines() if line.startswith("rocksdb.wal.synced"))


def test_every_commit_is_one_batch_and_one_fsync(tmp_path: Path, statistics: list[Options]) -> None:
    blocks = chain(4)
    store = Store.open(tmp_path)
    before = syncs(statistics[0])
    commits: tuple[Callable[[], object], ...] = (
        lambda: store.initialise(IDENTITY, blocks[0]),
        lambda: store.append(blocks[1]),
        lambda: store.append(blocks[2]),
        lambda: store.keep(blocks[3]),
        lambda: store.adopt(blocks[3].block.hash),
        lambda: store.rewind(1),
    )
    for count, commit in enumerate(commits, start=1):
        commit()
        assert syncs(statistics[0]) == before + count
    store.journal_add(bytes(32), b"raw")
    assert syncs(statistics[0]) == before + len(commits)
    assert "rocksdb.write.self COUNT : 7" in (statistics[0].get_statistics() or "")
    store.close()


def test_other_threads_run_while_a_commit_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = rocks.RocksEngine(tmp_path / "db", create=True)
    release = threading.Event()
    reached: list[bytes | None] = []

    class Waiting:
        """The database as it is, with a disk that answers when told to."""

        def __getattr__(self, name: str) -> object:
            return getattr(database, name)

        def flush_wal(self, sync: bool) -> None:
            assert sync
            release.wait()

    database = engine._database
    monkeypatch.setattr(engine, "_database", Waiting())
    engine.write([(b"k", b"v")], sync=False)
    writer = threading.Thread(target=engine.sync)
    writer.start()

    reached.append(engine.get(b"k"))
    release.set()
    writer.join()

    assert reached == [b"v"]
    engine.close()


def test_a_closed_engine_says_so_and_a_read_only_one_writes_nothing(tmp_path: Path) -> None:
    engine = rocks.RocksEngine(tmp_path / "db", create=True)
    engine.write([(b"a1", b"x"), (b"a2", b"y"), (b"b", b"z"), (b"a2", None)], sync=True)
    assert list(engine.scan(b"a")) == [(b"a1", b"x")]
    engine.close()
    engine.close()
    with pytest.raises(StoreError, match="is closed"):
        engine.get(b"a1")
    with pytest.raises(StoreError, match="is closed"):
        list(engine.scan(b"a"))

    reader = rocks.RocksEngine(tmp_path / "db", read_only=True)
    assert reader.get(b"a1") == b"x"
    with pytest.raises(WriteFailed):
        reader.write([(b"a1", b"w")], sync=True)
    reader.close()


def test_there_is_nothing_to_look_at_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataFolderCorrupt, match="damaged"):
        rocks.RocksEngine(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_start_serves_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = chain(3)
    store = Store.open(tmp_path)
    store.initialise(IDENTITY, blocks[0])
    store.append(blocks[1])
    store.close()

    def full(path: str, options: Options, *, access_type: AccessType) -> Rdict:
        if path.startswith(str(tmp_path)):
            raise Exception("IO error: No space left on device")
        return Rdict(path, options, access_type=access_type)

    monkeypatch.setattr(rocks, "Rdict", full)
    store = Store.open(tmp_path)

    assert store.read_only
    assert store.block(1) == blocks[1].block
    store.close()


def test_a_walk_over_a_damaged_file_does_not_end_early_in_silence(tmp_path: Path) -> None:
    engine = rocks.RocksEngine(tmp_path / "db", create=True)
    engine.write([(b"n" + digest(n), digest(n, "value") * 8) for n in range(2000)], sync=True)
    engine.close()
    path = max((tmp_path / "db").glob("*.sst"), key=lambda file: file.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 100] = bytes(100)
    path.write_bytes(data)

    engine = rocks.RocksEngine(tmp_path / "db")
    with pytest.raises(DataFolderCorrupt, match="checksum mismatch"):
        list(engine.scan(b"n"))
    engine.close()
