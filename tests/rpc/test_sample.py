"""The compiled contract of these tests is what its source gives."""

from __future__ import annotations

from pathlib import Path

from chain.solidity import ensure_solc

SOURCE = Path(__file__).parent / "contracts" / "Sample.sol"


def test_the_artifact_is_compiled_from_the_source(sample):
    compiled = ensure_solc().compile({"Sample.sol": SOURCE.read_text()}).artifacts["Sample.sol:Sample"]

    assert compiled.bytecode == sample.bytecode
    assert [dict(item) for item in compiled.abi] == sample.abi
