"""The words of a revert."""

from __future__ import annotations

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.rpc.reverts import reason, reverted

ERROR, PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


@given(st.text())
def test_any_text_is_read_as_an_encoder_wrote_it(text):
    clean = text.encode(errors="ignore").decode()
    assert reason(ERROR + encode(["string"], [clean])) == clean


@pytest.mark.parametrize(
    ("code", "words"),
    [(0x01, "assert(false)"), (0x11, "arithmetic underflow or overflow"), (0x99, "unknown panic code: 0x99")],
)
def test_panics_have_geths_words(code, words):
    assert reverted(PANIC + encode(["uint256"], [code])).message == f"execution reverted: {words}"


@given(st.binary(max_size=200), st.sampled_from([b"", ERROR, PANIC, ERROR + (32).to_bytes(32, "big")]))
def test_any_payload_has_a_message_and_its_data(payload, start):
    problem = reverted(start + payload)

    assert problem.message.startswith("execution reverted")
    assert problem.data == "0x" + (start + payload).hex()
    assert problem.code == 3
