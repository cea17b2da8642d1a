"""Genesis files as geth reads them: published hashes, quirks of the format, and what is refused before it does harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chain.errors import SettingsError
from chain.evm import Evm
from chain.spec import Fork, Spec, decode_spec, read_genesis

ALL_AT_ONCE = {
    "chainId": 4242,
    "homesteadBlock": 0,
    "eip150Block": 0,
    "eip155Block": 0,
    "eip158Block": 0,
    "byzantiumBlock": 0,
    "constantinopleBlock": 0,
    "petersburgBlock": 0,
    "istanbulBlock": 0,
    "berlinBlock": 0,
    "londonBlock": 0,
    "terminalTotalDifficulty": 0,
    "terminalTotalDifficultyPassed": True,
    "shanghaiTime": 0,
    "cancunTime": 0,
    "pragueTime": 0,
}
PREMINE = {
    "a2A6d93439144FFE4D27c9E088dCD8b783946263": "0xD3C21BCECCEDA1000000",
    "Bc11295936Aa79d594139de1B2e12629414F3BDB": "0xD3C21BCECCEDA1000000",
    "7cF5b79bfe291A67AB02b393E456cCc4c266F753": "0xD3C21BCECCEDA1000000",
    "aaec86394441f915bce3e6ab399977e9906f3b69": "0xD3C21BCECCEDA1000000",
    "F47CaE1CF79ca6758Bfc787dbD21E6bdBe7112B8": "0xD3C21BCECCEDA1000000",
    "d7eDDB78ED295B3C9629240E8924fb8D8874ddD8": "0xD3C21BCECCEDA1000000",
    "8b7F0977Bb4f0fBE7076FA22bC24acA043583F5e": "0xD3C21BCECCEDA1000000",
    "e2e2659028143784d557bcec6ff3a0721048880a": "0xD3C21BCECCEDA1000000",
    "d9a5179f091d85051d3c982785efd1455cec8699": "0xD3C21BCECCEDA1000000",
    "beef32ca5b9a198d27B4e02F4c70439fE60356Cf": "0xD3C21BCECCEDA1000000",
    "0000006916a87b82333f4245046623b23794c65c": "0x84595161401484A000000",
    "b21c33de1fab3fa15499c62b59fe0cc3250020d1": "0x52B7D2DCC80CD2E4000000",
    "10F5d45854e038071485AC9e402308cF80D2d2fE": "0x52B7D2DCC80CD2E4000000",
    "d7d76c58b3a519e9fA6Cc4D22dC017259BC49F1E": "0x52B7D2DCC80CD2E4000000",
    "799D329e5f583419167cD722962485926E338F4a": "0xDE0B6B3A7640000",
}
SEPOLIA = {
    "config": {
        **{key: 0 for key in ALL_AT_ONCE if key.endswith("Block")},
        "chainId": 11155111,
        "mergeNetsplitBlock": 1735371,
        "terminalTotalDifficulty": 17000000000000000,
        "shanghaiTime": 1677557088,
        "cancunTime": 1706655072,
        "pragueTime": 1741159776,
    },
    "alloc": {"0x" + address: {"balance": balance} for address, balance in PREMINE.items()},
    "difficulty": "0x20000",
    "extraData": "0x5365706f6c69612c20417468656e732c204174746963612c2047726565636521",
    "gasLimit": "0x1c9c380",
    "nonce": "0x000000000000000",
    "mixhash": "0x" + "00" * 32,
    "timestamp": "0x6159af19",
}
SEPOLIA_HASH = "25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9"


def genesis(config: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "config": {**ALL_AT_ONCE, **(config or {})},
        "alloc": {},
        "difficulty": "0x0",
        "gasLimit": "0x1c9c380",
        **fields,
    }


def read(file: dict[str, Any], **options: bool) -> Spec:
    return read_genesis(json.dumps(file).encode(), "genesis.json", **options)


def hash_of(spec: Spec) -> str:
    class Nowhere:
        def header(self, key: bytes) -> Any:
            raise KeyError(key)

    return Evm(spec, {}, Nowhere()).genesis().block.hash.hex()


def test_sepolia_has_its_published_hash() -> None:
    spec = read(SEPOLIA)

    assert hash_of(spec) == SEPOLIA_HASH
    assert spec.schedule.terminal_total_difficulty == 17 * 10**15
    assert decode_spec(spec.encode()) == spec


@pytest.mark.parametrize("fork", ["osaka", "bpo1", "bpo12", "amsterdam"])
def test_a_later_fork_is_refused_by_name_unless_it_is_to_run_under_prague(fork: str) -> None:
    file = genesis({f"{fork}Time": 1_900_000_000})

    with pytest.raises(SettingsError, match=f"the fork {fork} begins at 1900000000; .* lacks") as refused:
        read(file)

    assert "--allow-unknown-forks" in (refused.value.hint or "")
    assert read(file, allow_unknown_forks=True).schedule.disregarded == (fork,)


def test_forks_begin_where_the_file_says() -> None:
    schedule = read(
        genesis({"pragueTime": 500, "cancunTime": 300, "londonBlock": 5, "terminalTotalDifficulty": 9})
    ).schedule

    assert schedule.at(4, 0, merged=False) is Fork.BERLIN
    assert schedule.at(5, 0, merged=False) is Fork.LONDON
    assert schedule.at(9, 299, merged=True) is Fork.SHANGHAI
    assert schedule.at(9, 300, merged=True) is Fork.CANCUN
    assert schedule.at(9, 500, merged=True) is Fork.PRAGUE


def test_petersburg_comes_with_constantinople_unless_it_is_named() -> None:
    without = {**ALL_AT_ONCE}
    del without["petersburgBlock"]

    assert read({**genesis(), "config": without}).schedule.at(0, 0, merged=False) is Fork.LONDON


def test_accounts_keep_code_storage_and_nonce() -> None:
    account = {"balance": "12", "nonce": "0x5", "code": "0x6001", "storage": {"0x1": "0x02", "0x" + "00" * 32: "0x0"}}
    spec = read(genesis(alloc={"11" * 20: account}))

    [taken] = spec.genesis.alloc.values()
    assert (taken.balance, taken.nonce, taken.code, taken.storage) == (12, 5, b"\x60\x01", {1: 2})


def test_limits_of_blobs_are_those_of_the_file() -> None:
    limits = {"target": 1, "max": 2, "baseFeeUpdateFraction": 1_000_000}
    schedule = read(genesis({"blobSchedule": {"prague": limits}})).schedule

    assert (schedule.blobs_at(Fork.PRAGUE).most, schedule.blobs_at(Fork.CANCUN).most) == (2, 6)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({}, "config is missing"),
        ({**genesis(), "gasLimit": None}, "gasLimit is missing"),
        (genesis(difficulty="lots"), "difficulty is 'lots'"),
        (genesis(alloc={"0x12": {}}), "address in alloc is '0x12', expected 40 hex digits"),
        (genesis(alloc={"11" * 20: {"balance": -1}}), "balance is -1"),
        (genesis(alloc={"11" * 20: {"cod": "0x"}}), "there is no field cod"),
        (genesis(alloc={"11" * 20: {}, "0x" + "11" * 20: {}}), "stands there twice"),
        (genesis(mixHash="0x12"), "mixHash has 1 bytes, expected 32"),
        (genesis({"chainId": 0}), "chainId is 0"),
        (genesis({"clique": {"period": 1}}), "config has clique"),
        (genesis({"berlinBlock": None}), "london begins at 0, but berlin before it never does"),
        (genesis({"istanbulBlock": 7}), "berlin begins at 0, before istanbul at 7"),
        (genesis({"cancunTime": None}), "prague begins at 0, but cancun before it never does"),
        (genesis({"eip155Block": 3}), "eip155Block is 3 and eip158Block 0"),
        (genesis({"terminalTotalDifficulty": None, "terminalTotalDifficultyPassed": False}), "no terminalTotalDiff"),
        (genesis({"blobSchedule": {"prague": {"target": 9, "max": 6, "baseFeeUpdateFraction": 1}}}), "target 9, max 6"),
        (genesis(number="0x5"), "a genesis is block 0"),
    ],
)
def test_what_cannot_be_carried_out_is_named(file: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        read(file)

    assert refused.value.message.startswith("genesis.json: ")


def test_junk_is_no_genesis() -> None:
    for junk in (b"", b"{", b"\xff\xfe", b"[]"):
        with pytest.raises(SettingsError):
            read_genesis(junk, "genesis.json")
