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
    book = Book(tmp_path / "deployments", 20261, GENESIS, 1_000)
    for number, name in enumerate(NAMES, start=1):
        book.put(name, entry(number))

        assert Book(tmp_path / "deployments", 20261, GENESIS, 1_000).get(name) == entry(number)

    platform = Book(tmp_path / "deployments", 20261, GENESIS, 1_000).platform()
    assert platform is not None
    assert list(platform.names().values()) == [bytes([number]) * 20 for number in range(1, len(NAMES) + 1)]
    assert [path.name for path in (tmp_path / "deployments").iterdir()] == ["20261.json"]


def test_an_unfinished_roll_out_has_no_platform(tmp_path: Path) -> None:
    book = Book(tmp_path, 20261, GENESIS, 1_000)
    book.put("mz", entry(1))

    assert book.platform() is None
    assert book.get("till") is None


def test_without_a_folder_nothing_is_written() -> None:
    book = Book(None, 20261, GENESIS, 1_000)
    book.put("mz", entry(1))

    assert book.path is None
    assert book.get("mz") == entry(1)


def test_chains_with_other_numbers_have_other_files(tmp_path: Path) -> None:
    Book(tmp_path, 1, GENESIS, 1_000).put("mz", entry(1))

    assert Book(tmp_path, 2, GENESIS, 1_000).get("mz") is None


def test_a_chain_made_anew_under_the_same_number_is_refused(tmp_path: Path) -> None:
    Book(tmp_path, 20261, GENESIS, 1_000).put("mz", entry(1))

    with pytest.raises(DeploymentError, match="is about chain 20261 with genesis 0x0101") as caught:
        Book(tmp_path, 20261, b"\x02" * 32, 1_000)

    assert caught.value.hint


def test_when_the_first_roll_out_began_is_kept(tmp_path: Path) -> None:
    Book(tmp_path, 20261, GENESIS, 1_000).put("mz", entry(1))

    assert Book(tmp_path, 20261, GENESIS, 2_000).began == 1_000
    assert Book(tmp_path, 1, GENESIS, 2_000).began == 2_000


def test_a_file_of_an_earlier_format_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "20261.json").write_text('{"format": "mzchain-deployment-1", "chain_id": 20261, "contracts": {}}')

    with pytest.raises(DeploymentError, match="mzchain-deployment-1") as caught:
        Book(tmp_path, 20261, GENESIS, 1_000)

    assert "--data-dir" in (caught.value.hint or "")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "mzchain-deployment-2"}', b"\xff"])
def test_a_damaged_file_is_never_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "20261.json").write_bytes(content)

    with pytest.raises(DeploymentError, match="cannot be read"):
        Book(tmp_path, 20261, GENESIS, 1_000)

    assert (tmp_path / "20261.json").read_bytes() == content


def test_a_file_of_a_later_format_is_refused(tmp_path: Path) -> None:
    Book(tmp_path, 20261, GENESIS, 1_000).put("mz", entry(1))
    path = tmp_path / "20261.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": "mzchain-deployment-3"}))

    with pytest.raises(DeploymentError, match="mzchain-deployment-3"):
        Book(tmp_path, 20261, GENESIS, 1_000)
