from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain.client import Platform
from chain.deployment import Book, Entry
from chain.errors import DeploymentError
from chain.primitives import checksum

GENESIS = b"\x01" * 32
NAMES = Platform.__struct_fields__


def entry(byte: int) -> Entry:
    return Entry(
        contract="MZ", address=checksum(bytes([byte]) * 20), fingerprint="0x1", code_hash="0x2", arguments="0x"
    )


def test_what_is_recorded_is_there_after_every_step(tmp_path: Path) -> None:
    book = Book(tmp_path / "deployments", 20261, GENESIS)
    for number, name in enumerate(NAMES, start=1):
        book.put(name, entry(number))

        assert Book(tmp_path / "deployments", 20261, GENESIS).get(name) == entry(number)

    platform = Book(tmp_path / "deployments", 20261, GENESIS).platform()
    assert platform is not None
    assert list(platform.names().values()) == [bytes([number]) * 20 for number in range(1, 8)]
    assert [path.name for path in (tmp_path / "deployments").iterdir()] == ["20261.json"]


def test_an_unfinished_roll_out_has_no_platform(tmp_path: Path) -> None:
    book = Book(tmp_path, 20261, GENESIS)
    book.put("mz", entry(1))

    assert book.platform() is None
    assert book.get("till") is None


def test_without_a_folder_nothing_is_written() -> None:
    book = Book(None, 20261, GENESIS)
    book.put("mz", entry(1))

    assert book.path is None
    assert book.get("mz") == entry(1)


def test_chains_with_other_numbers_have_other_files(tmp_path: Path) -> None:
    Book(tmp_path, 1, GENESIS).put("mz", entry(1))

    assert Book(tmp_path, 2, GENESIS).get("mz") is None


def test_a_chain_made_anew_under_the_same_number_is_refused(tmp_path: Path) -> None:
    Book(tmp_path, 20261, GENESIS).put("mz", entry(1))

    with pytest.raises(DeploymentError, match="is about chain 20261 with genesis 0x0101") as caught:
        Book(tmp_path, 20261, b"\x02" * 32)

    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "mzchain-deployment-1"}', b"\xff"])
def test_a_damaged_file_is_never_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "20261.json").write_bytes(content)

    with pytest.raises(DeploymentError, match="cannot be read"):
        Book(tmp_path, 20261, GENESIS)

    assert (tmp_path / "20261.json").read_bytes() == content


def test_a_file_of_a_later_format_is_refused(tmp_path: Path) -> None:
    Book(tmp_path, 20261, GENESIS).put("mz", entry(1))
    path = tmp_path / "20261.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": "mzchain-deployment-2"}))

    with pytest.raises(DeploymentError, match="mzchain-deployment-2"):
        Book(tmp_path, 20261, GENESIS)
