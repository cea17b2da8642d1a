"""Executing again under a tracer: what is told agrees with what was done, and costs no more than it may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chain.errors import InvalidBlock, LimitExceeded
from chain.evm.tracing import Accounts, Budget, FrameTree, Steps, TraceOptions
from chain.model import AccountOverride, Call
from chain.primitives import create2_address, create_address, keccak
from tests.traffic import CONTRACTS, STORE, MemoryChain, Signer, Traffic, code, contract, deploy, word

PROBE = b"\xbb" * 20
FRAMES = TraceOptions(kind="frames", logs=True)
DIVER = code("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL STOP")


@pytest.fixture(scope="module")
def chain() -> MemoryChain:
    made = MemoryChain()
    traffic = Traffic(5)
    for _ in range(3):
        made.produce(traffic.take(25))
    return made


def frames(chain: MemoryChain, runtime: bytes, **fields: object) -> FrameTree:
    """Of a call to PROBE, which has that code."""
    trace = chain.evm.inspector.trace_call(
        chain.head,
        Call(to=PROBE, **fields),  # type: ignore[arg-type]
        FRAMES,
        overrides={PROBE: AccountOverride(code=runtime, nonce=1)},
    )
    assert isinstance(trace, FrameTree)
    return trace


@pytest.mark.parametrize("kind", ["steps", "frames", "accounts", "nothing"])
def test_watching_changes_nothing(chain: MemoryChain, kind: str) -> None:
    options = TraceOptions(kind=kind, memory=True, return_data=True, logs=True)  # type: ignore[arg-type]

    for block, receipts in zip(chain.blocks[1:], chain.receipts[1:], strict=True):
        for trace, receipt in zip(chain.evm.inspector.traces(block, options), receipts, strict=True):
            if isinstance(trace, Steps):
                assert (trace.gas_used, trace.failed) == (receipt.gas_used, receipt.status == 0)
            if isinstance(trace, FrameTree):
                assert (trace.gas_used, trace.root.error is None) == (receipt.gas_used, receipt.status == 1)
                logs = sorted(every_log(trace.root), key=lambda entry: entry.index)
                assert tuple(entry.log for entry in logs) == receipt.logs


def every_log(frame):  # type: ignore[no-untyped-def]
    yield from frame.logs
    for call in frame.calls:
        yield from every_log(call)


def test_one_transaction_is_traced_on_what_those_before_it_left(chain: MemoryChain) -> None:
    block = chain.blocks[2]
    every = list(chain.evm.inspector.traces(block, FRAMES))

    for index in (0, 7, len(every) - 1):
        assert list(chain.evm.inspector.traces(block, FRAMES, [index])) == [every[index]]
    assert list(chain.evm.inspector.traces(block, FRAMES, [])) == []


def test_gas_goes_down_by_what_each_step_costs(chain: MemoryChain) -> None:
    for trace in chain.evm.inspector.traces(chain.blocks[3], TraceOptions()):
        assert isinstance(trace, Steps)
        for step, following in zip(trace.steps, trace.steps[1:], strict=False):
            if following.depth == step.depth:
                handed_down = 0xF0 <= step.op <= 0xFA  # a call gives back what it did not use
                assert following.gas == step.gas - step.cost or (handed_down and following.gas > step.gas - step.cost)


def test_changes_lead_from_one_block_s_state_to_the_next(chain: MemoryChain) -> None:
    signer = Signer(0, nonce=chain.evm.state(chain.head).nonce(Signer(0).address))
    before = chain.evm.state(chain.head)
    value = before.storage(contract("store"), 2) + 1
    chain.produce([signer.sign(contract("store"), data=word(2) + word(value))], coinbase=b"\xcc" * 20)
    after = chain.evm.state(chain.head)

    [trace] = chain.evm.inspector.traces(chain.blocks[-1], TraceOptions(kind="accounts", changes=True))

    assert isinstance(trace, Accounts) and trace.after is not None
    assert set(trace.after) == {signer.address, contract("store"), b"\xcc" * 20}
    for address, changed in trace.after.items():
        assert changed.balance in (None, after.balance(address))
        assert trace.before[address].balance == before.balance(address)
        assert all(after.storage(address, slot) == value for slot, value in changed.storage.items())
    assert trace.after[contract("store")].storage == {2: value}
    assert trace.after[signer.address].nonce == signer.nonce


def test_the_deepest_tree_of_calls_can_be_told(chain: MemoryChain) -> None:
    tree = frames(chain, DIVER, gas=chain.head.gas_limit)

    depth, frame = 1, tree.root
    while frame.calls:
        depth, frame = depth + 1, frame.calls[0]
    assert depth > 300


def test_a_call_that_never_begins_is_told_with_its_reason(chain: MemoryChain) -> None:
    spend = code("PUSH0 PUSH0 PUSH0 PUSH0 0x07 CALLER GAS CALL POP PUSH0 PUSH0 0x07 CREATE STOP")

    call, creation = frames(chain, spend, gas=1_000_000).root.calls

    assert call.error == creation.error == "insufficient balance for transfer"
    assert (call.kind, call.value, call.gas_used) == ("CALL", 7, 0)
    assert (creation.kind, creation.to, creation.gas_used) == ("CREATE", None, 0)


def test_a_creation_at_a_taken_address_costs_all_its_gas(chain: MemoryChain) -> None:
    taken = code("0x01 PUSH0 PUSH0 PUSH0 CREATE STOP")
    address = create_address(PROBE, 1)
    trace = chain.evm.inspector.trace_call(
        chain.head,
        Call(to=PROBE, gas=1_000_000),
        FRAMES,
        overrides={PROBE: AccountOverride(code=taken, nonce=1), address: AccountOverride(nonce=5)},
    )

    assert isinstance(trace, FrameTree)
    [creation] = trace.root.calls
    assert (creation.error, creation.gas_used) == ("contract address collision", creation.gas)
    assert creation.gas > 900_000


def test_create2_leads_where_its_rule_says(chain: MemoryChain) -> None:
    initcode = deploy(STORE)
    [created, _] = frames(chain, CONTRACTS["factory"], data=initcode, gas=3_000_000).root.calls

    assert created.to == create2_address(PROBE, bytes(32), keccak(initcode))
    assert (created.kind, created.input, created.output) == ("CREATE2", initcode, STORE)


def test_what_was_logged_below_a_failure_is_not_told(chain: MemoryChain) -> None:
    below = code("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 0x" + contract("logger").hex() + " GAS CALL PUSH0 PUSH0 REVERT")

    tree = frames(chain, below, gas=1_000_000)

    assert tree.root.error == "execution reverted"
    assert [call.logs for call in tree.root.calls] == [()]


def test_a_static_call_carries_no_value_and_a_delegate_call_its_caller_s(chain: MemoryChain) -> None:
    push = "PUSH0 PUSH0 PUSH0 PUSH0 0x" + contract("store").hex() + " GAS "
    tree = frames(chain, code(push + "STATICCALL POP " + push + "DELEGATECALL STOP"), gas=1_000_000)

    assert [(call.kind, call.sender, call.to, call.value) for call in tree.root.calls] == [
        ("STATICCALL", PROBE, contract("store"), None),
        ("DELEGATECALL", PROBE, contract("store"), 0),
    ]


def test_a_step_shows_the_slots_touched_until_then(chain: MemoryChain) -> None:
    trace = chain.evm.inspector.trace_call(
        chain.head,
        Call(to=PROBE),
        TraceOptions(),
        overrides={PROBE: AccountOverride(code=code("0x05 0x01 SSTORE 0x06 0x02 SSTORE 0x01 SLOAD STOP"))},
    )

    assert isinstance(trace, Steps)
    assert [step.storage for step in trace.steps if step.storage is not None] == [{1: 5}, {1: 5, 2: 6}, {1: 5, 2: 6}]


def test_an_access_list_leaves_out_what_is_warm_anyway(chain: MemoryChain) -> None:
    looks = code(
        "ADDRESS BALANCE POP CALLER BALANCE POP 0x04 BALANCE POP 0x" + contract("store").hex() + " BALANCE STOP"
    )

    listed, result = chain.evm.inspector.access_list(
        chain.head, Call(to=PROBE), seconds=10, overrides={PROBE: AccountOverride(code=looks)}
    )

    assert result.error is None
    assert listed == ((contract("store"), ()),)


def test_genesis_cannot_be_traced(chain: MemoryChain) -> None:
    with pytest.raises(InvalidBlock, match="genesis"):
        list(chain.evm.inspector.traces(chain.blocks[0], FRAMES))


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (lambda: Budget(60, steps=10), "more than 10 steps"),  # its time begins when it is made
        (lambda: Budget(60, size=500), "more than 500 bytes"),
        (lambda: Budget(-1), "execution timeout"),
    ],
)
def test_each_limit_is_named_when_it_is_reached(chain: MemoryChain, budget: Callable[[], Budget], said: str) -> None:
    with pytest.raises(LimitExceeded, match=said):
        list(chain.evm.inspector.traces(chain.blocks[1], TraceOptions(memory=True), budget=budget()))
