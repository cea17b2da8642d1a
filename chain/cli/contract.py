"""`mz contract`: any contract, ours or a user's: compile, deploy, ask, send, read logs, compare code, write types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.cli.values import exact, line
from chain.errors import UnknownAccount, UsageError

if TYPE_CHECKING:
    from chain.artifacts import Artifact
    from chain.client import Client, Contract
    from chain.primitives import Address


@click.group(cls=Branch)
def contract() -> None:
    """Compile, deploy, call, send to, watch, verify and type contracts."""


@contract.command(name="list")
@click.pass_obj
def listed(session: Session) -> None:
    """The compiled contracts that come with this version."""
    from chain import artifacts

    names = artifacts.names()
    if session.json:
        session.screen.data(names)
        return
    for name in names:
        session.screen.line(name)


@contract.command(name="compile")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for one .json per contract.")
@click.pass_obj
def compile_(session: Session, file: Path, out: Path | None) -> None:
    """Compile a Solidity file or folder with our pinned compiler and settings.

    `@openzeppelin/…` is there to be imported. The .json files are what ethers, Hardhat and `mz contract deploy` read.
    """
    from chain.artifacts import export

    compiled = _compiled(file)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for artifact in compiled:
            (out / f"{artifact.name}.json").write_bytes(export(artifact))
    if session.json:
        session.screen.data([_summary(artifact) for artifact in compiled])
        return
    rows = [(a.name, a.source, len(a.bytecode), len(a.runtime)) for a in compiled]
    session.screen.table(("contract", "source", "creation bytes", "runtime bytes"), rows)


@contract.command()
@click.argument("what")
@click.argument("arguments", nargs=-1)
@click.option("--value", default="0", help="Ether to send along, such as 0.5ether.")
@click.pass_obj
def deploy(session: Session, what: str, arguments: Sequence[str], value: str) -> None:
    """Deploy a contract with its constructor's ARGUMENTS.

    WHAT is one of our contracts, a compiled .json, or File.sol:Contract.
    """
    artifact = artifact_of(what)
    client = session.client(acting=True)
    inputs = next((item.get("inputs", ()) for item in artifact.abi if item["type"] == "constructor"), ())
    given = _arguments(session, client, inputs, arguments, f"{artifact.name}'s constructor")
    session.confirm(f"deploy {artifact.name} from {shown(session.account().address)}?")
    made = client.deploy(artifact, given, sender=session.account(), value=wei(value))
    if session.json:
        session.screen.data({"contract": artifact.name, "address": shown(made.address)})
        return
    session.screen.line(shown(made.address))


@contract.command()
@click.argument("what")
@click.argument("address")
@click.argument("function")
@click.argument("arguments", nargs=-1)
@click.option("--block", default="latest", help="Number, or latest, safe, finalized, earliest.")
@click.pass_obj
def call(session: Session, what: str, address: str, function: str, arguments: Sequence[str], block: str) -> None:
    """Ask a contract something without changing anything."""
    from chain.abi import text

    client = session.client()
    there, given = bound(session, client, what, address, function, arguments)
    answer = there.call(function, *given, block=int(block, 0) if block[:1].isdigit() else block)
    if session.json:
        session.screen.data(exact(text.show(answer)))
        return
    session.screen.line(line(text.show(answer)))


@contract.command()
@click.argument("what")
@click.argument("address")
@click.argument("function")
@click.argument("arguments", nargs=-1)
@click.option("--value", default="0", help="Ether to send along, such as 0.5ether.")
@click.pass_obj
def send(session: Session, what: str, address: str, function: str, arguments: Sequence[str], value: str) -> None:
    """Call a function in a transaction and wait for its receipt. A refusal is told before anything is sent."""
    client = session.client(acting=True)
    there, given = bound(session, client, what, address, function, arguments)
    sender = session.account()
    session.confirm(f"call {there.name}.{function} at {shown(there.address)} from {shown(sender.address)}?")
    mined = there.send(function, *given, sender=sender, value=wei(value))
    cost = mined.gas_used * mined.effective_gas_price
    if session.json:
        session.screen.data(
            {
                "transaction": mined.transaction_hash,
                "block": mined.block_number,
                "gas_used": mined.gas_used,
                "cost": str(cost),
                "events": [_event(there, log.topics, log.data) for log in mined.logs if log.address == there.address],
            }
        )
        return
    session.screen.line("0x" + mined.transaction_hash.hex())
    session.screen.say(f"block {mined.block_number}, {mined.gas_used:,} gas, {amount(cost, 'ETH')}")


@contract.command()
@click.argument("what")
@click.argument("address")
@click.argument("event")
@click.option("--first", default=0, show_default=True, help="First block.")
@click.option("--last", default="latest", show_default=True, help="Last block.")
@click.pass_obj
def logs(session: Session, what: str, address: str, event: str, first: int, last: str) -> None:
    """Every event of one name that a contract emitted."""
    from chain.abi import text

    client = session.client()
    there = client.contract(artifact_of(what), client.address_of(named_address(session, client, address)))
    found = there.events(event, first=first, last=int(last) if last.isdigit() else last)
    if session.json:
        session.screen.data(
            [
                {
                    "block": one.block_number,
                    "transaction": one.transaction_hash,
                    "log_index": one.log_index,
                    "arguments": exact(text.show(one.arguments)),
                }
                for one in found
            ]
        )
        return
    names = list(found[0].arguments) if found else []
    rows = [(one.block_number, *(line(text.show(one.arguments[name])) for name in names)) for one in found]
    session.screen.table(("block", *names), rows)


@contract.command()
@click.argument("what")
@click.argument("address")
@click.pass_obj
def verify(session: Session, what: str, address: str) -> None:
    """Whether the code at ADDRESS is this contract, whatever its immutables were set to. Exit status 1 if it is not."""
    client = session.client()
    artifact = artifact_of(what)
    code = client.code(client.address_of(named_address(session, client, address)))
    same = artifact.matches(code)
    said = "the same code" if same else f"other code: {len(code)} bytes there, {len(artifact.runtime)} compiled"
    if session.json:
        session.screen.data({"contract": artifact.name, "matches": same, "code_bytes": len(code)})
    else:
        session.screen.line(said if code else "no code there")
    if not same:
        raise click.exceptions.Exit(1)


@contract.command()
@click.argument("names", nargs=-1)
@click.option("--language", type=click.Choice(["typescript", "python"]), default="typescript", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.pass_obj
def types(session: Session, names: Sequence[str], language: str, out: Path) -> None:
    """Write typed sources of ABIs: TypeScript constants for viem, wagmi and ethers, or Python classes.

    NAMES are our contracts, compiled .json files or source files; none means every contract that comes along.
    """
    from chain import artifacts
    from chain.abi import python, typescript

    module, suffix = (typescript.module, ".ts") if language == "typescript" else (python.module, ".py")
    chosen = [artifact_of(name) for name in names or artifacts.names()]
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for artifact in chosen:
        if artifact.abi:
            path = out / f"{artifact.name}{suffix}"
            path.write_text(module(artifact.name, artifact.abi))
            written.append(path)
    if session.json:
        session.screen.data(written)
        return
    session.screen.say(f"{len(written)} files in {out}")


def artifact_of(what: str) -> Artifact:
    """A contract by the name of ours, a compiled file, or `File.sol` with `:Contract` where it has several."""
    from chain import artifacts

    file, _, name = what.partition(":")
    path = Path(file)
    if path.suffix == ".json":
        return artifacts.decode(_read(path), name=file)
    if path.suffix != ".sol":
        return artifacts.load(what)
    found = [one for one in _compiled(path) if one.name == name or (not name and one.bytecode)]
    if len(found) != 1:
        names = ", ".join(one.name for one in _compiled(path))
        raise UsageError(
            f"{what} names {'several contracts' if found else 'no contract'}", hint=f"write {file}:NAME, one of {names}"
        )
    return found[0]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _compiled(file: Path) -> list[Artifact]:
    from chain.artifacts import sources_folder
    from chain.solidity import ensure_solc

    files = sorted(file.rglob("*.sol")) if file.is_dir() else [file]
    if not files or not file.exists():
        raise UsageError(f"there is no Solidity in {file}")
    root = file if file.is_dir() else file.parent
    sources = {path.relative_to(root).as_posix(): _read(path).decode("utf-8") for path in files}
    compiled = ensure_solc().compile(sources, libraries=sources_folder())
    return list(compiled.artifacts.values())


def bound(
    session: Session, client: Client, what: str, address: str, function: str, texts: Sequence[str]
) -> tuple[Contract, list[Any]]:
    """A contract, and a function's arguments read by its ABI."""
    from chain import abi

    there = client.contract(artifact_of(what), client.address_of(named_address(session, client, address)))
    item = abi.entry(there.abi, "function", function, len(texts))
    return there, _arguments(session, client, item.get("inputs", ()), texts, function)


