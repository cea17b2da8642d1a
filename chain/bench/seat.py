"""One running chain and what the generator knows of it: the next nonces, its contracts, how fast it is roughly."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from chain.bench import codes
from chain.bench.contenders import Contender, surroundings
from chain.bench.signing import Signer, hash_of
from chain.bench.wire import Burst, Line, framed, request, send_all
from chain.errors import BenchFault
from chain.primitives import Address, create_address, keccak, to_hex

START_SECONDS = 60.0
STALL_SECONDS = 5.0  # without a receipt, while every transaction should get its block at once
RECEIPT_SECONDS = 30.0
BATCH = 100
TRANSFER_GAS = 90_000
WARM_UP = 100

# Which of the ten accounts does what: measures that leave transactions waiting do not get into others' nonces.
DEPLOYER, SINGLE, LATENCY, GROWTH, MANY = 0, 1, 2, 3, (4, 5, 6, 7, 8, 9)


class Book:
    """Signed transfers by account and nonce, shared by all chains: the same bytes go to each of them."""

    def __init__(self, signers: Sequence[Signer]) -> None:
        self.signers = signers
        self.token = create_address(signers[DEPLOYER].address, 0)
        self._transfers: dict[tuple[int, int], bytes] = {}

    def transfer(self, account: int, nonce: int) -> bytes:
        """1 unit of the token to an address that nothing was ever sent to."""
        raw = self._transfers.get((account, nonce))
        if raw is None:
            fresh = keccak(bytes((account,)) + nonce.to_bytes(8, "big"))[:20]
            signer = self.signers[account]
            raw = signer.sign(nonce, self.token, codes.transfer(fresh, 1), gas=TRANSFER_GAS)
            self._transfers[account, nonce] = raw
        return raw


class Seat:
    """Made when the chain answers for the first time; `started` is how many seconds that took."""

    def __init__(self, contender: Contender, book: Book) -> None:
        """Raises BenchFault when it does not come up."""
        self.contender = contender
        self.book = book
        self.stalls = 0
        self._next = [0] * len(book.signers)
        self._folder = Path(tempfile.mkdtemp(prefix=f"mz-bench-{contender.name}-"))
        self.port = _free_port()
        self._log = (self._folder / "log").open("wb")
        began = time.perf_counter()
        self._process = subprocess.Popen(
            contender.command(self.port, self._folder),
            cwd=contender.folder or self._folder,
            env=surroundings(contender, self._folder),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # so that its children can be counted and ended with it
        )
        self.line = Line(self.port)
        try:
            self._await_answer()
        except BaseException:
            self.close()
            raise
        self.started = time.perf_counter() - began

    @property
    def folder(self) -> Path:
        """Where it keeps its data, if it keeps any."""
        return self._folder

    def close(self) -> None:
        """End it and remove what it has written."""
        self.stop()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """End it; what it has written stays for now."""
        self.line.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def memory(self) -> float:
        """Resident megabytes of the process and its children."""
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in listed.splitlines()]
        return sum(int(size) for group, size in rows if int(group) == self._process.pid) / 1024

    # --- what is on the chain -----------------------------------------------------------------------------------------

    @cached_property
    def token(self) -> Address:
        """The ERC-20, of which every account holds some. Deployed by the first transaction of the first account."""
        address = self.deploy(codes.token())
        if address != self.book.token:
            raise BenchFault(f"{self.contender.name} put the token at {to_hex(address)}")
        for signer in self.book.signers[1:]:
            self.send(address, codes.transfer(signer.address, 10**12))
        self._warm_up()
        return address

    @cached_property
    def rate(self) -> float:
        """Transfers per second, roughly: so many are given to a measure as fill its time."""
        assert self.token
        burst = self.transfers([SINGLE], WARM_UP)
        return WARM_UP / burst.seconds

    @cached_property
    def keccak_loop(self) -> Address:
        """Where it is deployed."""
        return self.deploy(codes.deployment(codes.keccak_loop()))

    @cached_property
    def arithmetic_loop(self) -> Address:
        """Where it is deployed."""
        return self.deploy(codes.deployment(codes.arithmetic_loop()))

    def deploy(self, creation: bytes) -> Address:
        """The new contract's address."""
        assert creation
        return bytes.fromhex(self.send(None, creation, gas=10_000_000)["contractAddress"][2:])

    def send(
        self, to: Address | None, data: bytes = b"", *, value: int = 0, gas: int = 200_000, account: int = DEPLOYER
    ) -> Any:
        """One transaction and its receipt. Raises BenchFault when it failed."""
        raw = self.book.signers[account].sign(self.take(account), to, data, value=value, gas=gas)
        self.line.call("eth_sendRawTransaction", to_hex(raw))
        receipt = self.await_receipt(hash_of(raw))
        if receipt["status"] != "0x1":
            raise BenchFault(f"{self.contender.name}: a transaction failed: {receipt}")
        return receipt

    def take(self, account: int, count: int = 1) -> int:
        """The next nonce of an account; the `count` from there on are used up."""
        first = self._next[account]
        self._next[account] += count
        return first

    def await_receipt(self, tx_hash: str) -> Any:
        """As soon as it is there. Raises BenchFault when it does not come."""
        began, kicked = time.perf_counter(), False
        while (receipt := self.line.call("eth_getTransactionReceipt", tx_hash)) is None:
            waited = time.perf_counter() - began
            if waited > STALL_SECONDS and not kicked:
                kicked = True
                self.stalls += 1
                self.line.call("evm_mine")
            if waited > RECEIPT_SECONDS:
                raise BenchFault(f"{self.contender.name}: no receipt of {tx_hash} within {RECEIPT_SECONDS:g} s")
            time.sleep(0.0005)
        return receipt

    def finish(self, raw: bytes) -> None:
        """Wait until this transaction is in a block."""
        self.await_receipt(hash_of(raw))

    # --- transfers ----------------------------------------------------------------------------------------------------

    def transfers(self, accounts: Sequence[int], each: int, then: Callable[[], None] = lambda: None) -> Burst:
        """Send `each` transfers from every account, one connection per account, and wait for the last receipts.

        What counts is checked when the clock has stopped: raises BenchFault unless every one succeeded.
        """
        raws = [self._signed(account, each) for account in accounts]
        queues = [self.requests(own) for own in raws]

        def finish() -> None:
            then()
            for own in raws:
                self.finish(own[-1])

        burst = send_all(self.port, queues, finish)
        if burst.errors:
            raise BenchFault(f"{self.contender.name} refused {burst.errors} transfers: {burst.sample}")
        for own in raws:
            self.check_receipts(own)
        return burst

    def check_receipts(self, raws: Sequence[bytes]) -> None:
        """Raises BenchFault unless every one of these is in a block and succeeded."""
        hashes = [hash_of(raw) for raw in raws]
        for at in range(0, len(hashes), BATCH):
            wanted = [
                request("eth_getTransactionReceipt", tx_hash, key=key)
                for key, tx_hash in enumerate(hashes[at : at + BATCH])
            ]
            succeeded = sum(1 for receipt in self.line.batch(wanted) if receipt and receipt["status"] == "0x1")
            if succeeded != len(wanted):
                raise BenchFault(f"{self.contender.name}: {succeeded} of {len(wanted)} transfers succeeded")

    def _signed(self, account: int, count: int) -> list[bytes]:
        first = self.take(account, count)
        return [self.book.transfer(account, nonce) for nonce in range(first, first + count)]

    def requests(self, raws: Sequence[bytes]) -> list[bytes]:
        """As the chain takes them: in batches, or one by one."""
        sends = [request("eth_sendRawTransaction", to_hex(raw), key=key) for key, raw in enumerate(raws)]
        if not self.contender.batches:
            return [framed(one) for one in sends]
        return [framed(sends[at : at + BATCH]) for at in range(0, len(sends), BATCH)]

    def _warm_up(self) -> None:
        for signer in (DEPLOYER, *MANY):
            raws = self._signed(signer, 1)
            self.line.call("eth_sendRawTransaction", to_hex(raws[0]))
            self.finish(raws[0])

    def _await_answer(self) -> None:
        end = time.perf_counter() + START_SECONDS
        while True:
            if self._process.poll() is not None:
                said = (self._folder / "log").read_text(errors="replace")[-2_000:]
                raise BenchFault(f"{self.contender.name} ended with status {self._process.returncode}: {said}")
            try:
                self.line.call("eth_blockNumber")
                return
            except OSError:
                if time.perf_counter() > end:
                    raise BenchFault(f"{self.contender.name} did not answer within {START_SECONDS:g} s") from None
                time.sleep(0.002)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
