"""The market that template tests play on: the real platform, a few people, and words for publishing and using.

Nothing here checks anything; it deploys, publishes and builds wishes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_abi.abi import encode
from eth_abi.packed import encode_packed
from eth_utils.crypto import keccak

from tests.contracts.stage import Call, Chain, Contract, Receipt

ONE = 10**18
FEE_BPS = 100
PRICE = 10 * ONE
SHARE_BPS = 200
MANIFEST = b"\x11" * 32
ZERO = b"\0" * 32


def ascii32(name: str) -> bytes:
    """A template's name as the registry keeps it."""
    return name.encode("ascii").ljust(32, b"\0")


def fee_on(amount: int, bps: int = FEE_BPS) -> int:
    """What burns of a gross amount, rounded up."""
    return -(-amount * bps // 10_000)


def net_of(gross: int, share_bps: int = SHARE_BPS) -> int:
    """What a receiver gets of a settled gross amount."""
    return gross - fee_on(gross) - gross * share_bps // 10_000


def next_but_one(chain: Chain, sender: str) -> str:
    """Where the sender's transaction after the next one deploys to."""
    nonce = int(chain.ask("eth_getTransactionCount", [sender, "latest"]), 16) + 1
    return "0x" + keccak(rlp.encode([bytes.fromhex(sender[2:]), nonce]))[12:].hex()


@dataclass(frozen=True)
class Version:
    """A published version: what a wish needs."""

    market: Market
    id: bytes
    number: int
    receipt: Receipt
    creation: bytes = b""

    @property
    def agreed(self) -> bytes:
        """What the chain says a user agrees to now."""
        return bytes(self.market.templates.agreedOf(self.id, self.number).read())

    def wish(self, *, salt: int = 0, args: bytes = b"", init: str = "0x", **others: Any) -> tuple[Any, ...]:
        """A `Use`; any field can be given another value than the honest one."""
        fields: dict[str, Any] = {
            "id": self.id,
            "version": self.number,
            "agreed": others.get("agreed") or self.agreed,
            "salt": salt.to_bytes(32, "big"),
            "code": self.creation,
            "args": args,
            "init": bytes.fromhex(init.removeprefix("0x")),
        } | others
        return tuple(fields.values())


@dataclass
class Market:
    """A fresh platform. Everybody but the treasurer starts with 1,000 MZ, approved for registry and Till."""

    chain: Chain
    people: list[str]
    mz: Contract = field(init=False)
    templates: Contract = field(init=False)
    till: Contract = field(init=False)
    notary: Contract = field(init=False)
    works: Contract = field(init=False)

    def __post_init__(self) -> None:
        chain = self.chain
        self.treasurer, self.author, self.user, self.buyer, self.stranger = self.people
        genesis = chain.deploy("Genesis", [self.treasurer] * 5, sender=self.treasurer)
        self.mz = chain.at("MZ", genesis.mz().read())
        till = next_but_one(chain, self.treasurer)
        self.templates = chain.deploy("Templates", self.mz, till, FEE_BPS, sender=self.treasurer)
        nobody = "0x" + "00" * 20
        self.till = chain.deploy(
            "Till", self.mz, self.templates, nobody, nobody, nobody, FEE_BPS, sender=self.treasurer
        )
        self.notary = chain.deploy("Notary", sender=self.treasurer)
        self.works = chain.deploy("Works", self.notary, sender=self.treasurer)
        for person in self.people[1:]:
            self.mz.transfer(person, 1000 * ONE).send(self.treasurer)
            for spender in (self.templates, self.till):
                self.mz.approve(spender, 2**256 - 1).send(person)

    def creation(self, contract: str, *args: Any) -> bytes:
        """Creation code with constructor arguments."""
        return bytes.fromhex(self.chain.creation(contract, *args).removeprefix("0x"))

    def terms(self, price: int = PRICE, share_bps: int = SHARE_BPS, payee: Any = None) -> tuple[int, int, Any]:
        """Terms, paid to the author unless said otherwise."""
        return price, share_bps, payee or self.author

    def publish_clone(
        self, name: str = "stall", contract: str = "Stall", *args: Any, author: str | None = None, **terms: Any
    ) -> Version:
        """Publishes a contract as a clone template."""
        author = author or self.author
        asked = self.terms(**({"payee": author} | terms))
        code = self.creation(contract, *args)
        receipt = self.templates.publishClone(ascii32(name), code, MANIFEST, asked).send(author)
        return self._version(receipt)

    def publish_upgradeable(self, contract: str = "Diary1", *args: Any, name: str = "diary", **terms: Any) -> Version:
        """Publishes a contract whose instances can be moved to later versions."""
        code = self.creation(contract, *(args or [self.templates]))
        asked = self.terms(**terms)
        return self._version(self.templates.publishUpgradeable(ascii32(name), code, MANIFEST, asked).send(self.author))

    def publish_code(
        self,
        name: str = "booth",
        contract: str = "Booth",
        *,
        author: str | None = None,
        runtime: bytes = ZERO,
        **terms: Any,
    ) -> Version:
        """Publishes a contract by the hash of its creation code."""
        author = author or self.author
        asked = self.terms(**({"payee": author} | terms))
        code = bytes(self.chain.artifacts[contract].bytecode)
        receipt = self.templates.publishCode(ascii32(name), keccak(code), runtime, MANIFEST, asked).send(author)
        return self._version(receipt, code)

    def _version(self, receipt: Receipt, code: bytes = b"") -> Version:
        published = receipt.only("Published")
        return Version(self, bytes(published["id"]), published["version"], receipt, code)

    def use(self, wish: tuple[Any, ...], user: str | None = None) -> Contract:
        """Uses a template and shows the instance as a stall, see `as_`; what its initialiser uses comes after it."""
        receipt = self.templates.use(wish).send(user or self.user)
        used = next(event for event in receipt.events if event.name == "Used")
        return self.chain.at("Stall", used.args["instance"])

    def as_(self, contract: str, instance: Contract) -> Contract:
        """The same instance seen through another interface."""
        return self.chain.at(contract, instance.address)

    def held(self, *accounts: Any) -> list[int]:
        """MZ of each account."""
        return [self.mz.balanceOf(account).read() for account in accounts]

    def deposit(self, instance: Contract, gross: int, ref: bytes = ZERO, data: bytes = b"") -> Call:
        """MZ into a pot of the instance, not yet sent."""
        return self.till.hold(self.mz, gross, instance, ref, data)

    def left(self, instance: Contract, ref: bytes = ZERO) -> int:
        """What lies in a pot of MZ."""
        return int(self.till.pot(instance, self.mz, ref).read()[0])

    def call_data(self, contract: str, function: str, *args: Any) -> str:
        """Call data for a function of a compiled contract."""
        return self.chain.at(contract, "0x" + "00" * 20).encode(function, args)

    def register(self, owner: str, content: bytes) -> int:
        """A registered work of `owner`."""
        return int(self.works.register(keccak(content)).send(owner).only("WorkRegistered")["work"])


def creation_hash(market: Market, instance: Contract) -> bytes:
    """Of an ERC-1167 clone: its own code behind the ten bytes that return it."""
    code = market.chain.code(instance)
    return keccak(bytes.fromhex("61") + len(code).to_bytes(2, "big") + bytes.fromhex("3d81600a3d39f3") + code)


def arguments(types: list[str], values: list[Any]) -> bytes:
    """`abi.encode`."""
    return encode(types, values)


def packed(types: list[str], values: list[Any]) -> bytes:
    """What a clone of `encoding = "packed"` carries: what has a fixed size, then each list behind its count."""
    pairs = list(zip(types, values, strict=True))
    fixed = [(kind, value) for kind, value in pairs if not kind.endswith("[]")]
    carried = encode_packed([kind for kind, _ in fixed], [value for _, value in fixed])
    for kind, elements in pairs:
        if kind.endswith("[]"):
            kinds = kind[:-2].strip("()").split(",")
            carried += bytes([len(elements)])
            for one in elements:
                carried += encode_packed(kinds, one if len(kinds) > 1 else [one])
    return bytes(carried)


def open_market(chain: Chain) -> Market:
    """A market among the node's own accounts, the treasurer first."""
    return Market(chain, chain.accounts[:5])
