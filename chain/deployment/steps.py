"""The roll-out of the platform, as plain functions over whatever can deploy: our client, brownie, a test.

Every step is done once: when the manifest knows the contract and its code is still on the chain, nothing is sent. A
contract that is there but was made from other code or parameters is kept and said to be outdated, because replacing MZ
or the Till would leave everybody's money behind; `replace` does it all the same.

    Genesis (makes MZ) · Notary · Works(Notary) · Splits · Templates(MZ, the Till to come) · Till(MZ, Templates)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from chain import artifacts
from chain.abi import encode_constructor
from chain.client import Platform
from chain.deployment.book import Book, Entry
from chain.deployment.params import Parameters
from chain.errors import DeploymentError
from chain.model import Record
from chain.primitives import Address, address_from, checksum, create_address, keccak, to_hex

Status = Literal["deployed", "unchanged", "outdated"]


class Deployer(Protocol):
    """What a roll-out needs of a chain and an account on it."""

    @property
    def address(self) -> Address:
        """The account that deploys."""

    def nonce(self) -> int:
        """Of its next transaction."""

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        """Create the contract called `contract`, wait until it is there."""

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


class _Rollout:
    """One run: the book, what has been made anew, whom to tell."""

    def __init__(self, deployer: Deployer, book: Book, tell: Tell, replace: bool) -> None:
        self.deployer = deployer
        self.book = book
        self.replace = replace
        self.fresh: set[str] = set()
        self._tell = tell

    def known(self, name: str, contract: str, arguments: Sequence[Any]) -> Address | None:
        """The address of a contract that can stay, after saying in which state it is."""
        entry = self.book.get(name)
        if entry is None:
            return None
        address = address_from(entry.address)
        code = self.deployer.code_at(address)
        if not code or to_hex(keccak(code)) != entry.code_hash:
            return None  # the chain was rewound to before its deployment
        current = entry.fingerprint == _fingerprint(contract, arguments)
        if not current and self.replace:
            return None
        self._tell(Step(name=name, address=address, status="unchanged" if current else "outdated"))
        return address

    def make(self, name: str, contract: str, arguments: Sequence[Any]) -> Address:
        """Deploy, record, tell."""
        address = self.deployer.deploy(contract, arguments)
        code = self.deployer.code_at(address)
        if not artifacts.load(contract).matches(code):
            raise DeploymentError(
                f"{contract} was deployed at {checksum(address)}, but other code is there",
                hint="is the node a real one, and are the artifacts those of this version? `make build` renews them",
            )
        self._record(name, contract, address, _fingerprint(contract, arguments), code, arguments)
        return address

    def adopt(self, name: str, contract: str, address: Address) -> Address:
        """Record a contract that another one has made."""
        entry = self.book.get(name)
        code = self.deployer.code_at(address)
        if entry is not None and entry.address == checksum(address) and entry.code_hash == to_hex(keccak(code)):
            self._tell(Step(name=name, address=address, status="unchanged"))
            return address
        self._record(name, contract, address, _fingerprint(contract, ()), code, ())
        return address

    def ensure(self, name: str, contract: str, arguments: Sequence[Any], after: Sequence[str] = ()) -> Address:
        """A contract that is there already, or a new one; always new after something it depends on was made anew."""
        found = None if self.fresh.intersection(after) else self.known(name, contract, arguments)
        return self.make(name, contract, arguments) if found is None else found

    def _record(
        self, name: str, contract: str, address: Address, fingerprint: str, code: bytes, arguments: Sequence[Any]
    ) -> None:
        self.book.put(
            name,
            Entry(
                contract=contract,
                address=checksum(address),
                fingerprint=fingerprint,
                code_hash=to_hex(keccak(code)),
                arguments=to_hex(encode_constructor(artifacts.load(contract).abi, arguments)),
            ),
        )
        self.fresh.add(name)
        self._tell(Step(name=name, address=address, status="deployed"))


def roll_out(
    deployer: Deployer,
    parameters: Parameters,
    book: Book,
    *,
    replace: bool = False,
    tell: Tell = lambda step: None,
) -> Platform:
    """Deploy what is missing and return where everything is. What was done before a failure stays recorded.

    Raises DeploymentError, or whatever the deployer raises; running it again goes on where it stopped.
    """
    run = _Rollout(deployer, book, tell, replace)
    genesis, mz = _token(run, parameters)
    notary = run.ensure("notary", "Notary", ())
    works = run.ensure("works", "Works", (notary,), after=("notary",))
    splits = run.ensure("splits", "Splits", ())
    templates, till = _templates_and_till(run, parameters, mz)
    platform = Platform(
        genesis=genesis, mz=mz, templates=templates, till=till, notary=notary, works=works, splits=splits
    )
    verify(deployer, platform)
    return platform


def verify(deployer: Deployer, platform: Platform) -> None:
    """Raise DeploymentError unless the contracts know each other as they should."""
    wiring = (
        ("Genesis", platform.genesis, "mz", platform.mz),
        ("Works", platform.works, "notary", platform.notary),
        ("Till", platform.till, "mz", platform.mz),
        ("Till", platform.till, "templates", platform.templates),
    )
    for contract, address, getter, expected in wiring:
        found = deployer.call(contract, address, getter)
        if found != expected:
            raise DeploymentError(
                f"{contract} at {checksum(address)} has {checksum(found)} as its {getter}, not {checksum(expected)}",
                hint="the deployment manifest mixes two roll-outs: move it away and roll out anew",
            )


def _token(run: _Rollout, parameters: Parameters) -> tuple[Address, Address]:
    """Genesis makes MZ and hands it out in its constructor."""
    genesis = run.ensure("genesis", "Genesis", (list(parameters.recipients),))
    mz = run.adopt("mz", "MZ", run.deployer.call("Genesis", genesis, "mz"))
    return genesis, mz


def _templates_and_till(run: _Rollout, parameters: Parameters, mz: Address) -> tuple[Address, Address]:
    """They name each other: Templates is told the address that the deployer's next transaction but one will create."""
    deployer = run.deployer
    rest = (parameters.feed, parameters.buyback, parameters.vault, parameters.till_fee_bps)
    recorded = run.book.get("till")
    if recorded is not None and "mz" not in run.fresh and _know_each_other(run.book.get("templates"), recorded):
        till = address_from(recorded.address)
        templates = run.known("templates", "Templates", (mz, till, parameters.templates_fee_bps))
        if templates is not None and (known := run.known("till", "Till", (mz, templates, *rest))) is not None:
            return templates, known
    expected = create_address(deployer.address, deployer.nonce() + 1)
    templates = run.make("templates", "Templates", (mz, expected, parameters.templates_fee_bps))
    till = run.make("till", "Till", (mz, templates, *rest))
    if till != expected:
        raise DeploymentError(
            f"the Till was created at {checksum(till)}, Templates expects it at {checksum(expected)}",
            hint="the deploying account sent something else in between: run the roll-out again, with it left alone",
        )
    return templates, till


def _know_each_other(templates: Entry | None, till: Entry) -> bool:
    """Whether both records are of one pair; an interrupted run can leave one of them newer."""
    if templates is None:
        return False
    word = slice(44, 64)  # the address in the second argument of either constructor
    told = [bytes.fromhex(entry.arguments[2:])[word] for entry in (templates, till)]
    return told == [address_from(till.address), address_from(templates.address)]


def _fingerprint(contract: str, arguments: Sequence[Any]) -> str:
    artifact = artifacts.load(contract)
    return to_hex(keccak(artifact.bytecode + encode_constructor(artifact.abi, arguments)))
