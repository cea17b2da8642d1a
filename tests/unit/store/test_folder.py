from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chain.errors import DataFolderCorrupt, DataFolderFormat, DataFolderLocked, ReadOnly
from chain.store import Store
from chain.store.engine import Engine
from tests.optional import ROOT
from tests.unit.store.forging import IDENTITY, chain

BLOCKS = chain(30)

HOLD = """
import sys, pathlib
from chain.store import Store
store = Store.open(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

READ_ONLY = """
import encodings.ascii, os, pathlib, pickle  # needed late, when nobody may no longer read the library
from chain.errors import ReadOnly
from chain.store import Index, Store
from chain.model import LogQuery
from tests.unit.store.forging import built
folder = pathlib.Path("data")
if os.geteuid() == 0:
    os.setuid(65534)
store = Store.open(folder)
index = Index(store, folder / "index.sqlite")
index.start()
print(store.read_only, store.head.number, store.block(7).number)
print(len(index.logs(LogQuery(to_block=99), limit=1000)))
index.stop()
try:
    store.append(built(store.head))
except ReadOnly as refused:
    print(refused, "|", refused.hint)
store.close()
try:
    Store.open(pathlib.Path("closed") / "new")
except ReadOnly as refused:
    print(refused, "|", refused.hint)
"""


def fill(folder: Path) -> None:
    """A chain in files (first half) and in the write-ahead log (second half), as after a kill."""
    script = (
        "import os, sys, pathlib\n"
        "from chain.store import Store\n"
        "from tests.unit.store.forging import IDENTITY, chain\n"
        "folder, blocks = pathlib.Path(sys.argv[1]), chain(30)\n"
        "store = Store.open(folder)\n"
        "store.initialise(IDENTITY, blocks[0])\n"
        "for one in blocks[1:15]: store.append(one)\n"
        "store.close()\n"
        "store = Store.open(folder)\n"
        "for one in blocks[15:]: store.append(one)\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed") / "data"
    fill(folder)
    return folder


@pytest.fixture
def folder(killed: Path, tmp_path: Path) -> Path:
    """A copy of a folder whose process was killed."""
    copy = tmp_path / "data"
    subprocess.run(["cp", "-a", str(killed), str(copy)], check=True)
    return copy


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file but the lock, in which each opener leaves its pid."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def only(folder: Path, pattern: str) -> Path:
    """The largest file of that kind."""
    return max((folder / "truth").glob(pattern), key=lambda path: path.stat().st_size)


def truncate(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = only(folder, pattern)
        os.truncate(path, path.stat().st_size // 2)

    return damage


def garble(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = only(folder, pattern)
        data = bytearray(path.read_bytes())
        start = len(data) // 3
        data[start : start + 64] = random.Random(1).randbytes(64)
        path.write_bytes(bytes(data))

    return damage


def remove(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        only(folder, pattern).unlink()

    return damage


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `tmp_path / "data"`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "data")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_holds_the_folder(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(DataFolderLocked, match=f"in use by process {holder.pid}$") as refused:
        Store.open(tmp_path / "data")

    assert refused.value.hint is not None
    assert f"kill {holder.pid}" in refused.value.hint


def test_the_lock_of_a_killed_process_does_not_block(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.kill()
    holder.wait()

    Store.open(tmp_path / "data").close()


def test_the_same_process_cannot_open_a_folder_twice(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with pytest.raises(DataFolderLocked, match=f"process {os.getpid()}"):
        Store.open(tmp_path)
    store.close()
    store.close()
    Store.open(tmp_path).close()


def test_what_a_killed_process_acknowledged_is_there(folder: Path) -> None:
    store = Store.open(folder)

    assert store.head == BLOCKS[-1].block.header
    assert list(store.blocks(0, 99)) == [one.block for one in BLOCKS]
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        truncate("MANIFEST*"),
        garble("MANIFEST*"),
        remove("MANIFEST*"),
        truncate("CURRENT"),
        garble("CURRENT"),
        remove("CURRENT"),
        truncate("*.sst"),
        remove("*.sst"),
        truncate("*.log"),
        garble("*.log"),
        remove("*.log"),
    ],
    ids=[f"{how} {what}" for what in ("MANIFEST", "CURRENT") for how in ("truncated", "garbled", "missing")]
    + ["truncated SST", "missing SST", "truncated log", "garbled log", "missing log"],
)
def test_a_damaged_folder_is_refused_and_left_as_it_is(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    before = contents(folder)

    with pytest.raises(DataFolderCorrupt) as refused:
        Store.open(folder)

    assert refused.value.hint is not None
    assert "restore the folder" in refused.value.hint
    assert contents(folder) == before


def test_a_garbled_block_of_an_sst_is_called_corrupt_when_it_is_read(folder: Path) -> None:
    garble("*.sst")(folder)

    with pytest.raises(DataFolderCorrupt, match="damaged") as refused:
        store = Store.open(folder)
        list(store.blocks(0, 99))
        list(store.nodes)

    assert refused.value.hint is not None


def test_a_torn_end_of_the_log_costs_nothing_acknowledged(folder: Path) -> None:
    log = only(folder, "*.log")
    log.write_bytes(log.read_bytes() + b"\x01\x02\x03 half a record")

    store = Store.open(folder)

    assert store.head == BLOCKS[-1].block.header
    store.close()


def test_a_torn_note_of_what_was_acknowledged_is_no_obstacle(folder: Path) -> None:
    (folder / "acknowledged").write_text("0000000000000000")

    Store.open(folder).close()


def test_a_folder_that_died_while_it_was_made_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "format").write_text("mz chain store 2\n")
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "LOCK").touch()

    store = Store.open(tmp_path)
    store.initialise(IDENTITY, BLOCKS[0])
    store.close()


def test_a_folder_of_somebody_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    before = sorted(path.name for path in tmp_path.iterdir())

    with pytest.raises(DataFolderFormat, match=r"not a data folder: it holds thesis\.txt"):
        Store.open(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == before
    with pytest.raises(DataFolderFormat, match="not a folder"):
        Store.open(tmp_path / "thesis.txt")


def test_a_keystore_made_before_the_first_start_is_no_stranger(tmp_path: Path) -> None:
    (tmp_path / "keystore").mkdir()

    Store.open(tmp_path).close()


@pytest.mark.parametrize("text", ["mz chain store 9\n", "mz chain store x", "", "\xff\x00"])
def test_a_newer_or_unknown_format_is_refused_untouched(folder: Path, text: str) -> None:
    (folder / "format").write_bytes(text.encode("latin-1"))
    before = contents(folder)

    with pytest.raises(DataFolderFormat) as refused:
        Store.open(folder)

    assert refused.value.hint is not None
    assert ("upgrade" in refused.value.hint) == ("9" in text)
    assert contents(folder) == before


def test_an_older_format_is_migrated_step_by_step_and_only_once(folder: Path) -> None:
    calls: list[int] = []
    (folder / "format").write_text("mz chain store 1\n")

    def first(engine: Engine) -> None:
        calls.append(1)
        engine.write([(b"m:test", b"migrated")], sync=False)

    def second(engine: Engine) -> None:
        assert engine.get(b"m:test") == b"migrated"
        calls.append(2)

    Store.open(folder, migrations=(first, second)).close()
    store = Store.open(folder, migrations=(first, second))

    assert calls == [1, 2]
    assert store.head == BLOCKS[-1].block.header
    store.close()
    with pytest.raises(DataFolderFormat, match="format 3, written by a newer version; this one reads up to 2"):
        Store.open(folder)


def test_an_interrupted_migration_goes_on_where_it_stopped(folder: Path) -> None:
    calls: list[int] = []
    (folder / "format").write_text("mz chain store 1\n")

    def broken(engine: Engine) -> None:
        raise RuntimeError("power failure")

    with pytest.raises(RuntimeError):
        Store.open(folder, migrations=(lambda engine: calls.append(1), broken))
    Store.open(folder, migrations=(lambda engine: calls.append(1), lambda engine: calls.append(2))).close()

    assert calls == [1, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX rights")
def test_a_folder_without_write_rights_is_served_read_only(killed: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # not `tmp_path`: nobody may not pass through its parents
        outer, folder = Path(name), Path(name) / "data"
        subprocess.run(["cp", "-a", str(killed), str(folder)], check=True)
        Store.open(folder).close()
        before = contents(folder)
        (outer / "closed").mkdir()
        for path in [folder, *folder.rglob("*"), outer / "closed"]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        outer.chmod(0o755)

        command = [sys.executable, "-c", READ_ONLY]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=outer, env=environment, capture_output=True, text=True, check=False)

        for path in [folder, *folder.rglob("*"), outer / "closed"]:
            path.chmod(0o755)
        assert contents(folder) == before
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "True 29 7"
    assert lines[1] == str(sum(len(receipt.logs) for one in BLOCKS for receipt in one.receipts))
    assert "accepts no more writes" in lines[2]
    assert "cannot write to the data folder" in lines[3]


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ReadOnly, match="cannot write to the data folder"):
        Store.open(tmp_path / "file" / "data")
