"""Calls that leave nothing behind: context, fees, overrides, results."""

from __future__ import annotations

import pytest

from chain.errors import (
    FeeTooLow,
    InitcodeTooLarge,
    InsufficientFunds,
    IntrinsicGasTooLow,
    TipAboveFeeCap,
    UnknownBlock,
)
from chain.evm import revert_message
from chain.model import AccountOverride, Authorization, BlockOverride, Call, CallResult
from chain.primitives import create_address, keccak
from chain.spec import GenesisAccount
from tests.traffic import (
    CHAIN_ID,
    ETHER,
    GWEI,
    STORE,
    MemoryChain,
    Signer,
    code,
    contract,
    deploy,
    spec,
    word,
)

NOBODY = b"\x77" * 20
RICH = Signer(0).address
PROBE = b"\xbb" * 20


def returning(source: str) -> bytes:
    """Code that leaves one word on the stack, and returns it."""
    return code(source + " PUSH0 MSTORE 0x20 PUSH0 RETURN")


def ask(source: str, chain: MemoryChain | None = None, **fields: object) -> int:
    """What that word is in a call to PROBE."""
    chain = chain or CHAIN
    block = fields.pop("block", None)
    overrides = {PROBE: AccountOverride(code=returning(source)), **fields.pop("overrides", {})}  # type: ignore[dict-item]
    result = chain.evm.call(chain.head, Call(to=PROBE, **fields), overrides=overrides, block=block)  # type: ignore[arg-type]
    assert result.error is None
    return int.from_bytes(result.output, "big")


CHAIN = MemoryChain()
for _ in range(3):
    CHAIN.produce([], coinbase=b"\xcc" * 20)


def test_opcodes_see_the_block_that_is_asked_about() -> None:
    head = CHAIN.head

    assert ask("NUMBER") == head.number == 3
    assert ask("TIMESTAMP") == head.timestamp
    assert ask("COINBASE").to_bytes(20, "big") == b"\xcc" * 20
    assert ask("PREVRANDAO").to_bytes(32, "big") == head.mix_hash
    assert ask("GASLIMIT") == head.gas_limit
    assert ask("CHAINID") == CHAIN_ID
    assert ask("BLOBBASEFEE") == 1
    for depth in range(1, 4):
        assert ask(f"0x0{depth} NUMBER SUB BLOCKHASH") == int.from_bytes(CHAIN.blocks[3 - depth].hash, "big")
    assert ask("NUMBER BLOCKHASH") == 0
    assert ask("0xff BLOCKHASH") == 0


def test_blockhash_reaches_256_blocks_back_and_no_further() -> None:
    chain = MemoryChain()
    for _ in range(258):
        chain.produce([])

    assert ask("0x0100 NUMBER SUB BLOCKHASH", chain) == int.from_bytes(chain.blocks[2].hash, "big")
    assert ask("0x0101 NUMBER SUB BLOCKHASH", chain) == 0


def test_a_call_without_fees_costs_nothing_and_sees_no_base_fee() -> None:
    assert ask("BASEFEE", sender=NOBODY) == 0
    assert ask("GASPRICE", sender=NOBODY) == 0
    assert ask("BASEFEE", sender=NOBODY, max_fee_per_gas=0) == 0
    assert ask("CALLER BALANCE", sender=RICH) == 1_000 * ETHER


def test_a_call_with_fees_sees_them_and_needs_the_funds() -> None:
    fees = {"max_fee_per_gas": 5 * GWEI, "max_priority_fee_per_gas": GWEI, "gas": 100_000}

    assert ask("BASEFEE", sender=RICH, **fees) == CHAIN.head.base_fee
    assert ask("GASPRICE", sender=RICH, **fees) == (CHAIN.head.base_fee or 0) + GWEI
    with pytest.raises(InsufficientFunds, match=r"insufficient funds for gas \* price \+ value"):
        ask("GAS", sender=NOBODY, **fees)
    with pytest.raises(FeeTooLow, match="max fee per gas less than block base fee"):
        ask("GAS", sender=RICH, max_fee_per_gas=1)
    with pytest.raises(TipAboveFeeCap):
        ask("GAS", sender=RICH, max_fee_per_gas=5 * GWEI, max_priority_fee_per_gas=6 * GWEI)


def test_value_must_be_there_as_in_geth() -> None:
    assert ask("CALLVALUE", sender=RICH, value=7) == 7
    with pytest.raises(InsufficientFunds):
        ask("CALLVALUE", sender=NOBODY, value=7)
    assert ask("CALLVALUE", sender=NOBODY, value=7, overrides={NOBODY: AccountOverride(balance=7)}) == 7


