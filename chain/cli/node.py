"""`mz node`: a bare chain for developers and tools, without the platform on it; `mz up` is the one with it.

`start` also understands the flags with which brownie starts ganache.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.access import access_options, acted_for, token, unlocked_keys
from chain.cli.logs import log_to
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.cli.up import told_to_stop
from chain.errors import ChainError, MethodNotFound, UsageError

if TYPE_CHECKING:
    from chain.launch import NodeOptions, Opened, Running
    from chain.primitives import Address
    from chain.spec import GenesisAccount, Spec

ETHER = 10**18
STATE_FILE = click.Path(path_type=Path, dir_okay=False)
LOOPBACK = "127.0.0.1"


def genesis_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags that name a genesis file."""
    command = click.option(
        "--allow-unknown-forks", is_flag=True, help="Run forks that are not known here under Prague's rules."
    )(command)
    return click.option(
        "--genesis",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The chain that a geth genesis file describes; a folder that holds a chain must hold this one.",
    )(command)


@click.group(cls=Branch)
def node() -> None:
    """Run a bare node for developers and tools, and look after it."""


node.command()(token)


@node.command()
@click.option("--chain-id", type=click.IntRange(1), help="Of the new chain (20261).")
@click.option("--accounts", type=click.IntRange(0, 1000), default=10, help="Funded development accounts (10).")
@click.option("--mnemonic", metavar="WORDS", help="That the accounts come from.")
@click.option(
    "--balance", "--defaultBalanceEther", type=float, default=10_000, help="Of each account in ether (10000)."
)
@click.option("--gas-limit", "--gasLimit", type=click.IntRange(5_000, 2**63 - 1), help="Of a block (60 million).")
@genesis_file
@click.pass_obj
def init(session: Session, /, **given: Any) -> None:
    """Make a chain in an empty data folder, without serving it: our own, or that of a geth genesis file."""
    from chain.launch import open_node

    session.extra = {"node.chain_id": given["chain_id"]}
    opened = open_node(_options(session, memory=False, **given))
    try:
        facts = _facts(opened)
    finally:
        opened.node.close()
    if not opened.created:
        session.screen.say(f"{session.settings.data_dir} holds a chain already; it was left as it is")
    _show(session, facts)


@node.command()
@click.option("--host", default=LOOPBACK, help="Address to listen on (127.0.0.1).")
@click.option("--port", "-p", type=click.IntRange(0, 65535), help="Port (8545); 0 takes a free one.")
@click.option("--memory", is_flag=True, help="Keep nothing: the chain is gone when it stops.")
@click.option("--chain-id", "--chainId", type=click.IntRange(1), help="Of a chain that is created now (20261).")
@click.option("--block-time", "--blockTime", type=float, metavar="SECONDS", help="From block to block; 0: as needed.")
@click.option("--accounts", type=click.IntRange(0, 1000), default=10, help="Funded development accounts (10).")
@click.option("--mnemonic", metavar="WORDS", help="That the accounts come from.")
@click.option(
    "--balance", "--defaultBalanceEther", type=float, default=10_000, help="Of each account in ether (10000)."
)
@click.option("--gas-limit", "--gasLimit", type=click.IntRange(5_000, 2**63 - 1), help="Of a block (60 million).")
@click.option("--one-tx-per-block", is_flag=True, default=None, help="Never let two transactions share a block.")
@click.option("--no-dev", is_flag=True, help="Without the methods that edit the chain or take it back.")
@click.option(
    "--unlock", multiple=True, metavar="WHO", help="Sign for a name of the keystore; act for an address (dev)."
)
@click.option("--time", "start_time", metavar="TIME", help="Clock at the start: Unix seconds or ISO date (dev only).")
@click.option("--client-version", metavar="TEXT", help="That web3_clientVersion answers (dev only).")
@access_options
@click.option("--log-file", type=click.Path(path_type=Path, dir_okay=False), help="Instead of stderr.")
@genesis_file
@click.option("--load-state", metavar="FILE", type=STATE_FILE, help="Begin with the accounts of a dump (dev only).")
@click.option("--dump-state", metavar="FILE", type=STATE_FILE, help="Write all accounts there at the end (dev only).")
@click.option("--state", metavar="FILE", type=STATE_FILE, help="Both, with one file that need not exist (dev only).")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Lines, or one object a line.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning")
@click.option("--hardfork", hidden=True, help="Ignored: the chain says it.")
@click.option("--networkId", "network_id", type=int, hidden=True, help="Ignored: it is the chain id.")
@click.option("--acctKeys", "account_keys", hidden=True, help="Ignored: the keys are those of the words.")
@click.option("--allowUnlimitedContractSize", "unlimited", is_flag=True, hidden=True, help="Ignored.")
@click.pass_obj
def start(
    session: Session,
    /,
    host: str,
    port: int | None,
    block_time: float | None,
    one_tx_per_block: bool | None,
    no_dev: bool,
    log_file: Path | None,
    load_state: Path | None,
    dump_state: Path | None,
    state: Path | None,
    log_format: str,
    log_level: str,
    access: Path | None,
    rate: float | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    network_id: int | None,
    account_keys: str | None,
    hardfork: str | None,
    unlimited: bool,
    **given: Any,
) -> None:
    """Serve a chain until it is told to stop, with unlocked development accounts and development methods.

    Listening on another address than loopback takes both away: whoever reaches the port could use them.
    """
    from chain.server import is_loopback, listen, read_access

    session.extra = {
        "node.port": port,
        "node.chain_id": given["chain_id"],
        "node.block_time": block_time,
        "node.one_tx_per_block": one_tx_per_block,
    }
    private = is_loopback(host)
    if given["unlock"] and not private:
        raise UsageError(f"--unlock on {host}: whoever reaches it could spend", hint="listen on 127.0.0.1 instead")
    entrance = read_access(access, rate)
    # Programs that start a node knock until it answers, brownie for ten seconds: who knocks from here on waits inside
    # for what is imported below.
    with closing(listen(host, session.settings.node.port)) as listener:
        from chain import launch

        dev = private and not no_dev
        if not dev and (load_state or dump_state or state):
            raise UsageError(
                "--load-state, --dump-state and --state need development methods", hint="leave --no-dev and --host out"
            )
        load_state = load_state or (state if state is not None and state.exists() else None)
        loaded = None if load_state is None else _read_state(load_state)
        options = _options(session, dev=dev, unlocked=private, **given)
        log_to(log_file, log_format, log_level)
        with told_to_stop() as stop:
            running = launch.start(options, host=host, access=entrance, hosts=hosts, origins=origins, listener=listener)
            try:
                stop.allow()
                if loaded is not None and running.node.dev is not None:
                    running.node.dev.do(lambda dev: dev.load(loaded)).result()
                _announce(session, running, given["mnemonic"])
                if not private:
                    session.screen.say(f"{host} is not loopback: no development methods, no unlocked accounts")
                stop.wait()
                if (target := dump_state or state) is not None:
                    _write_state(running, target)
            finally:
                running.stop()


