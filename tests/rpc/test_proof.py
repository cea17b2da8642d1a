"""Proofs that hold against the header, access lists, and the rules of the chain."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from chain.primitives import address_from, from_hex, keccak, rlp_decode, rlp_encode

ABSENT = "0x" + "dead" * 10
EMPTY_CODE = keccak(b"")
EMPTY_ROOT = keccak(rlp_encode(b""))


def proven(root: bytes, key: bytes, proof: list[str]) -> bytes | None:
    """What the proof says is stored under `keccak(key)`; None: it proves that nothing is (yellow paper, appendix D)."""
    nodes = {keccak(from_hex(node)): from_hex(node) for node in proof}
    assert len(nodes) == len(proof), "a proof lists each node once"
    way = keccak(key).hex()
    if not proof:
        assert root == EMPTY_ROOT
        return None
    node: Any = rlp_decode(nodes.pop(root))
    while True:
        if len(node) == 17:
            node, way = node[int(way[0], 16)], way[1:]
        else:
            path = node[0].hex()
            path = path[1:] if int(path[0], 16) & 1 else path[2:]
            leaf = node[0][0] >> 4 & 2
            if not way.startswith(path) or (leaf and way != path):
                break
            node, way = node[1], way[len(path) :]
            if leaf:
                assert not nodes, "nodes that prove nothing"
                return bytes(node)
        if node == b"":
            break
        if isinstance(node, bytes):
            node = rlp_decode(nodes.pop(node))
    assert not nodes, "nodes that prove nothing"
    return None


def check(ask: Any, tag: str, address: str, keys: list[str]) -> None:
    """Fail unless account and slots follow from the header's state root."""
    found = ask("eth_getProof", address, keys, tag)
    root = from_hex(ask("eth_getBlockByNumber", tag, False)["stateRoot"])
    account = proven(root, address_from(address), found["accountProof"])
    told = [found["nonce"], found["balance"], found["storageHash"], found["codeHash"]]
    if account is None:
        assert told == ["0x0", "0x0", "0x" + EMPTY_ROOT.hex(), "0x" + EMPTY_CODE.hex()]
    else:
        nonce, balance, storage, code = rlp_decode(account)
        numbers = [hex(int.from_bytes(value, "big")) for value in (nonce, balance)]
        assert told == [*numbers, "0x" + storage.hex(), "0x" + code.hex()]
    assert found["balance"] == ask("eth_getBalance", address, tag)
    for key, slot in zip(keys, found["storageProof"], strict=True):
        value = proven(from_hex(found["storageHash"]), int(key, 16).to_bytes(32, "big"), slot["proof"])
        assert int(slot["value"], 16) == (0 if value is None else int.from_bytes(rlp_decode(value), "big"))
        assert int(slot["value"], 16) == int(ask("eth_getStorageAt", address, key, tag), 16)
        assert slot["key"] == key


def test_every_proof_holds_at_every_block_also_of_what_is_not_there(ask, sample):
    deployed = ask.receipt(ask.send(data=sample.creation()))["contractAddress"]
    for value in range(1, 12):
        ask.send(value % 3, to=deployed, data=sample.data("store", value, "x" * value * 7))
    keys = ["0x0", "0x1", "0x2", f"0x{7:064x}", "0x" + keccak(bytes(32)).hex(), f"0x{2**255:064x}"]

    for number in range(int(ask("eth_blockNumber"), 16) + 1):
        for address in (deployed, ask.accounts[0], ask.accounts[9], ABSENT):
            check(ask, hex(number), address, keys)


def test_a_proof_that_was_tampered_with_does_not_hold(ask):
    found = ask("eth_getProof", ask.accounts[0], [], "0x0")["accountProof"]
    root = from_hex(ask("eth_getBlockByNumber", "0x0", False)["stateRoot"])

    with pytest.raises(KeyError):
        proven(root, address_from(ask.accounts[0]), [found[0][:-2] + "00", *found[1:]])


def test_a_proof_asks_for_a_bounded_number_of_slots(ask):
    assert ask.error("eth_getProof", ABSENT, ["0x0"] * 1025)["code"] == -32602
    assert ask.error("eth_getProof", ABSENT, ["0x" + "1" * 65])["code"] == -32602


def test_an_access_list_names_what_is_touched_and_makes_it_cheaper(ask, deployed, sample):
    call = {"from": ask.accounts[0], "to": deployed, "data": sample.data("store", 6, "")}

    found = ask("eth_createAccessList", call)

    assert [entry["address"] for entry in found["accessList"]] == [deployed]
    assert found["accessList"][0]["storageKeys"]
    with_list = ask("eth_createAccessList", call | {"accessList": found["accessList"]})
    assert with_list == found
    assert (
        ask.receipt(ask.send(**{key: call[key] for key in ("to", "data")}, accessList=found["accessList"]))["gasUsed"]
        == found["gasUsed"]
    )


def test_an_access_list_of_what_reverts_says_so(ask, deployed, sample):
    found = ask("eth_createAccessList", {"to": deployed, "data": sample.data("failWords")})

    assert found["error"] == "execution reverted: these words"


def test_the_configuration_is_prague_from_genesis(ask):
    found = ask("eth_config")
    genesis = ask("eth_getBlockByNumber", "earliest", False)["hash"]

    assert (found["next"], found["last"]) == (None, None)
    assert found["current"]["chainId"] == ask("eth_chainId")
    assert int(found["current"]["forkId"], 16) == zlib.crc32(from_hex(genesis))
    assert found["current"]["precompiles"]["BLS12_MAP_FP2_TO_G2"].endswith("11")
    for address in found["current"]["systemContracts"].values():
        assert ask("eth_getCode", address) != "0x"
