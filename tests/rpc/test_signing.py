"""Signatures of unlocked accounts, judged by eth-account; and transactions filled in for others."""

from __future__ import annotations

import json

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Mail": [{"name": "to", "type": "address"}, {"name": "text", "type": "string"}],
    },
    "primaryType": "Mail",
    "domain": {"name": "Post", "chainId": 20261},
    "message": {"to": "0x" + "42" * 20, "text": "hello"},
}


def test_messages_are_signed_by_eip_191(ask):
    me, message = ask.accounts[2], "0x68656c6c6f"
    signature = ask("eth_sign", me, message)

    assert ask("personal_sign", message, me) == signature == ask("personal_sign", message, me, "password")
    assert Account.recover_message(encode_defunct(hexstr=message), signature=signature).lower() == me


def test_typed_data_is_signed_by_eip_712_as_object_and_as_text(ask):
    me = ask.accounts[2]
    signature = ask("eth_signTypedData_v4", me, TYPED)

    assert ask("eth_signTypedData_v4", me, json.dumps(TYPED)) == signature
    recovered = Account.recover_message(encode_typed_data(full_message=TYPED), signature=signature)
    assert recovered.lower() == me


def test_a_stranger_and_malformed_data_are_refused(ask):
    stranger = "0x" + "55" * 20
    error = ask.error("eth_sign", stranger, "0x")
    assert error["code"] == -32000 and error["message"].startswith("unknown account")
    assert "eth_sendRawTransaction" in error["message"]
    assert ask.error("eth_signTypedData_v4", ask.accounts[0], "{")["code"] == -32602
    assert ask.error("eth_signTypedData_v4", ask.accounts[0], {"types": {}})["code"] == -32000
    assert ask.error("eth_signTypedData_v4", ask.accounts[0], [])["code"] == -32602
    assert ask.error("eth_signTransaction", {"from": stranger, "to": stranger})["message"].startswith("unknown account")


def test_a_signed_transaction_can_be_sent_by_anyone(ask, deployed, sample):
    for fees in ({}, {"gasPrice": "0x3b9aca00"}, {"type": "0x1"}):
        wish = {"from": ask.accounts[1], "to": deployed, "data": sample.data("store", 3, "")} | fees
        answer = ask("eth_signTransaction", wish)

        assert Account.recover_transaction(answer["raw"]).lower() == ask.accounts[1]
        sent = ask("eth_getTransactionByHash", ask("eth_sendRawTransaction", answer["raw"]))
        assert {key: sent[key] for key in ("r", "s", "v", "nonce", "gas", "type")} == {
            key: answer["tx"][key] for key in ("r", "s", "v", "nonce", "gas", "type")
        }


def test_filling_in_signs_and_sends_nothing(ask, deployed, sample):
    stranger = "0x" + "55" * 20
    for fees, kind in (({}, "0x2"), ({"gasPrice": "0x77359400"}, "0x0")):
        wish = {"from": stranger, "to": deployed, "input": sample.data("store", 3, "")} | fees
        filled = ask("eth_fillTransaction", wish)["tx"]
        assert filled["type"] == kind and filled["nonce"] == "0x0" and int(filled["gas"], 16) > 21000
    assert ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}