@node.command()
@click.pass_obj
def status(session: Session) -> None:
    """What the node at --rpc is, and how it stands."""
    client = session.client()
    block = client.rpc("eth_getBlockByNumber", "latest", False)
    pool = client.rpc("txpool_status")
    timestamp = int(block["timestamp"], 16)
    facts: dict[str, Any] = {
        "rpc": session.settings.rpc,
        "version": client.rpc("web3_clientVersion"),
        "chain_id": client.chain_id,
        "block": int(block["number"], 16),
        "block_hash": block["hash"],
        "timestamp": timestamp,
        "clock_drift": timestamp - int(time.time()),
        "base_fee": int(block.get("baseFeePerGas", "0x0"), 16),
        "gas_limit": int(block["gasLimit"], 16),
        "pending": int(pool["pending"], 16),
        "queued": int(pool["queued"], 16),
        "development": "evm" in client.rpc("rpc_modules"),
    }
    _show(session, facts)


@node.command()
@click.argument("count", metavar="[N]", type=click.IntRange(1), default=1)
@click.pass_obj
def mine(session: Session, count: int) -> None:
    """Make N blocks now (1), empty ones if nothing waits; prints the number of the last one."""
    client = session.client()
    try:
        client.rpc("anvil_mine", hex(count))
    except MethodNotFound as problem:
        raise MethodNotFound(
            f"the node at {session.settings.rpc} does not make blocks on command",
            hint="that is for development nodes: `mz node start` without --no-dev, on loopback",
        ) from problem
    number = int(client.rpc("eth_blockNumber"), 16)
    if session.json:
        session.screen.data({"block": number})
    else:
        session.screen.line(str(number))


