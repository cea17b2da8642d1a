"""Keys that another program holds: real programs that sign with eth-account, some of them dishonest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.errors import SignerError
from chain.primitives import checksum
from chain.wallet import ExternalSigner, Signer, dev_accounts

# Signs honestly, but for the trick that a file tells it before it signs and before it answers.
PROGRAM = """
import json, sys
from pathlib import Path

tricks = Path(sys.argv[1])
for line in sys.stdin:
    question = json.loads(line)
    asked = question.get("params", {})
    answer = {"id": question["id"]}
    key = sys.argv[2]
    before, after = json.loads(tricks.read_text())
    exec(before)
    if question["method"] == "accounts":
        answer["result"] = [sys.argv[3]]
    else:
        from eth_account import Account
        from eth_account.messages import encode_typed_data

        if question["method"] == "sign_transaction":
            signed = Account.from_key(key).sign_transaction(asked["transaction"]).raw_transaction
        else:
            signed = Account.from_key(key).sign_message(encode_typed_data(full_message=asked["data"])).signature
        answer["result"] = signed.to_0x_hex()
    exec(after)
    print(json.dumps(answer), flush=True)
"""
OWNER, OTHER = dev_accounts(2)
FIELDS = {
    "type": 2,
    "chainId": 20261,
    "nonce": 4,
    "gas": 60_000,
    "maxFeePerGas": 7,
    "maxPriorityFeePerGas": 1,
    "value": 3,
    "data": b"\x01\x02",
    "to": OTHER.address,
}
TYPED = {
    "types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Note": [{"name": "sum", "type": "uint256"}]},
    "primaryType": "Note",
    "domain": {"name": "mzcoin"},
    "message": {"sum": 7},
}


class Scene:
    """A running program and the file that tells it how to cheat."""

    def __init__(self, folder: Path) -> None:
        self._tricks = folder / "tricks.json"
        self.play()
        key = OWNER.unsafe_private_key().hex()
        self.signer = ExternalSigner([sys.executable, "-c", PROGRAM, str(self._tricks), key, checksum(OWNER.address)])
        self.account = self.signer.accounts()[0]

    def play(self, before: str = "", after: str = "") -> None:
        self._tricks.write_text(json.dumps([before, after]))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = Scene(tmp_path_factory.mktemp("signer"))
    yield found
    found.signer.close()


def test_an_external_account_signs_what_a_key_would_have_signed(scene):
    scene.play()

    signed = scene.account.sign_transaction(FIELDS)

    assert isinstance(scene.account, Signer)
    assert scene.account.address == OWNER.address
    assert signed == OWNER.sign_transaction(FIELDS)


def test_an_external_account_signs_typed_data(scene):
    scene.play()

    assert scene.account.sign_typed_data(TYPED) == OWNER.sign_typed_data(TYPED)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("value = '0x4'", "value"),
        (f"to = '{checksum(OWNER.address)}'", "to"),
        ("data = '0x0103'", "data"),
        ("maxFeePerGas = '0x8'", "maxFeePerGas"),
        ("nonce = '0x5'", "nonce"),
        ("chainId = '0x1'", "chainId"),
        (f"accessList = [{{'address': '{checksum(OWNER.address)}', 'storageKeys': []}}]", "accessList"),
    ],
)
def test_a_program_that_signs_another_transaction_is_caught(scene, change, named):
    name, value = change.split(" = ")
    scene.play(before=f"asked['transaction']['{name}'] = {value}")

    with pytest.raises(SignerError, match=f"another transaction than it was asked to: {named} differ"):
        scene.account.sign_transaction(FIELDS)


def test_a_signature_by_another_key_is_caught(scene):
    scene.play(before="key = '0x' + '11' * 32")

    with pytest.raises(SignerError, match="signed for 0x"):
        scene.account.sign_transaction(FIELDS)


def test_other_typed_data_is_caught(scene):
    scene.play(before="asked['data']['message']['sum'] = 8")

    with pytest.raises(SignerError, match="signed other data"):
        scene.account.sign_typed_data(TYPED)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("answer['error'] = 'declined on the device'", "refused: declined on the device"),
        ("answer['result'] = ['0x12']", "named no address"),
        ("answer['result'] = []", "has no accounts"),
    ],
)
def test_a_refusal_is_told(scene, after, said):
    scene.play(after=after)

    with pytest.raises(SignerError, match=said):
        scene.signer.accounts()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("print('hello')", "answered no JSON object"),
        ('import json; print(json.dumps({"id": 7}))', "answered question 7, not 1"),
        ("import sys; sys.stdin.readline(); sys.exit(3)", "ended with status 3|closed its output"),
        ("import time; time.sleep(60)", "did not answer within"),
    ],
)
def test_a_program_that_does_not_keep_to_the_protocol_is_told(words, said):
    signer = ExternalSigner([sys.executable, "-c", words], seconds=1.5)

    with pytest.raises(SignerError, match=said):
        signer.accounts()

    signer.close()


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(SignerError, match="cannot be started"):
        ExternalSigner("no-such-signer --device 1")