def _arguments(
    session: Session, client: Client, inputs: Sequence[Mapping[str, Any]], texts: Sequence[str], whose: str
) -> list[Any]:
    from chain.abi import canonical, text

    if len(inputs) != len(texts):
        wanted = ", ".join(f"{canonical(one)} {one.get('name', '')}".strip() for one in inputs) or "none"
        raise UsageError(f"{whose} takes {len(inputs)} arguments, {len(texts)} were given", hint=f"they are: {wanted}")
    return [
        text.parse(one, given, lambda name: named_address(session, client, name))
        for one, given in zip(inputs, texts, strict=True)
    ]


def named_address(session: Session, client: Client, text: str) -> Address:
    """An address by its hex, a name in the keystore, a development account, or a platform contract such as `till`."""
    from chain.client import Platform
    from chain.wallet import dev_accounts

    if text[:2].lower() == "0x":
        return client.address_of(text)
    for account in dev_accounts():
        if account.name == text:
            return account.address
    if text in Platform.__struct_fields__:
        address: Address = getattr(client.platform, text)
        return address
    entry = session.keystore.find(text)
    if entry.address is None:
        raise UsageError(f"the key file of {text} does not say its address")
    return entry.address


def find_address(session: Session, client: Client, text: str) -> Address | None:
    """`named_address`, or None where nothing is called so."""
    try:
        return named_address(session, client, text)
    except UnknownAccount:
        return None


def wei(text: str) -> int:
    from chain.abi import text as words

    value: int = words.parse({"type": "uint256", "name": "--value"}, text)
    return value


def _event(there: Contract, topics: Sequence[bytes], data: bytes) -> dict[str, Any] | None:
    from chain.abi import decode_log, text

    event = decode_log(there.abi, topics, data)
    return None if event is None else {"name": event.name, "arguments": exact(text.show(event.arguments))}


def _summary(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "source": artifact.source,
        "creation_bytes": len(artifact.bytecode),
        "runtime_bytes": len(artifact.runtime),
        "digest": artifact.digest,
    }
