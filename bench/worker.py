"""A chain that is called as a Python library, in a process and environment of its own: eth-tester or titanoboa.

Its transport is a function call, so it has no HTTP to pay for. Reads one request a line (the name of a step), answers
with one line of figures. Imports nothing of ours: its environment has other versions of everything.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

GAS = 25_000_000


class EthTester:
    """PyEVMBackend, with transactions signed beforehand."""

    def __init__(self) -> None:
        from eth_account import Account
        from eth_tester import EthereumTester, PyEVMBackend

        backend = PyEVMBackend()
        self._chain = EthereumTester(backend)
        self._key = Account.from_key(b"\x07" * 32)
        self._sign = Account.sign_transaction
        self._id = int(backend.chain.chain_id)
        self._nonce = 0
        rich = self._chain.get_accounts()[0]
        payment = {"from": rich, "to": self._key.address, "gas": 21_000, "value": 10**23}
        self._chain.send_transaction({**payment, "max_fee_per_gas": 10**11, "max_priority_fee_per_gas": 10**9})

    def signed(self, to: str | None, data: str, gas: int) -> Any:
        fields = {"type": 2, "chainId": self._id, "nonce": self._nonce, "gas": gas, "value": 0, "data": data}
        self._nonce += 1
        fields |= {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
        raw = self._sign({**fields, **({"to": to} if to else {})}, self._key.key).raw_transaction
        return "0x" + bytes(raw).hex()

    def send(self, signed: Any) -> int:
        """Gas used. Every one gets its block at once."""
        receipt = self._chain.get_transaction_receipt(self._chain.send_raw_transaction(signed))
        if receipt["status"] != 1:
            raise RuntimeError(f"a transaction failed: {receipt}")
        return int(receipt["gas_used"])

    def deploy(self, code: str) -> str:
        tx_hash = self._chain.send_raw_transaction(self.signed(None, code, 8_000_000))
        return str(self._chain.get_transaction_receipt(tx_hash)["contract_address"])

    def call(self, to: str, data: str) -> bytes:
        answer = self._chain.call({"from": self._key.address, "to": to, "data": data, "gas": GAS})
        return bytes.fromhex(answer[2:])

    def block_number(self) -> int:
        return int(self._chain.get_block_by_number("latest")["number"])

    @property
    def holder(self) -> str:
        return str(self._key.address)


class Titanoboa:
    """Its fast mode: no blocks, no roots, no signatures."""

    def __init__(self) -> None:
        import boa

        boa.env.enable_fast_mode()
        self._env = boa.env

    def signed(self, to: str | None, data: str, gas: int) -> Any:
        return to, bytes.fromhex(data[2:]), gas

    def send(self, signed: Any) -> int:
        to, data, gas = signed
        computation = self._env.execute_code(to_address=to, data=data, gas=gas)
        if computation.is_error:
            raise RuntimeError(f"a transaction failed: {computation.error!r}")
        return int(gas - computation.get_gas_remaining())

    def deploy(self, code: str) -> str:
        return str(self._env.deploy_code(bytecode=bytes.fromhex(code[2:]))[0])

    def call(self, to: str, data: str) -> bytes:
        return bytes(self._env.execute_code(to_address=to, data=bytes.fromhex(data[2:]), is_modifying=False).output)

    def block_number(self) -> None:
        return None

    @property
    def holder(self) -> str:
        return str(self._env.eoa)


class Bench:
    """The steps of a round that such a chain can take part in."""

    def __init__(self, chain: EthTester | Titanoboa, codes: dict[str, str], seconds: float) -> None:
        self._chain = chain
        self._codes = codes
        self._seconds = seconds
        self._token = chain.deploy(codes["token"])
        self._fresh = 1 << 80

    def _transfers(self, count: int) -> list[Any]:
        self._fresh += count
        receivers = range(self._fresh - count, self._fresh)
        return [self._chain.signed(self._token, f"0xa9059cbb{receiver:064x}{1:064x}", 90_000) for receiver in receivers]

    def one_connection(self) -> dict[str, float]:
        warm = self._transfers(20)
        began = time.perf_counter()
        for signed in warm:
            self._chain.send(signed)
        count = max(20, int(20 / (time.perf_counter() - began) * self._seconds))
        prepared = self._transfers(count)
        began = time.perf_counter()
        for signed in prepared:
            self._chain.send(signed)
        return {"transfers_one": count / (time.perf_counter() - began)}

    def calls(self) -> dict[str, float]:
        data = "0x70a08231" + self._chain.holder[2:].rjust(64, "0")
        if not int.from_bytes(self._chain.call(self._token, data), "big"):
            raise RuntimeError("balanceOf answered 0")
        return {"call": self._often(lambda: self._chain.call(self._token, data))}

    def block_numbers(self) -> dict[str, float]:
        if self._chain.block_number() is None:
            return {}
        return {"block_number": self._often(self._chain.block_number)}

    def latency(self) -> dict[str, float]:
        if isinstance(self._chain, Titanoboa):
            return {}
        taken = []
        for signed in self._transfers(50):
            began = time.perf_counter()
            self._chain.send(signed)
            taken.append((time.perf_counter() - began) * 1_000)
        taken.sort()
        return {"latency_p50": statistics.median(taken), "latency_p95": taken[int(len(taken) * 0.95)]}

    def keccak_loop(self) -> dict[str, float]:
        return {"keccak": self._loop(self._codes["keccak"], 80_000)}

    def arithmetic_loop(self) -> dict[str, float]:
        return {"arithmetic": self._loop(self._codes["arithmetic"], 40_000)}

    def deploy(self) -> dict[str, float]:
        taken = []
        for _ in range(5):
            began = time.perf_counter()
            self._chain.deploy(self._codes["large"])
            taken.append((time.perf_counter() - began) * 1_000)
        return {"deploy": statistics.median(taken)}

    def _often(self, ask: Callable[[], object]) -> float:
        count, began = 0, time.perf_counter()
        while (now := time.perf_counter()) < began + self._seconds:
            ask()
            count += 1
        return count / (now - began)

    def _loop(self, code: str, turns: int) -> float:
        where = self._chain.deploy(code)
        signed = self._chain.signed(where, f"0x{turns if self._seconds > 1 else 100:064x}{0:064x}", GAS)
        began = time.perf_counter()
        gas = self._chain.send(signed)
        return gas / (time.perf_counter() - began) / 1e6


def main() -> None:
    """First line: codes and seconds. Then a step per line, until `end`."""
    given = json.loads(sys.stdin.readline())
    chain = {"eth-tester": EthTester, "titanoboa": Titanoboa}[sys.argv[1]]()
    bench = Bench(chain, given["codes"], given["seconds"])
    print(json.dumps({}), flush=True)  # noqa: T201  # the answer is what stdout is for
    for line in sys.stdin:
        step = getattr(bench, line.strip(), None)
        print(json.dumps(step() if step else {}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
