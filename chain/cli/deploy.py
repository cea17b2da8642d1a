"""`mz deploy`: the platform on any EVM chain: what it would cost, the roll-out, what is there and whether it is right.

A roll-out goes on where an earlier one stopped; one that is complete sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.errors import DeploymentError, UsageError

if TYPE_CHECKING:
    from chain.client import Client
    from chain.deployment import Book, Parameters
    from chain.launch.rehearsal import Rehearsed
    from chain.primitives import Address
    from chain.wallet import Signer

GWEI = 10**9
DEVELOPMENT_CHAINS = (1337, 31337, 20261)

Command = Callable[..., None]


@click.group(cls=Branch)
def deploy() -> None:
    """Roll the platform out on any EVM chain, and check what is there."""


def _described(command: Command) -> Command:
    """The flags that say which roll-out is meant."""
    for option in (
        click.option("--network", metavar="NAME", help="Parameters in deploy/params/NAME.toml."),
        click.option("--params", type=click.Path(path_type=Path, dir_okay=False), help="File of parameters."),
        click.option(
            "--manifests",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder of the manifests, one file per chain id.  [default: deployments in the data folder]",
        ),
    ):
        command = option(command)
    return command


def _acting(command: Command) -> Command:
    """The flags that say who signs."""
    for option in (
        click.option(
            "--allow-known-keys", is_flag=True, help="Even where anybody has the keys that the parameters name."
        ),
        click.option("--signer", metavar="COMMAND", help="Program that holds the key (docs/deployment.md)."),
    ):
        command = option(command)
    return command


@deploy.command()
@_acting
@_described
@click.pass_obj
def plan(
    session: Session,
    manifests: Path | None,
    params: Path | None,
    network: str | None,
    signer: str | None,
    allow_known_keys: bool,
) -> None:
    """What a roll-out would create, where, and what it would cost. Sends nothing."""
    with _signer(session, signer) as account:
        scene = _Scene(session, manifests, params, network, account.address)
        scene.check_keys(allow_known_keys)
        rows = scene.planned(account.address)
    if session.json:
        session.screen.data(scene.summary(rows))
        return
    scene.show(rows)


@deploy.command()
@_acting
@_described
@click.option("--confirmations", default=1, show_default=True, type=click.IntRange(1), help="Blocks to wait for.")
@click.option(
    "--replace-after", default=60.0, show_default=True, help="Seconds until a waiting transaction offers more."
)
@click.option("--max-fee", type=float, help="Gwei per gas that are never exceeded.")
@click.option("--replace", is_flag=True, help="Make outdated contracts anew. Whatever they hold stays behind.")
@click.option("--dry-run", is_flag=True, help="As `mz deploy plan`.")
@click.pass_obj
def run(
    session: Session,
    manifests: Path | None,
    params: Path | None,
    network: str | None,
    signer: str | None,
    allow_known_keys: bool,
    confirmations: int,
    replace_after: float,
    max_fee: float | None,
    replace: bool,
    dry_run: bool,
) -> None:
    """Create what is missing, one transaction after the other, each recorded before and after it is sent."""
    from chain.client import Mined, Patience
    from chain.deployment import ClientDeployer, Step, roll_out

    patience = Patience(
        confirmations=confirmations,
        replace_seconds=replace_after,
        most_fee=None if max_fee is None else round(max_fee * GWEI),
    )
    with _signer(session, signer) as account:
        scene = _Scene(session, manifests, params, network, account.address)
        scene.check_keys(allow_known_keys)
        rows = scene.planned(account.address)
        if not session.json:
            scene.show(rows)
        missing = [row for row in rows if not scene.is_there(row.name)]
        if dry_run:
            if session.json:
                session.screen.data(scene.summary(rows))
            return
        if missing or replace:
            session.confirm(f"create {len(missing) or len(rows)} contracts on chain {scene.client.chain_id}?")
        sent: list[Mined] = []
        steps: list[Step] = []
        with session.screen.progress(len(rows)) as progress:

            def told(step: Step) -> None:
                steps.append(step)
                progress.next(f"{step.status} {step.name} {shown(step.address)}")

            deployer = ClientDeployer(
                scene.client, account, patience=patience, tell=session.screen.say, mined=sent.append
            )
            roll_out(deployer, scene.parameters, scene.book, replace=replace, tell=told)
    gas = sum(one.gas_used for one in sent)
    cost = sum(one.gas_used * one.effective_gas_price for one in sent)
    if session.json:
        session.screen.data(
            {
                "chain_id": scene.client.chain_id,
                "deployer": shown(account.address),
                "manifest": scene.book.path,
                "contracts": [{"name": s.name, "address": shown(s.address), "status": s.status} for s in steps],
                "transactions": len(sent),
                "gas_used": gas,
                "cost": str(cost),
            }
        )
        return
    session.screen.say(f"{len(sent)} transactions, {gas:,} gas, {amount(cost, 'ETH')}; manifest: {scene.book.path}")


@deploy.command()
@_described
@click.pass_obj
def status(session: Session, manifests: Path | None, params: Path | None, network: str | None) -> None:
    """What the manifest of this chain says is where, and whether it is."""
    scene = _Scene(session, manifests, params, network, None)
    entries = scene.book.entries()
    rows = [(name, entry.contract, entry.address, scene.condition(name)) for name, entry in entries.items()]
    if session.json:
        keys = ("name", "contract", "address", "condition")
        session.screen.data(
            {"chain_id": scene.client.chain_id, "contracts": [dict(zip(keys, r, strict=True)) for r in rows]}
        )
        return
    if not rows:
        session.screen.say(f"nothing was rolled out on chain {scene.client.chain_id} that {scene.folder} knows of")
        session.screen.say("    next: mz deploy plan")
    session.screen.table(("name", "contract", "address", "condition"), rows)


@deploy.command()
@_described
@click.pass_obj
def verify(session: Session, manifests: Path | None, params: Path | None, network: str | None) -> None:
    """Whether every contract's code is that of this version and they know each other. Exit status 1 if not."""
    from chain.deployment import ClientDeployer
    from chain.deployment import verify as check
    from chain.wallet import Account

    scene = _Scene(session, manifests, params, network, None)
    platform = scene.book.platform()
    if platform is None:
        raise DeploymentError(
            f"{scene.book.path} does not name the whole platform", hint="finish it with: mz deploy run"
        )
    wrong = {name: said for name in scene.book.entries() if (said := scene.condition(name)) != "as compiled"}
    if session.json:
        session.screen.data({"chain_id": scene.client.chain_id, "wrong": wrong})
    for name, said in wrong.items():
        session.screen.say(f"{name}: {said}")
    if wrong:
        raise click.exceptions.Exit(1)
    check(ClientDeployer(scene.client, Account.create()), platform)  # asks only, so that any key will do
    if not session.json:
        session.screen.line(f"{len(scene.book.entries())} contracts are what this version compiles and know each other")


