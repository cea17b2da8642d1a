"""Artifacts on disk, and where they are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain import artifacts
from chain.artifacts import Artifact, place
from chain.errors import ArtifactUnknown, NotBuilt

TILL = Artifact(
    name="Till",
    source="contracts/till/Till.sol",
    abi=({"type": "function", "name": "pay", "inputs": [], "outputs": [], "stateMutability": "payable"},),
    bytecode=b"\x60\x80\xff",
    runtime=b"\x7f" + bytes(32) + b"\x00",
    immutables=((1, 32),),
    layout={"storage": [], "types": None},
    metadata='{"language":"Solidity"}',
    compiler="0.8.37+commit.f401782d",
    digest="ab" * 32,
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel's package folder: no checkout around it."""
    package = tmp_path / "site-packages" / "chain"
    package.mkdir(parents=True)
    monkeypatch.setattr(place, "_PACKAGE", package)
    return package


def write(package: Path, name: str, artifact: Artifact) -> Path:
    path = package / "_data" / "artifacts" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(artifacts.encode(artifact))
    return path


def test_an_artifact_comes_back_as_it_was() -> None:
    assert artifacts.decode(artifacts.encode(TILL), name="Till") == TILL


def test_an_exported_file_is_an_artifact_to_hardhat_and_to_us() -> None:
    document = json.loads(artifacts.export(TILL))

    # What @nomicfoundation/hardhat-ethers looks for before it makes a contract factory of a file.
    assert {"contractName", "sourceName", "abi", "bytecode", "deployedBytecode"} <= set(document)
    assert (document["linkReferences"], document["deployedLinkReferences"]) == ({}, {})
    assert artifacts.decode(artifacts.export(TILL), name="Till") == TILL


def test_the_file_has_the_fields_that_other_tools_read() -> None:
    document = json.loads(artifacts.encode(TILL))

    assert document["contractName"] == "Till"
    assert document["bytecode"] == "0x6080ff"
    assert document["deployedBytecode"].startswith("0x7f00")
    assert document["abi"][0]["name"] == "pay"


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"abi": []}', artifacts.encode(TILL).replace(b"0x6080ff", b"0x6080f"), b"\xff"]
)
def test_a_damaged_file_is_named_with_the_next_step(data: bytes) -> None:
    with pytest.raises(NotBuilt, match="Till is not a compiled contract") as refused:
        artifacts.decode(data, name="Till")

    assert "make clean build" in str(refused.value.hint)


def test_an_installed_package_finds_its_own_data(installed: Path) -> None:
    write(installed, "Till", TILL)
    write(installed, "tip-jar/TipJar", TILL)

    assert artifacts.checkout() is None
    assert artifacts.names() == ["Till", "tip-jar/TipJar"]
    assert artifacts.load("tip-jar/TipJar") == TILL


def test_a_wrong_name_brings_a_suggestion(installed: Path) -> None:
    write(installed, "Till", TILL)

    with pytest.raises(ArtifactUnknown, match="'Til'") as refused:
        artifacts.load("Til")

    assert refused.value.hint == "did you mean Till?"


def test_a_contract_of_a_template_is_suggested_by_its_own_name(installed: Path) -> None:
    write(installed, "crowdfunding/Campaign", TILL)
    write(installed, "crowdfunding/Crowdfunding", TILL)

    with pytest.raises(ArtifactUnknown) as refused:
        artifacts.load("Crowdfunding")

    assert refused.value.hint == "did you mean crowdfunding/Crowdfunding?"


@pytest.mark.parametrize("find", [artifacts.names, artifacts.bundles, artifacts.page_folder, artifacts.sources_folder])
def test_what_was_not_built_is_missed_with_the_next_step(installed: Path, find: object) -> None:
    with pytest.raises(NotBuilt, match="does not exist") as refused:
        find()  # type: ignore[operator]

    assert "make build" in str(refused.value.hint)
    assert refused.value.exit_status == 2


def test_bundles_come_in_order_and_without_hidden_files(installed: Path) -> None:
    folder = installed / "_data" / "bundles"
    folder.mkdir(parents=True)
    for name in ("tip-jar.car", ".new", "copyright-licence.car"):
        (folder / name).write_bytes(b"")

    assert [path.name for path in artifacts.bundles()] == ["copyright-licence.car", "tip-jar.car"]


def test_a_checkout_is_known_by_its_contracts() -> None:
    root = artifacts.checkout()

    assert root is not None
    assert (root / "chain" / "artifacts").is_dir()
    assert artifacts.output_folder() == root / "build"
    assert artifacts.sources_folder() == root
