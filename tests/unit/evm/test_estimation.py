"""The least gas: enough, and one less is not; in few runs."""

from __future__ import annotations

import pytest

from chain.errors import (
    ExecutionHalted,
    ExecutionReverted,
    InsufficientFunds,
    TransactionRejected,
)
from chain.evm.calls import Rehearsal
from chain.model import AccountOverride, Authorization, Call
from chain.spec import GenesisAccount
from tests.traffic import GWEI, STORE, MemoryChain, Signer, code, contract, deploy, spec, word

HOARDER = b"\xd1" * 20  # looks at how much gas there is, and wants more than it uses
NESTED = b"\xd2" * 20  # store → through two calls that each hold back 1/64
CLEARER = b"\xd3" * 20  # clears three slots: needs more gas than it pays for
SENDER = Signer(0).address


def calling(target: bytes) -> bytes:
    """Code that passes its calldata on and fails when the call fails."""
    return code(
        f"CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 PUSH0 CALLDATASIZE PUSH0 PUSH0 0x{target.hex()} GAS CALL "
        "0x24 JUMPI INVALID JUMPDEST STOP"
    )


CHAIN = MemoryChain(
    spec(
        extra={
            HOARDER: GenesisAccount(code=code("0x0186a0 GAS GT 0x0b JUMPI INVALID INVALID JUMPDEST STOP")),
            b"\xd4" * 20: GenesisAccount(code=calling(contract("store"))),
            NESTED: GenesisAccount(code=calling(b"\xd4" * 20)),
            CLEARER: GenesisAccount(
                code=code("PUSH0 PUSH0 SSTORE PUSH0 0x01 SSTORE PUSH0 0x02 SSTORE STOP"), storage={0: 1, 1: 1, 2: 1}
            ),
        }
    )
)


def authorization() -> Authorization:
    signed = Signer(1).authorize(contract("store"))
    return Authorization(
        chain_id=signed.chain_id,
        address=bytes(signed.address),
        nonce=signed.nonce,
        y_parity=signed.y_parity,
        r=signed.r,
        s=signed.s,
    )


