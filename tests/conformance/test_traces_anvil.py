"""anvil traces the same signed bytes on the same genesis: every step, every call, every account must agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from chain.evm.rules import upfront_gas
from chain.evm.tracing import FrameTree, TraceOptions
from chain.model import Transaction
from chain.primitives import Address
from chain.rpc.traces import flat_objects, trace_wish
from tests.conformance.test_evm_anvil import CREATOR, SPEC, Anvil
from tests.traffic import ETHER, MemoryChain, Signer, Traffic, code, contract, deploy, word

TRANSACTIONS = int(os.environ.get("MZ_TRACED_TRANSACTIONS", "60"))

# Calls itself with most of its gas until that is used up or the stack of calls is full.
DIVER = code("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL PUSH0 SSTORE STOP")
# Sends more than it has, by CALL and by CREATE; then asks for a delegate call with too little gas to do anything.
SPENDER = code(
    "PUSH0 PUSH0 PUSH0 PUSH0 0x2710 CALLER GAS CALL POP PUSH0 PUSH0 0x2710 CREATE POP "
    "PUSH0 PUSH0 PUSH0 PUSH0 " + "0x" + contract("store").hex() + " 0x64 DELEGATECALL PUSH0 SSTORE STOP"
)
# Two CREATE2 of the same code with the same salt: the second meets the first.
COLLIDER = code("PUSH0 0x01 PUSH0 PUSH0 CREATE2 PUSH0 0x01 PUSH0 PUSH0 CREATE2 STOP")


class Quiet(Traffic):
    """Traffic that does not look at its block: anvil's genesis has no state root, so all hashes differ."""

    def _deed(self, *, creates: bool) -> tuple[Address | None, dict[str, Any]]:
        to, fields = super()._deed(creates=creates)
        return self._deed(creates=creates) if to == contract("witness") else (to, fields)


STEPS = {"enableMemory": True, "enableReturnData": True}
CALLS = ({}, {"withLog": True}, {"onlyTopCall": True})
ACCOUNTS = {changes: {"tracer": "prestateTracer", "tracerConfig": {"diffMode": changes}} for changes in (False, True)}
SELECTORS = {"tracer": "4byteTracer"}
PARITY = "trace_transaction"
CONFIGS = (
    STEPS,
    *({"tracer": "callTracer", "tracerConfig": config} for config in CALLS),
    *ACCOUNTS.values(),
    SELECTORS,
)


