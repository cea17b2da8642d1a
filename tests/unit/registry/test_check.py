from __future__ import annotations

from typing import Any

import pytest

from chain.artifacts import Artifact, load, sources_folder
from chain.errors import CheckFailed
from chain.registry import Finding, Report, check, read_manifest
from chain.registry.bundle import read_folder
from tests.unit.registry.sample import ABI, MANIFEST, artifact_of, function

FILES = {"template.toml": MANIFEST.encode(), "Stall.sol": b"", "README.md": b""}


def report(artifact: Artifact, manifest: str = MANIFEST, files: dict[str, bytes] = FILES) -> Report:
    return check(read_manifest(manifest.encode()), artifact, files)


def without(*signatures: str) -> list[dict[str, Any]]:
    gone = {signature.partition("(")[0] for signature in signatures}
    return [item for item in ABI if item.get("name") not in gone]


def test_a_template_that_keeps_its_word_passes() -> None:
    passed = report(artifact_of())

    assert passed.findings == ()
    assert (passed.template, passed.runtime_bytes, passed.initcode_bytes) == ("stall", 3, 5)
    passed.require()


@pytest.mark.parametrize(
    ("artifact", "rule", "said"),
    [
        (artifact_of(runtime=b"\x5f\xf4"), "opcodes", "DELEGATECALL lets an instance become something else"),
        (
            artifact_of(runtime=b"\x00\xfe\xa2" + b"\x00" * 8 + b"\x5b\x5f\xf4\x00\x0c"),
            "opcodes",
            "in the metadata's hash, where a jump could land: change a comment",
        ),
        (artifact_of(runtime=b"\x00" * 24_577), "size", "the contract has 24577 bytes"),
        (artifact_of(runtime=b"\x00" * 49_100), "size", "creation code has 49166 bytes"),
        (artifact_of(runtime=b""), "artifact", "abstract or an interface"),
        (artifact_of(ABI[1:]), "constructor", "takes (), the manifest says (address, address)"),
        (artifact_of(without("open()")), "function", "no open"),
        (artifact_of(without("close()")), "function", "no close"),
        (artifact_of(without("isOpen()")), "function", "no isOpen"),
        (artifact_of(without("keeper()")), "function", "no keeper"),
        (artifact_of(without("costOf(uint32)")), "function", "no costOf"),
        (artifact_of(without("onPayment()")), "function", "is a payment, but there is no onPayment"),
        (artifact_of(without("sales()")), "function", "no sales"),
        (artifact_of([*without("isOpen()"), function("isOpen()", [("", "uint8")])]), "function", "a view of bool"),
        (
            artifact_of([*without("isOpen()"), function("isOpen()", [("", "bool")], "nonpayable")]),
            "function",
            "isOpen() is nonpayable",
        ),
        (artifact_of([*without("close()"), function("close()", [], "payable")]), "function", "close() takes ether"),
        (
            artifact_of([*without("sales()"), function("sales(address)", [("", "uint256"), ("x", "uint8")])]),
            "state",
            "outputs without a name",
        ),
        (
            artifact_of([*without("sales()"), function("sales(address)", [("total", "uint256")], "nonpayable")]),
            "state",
            "can change the state",
        ),
    ],
)
def test_what_the_contract_lacks_is_found(artifact: Artifact, rule: str, said: str) -> None:
    findings = report(artifact).findings

    assert [f for f in findings if f.rule == rule and said in f.reason], findings


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Buy {count}", "Buy {amount}", "{amount} stands for nothing; there is count"),
        ("paid {total}", "paid {sum}", "{sum} stands for nothing"),
        ('units = { total = "MZ" }', 'units = { sum = "MZ" }', "which sales(account) does not return"),
        ('kind = "clone"', 'kind = "code"', "the manifest says (address, address, address, uint96, uint8)"),
        ('"Stall.sol:Stall"', '"Stall.sol:Booth"', "Stall.sol:Booth is named, Stall.sol:Stall compiled"),
        ('"Stall.sol:Stall"', '"Booth.sol:Stall"', "Booth.sol is not in the folder"),
        ('amount = "costOf(count)"', 'amount = "keeper()"', "keeper() is a address, uint is needed"),
        ('amount = "costOf(count)"', 'amount = "costOf()"', "the contract has costOf(uint32)"),
        ('who = "keeper()"', 'who = "closesAt()"', "a view of address or address[] or bool is needed"),
        (
            'interfaces = ["instance"]',
            'interfaces = ["erc721"]',
            "ERC-721 is declared, but there is no ownerOf(uint256)",
        ),
        ('type = "uint32"', 'type = "uint64"', "costOf(uint32) is called with (uint64)"),
    ],
)
def test_what_the_manifest_promises_too_much_is_found(old: str, new: str, said: str) -> None:
    findings = report(artifact_of(), MANIFEST.replace(old, new, 1)).findings

    assert any(said in finding.reason for finding in findings), findings


def test_all_findings_are_told_at_once() -> None:
    with pytest.raises(CheckFailed) as caught:
        report(artifact_of(without("open()", "close()"), runtime=b"\xff")).require()

    assert len(caught.value.data) == 3
    assert all(isinstance(finding, Finding) and str(finding) in caught.value.message for finding in caught.value.data)


@pytest.mark.parametrize(("name", "contract"), [("copyright-licence", "CopyrightLicence"), ("tip-jar", "TipJar")])
def test_our_own_templates_pass(name: str, contract: str) -> None:
    files = read_folder(sources_folder() / "templates" / name)

    check(read_manifest(files["template.toml"]), load(f"{name}/{contract}"), files).require()