CALLS = {
    "store": Call(sender=SENDER, to=contract("store"), data=word(1) + word(2)),
    "logger": Call(sender=SENDER, to=contract("logger"), data=b"some data"),
    "creation": Call(sender=SENDER, data=deploy(STORE)),
    "63/64 twice": Call(sender=SENDER, to=NESTED, data=word(1) + word(2)),
    "looks at its gas": Call(sender=SENDER, to=HOARDER),
    "refund": Call(sender=SENDER, to=CLEARER),
    "calldata floor": Call(sender=SENDER, to=b"\xaa" * 20, data=b"\xff" * 1_000),
    "floor above execution": Call(sender=SENDER, to=contract("logger"), data=bytes(4_000)),
    "access list": Call(
        sender=SENDER, to=contract("store"), data=word(1) + word(2), access_list=((contract("store"), (word(1),)),)
    ),
    "authorization": Call(sender=SENDER, to=b"\xaa" * 20, authorizations=(authorization(),)),
    "value to a contract": Call(sender=SENDER, to=contract("destroyer"), value=3),
    "transient storage": Call(sender=SENDER, to=contract("transient")),
    "factory": Call(sender=SENDER, to=contract("factory"), data=deploy(code("CALLER SELFDESTRUCT")), value=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_estimate_is_enough_and_one_less_is_not(name: str) -> None:
    """Traps 16 and 11: py-evm's estimate is 21,000 off and knows no calldata floor."""
    call = CALLS[name]

    gas = CHAIN.evm.estimate(CHAIN.head, call)

    assert succeeds(call, gas)
    assert not succeeds(call, gas - 1)


@pytest.mark.parametrize("name", CALLS)
def test_a_transaction_with_the_estimate_as_its_limit_succeeds_in_a_block(name: str) -> None:
    call = CALLS[name]
    fields = {}
    if call.authorizations:
        fields = {"type": 4, "authorizationList": [Signer(1).authorize(contract("store"))]}
    if call.access_list:
        fields = {
            "accessList": [
                {"address": "0x" + a.hex(), "storageKeys": ["0x" + k.hex() for k in ks]} for a, ks in call.access_list
            ]
        }
    gas = CHAIN.evm.estimate(CHAIN.head, call)

    built = CHAIN.build([Signer(0).sign(call.to, data=call.data, value=call.value, gas=gas, **fields)])

    assert [receipt.status for receipt in built.receipts] == [1]


def succeeds(call: Call, gas: int) -> bool:
    try:
        fields = {name: getattr(call, name) for name in call.__struct_fields__}
        return CHAIN.evm.call(CHAIN.head, Call(**{**fields, "gas": gas})).error is None
    except TransactionRejected:
        return False


@pytest.mark.parametrize(("name", "most"), [("store", 3), ("creation", 3), ("calldata floor", 2), ("refund", 3)])
def test_straight_executions_take_three_runs(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    original = Rehearsal.try_with
    monkeypatch.setattr(Rehearsal, "try_with", lambda self, gas: runs.append(gas) or original(self, gas))

    CHAIN.evm.estimate(CHAIN.head, CALLS[name])

    assert len(runs) <= most


def test_a_plain_transfer_is_21000_also_for_a_sender_without_gas_money() -> None:
    for to in (b"\xaa" * 20, Signer(1).address):
        assert CHAIN.evm.estimate(CHAIN.head, Call(sender=SENDER, to=to, value=1)) == 21_000
    assert CHAIN.evm.estimate(CHAIN.head, Call(sender=b"\x01" * 20, to=SENDER)) == 21_000


def test_a_price_caps_the_estimate_by_what_the_sender_can_pay() -> None:
    call = Call(sender=b"\x99" * 20, to=contract("store"), data=word(1) + word(2), max_fee_per_gas=2 * GWEI)

    def estimate(balance: int) -> int:
        return CHAIN.evm.estimate(CHAIN.head, call, overrides={b"\x99" * 20: AccountOverride(balance=balance)})

    needed = estimate(2 * GWEI * 100_000)
    assert estimate(2 * GWEI * needed) == needed
    with pytest.raises(ExecutionHalted, match=rf"gas required exceeds allowance \({needed - 1}\)"):
        estimate(2 * GWEI * needed - 1)
    with pytest.raises(ExecutionHalted, match=r"gas required exceeds allowance \(0\)"):
        estimate(0)


def test_value_that_is_not_there_is_said_so() -> None:
    for price in (None, 2 * GWEI):
        with pytest.raises(InsufficientFunds, match="insufficient funds for"):
            CHAIN.evm.estimate(CHAIN.head, Call(sender=b"\x99" * 20, to=SENDER, value=1, max_fee_per_gas=price))


def test_a_revert_comes_back_with_reason_and_data() -> None:
    payload = bytes.fromhex("08c379a0") + word(32) + word(2) + b"no".ljust(32, b"\x00")

    with pytest.raises(ExecutionReverted, match="execution reverted: no") as refusal:
        CHAIN.evm.estimate(CHAIN.head, Call(sender=SENDER, to=contract("reverter"), data=payload))

    assert refusal.value.data == "0x" + payload.hex()
    assert refusal.value.code == 3


def test_other_halts_are_named() -> None:
    with pytest.raises(ExecutionHalted, match="invalid opcode"):
        CHAIN.evm.estimate(CHAIN.head, Call(sender=SENDER, to=contract("halter")))
    with pytest.raises(ExecutionHalted, match=r"gas required exceeds allowance \(30000\)"):
        CHAIN.evm.estimate(CHAIN.head, Call(sender=SENDER, to=contract("store"), data=word(1) + word(2), gas=30_000))
