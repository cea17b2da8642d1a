"""Records of what is published, wished for, made and earned. Amounts are wei of MZ unless a token is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain import abi
from chain.model import Record
from chain.primitives import ZERO_HASH, Address, Hash32, Wei, keccak, to_hex

CODE = 1  # the user brings the creation code
FIXED_RUNTIME = 2  # every instance has the published runtime hash
UPGRADEABLE = 4  # instances are proxies that their owners may move to later versions

_AGREED = [{"type": kind} for kind in ("bytes32", "bytes32", "bytes32", "uint96", "uint16", "address", "uint16")]
_TWO_WORDS = [{"type": "bytes32"}, {"type": "uint32"}]


class Offer(Record):
    """One published version of a template, with the terms that hold for good."""

    id: Hash32
    name: str
    author: Address
    version: int
    versions: int  # how many there are; the newest has this number
    price: Wei
    share_bps: int
    payee: Address
    manifest: Hash32  # SHA-256 digest inside the bundle's CID
    code_hash: Hash32
    runtime_hash: Hash32
    flags: int
    implementation: Address
    published_at: int  # seconds since 1970
    retired: bool

    @property
    def brings_code(self) -> bool:
        """Whether the user brings the creation code (kind `code`)."""
        return bool(self.flags & CODE)

    @property
    def upgradeable(self) -> bool:
        """Whether instances can be moved to later versions (kind `upgradeable`)."""
        return bool(self.flags & UPGRADEABLE)

    @property
    def kind(self) -> str:
        """As a manifest calls it."""
        return "code" if self.brings_code else "upgradeable" if self.upgradeable else "clone"

    @property
    def agreed(self) -> Hash32:
        """The hash that binds code, bundle, price, share and payee, computed here as `agreedOf` does on chain."""
        runtime_hash = self.runtime_hash if self.flags & FIXED_RUNTIME else ZERO_HASH
        values = [self.code_hash, runtime_hash, self.manifest, self.price, self.share_bps, self.payee, self.flags]
        return keccak(abi.encode(_AGREED, values))

    @property
    def salt(self) -> Hash32:
        """The CREATE2 salt of this version's implementation."""
        return keccak(abi.encode(_TWO_WORDS, [self.id, self.version]))

    @classmethod
    def of(cls, template: Hash32, name: str, version: int, versions: int, found: Mapping[str, Any]) -> Offer:
        """From what `versionOf` returns."""
        return cls(
            id=template,
            name=name,
            author=found["author"],
            version=version,
            versions=versions,
            price=found["terms"]["price"],
            share_bps=found["terms"]["shareBps"],
            payee=found["terms"]["payee"],
            manifest=found["manifest"],
            code_hash=found["codeHash"],
            runtime_hash=found["runtimeHash"],
            flags=found["flags"],
            implementation=found["implementation"],
            published_at=found["publishedAt"],
            retired=found["retired"],
        )

    def __str__(self) -> str:
        return f"{self.name} version {self.version} ({to_hex(self.id)})"


class Wish(Record):
    """A use that is ready to be paid: verified code, encoded parameters, and where the instance will be."""

    offer: Offer
    user: Address
    values: Mapping[str, Any]
    agreed: Hash32
    salt: Hash32
    code: bytes
    args: bytes
    init: bytes
    price: Wei  # what this user pays: the offer's price, or less when its author asks for less
    fee: Wei  # burned, part of the price
    instance: Address

    def to_abi(self) -> dict[str, Any]:
        """As the registry contract takes it."""
        return {
            "id": self.offer.id,
            "version": self.offer.version,
            "agreed": self.agreed,
            "salt": self.salt,
            "code": self.code,
            "args": self.args,
            "init": self.init,
        }


class Use(Record):
    """A use that happened."""

    offer: Offer
    user: Address
    instance: Address
    paid: Wei  # by the user, all of it
    burned: Wei
    transaction_hash: Hash32

    @property
    def author_paid(self) -> Wei:
        """What the payee received."""
        return self.paid - self.burned


class Earning(Record):
    """One payment to a template's payee."""

    block_number: int
    log_index: int
    transaction_hash: Hash32
    what: str  # `use`, `upgrade` or `trade`
    version: int
    instance: Address
    payee: Address
    token: Address  # the zero address is ether
    amount: int  # in the token's smallest unit
    burned: Wei  # of MZ, in the same use or upgrade


class Earnings(Record):
    """What one template has brought in, all versions together; `history` has every payment in order."""

    id: Hash32
    name: str
    author: Address
    uses: int
    from_uses: Wei
    burned_on_uses: Wei
    trades: int
    from_trades: Mapping[Address, Wei]  # by token; the zero address is ether
    history: tuple[Earning, ...] = ()

    def by(self, part: str) -> dict[Any, dict[Address, int]]:
        """Sums by `version`, `instance`, `payee` or `what`, each by token."""
        sums: dict[Any, dict[Address, int]] = {}
        for earning in self.history:
            tokens = sums.setdefault(getattr(earning, part), {})
            tokens[earning.token] = tokens.get(earning.token, 0) + earning.amount
        return sums