def test_a_call_changes_nothing() -> None:
    before = dict(CHAIN.nodes)

    first = CHAIN.evm.call(CHAIN.head, Call(to=contract("store"), data=word(1) + word(2)))

    assert first == CHAIN.evm.call(CHAIN.head, Call(to=contract("store"), data=word(1) + word(2)))
    assert CHAIN.nodes == before
    assert CHAIN.evm.state(CHAIN.head).storage(contract("store"), 1) == 0


def test_a_past_block_answers_with_its_own_state() -> None:
    """Trap 15: the context is that block's, not a next one's at the clock's time."""
    chain, signer = MemoryChain(), Signer(0)
    for value in (5, 6):
        chain.produce([signer.sign(contract("store"), data=word(0) + word(value))])
    overrides = {contract("store"): AccountOverride(code=returning("PUSH0 SLOAD TIMESTAMP ADD"))}

    answers = [
        int.from_bytes(chain.evm.call(block.header, Call(to=contract("store")), overrides=overrides).output, "big")
        for block in chain.blocks
    ]

    assert answers == [block.header.timestamp + value for block, value in zip(chain.blocks, (0, 5, 6), strict=True)]


def test_block_fields_can_be_pretended() -> None:
    changed = BlockOverride(
        number=1_000,
        timestamp=5,
        gas_limit=123_456,
        coinbase=NOBODY,
        prev_randao=b"\x09" * 32,
        base_fee=3,
        blob_base_fee=4,
    )

    assert ask("NUMBER", block=changed) == 1_000
    assert ask("TIMESTAMP", block=changed) == 5
    assert ask("GASLIMIT", block=changed) == 123_456
    assert ask("COINBASE", block=changed).to_bytes(20, "big") == NOBODY
    assert ask("PREVRANDAO", block=changed) == int.from_bytes(b"\x09" * 32, "big")
    assert ask("BLOBBASEFEE", block=changed) == 4
    assert ask("BASEFEE", block=changed) == 0
    assert ask("BASEFEE", block=changed, sender=RICH, max_fee_per_gas=9, gas=100_000) == 3
    assert ask("GAS", block=changed) < 123_456
    assert ask("0x03e7 BLOCKHASH", block=changed) == 0  # a block that does not exist


def test_accounts_can_be_pretended() -> None:
    target = b"\xdd" * 20
    chain = MemoryChain(spec(extra={target: GenesisAccount(balance=1, nonce=2, code=STORE, storage={0: 7, 1: 8})}))

    def slot(number: int, override: AccountOverride) -> int:
        reader = AccountOverride(
            **{
                **{f: getattr(override, f) for f in override.__struct_fields__},
                "code": returning(f"0x{number:02x} SLOAD"),
            }
        )
        return int.from_bytes(chain.evm.call(chain.head, Call(to=target), overrides={target: reader}).output, "big")

    assert [slot(n, AccountOverride()) for n in (0, 1)] == [7, 8]
    assert [slot(n, AccountOverride(storage={1: 9})) for n in (0, 1)] == [0, 9]
    assert [slot(n, AccountOverride(storage_diff={1: 9})) for n in (0, 1)] == [7, 9]
    created = chain.evm.call(
        chain.head, Call(sender=target, data=deploy(STORE)), overrides={target: AccountOverride(nonce=50)}
    )
    assert created.created == create_address(target, 50)
    assert ask("CALLER BALANCE", sender=NOBODY, overrides={NOBODY: AccountOverride(balance=99)}) == 99


def test_pretended_storage_counts_as_there_from_the_start() -> None:
    target = contract("store")

    def gas(**override: object) -> int:
        call = Call(to=target, data=word(1) + word(5))
        return CHAIN.evm.call(CHAIN.head, call, overrides={target: AccountOverride(**override)}).gas_used  # type: ignore[arg-type]

    assert gas() - gas(storage_diff={1: 5}) == 20_000 - 100
    assert gas() - gas(storage_diff={1: 4}) == 20_000 - 2_900


def test_a_creation_returns_the_code_and_its_address() -> None:
    result = CHAIN.evm.call(CHAIN.head, Call(sender=RICH, data=deploy(STORE)))

    assert result.output == STORE
    assert result.created == create_address(RICH, 0)
    assert result.error is None


@pytest.mark.parametrize(
    ("runtime", "error"),
    [
        (code("INVALID"), "invalid opcode"),
        (code("PUSH0 JUMP"), "invalid jump destination"),
        (code("POP"), "stack underflow"),
        (code("JUMPDEST PUSH0 JUMP"), "out of gas"),
        (code("JUMPDEST PUSH0 PUSH0 JUMP"), "stack limit reached 1024 (1023)"),
        (code("0x20 PUSH0 PUSH0 RETURNDATACOPY"), "return data out of bounds"),
    ],
)
def test_exceptional_halts_use_all_gas_and_are_named_in_geth_s_words(runtime: bytes, error: str) -> None:
    runtime = b"\x5b" + code("PUSH0 PUSH0 JUMP") if "limit" in error else runtime
    result = CHAIN.evm.call(CHAIN.head, Call(to=PROBE, gas=100_000), overrides={PROBE: AccountOverride(code=runtime)})

    assert (result.error, result.reverted, result.output, result.gas_used) == (error, False, b"", 100_000)


