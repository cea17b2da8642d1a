from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.abi import ErrorBook, selector

MISMATCH: dict[str, Any] = {
    "type": "error",
    "name": "TemplatesTermsMismatch",
    "inputs": [{"name": "expected", "type": "bytes32"}, {"name": "given", "type": "bytes32"}],
}


def test_a_custom_error_is_named_with_its_arguments() -> None:
    revert = ErrorBook([[MISMATCH]]).explain(selector(MISMATCH) + b"\1" * 32 + b"\2" * 32)

    assert revert.name == "TemplatesTermsMismatch"
    assert revert.arguments == {"expected": b"\1" * 32, "given": b"\2" * 32}
    assert revert.text == f"TemplatesTermsMismatch(expected=0x{'01' * 32}, given=0x{'02' * 32})"


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        ("08c379a0" + encode(["string"], ["too late"]).hex(), "Error", "too late"),
        ("4e487b71" + encode(["uint256"], [0x11]).hex(), "Panic", "panic 0x11: arithmetic overflow or underflow"),
        ("4e487b71" + encode(["uint256"], [0x99]).hex(), "Panic", "panic 0x99: unknown code"),
        ("", "", "reverted without a reason"),
        ("deadbeef", "", "reverted with unknown data 0xdeadbeef"),
        ("08c379a0ff", "", "reverted with unknown data 0x08c379a0ff"),
    ],
)
def test_what_solidity_itself_returns_is_read(data: str, name: str, text: str) -> None:
    revert = ErrorBook().explain(bytes.fromhex(data))

    assert (revert.name, revert.text) == (name, text)


@given(st.binary(max_size=200))
def test_no_returned_bytes_can_make_it_fail(data: bytes) -> None:
    book = ErrorBook([[MISMATCH]])

    for prefix in (b"", selector(MISMATCH), bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")):
        assert book.explain(prefix + data).data == prefix + data
