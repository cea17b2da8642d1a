"""One run of a roll-out: what the manifest knows and the chain confirms is kept, the rest is made, recorded, told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import msgspec

from chain import artifacts
from chain.abi import encode_constructor
from chain.deployment.book import Book, Entry, Intent
from chain.errors import DeploymentError
from chain.model import Record
from chain.primitives import (
    ZERO_HASH,
    Address,
    address_from,
    checksum,
    create2_address,
    create_address,
    keccak,
    to_hex,
)
from chain.spec import CREATE2_FACTORY, CREATE2_FACTORY_CODE

Status = Literal["deployed", "unchanged", "outdated"]


class Deployer(Protocol):
    """What a roll-out needs of a chain and an account on it."""

    @property
    def address(self) -> Address:
        """The account that deploys."""

    def nonce(self) -> int:
        """Of its next transaction."""

    def settle(self) -> None:
        """Wait until no transaction of the account waits any more, of an earlier run for example."""

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        """Create the contract called `contract`, wait until it is there."""

    def transact(self, to: Address, data: bytes) -> None:
        """Send call data in a transaction, wait until it is in a block."""

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        """Call a deployed contract in a transaction, wait until it is in a block."""

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        """Ask a deployed contract something."""

    def code_at(self, address: Address) -> bytes:
        """Code on chain, empty if none."""


class Step(Record):
    """What happened to one contract."""

    name: str
    address: Address
    status: Status


Tell = Callable[[Step], None]


class Half(Record):
    """One of two contracts that name each other; `arguments` of its constructor follow from the other's address."""

    name: str
    contract: str
    arguments: Callable[[Address], Sequence[Any]]


