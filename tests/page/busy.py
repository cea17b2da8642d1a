"""A chain on which much has happened: transfers, tips, uses of a template, works, failures, signed and carried out like
anybody's. The mix is `Crowd._deed`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from chain import Client
from chain.bench.codes import transfer
from chain.bench.signing import Signer, signers
from chain.cli import rollout
from chain.cli.hosting import Host
from chain.launch import NodeOptions
from chain.model import Record
from chain.primitives import Address, checksum, to_hex
from chain.registry import Library
from chain.registry.offers import Wish

MZ = 10**18
RICH = 4  # the development account that holds MZ
RICH_NAME = f"dev{RICH}"
SEED = 7
TIMEOUT = 600
PER_BLOCK = 50
HOUR = 3_600  # seconds
UNLIMITED = 2**256 - 1


class Places(Record):
    """What there is to look at, as it stands in the page's paths."""

    mz: str
    template: str  # id
    jar: str  # an instance that most tips go to
    payer: str  # the account with the most transactions
    work: str  # a content hash
    tx: str
    block: int
    head: int


def enliven(folder: Path, transactions: int, *, per_block: int = PER_BLOCK) -> Places:
    """Roll a chain out in an empty folder and put so many transactions into it. All of it lies in the past: a node that
    is ahead of the clock waits for it before it makes a block, longer than a client waits for its answer."""
    host = Host(NodeOptions(data_dir=folder, dev=True, clock_offset=-(HOUR + transactions // per_block)), 0)
    try:
        client = rollout.deploy(host, lambda _: None)
        rollout.publish(host, client, rollout.shipped_bundles(), lambda _: None)
        places = Crowd(host, client).act(transactions, per_block=per_block)
        assert host.running.node.head().timestamp < time.time()
        return places
    finally:
        host.stop()


class Crowd:
    """The development accounts, each with MZ and with allowances for Till and registry."""

    def __init__(self, host: Host, client: Client) -> None:
        self._node = host.running.node
        self._random = random.Random(SEED)
        platform = client.platform
        self._mz, self._till = client.contract("MZ", platform.mz), client.contract("Till", platform.till)
        self._works = client.contract("Works", platform.works)
        library = Library(client)
        self._registry = library.registry
        self._signers = signers(10, self._node.spec.chain_id)
        wanted = {"person": checksum(self._signers[3].address)}
        self._jar = library.use("tip-jar", wanted, sender=RICH_NAME).instance
        self._wish: Wish = library.prepare("tip-jar", wanted, sender=RICH_NAME)
        self._nonces = {one.address: self._node.pending_nonce(one.address) for one in self._signers}
        self._holders: list[Address] = []
        self._content = b""
        assert self._node.dev is not None
        self._dev = self._node.dev
        self.automine(False)
        rich = self._signers[RICH]
        for one in self._signers:
            if one is not rich:
                self._send(rich, self._mz.address, transfer(one.address, 100_000 * MZ))
        self._mine()
        for one in self._signers:
            for spender in (platform.till, platform.templates):
                self._send(one, self._mz.address, self._mz.data("approve", spender, UNLIMITED))
        self._mine()

    def automine(self, on: bool) -> None:
        """Whether a transaction makes its block at once."""
        self._do(lambda dev: dev.set_automine(on))

    def act(self, transactions: int, *, per_block: int = PER_BLOCK, interval: int = 1) -> Places:
        """The crowd's transactions, in blocks so many seconds apart."""
        self._holders = [self._random.randbytes(20) for _ in range(max(20, transactions // 20))]
        for number in range(transactions):
            self._deed(self._signers[number % len(self._signers)], number)
            if number % per_block == per_block - 1:
                self._mine(interval)
        self._mine(interval)
        head = self._node.head()
        middle = self._node.block(head.number // 2)
        return Places(
            mz=checksum(self._mz.address),
            template=to_hex(self._wish.offer.id),
            jar=checksum(self._jar),
            payer=checksum(self._signers[RICH].address),
            work=self._content.hex(),
            tx=to_hex(middle.transactions[0].hash),
            block=middle.number,
            head=head.number,
        )

    def _deed(self, who: Signer, number: int) -> None:
        pick = self._random
        chance = pick.random()
        if chance < 0.60:
            self._send(who, self._mz.address, transfer(pick.choice(self._holders), pick.randrange(MZ)))
        elif chance < 0.70:
            self._send(who, pick.choice(self._holders), b"", value=pick.randrange(10**15))
        elif chance < 0.88:
            amount = pick.randrange(MZ // 100, 2 * MZ)
            self._send(who, self._till.address, self._till.data("pay", self._mz.address, amount, self._jar, bytes(32)))
        elif chance < 0.92:
            wish = replace(self._wish, salt=pick.randbytes(32))
            self._send(who, self._registry.address, self._registry.data("use", wish.to_abi()), gas=1_000_000)
        elif chance < 0.96:
            self._content = sha256(number.to_bytes(8, "big")).digest()
            self._send(who, self._works.address, self._works.data("register", self._content))
        else:  # more than there is: it fails
            self._send(who, self._mz.address, transfer(pick.choice(self._holders), 10**9 * MZ))

    def _send(self, who: Signer, to: Address, data: bytes, *, value: int = 0, gas: int = 300_000) -> None:
        nonce = self._nonces[who.address]
        self._nonces[who.address] = nonce + 1
        self._node.send(who.sign(nonce, to, data, value=value, gas=gas))

    def _mine(self, interval: int = 1) -> None:
        self._do(lambda dev: dev.mine(timestamp=self._node.head().timestamp + interval))

    def _do(self, work: Callable[..., object]) -> None:
        self._dev.do(work).result(TIMEOUT)
