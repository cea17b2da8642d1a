"""The same random conversation with anvil and with us: the same transactions, and whatever can be asked about them.

What may differ is taken out before the comparison: hashes of blocks (another randomness), the wording of errors, gas
estimates within anvil's tolerance. `MZ_CONVERSATION_SEED` repeats one, `MZ_CONVERSATION_STEPS` makes it longer.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.launch import NodeOptions, open_node
from chain.primitives import to_hex
from tests.conformance.test_evm_anvil import Anvil
from tests.rpc.asking import Asking, conforms
from tests.traffic import CONTRACTS, ETHER, GWEI, Signer, Traffic, address_of, contract, key_of, spec, word

STEPS = int(os.environ.get("MZ_CONVERSATION_STEPS", "120"))
SEED = int(os.environ.get("MZ_CONVERSATION_SEED", "1"))
LONG = range(10)
COINBASE = "0x" + "cc" * 20
KEPT = 60  # blocks whose state anvil is told to keep, and not quite all of them
ACCOUNTS = 6  # of the traffic; the seventh sends what is refused
RANDOM_SLOTS = ("witness",)  # it stores the block's randomness and its parent's hash
SPEC = spec()

Answer = tuple[str, Any]  # "result" or "error", and which


class Pair:
    """Both nodes on one genesis, asked the same."""

    def __init__(self, ours: Asking, theirs: Anvil) -> None:
        self.ours = ours
        self.theirs = theirs
        self.blocks = 0

    def ask(self, method: str, *params: Any) -> tuple[Answer, Answer]:
        mine = self.ours.message(method, *params)
        if "result" in mine:
            conforms(method, mine["result"])
        other = self.theirs._post(method, params)
        return tuple(("error", a["error"]) if "error" in a else ("result", a["result"]) for a in (mine, other))  # type: ignore[return-value]

    def same(self, method: str, *params: Any, said: Callable[[Any], Any] = lambda result: result) -> Any:
        """Both answer, and the same after `said`; ours."""
        ours, theirs = self.ask(method, *params)
        assert (ours[0], theirs[0]) == ("result", "result"), (method, params, ours, theirs)
        assert said(ours[1]) == said(theirs[1]), (method, params)
        return ours[1]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    anvil = Anvil(SPEC, tmp_path)
    opened = open_node(NodeOptions(genesis=SPEC, dev=True))
    ours = Asking(opened)
    try:
        ours("anvil_setBlockTimestampInterval", 12)
        for ask in (ours, anvil.ask):
            ask("anvil_setCoinbase", COINBASE)
        # anvil's first block does not yet follow the rule of EIP-1559.
        anvil.ask("anvil_setNextBlockBaseFeePerGas", hex(SPEC.genesis.base_fee * 7 // 8))
        yield Pair(ours, anvil)
    finally:
        opened.node.close()
        anvil.process.terminate()
        anvil.process.wait(timeout=10)


def receipt(shown: dict[str, Any]) -> dict[str, Any]:
    names = ("status", "gasUsed", "cumulativeGasUsed", "effectiveGasPrice", "type", "from", "to", "transactionHash")
    names += ("blockNumber", "transactionIndex", "logsBloom", "contractAddress")
    return {name: shown.get(name) for name in names} | {"logs": [log(one) for one in shown["logs"]]}


def log(shown: dict[str, Any]) -> tuple[Any, ...]:
    names = ("address", "data", "blockNumber", "transactionHash", "logIndex", "removed")
    return (*(shown[name] for name in names), tuple(shown["topics"]))


def block(shown: dict[str, Any]) -> dict[str, Any]:
    names = ("number", "timestamp", "gasUsed", "gasLimit", "baseFeePerGas", "transactionsRoot", "receiptsRoot", "miner")
    names += ("logsBloom", "transactions", "uncles", "withdrawals", "sha3Uncles", "difficulty", "blobGasUsed")
    return {name: shown.get(name) for name in names}


def transaction(shown: dict[str, Any]) -> dict[str, Any]:
    names = (
        "hash",
        "nonce",
        "blockNumber",
        "transactionIndex",
        "from",
        "to",
        "value",
        "gas",
        "input",
        "type",
        "r",
        "s",
    )
    return {name: shown.get(name) for name in names}


def history(shown: dict[str, Any]) -> tuple[Any, ...]:
    ratios = [round(ratio, 9) for ratio in shown["gasUsedRatio"]]
    return shown["oldestBlock"], shown["baseFeePerGas"], ratios, [len(one) for one in shown.get("reward") or ()]


def proof(shown: dict[str, Any]) -> tuple[Any, ...]:
    slots = [(int(one["key"], 16), int(one["value"], 16)) for one in shown["storageProof"]]
    # No storageHash: anvil's counts slots that hold zero. That ours hold at every block, tests/rpc/test_proof.py says.
    return (*(shown[name] for name in ("address", "balance", "nonce", "codeHash")), slots)


class Conversation:
    """One seed's questions and deeds."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self._pair = pair
        self._chance = random.Random(seed)
        self._traffic = Traffic(seed, accounts=ACCOUNTS)
        self._pauper = Signer(ACCOUNTS + 1)
        self._hashes: list[str] = []
        self._known = [address_of(key_of(index)) for index in range(ACCOUNTS)]
        self._known += [contract(name) for name in CONTRACTS if name not in RANDOM_SLOTS]
        self.counts: dict[str, int] = {}

    def go(self, steps: int) -> None:
        asking = [self.state, self.call, self.estimate, self.logs, self.fees, self.proof, self.block, self.transaction]
        for _ in range(steps):
            step = self._chance.choice([self.send, self.send, self.send, self.refused, *asking])
            self.counts[step.__name__] = self.counts.get(step.__name__, 0) + 1
            step()

    def send(self) -> None:
        [raw] = self._traffic.take(1)
        tx_hash = self._pair.ours("eth_sendRawTransaction", to_hex(raw))
        theirs = self._pair.theirs.send(raw)
        assert receipt(self._pair.ours.receipt(tx_hash)) == receipt(theirs), raw.hex()
        self._hashes.append(tx_hash)
        self._pair.blocks += 1

    def refused(self) -> None:
        chance, pauper = self._chance, self._pauper
        raw = chance.choice(
            [
                lambda: pauper.sign(b"\xaa" * 20, nonce=0, value=2_000 * ETHER),
                lambda: pauper.sign(b"\xaa" * 20, nonce=0, gas=20_999),
                lambda: pauper.sign(b"\xaa" * 20, nonce=0, gas=70_000_000),
                lambda: pauper.sign(b"\xaa" * 20, nonce=0, maxFeePerGas=GWEI, maxPriorityFeePerGas=2 * GWEI),
                lambda: pauper.sign(None, nonce=0, data=bytes(49_153), gas=5_000_000),
                lambda: Signer(ACCOUNTS + 1, chain_id=7).sign(b"\xaa" * 20, nonce=0),
                lambda: pauper.sign(b"\xaa" * 20, nonce=0)[:-3],
            ]
        )()
        ours, theirs = self._pair.ask("eth_sendRawTransaction", to_hex(raw))
        assert (ours[0], theirs[0]) == ("error", "error"), (raw.hex()[:200], ours, theirs)

    def at(self) -> str:
        return self._chance.choice(["latest", "pending", self.number()])

    def number(self) -> str:
        oldest = max(0, self._pair.blocks - KEPT)
        return hex(self._chance.randint(oldest, self._pair.blocks))

    def someone(self) -> str:
        return to_hex(self._chance.choice([*self._known, self._chance.randbytes(20)]))

    def state(self) -> None:
        at, who = self.at(), self.someone()
        self._pair.same("eth_getBalance", who, at)
        self._pair.same("eth_getTransactionCount", who, at)
        self._pair.same("eth_getCode", who, at)
        self._pair.same("eth_getStorageAt", who, hex(self._chance.randrange(6)), at)

    def message(self) -> dict[str, str]:
        name = self._chance.choice([one for one in CONTRACTS if one not in RANDOM_SLOTS])
        data = self._chance.choice([b"", word(self._chance.randrange(9)) + word(1), self._chance.randbytes(70)])
        call = {"from": to_hex(self._known[0]), "to": to_hex(contract(name)), "data": to_hex(data)}
        return call | self._chance.choice([{}, {"value": "0x1"}, {"gas": hex(200_000)}])

    def call(self) -> None:
        call, at = self.message(), self.at()
        ours, theirs = self._pair.ask("eth_call", call, at)
        assert ours[0] == theirs[0], (call, at, ours, theirs)
        if ours[0] == "result":
            assert ours[1] == theirs[1], (call, at)
        elif ours[1]["code"] == 3 or theirs[1]["code"] == 3:
            assert (ours[1]["code"], ours[1]["data"]) == (theirs[1]["code"], theirs[1]["data"]), (call, at)

    def estimate(self) -> None:
        call = self.message()
        call.pop("gas", None)
        ours, theirs = self._pair.ask("eth_estimateGas", call)
        assert ours[0] == theirs[0], (call, ours, theirs)
        if ours[0] == "result":
            assert int(ours[1], 16) <= int(theirs[1], 16) <= int(ours[1], 16) * 1.02 + 1, call

    def logs(self) -> None:
        first = self._chance.randint(0, self._pair.blocks)
        query: dict[str, Any] = {
            "fromBlock": hex(first),
            "toBlock": self._chance.choice(["latest", hex(self._chance.randint(first, self._pair.blocks))]),
        }
        if self._chance.random() < 0.5:
            query["address"] = self._chance.choice([self.someone(), [self.someone(), to_hex(contract("logger"))]])
        if self._chance.random() < 0.5:
            query["topics"] = self._chance.choice(
                [[to_hex(word(0x11))], [None, to_hex(word(0x33))], [[to_hex(word(0x11)), to_hex(word(0x33))]], []]
            )
        self._pair.same("eth_getLogs", query, said=lambda found: [log(one) for one in found])

    def fees(self) -> None:
        count = self._chance.choice([1, 2, 5, self._pair.blocks + 5])
        percentiles = self._chance.choice([[], [50], [10, 50, 90.5]])
        newest = self._chance.choice(["latest", hex(self._chance.randint(0, self._pair.blocks))])

        def said(shown: dict[str, Any]) -> tuple[Any, ...]:
            # The fee after the newest block: anvil always gives that of the next block to be made.
            oldest, fees, *rest = history(shown)
            return oldest, fees if newest == "latest" else fees[:-1], len(fees), *rest

        self._pair.same("eth_feeHistory", hex(count), newest, percentiles, said=said)

    def proof(self) -> None:
        slots = [to_hex(word(self._chance.randrange(6))) for _ in range(self._chance.randrange(3))]
        at = self.number()
        if at != "0x0":
            self._pair.same("eth_getProof", self.someone(), slots, at, said=proof)

    def block(self) -> None:
        number = hex(self._chance.randint(0, self._pair.blocks))
        if number != "0x0":
            self._pair.same("eth_getBlockByNumber", number, False, said=block)
        self._pair.same("eth_getBlockReceipts", number, said=lambda found: [receipt(one) for one in found])
        self._pair.same("eth_getBlockTransactionCountByNumber", number)
        self._pair.same("eth_getBlockByNumber", hex(self._pair.blocks + 7), False)

    def transaction(self) -> None:
        tx_hash = self._chance.choice(self._hashes) if self._hashes else "0x" + "00" * 32
        self._pair.same("eth_getTransactionByHash", tx_hash, said=lambda one: one and transaction(one))
        self._pair.same("eth_getTransactionReceipt", tx_hash, said=lambda one: one and receipt(one))
        self._pair.same("eth_getRawTransactionByHash", tx_hash, said=lambda one: None if one in (None, "0x") else one)


def test_a_random_conversation_goes_the_same_way(pair: Pair) -> None:
    conversation = Conversation(pair, SEED)

    conversation.go(STEPS)

    assert len(conversation.counts) == 10, "it was too short to meet everything"


@pytest.mark.deep
@pytest.mark.parametrize("seed", LONG)
def test_long_random_conversations_go_the_same_way(pair: Pair, seed: int) -> None:
    Conversation(pair, 1_000 + seed).go(1_000)