class Run:
    """The book, what has been made anew, whom to tell."""

    def __init__(self, deployer: Deployer, book: Book, tell: Tell, replace: bool) -> None:
        self.deployer = deployer
        self.book = book
        self.fresh: set[str] = set()
        self._replace = replace
        self._tell = tell
        self._recover()

    def ensure(self, name: str, contract: str, arguments: Sequence[Any], after: Sequence[str] = ()) -> Address:
        """A contract that is there already, or a new one; always new after something it depends on was made anew."""
        found = None if self.fresh.intersection(after) else self._known(name, contract, arguments)
        return self._make(name, contract, arguments) if found is None else found

    def ensure_shared(
        self, name: str, contract: str, arguments: Sequence[Any] = (), after: Sequence[str] = ()
    ) -> Address:
        """A contract at the address it has on every chain (CREATE2), made by whoever came first.

        Raises DeploymentError on a chain without the factory.
        """
        found = None if self.fresh.intersection(after) else self._known(name, contract, arguments)
        if found is not None:
            return found
        artifact = artifacts.load(contract)
        initcode = artifact.bytecode + encode_constructor(artifact.abi, arguments)
        place = create2_address(CREATE2_FACTORY, ZERO_HASH, keccak(initcode))
        if not self.deployer.code_at(place):
            if self.deployer.code_at(CREATE2_FACTORY) != CREATE2_FACTORY_CODE:
                raise DeploymentError(
                    f"this chain has no CREATE2 factory at {checksum(CREATE2_FACTORY)}",
                    hint="say same_everywhere = false in the parameters, or put the factory there first",
                )
            self.deployer.transact(CREATE2_FACTORY, ZERO_HASH + initcode)
        return self._accept(name, contract, arguments, place)

    def ensure_made(
        self, name: str, contract: str, address: Address, factory: tuple[str, Address], function: str, *arguments: Any
    ) -> Address:
        """What a factory makes at an address known in advance; the same wish always leads to the same one.

        One that was made by another wish earlier stays, as any contract does.
        """
        entry = self.book.get(name)
        if entry is not None and not self._replace and entry.address != checksum(address):
            earlier = address_from(entry.address)
            if to_hex(keccak(self.deployer.code_at(earlier))) == entry.code_hash:
                self._tell(Step(name=name, address=earlier, status="outdated"))
                return earlier
        if not self.deployer.code_at(address):
            self.deployer.send(*factory, function, *arguments)
        return self.adopt(name, contract, address)

    def ensure_pair(self, first: Half, second: Half, after: Sequence[str] = ()) -> tuple[Address, Address]:
        """Two contracts of which the first is told where the deployer's next transaction will create the second.

        Where a run broke off between them it goes on, as long as the deployer has sent nothing since; otherwise both
        are made anew: the first knows an address at which nothing will ever be.
        """
        recorded = self.book.get(second.name)
        upcoming = create_address(self.deployer.address, self.deployer.nonce())
        if not self.fresh.intersection(after):
            for place in (address_from(recorded.address) if recorded is not None else upcoming, upcoming):
                if (one := self._told(first, place)) is None:
                    continue
                if place == upcoming:
                    return one, self._make_second(second, one, place)
                if (two := self._known(second.name, second.contract, second.arguments(one))) is not None:
                    return one, two
        expected = create_address(self.deployer.address, self.deployer.nonce() + 1)
        one = self._make(first.name, first.contract, first.arguments(expected))
        return one, self._make_second(second, one, expected)

    def adopt(self, name: str, contract: str, address: Address) -> Address:
        """Record a contract that another one has made."""
        entry = self.book.get(name)
        code = self.deployer.code_at(address)
        if entry is not None and entry.address == checksum(address) and entry.code_hash == to_hex(keccak(code)):
            self._tell(Step(name=name, address=address, status="unchanged"))
            return address
        self._record(name, contract, address, code, ())
        return address

    def _recover(self) -> None:
        """What an interrupted run sent and could not record: it is recorded now instead of being made twice."""
        self.deployer.settle()
        intent = self.book.intent
        if intent is None:
            return
        code = self.deployer.code_at(address_from(intent.entry.address))
        if code and artifacts.load(intent.entry.contract).matches(code):
            self.book.put(intent.name, msgspec.structs.replace(intent.entry, code_hash=to_hex(keccak(code))))
        else:
            self.book.intend(None)

    def _told(self, first: Half, place: Address) -> Address | None:
        """The first of a pair, if it can stay and knows `place` as the other's."""
        entry = self.book.get(first.name)
        if entry is None or place.hex() not in entry.arguments:
            return None
        return self._known(first.name, first.contract, first.arguments(place))

    def _make_second(self, second: Half, one: Address, expected: Address) -> Address:
        address = self._make(second.name, second.contract, second.arguments(one))
        if address != expected:
            raise DeploymentError(
                f"{second.contract} was created at {checksum(address)}, it is expected at {checksum(expected)}",
                hint="the deploying account sent something else in between: run the roll-out again, with it left alone",
            )
        return address

    def _known(self, name: str, contract: str, arguments: Sequence[Any]) -> Address | None:
        """The address of a contract that can stay, after saying in which state it is."""
        entry = self.book.get(name)
        if entry is None:
            return None
        address = address_from(entry.address)
        code = self.deployer.code_at(address)
        if not code or to_hex(keccak(code)) != entry.code_hash:
            return None  # the chain was rewound to before its deployment
        current = entry.fingerprint == _fingerprint(contract, arguments)
        if not current and self._replace:
            return None
        self._tell(Step(name=name, address=address, status="unchanged" if current else "outdated"))
        return address

    def _make(self, name: str, contract: str, arguments: Sequence[Any]) -> Address:
        """Deploy, record, tell."""
        expected = create_address(self.deployer.address, self.deployer.nonce())
        self.book.intend(Intent(name=name, entry=_entry(contract, expected, arguments, b"")))
        return self._accept(name, contract, arguments, self.deployer.deploy(contract, arguments))

    def _accept(self, name: str, contract: str, arguments: Sequence[Any], address: Address) -> Address:
        """Record what was just created, if it is what it should be."""
        code = self.deployer.code_at(address)
        if not artifacts.load(contract).matches(code):
            raise DeploymentError(
                f"{contract} was deployed at {checksum(address)}, but other code is there",
                hint="is the node a real one, and are the artifacts those of this version? `make build` renews them",
            )
        self._record(name, contract, address, code, arguments)
        return address

    def _record(self, name: str, contract: str, address: Address, code: bytes, arguments: Sequence[Any]) -> None:
        self.book.put(name, _entry(contract, address, arguments, code))
        self.fresh.add(name)
        self._tell(Step(name=name, address=address, status="deployed"))


def _entry(contract: str, address: Address, arguments: Sequence[Any], code: bytes) -> Entry:
    return Entry(
        contract=contract,
        address=checksum(address),
        fingerprint=_fingerprint(contract, arguments),
        code_hash=to_hex(keccak(code)),
        arguments=to_hex(encode_constructor(artifacts.load(contract).abi, arguments)),
    )


def _fingerprint(contract: str, arguments: Sequence[Any]) -> str:
    artifact = artifacts.load(contract)
    return to_hex(keccak(artifact.bytecode + encode_constructor(artifact.abi, arguments)))