def test_a_revert_hands_back_its_payload_and_the_unused_gas() -> None:
    result = CHAIN.evm.call(CHAIN.head, Call(to=contract("reverter"), data=b"payload"))

    assert (result.error, result.reverted, result.output) == ("execution reverted", True, b"payload")
    assert result.logs == ()
    assert 21_000 < result.gas_used < 60_000


def test_logs_come_in_the_order_they_were_emitted() -> None:
    result = CHAIN.evm.call(CHAIN.head, Call(sender=RICH, to=contract("logger"), data=b"data"))

    assert [len(log.topics) for log in result.logs] == [0, 1, 2, 3, 4]
    assert all(log.data == b"data" and log.address == contract("logger") for log in result.logs)


def test_a_call_may_delegate_with_an_authorization_that_nobody_recovered_yet() -> None:
    signer = Signer(1)
    signed = signer.authorize(PROBE)
    authorization = Authorization(
        chain_id=signed.chain_id,
        address=bytes(signed.address),
        nonce=signed.nonce,
        y_parity=signed.y_parity,
        r=signed.r,
        s=signed.s,
    )

    result = CHAIN.evm.call(
        CHAIN.head,
        Call(to=signer.address, authorizations=(authorization,)),
        overrides={PROBE: AccountOverride(code=returning("ADDRESS"))},
    )

    assert result.output == bytes(12) + signer.address


def test_gas_that_cannot_even_start_is_refused() -> None:
    with pytest.raises(IntrinsicGasTooLow, match="intrinsic gas too low: have 20000, want 21000"):
        ask("GAS", gas=20_000)
    with pytest.raises(IntrinsicGasTooLow, match="floor data gas cost: have 24000, want 25000"):
        ask("GAS", gas=24_000, data=b"\x01" * 100)
    with pytest.raises(InitcodeTooLarge):
        CHAIN.evm.call(CHAIN.head, Call(data=bytes(49_153)))


def test_a_state_that_is_not_there_is_an_unknown_block() -> None:
    chain = MemoryChain()
    chain.nodes.clear()

    for asked in (
        lambda: chain.evm.call(chain.head, Call(to=PROBE)),
        lambda: chain.evm.estimate(chain.head, Call(to=PROBE)),
        lambda: chain.evm.state(chain.head).balance(PROBE),
        lambda: chain.build([]),
    ):
        with pytest.raises(UnknownBlock, match="missing trie node"):
            asked()


def error_string(text: bytes) -> bytes:
    return keccak(b"Error(string)")[:4] + word(32) + word(len(text)) + text.ljust(-(-len(text) // 32) * 32, b"\x00")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "execution reverted"),
        (error_string(b"too late"), "execution reverted: too late"),
        (error_string("zu spät".encode()), "execution reverted: zu spät"),
        (error_string(b""), "execution reverted: "),
        (error_string(b"cut short")[:-32], "execution reverted"),
        (keccak(b"Error(string)")[:4] + word(2**255) + word(3), "execution reverted"),
        (keccak(b"Panic(uint256)")[:4] + word(0x11), "execution reverted: arithmetic underflow or overflow"),
        (keccak(b"Panic(uint256)")[:4] + word(0x99), "execution reverted: unknown panic code: 0x99"),
        (b"\xde\xad\xbe\xef", "execution reverted"),
    ],
)
def test_a_reason_is_read_out_of_the_payload(payload: bytes, message: str) -> None:
    assert revert_message(payload) == message


def test_results_are_records() -> None:
    assert isinstance(CHAIN.evm.call(CHAIN.head, Call(to=NOBODY)), CallResult)


def test_an_access_list_makes_addresses_and_slots_warm() -> None:
    other = b"\xee" * 20
    runtime = code(f"0x{other.hex()} BALANCE POP 0x07 SLOAD STOP")

    def gas(*entries: tuple[bytes, tuple[bytes, ...]]) -> int:
        call = Call(to=PROBE, access_list=entries)
        return CHAIN.evm.call(CHAIN.head, call, overrides={PROBE: AccountOverride(code=runtime)}).gas_used

    plain = gas()
    assert gas((other, ())) == plain + 2_400 - 2_500
    assert gas((PROBE, (word(7),))) == plain + 2_400 + 1_900 - 2_000
    assert gas((PROBE, (word(8),))) == plain + 2_400 + 1_900