def _options(
    session: Session,
    *,
    chain_id: int | None,
    accounts: int,
    mnemonic: str | None,
    balance: float,
    gas_limit: int | None,
    memory: bool,
    unlock: tuple[str, ...] = (),
    start_time: str | None = None,
    dev: bool = False,
    unlocked: bool = True,
    client_version: str | None = None,
    genesis: Path | None = None,
    allow_unknown_forks: bool = False,
) -> NodeOptions:
    from chain.launch import NodeOptions
    from chain.producer import Acting, Mining
    from chain.spec import GENESIS_GAS_LIMIT
    from chain.wallet import DEV_MNEMONIC

    if memory and session.data_dir is not None:
        raise UsageError("--memory and --data-dir contradict each other", hint="leave one of them out")
    acting = acted_for(unlock)
    if not dev and (acting or start_time or client_version):
        raise UsageError(
            "--unlock ADDRESS, --time and --client-version need development methods",
            hint="leave --no-dev and --host out",
        )
    settings = session.settings.node
    if genesis is not None and gas_limit is not None:
        raise UsageError("--genesis and --gas-limit contradict each other", hint="the file says it; leave one out")
    return NodeOptions(
        data_dir=None if memory else session.settings.data_dir,
        chain_id=settings.chain_id or None,
        accounts=accounts,
        mnemonic=mnemonic or DEV_MNEMONIC,
        balance=round(balance * 1_000_000) * (ETHER // 1_000_000),
        gas_limit=gas_limit or GENESIS_GAS_LIMIT,
        genesis=None if genesis is None else _chain_of(session, genesis, settings.chain_id, allow_unknown_forks),
        mining=Mining(
            automine=settings.block_time == 0,
            interval=settings.block_time or None,
            one_transaction_per_block=settings.one_tx_per_block,
        ),
        engine=settings.engine,
        translate=settings.translate,
        kubo=settings.kubo or None,
        dev=dev,
        unlocked=unlocked,
        clock_offset=0 if start_time is None else _moment(start_time) - int(time.time()),
        client_version=client_version,
        acting=Acting(accounts=acting),
        keys=unlocked_keys(session, unlock),
    )


def _facts(opened: Opened) -> dict[str, Any]:
    head = opened.node.head()
    return {
        "chain_id": opened.node.spec.chain_id,
        "genesis": opened.node.header("earliest").hash,
        "block": head.number,
        "gas_limit": head.gas_limit,
        "accounts": [shown(account.address) for account in opened.accounts],
    }


def _announce(session: Session, running: Running, mnemonic: str | None) -> None:
    screen, opened = session.screen, running.opened
    facts = {"rpc": running.url, **_facts(opened), "development": running.node.dev is not None}
    if session.json:
        _show(session, facts)
    else:
        state = running.node.state("latest")
        rows = [("RPC URL", running.url, ""), ("chain id", str(running.chain_id), "")]
        rows += [
            (account.name or "", shown(account.address), amount(state.balance(account.address), "ETH"))
            for account in opened.accounts
        ]
        screen.table(("what", "which", "holds"), rows)
    screen.flush()
    if opened.accounts:
        words = "the usual test words" if mnemonic is None else "your --mnemonic"
        screen.say(f"the development accounts' keys come from {words}; never put anything of value on them")
    screen.say(f"serving {running.url}; Ctrl-C stops it cleanly")


def _show(session: Session, facts: dict[str, Any]) -> None:
    if session.json:
        session.screen.data(facts)
        return
    rows = [(name.replace("_", " "), _text(value)) for name, value in facts.items()]
    session.screen.table(("what", "which"), rows)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else str(value)


def _moment(text: str) -> int:
    """Unix seconds of a number or an ISO date."""
    try:
        return int(text) if text.isascii() and text.isdigit() else int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as problem:
        raise UsageError(
            f"--time {text!r} is no time", hint="give Unix seconds, or a date such as 2030-01-31T12:00:00"
        ) from problem


def _read_state(file: Path) -> Mapping[Address, GenesisAccount]:
    from chain.rpc.statefile import decode_state

    try:
        return decode_state(file.read_bytes())
    except OSError as problem:
        raise UsageError(f"cannot read {file}: {problem.strerror}", hint="name a dump of a state") from problem
    except ChainError as problem:
        raise UsageError(f"{file}: {problem.message}", hint=problem.hint) from problem


def _write_state(running: Running, file: Path) -> None:
    from chain.rpc.statefile import encode_state

    assert running.node.dev is not None  # checked when the flags were read
    accounts = running.node.dev.do(lambda dev: dev.dump()).result()
    draft = file.with_name(file.name + ".part")
    draft.write_bytes(encode_state(accounts, running.node.head()))
    draft.replace(file)


def _chain_of(session: Session, file: Path, chain_id: int, allow_unknown_forks: bool) -> Spec:
    """The chain that a genesis file describes."""
    from chain.spec import read_genesis

    try:
        text = file.read_bytes()
    except OSError as problem:
        raise UsageError(f"cannot read {file}: {problem.strerror}", hint="name a genesis file") from problem
    spec = read_genesis(text, str(file), allow_unknown_forks=allow_unknown_forks)
    if chain_id not in (0, spec.chain_id):
        raise UsageError(
            f"--chain-id is {chain_id}, {file} describes the chain with id {spec.chain_id}",
            hint="leave --chain-id out: the file says it",
        )
    if spec.schedule.disregarded:
        session.screen.say(
            f"warning: {', '.join(spec.schedule.disregarded)} not known here: blocks after "
            f"{'it' if len(spec.schedule.disregarded) == 1 else 'them'} run under Prague's rules, and other clients "
            "will come to other results"
        )
    return spec
