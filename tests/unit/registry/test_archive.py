from __future__ import annotations

import io
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BundleError
from chain.registry.archive import MAX_ARCHIVE, pack, unpack

FILES = {"template.toml": b"name\n", "a/B.sol": b"x" * 513, "README.md": b""}
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=10)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(PATHS, st.binary(max_size=1100), min_size=1, max_size=8))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files


def test_the_bytes_are_the_same_everywhere_and_in_any_order() -> None:
    archive = pack(FILES)

    assert archive == pack(dict(reversed(FILES.items())))
    assert sha256(archive).hexdigest() == "4ecfa208aeae8ad71116e4b5b73bd7d722ef37cb55a069b8351bc1561f3b016d"


def test_anybodys_tar_reads_it(tmp_path: Path) -> None:
    archive = pack(FILES)
    (tmp_path / "x.tar").write_bytes(archive)

    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = {member.name: opened.extractfile(member).read() for member in opened.getmembers()}
        assert all(member.isreg() and member.mode == 0o644 and member.mtime == 0 for member in opened.getmembers())
    listed = subprocess.run(["tar", "tf", str(tmp_path / "x.tar")], capture_output=True, text=True, check=True)

    assert members == FILES
    assert listed.stdout.split() == sorted(FILES)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "",
        ".hidden",
        "a/.git",
        "-rf",
        "a b",
        "a\\b",
        "é",
        "x" * 101,
        "a\0b",
    ],
)
def test_a_path_that_could_play_tricks_is_refused(path: str) -> None:
    with pytest.raises(BundleError, match="cannot be in a bundle"):
        pack({path: b""})


def test_two_paths_that_differ_in_case_only_are_refused() -> None:
    with pytest.raises(BundleError, match="one file on some machines"):
        pack({"Readme.md": b"", "README.md": b""})


def test_too_much_is_refused() -> None:
    with pytest.raises(BundleError, match="at most 4194304"):
        pack({"big.txt": bytes(MAX_ARCHIVE)})
    with pytest.raises(BundleError, match="257 files"):
        pack({f"f{n}": b"" for n in range(257)})
    with pytest.raises(BundleError, match="0 files"):
        pack({})
    with pytest.raises(BundleError, match="at most 4194304 are read"):
        unpack(bytes(MAX_ARCHIVE + 1))


def changed(offset: int, value: bytes) -> bytes:
    archive = bytearray(pack(FILES))
    archive[offset : offset + len(value)] = value
    return bytes(archive)


def tar(**fields: object) -> bytes:
    """What Python's own tar writer makes of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo("template.toml")
        for name, value in fields.items():
            setattr(info, name, value)
        archive.addfile(info, io.BytesIO(b""))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        pack(FILES)[:-1],
        pack(FILES) + bytes(512),
        pack(FILES)[:700],
        changed(136, b"00000000001"),
        changed(156, b"2"),
        changed(100, b"0000755"),
        changed(124, b"99999999999"),
        changed(124, b"-0000000001"),
        changed(0, b"../"),
        changed(0, b"\xff"),
        tar(),
        tar(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        tar(mtime=5),
    ],
)
def test_anything_but_the_canonical_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        unpack(data)


@given(st.binary(max_size=2000))
def test_no_bytes_can_make_it_fail_otherwise(data: bytes) -> None:
    try:
        files = unpack(data)
    except BundleError:
        return
    assert pack(files) == data