class Pair:
    """The same chain here and in anvil, with anvil's traces: it soon forgets the states to make them from."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.ours = MemoryChain(SPEC)
        self.theirs: list[dict[str, Any]] = [{}]

    def send(self, raw: bytes) -> int:
        """Mine it on both sides; the number of our block."""
        base_fee = self.ours.evm.next_base_fee(self.ours.head)
        self.anvil.ask("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
        built = self.ours.produce([raw])
        assert built.skipped == ()
        receipt = self.anvil.send(raw)
        assert int(receipt["gasUsed"], 16) == built.receipts[0].gas_used
        tx_hash = receipt["transactionHash"]
        traces = {str(config): self.anvil.ask("debug_traceTransaction", tx_hash, config) for config in CONFIGS}
        self.theirs.append(traces | {PARITY: self.anvil.ask(PARITY, tx_hash)})
        return built.block.number

    def traces(self, config: dict[str, Any]) -> Iterator[tuple[Transaction, Any, Any]]:
        """Of each block its transaction, our trace and anvil's."""
        wish = trace_wish(config, name="1")
        for block, theirs in zip(self.ours.blocks[1:], self.theirs[1:], strict=True):
            [trace] = self.ours.evm.inspector.traces(block, wish.options)
            yield block.transactions[0], wish.encode(trace, {}), theirs[str(config)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    node = Anvil(SPEC, tmp_path_factory.mktemp("anvil"), "--steps-tracing")
    both = Pair(node)
    traffic = Quiet(3, accounts=6)
    for raw in traffic.take(TRANSACTIONS):
        both.send(raw)
    signer = Signer(6)
    for runtime in (DIVER, SPENDER, COLLIDER):
        created = both.ours.blocks[both.send(signer.sign(None, data=deploy(runtime)))]
        address = both.ours.receipts[created.number][0].contract_address
        both.send(signer.sign(address, gas=400_000, value=3))
    both.send(signer.sign(contract("store"), data=word(4) + word(9), gas=22_500))
    owner = Signer(7)
    authorization = owner.authorize(CREATOR, nonce=1)
    both.send(owner.sign(owner.address, type=4, authorizationList=[authorization]))
    both.send(signer.sign(owner.address, value=ETHER))
    yield both
    node.process.terminate()
    node.process.wait(timeout=10)


def test_every_step_agrees(pair: Pair) -> None:
    count = 0
    for tx, ours, theirs in pair.traces(STEPS):
        assert len(ours["structLogs"]) == len(theirs["structLogs"]), tx
        granted = ours["structLogs"][0]["refund"] if ours["structLogs"] else 0  # by EIP-7702, which anvil leaves out
        for position, (mine, other) in enumerate(zip(ours["structLogs"], theirs["structLogs"], strict=True)):
            # anvil's words for a halt are Rust, and what a step that failed would have cost or stored is a guess.
            if mine.pop("error", None) is not None:
                assert other.pop("error")
                for fields in (mine, other):
                    del fields["gasCost"]
                    fields.pop("storage", None)
            if mine["op"].startswith("opcode "):
                other["op"] = mine["op"]  # "opcode 0x22 not defined" in geth, "Unknown" in anvil
            stored = mine.pop("storage", {})  # also where SSTORE changes nothing, unlike anvil
            assert other.pop("storage", {}).items() <= stored.items()
            assert {**mine, "refund": mine["refund"] - granted} == other, (tx, position)
        assert ours["returnValue"] == "0x" + theirs["returnValue"].removeprefix("0x")
        assert (ours["gas"], ours["failed"]) == (theirs["gas"], theirs["failed"])
        count += len(ours["structLogs"])
    assert count > 1_000


@pytest.mark.parametrize("config", CALLS)
def test_every_call_agrees(pair: Pair, config: dict[str, Any]) -> None:
    for tx, ours, theirs in pair.traces({"tracer": "callTracer", "tracerConfig": config}):
        upfront = upfront_gas(
            tx.data, creates=tx.to is None, access_list=tx.access_list, authorizations=len(tx.authorizations)
        )

        if "onlyTopCall" in config:
            theirs.pop("calls", None)  # anvil shows self-destructions all the same
        assert int(ours["gas"], 16) == tx.gas  # as in geth; anvil leaves out what is owed up front
        assert int(theirs["gas"], 16) == tx.gas - upfront.intrinsic
        assert plain({**ours, "gas": 0}) == plain({**theirs, "gas": 0}), tx


def plain(frame: dict[str, Any]) -> dict[str, Any]:
    """Without the words for what went wrong, in which no two clients agree."""
    fields = {**frame, "calls": [plain(call) for call in frame.get("calls", [])]}
    if "error" in fields:
        fields["error"] = fields["error"] == "execution reverted"
    fields.pop("revertReason", None)
    return fields


@pytest.mark.parametrize("changes", [False, True])
def test_every_account_agrees(pair: Pair, changes: bool) -> None:
    for tx, ours, theirs in pair.traces(ACCOUNTS[changes]):
        for authorization in tx.authorizations:  # geth names all authorities, anvil those whose signature counts
            if not changes and (named := f"0x{(authorization.authority or b'').hex()}") not in theirs:
                ours.pop(named, None)
        for address in set(ours) - set(theirs):  # and where a CREATE that came to nothing would have led
            assert ours.pop(address) == {"balance": "0x0"}
        assert ours == theirs, tx


def test_parity_s_flat_trace_agrees(pair: Pair) -> None:
    for block, traces in zip(pair.ours.blocks[1:], pair.theirs[1:], strict=True):
        tx = block.transactions[0]
        [trace] = pair.ours.evm.inspector.traces(block, TraceOptions(kind="frames"))
        assert isinstance(trace, FrameTree)
        ours, theirs = list(flat_objects(trace.root, {})), traces[PARITY]
        for fields in theirs:
            for name in ("blockHash", "blockNumber", "transactionHash", "transactionPosition"):
                del fields[name]
        for fields in (*ours, *theirs):
            if "error" in fields:
                fields["error"] = fields["error"] == "Reverted"
                if fields["type"] == "create":
                    fields["result"] = None  # anvil names the address at which there is nothing

        assert ours == theirs, tx


def test_selectors_agree(pair: Pair) -> None:
    for tx, ours, theirs in pair.traces(SELECTORS):
        # anvil also counts what precompiles are sent, geth does not
        assert ours.items() <= theirs.items(), tx