class _Scene:
    """One chain, its manifest, and the parameters that a roll-out there would have."""

    def __init__(
        self,
        session: Session,
        manifests: Path | None,
        params: Path | None,
        network: str | None,
        deployer: Address | None,
    ) -> None:
        from chain.deployment import DEFAULT_FILE, book_of

        if params is not None and network is not None:
            raise UsageError("--params and --network name two files", hint="give one of them")
        self.file = params or (Path("deploy/params") / f"{network}.toml" if network else DEFAULT_FILE)
        self.folder = manifests or session.settings.data_dir / "deployments"
        self.session = session
        self.client: Client = session.client()
        self.book: Book = book_of(self.client, self.folder)
        self._names = _names(session, deployer)
        self._conditions: dict[str, str] = {}

    @property
    def parameters(self) -> Parameters:
        """As the file has them, with the names that it may use put in."""
        from chain.deployment import read_parameters

        return read_parameters(self.file, self._names, self.book.began)

    def check_keys(self, allowed: bool) -> None:
        """Refuse to give a real chain's treasury to keys that everybody has."""
        from chain.wallet import dev_accounts

        if allowed or self.client.chain_id in DEVELOPMENT_CHAINS:
            return
        text = repr(self.parameters)
        for account in dev_accounts():
            if repr(account.address) in text:
                raise DeploymentError(
                    f"{self.file} names {account.name}, whose key everybody knows, and chain {self.client.chain_id} "
                    "is not a development chain",
                    hint="write your own parameters and name them with --params FILE; for a test chain that others "
                    "cannot reach add --allow-known-keys",
                )

    def is_there(self, name: str) -> bool:
        """Whether the manifest knows a contract and the chain has it."""
        return self.condition(name) in ("as compiled", "other code than this version compiles")

    def condition(self, name: str) -> str:
        """Of one contract: what the chain has where the manifest says it is."""
        if name not in self._conditions:
            self._conditions[name] = self._look(name)
        return self._conditions[name]

    def planned(self, deployer: Address) -> list[Rehearsed]:
        """Every step of a roll-out by this account, rehearsed on a chain of its own."""
        from chain.launch.rehearsal import rehearse
        from chain.primitives import checksum

        client, parameters = self.client, self.parameters
        nonce = int(client.rpc("eth_getTransactionCount", checksum(deployer), "pending"), 16)
        code = {one.token: client.code(one.token) for one in parameters.currencies if any(one.token)}
        return rehearse(parameters, deployer, nonce, client.chain_id, self.book.began, code)

    def summary(self, rows: list[Rehearsed]) -> dict[str, Any]:
        """The plan for programs; the cost at the chain's present gas price, in wei."""
        gas, price = self._gas(rows), self._price()
        return {
            "chain_id": self.client.chain_id,
            "parameters": self.file,
            "contracts": [
                {"name": row.name, "status": self._status(row), "address": self._address(row), "gas": self._cost(row)}
                for row in rows
            ],
            "gas": gas,
            "gas_price": str(price),
            "cost": str(gas * price),
        }

    def show(self, rows: list[Rehearsed]) -> None:
        """The plan for people."""
        screen, gas, price = self.session.screen, self._gas(rows), self._price()
        table = [(row.name, self._status(row), self._address(row), f"{self._cost(row):,}") for row in rows]
        screen.table(("name", "status", "address", "gas"), table)
        screen.say(f"about {gas:,} gas, {amount(gas * price, 'ETH')} at {price / GWEI:g} gwei; parameters: {self.file}")

    def _look(self, name: str) -> str:
        from chain import artifacts
        from chain.primitives import address_from, keccak, to_hex

        entry = self.book.entries().get(name)
        if entry is None:
            return "not made yet"
        code = self.client.code(address_from(entry.address))
        if not code:
            return "no code there"
        if to_hex(keccak(code)) != entry.code_hash:
            return "other code than was deployed"
        same = artifacts.load(entry.contract).matches(code)
        return "as compiled" if same or _is_clone(code) else "other code than this version compiles"

    def _status(self, row: Rehearsed) -> str:
        return "there" if self.is_there(row.name) else "to create"

    def _address(self, row: Rehearsed) -> str:
        return self.book.entries()[row.name].address if self.is_there(row.name) else shown(row.address)

    def _cost(self, row: Rehearsed) -> int:
        return 0 if self.is_there(row.name) else row.gas

    def _gas(self, rows: list[Rehearsed]) -> int:
        return sum(self._cost(row) for row in rows)

    def _price(self) -> int:
        return int(self.client.rpc("eth_gasPrice"), 16)


def _is_clone(code: bytes) -> bool:
    """A minimal proxy (ERC-1167), with or without arguments behind it: its code is its implementation's address."""
    return code[:10].hex() == "363d3d373d3d3d363d73"


def _names(session: Session, deployer: Address | None) -> Mapping[str, Address]:
    """What parameters may call accounts: the development accounts, keystore names, `deployer`."""
    from chain.wallet import dev_accounts

    names = {account.name or "": account.address for account in dev_accounts()}
    names |= {entry.name: entry.address for entry in session.keystore.list() if entry.name and entry.address}
    return names | ({"deployer": deployer} if deployer is not None else {})


@contextmanager
def _signer(session: Session, command: str | None) -> Iterator[Signer]:
    """Who signs: an account of ours, or one whose key another program holds."""
    if command is None:
        yield session.account()
        return
    from chain.wallet import ExternalSigner

    with ExternalSigner(command) as external:
        accounts = external.accounts()
        wanted = session.sender
        chosen = [one for one in accounts if wanted is None or shown(one.address).lower() == wanted.lower()]
        if not chosen:
            held = ", ".join(shown(one.address) for one in accounts)
            raise UsageError(f"the signer has no account {wanted}", hint=f"it has {held}")
        yield chosen[0]
