"""`mz tx`: one transaction: what it was and did, call by call, and sending one that no contract's command makes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from chain.cli.contract import artifact_of, named_address, wei
from chain.cli.money import moment
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.cli.values import exact, harmless, line
from chain.errors import InvalidParams, MethodNotFound, NotFound, UsageError
from chain.primitives import from_hex

if TYPE_CHECKING:
    from chain.client import Client, Known, Mined, Said

KINDS = ("legacy", "access list", "fee market", "blob", "delegation")
DEEP = 20_000  # Python frames: calls nest up to 1,024 deep, and each is several of them here
SHOWN_BYTES = 36

known_abis = click.option(
    "--abi", "abis", multiple=True, metavar="WHAT", help="A compiled .json or File.sol:Contract to read bytes by."
)


@click.group(cls=Branch)
def tx() -> None:
    """Show, trace and send transactions."""


@tx.command()
@click.argument("transaction", metavar="HASH")
@known_abis
@click.pass_obj
def show(session: Session, transaction: str, abis: Sequence[str]) -> None:
    """What a transaction is, whether and why it failed, what it cost, and its events."""
    client = session.client()
    sent, receipt = _found(session, client, transaction)
    facts = _facts(client, _known(client, abis), sent, receipt)
    if session.json:
        session.screen.data(facts)
        return
    events = facts.pop("events")
    session.screen.table(("what", "which"), [(name, text) for name, text in _in_words(facts) if text])
    if events:
        rows = [(one["log_index"], _whose(one), one["event"] or "?", _given(one)) for one in events]
        session.screen.table(("log", "contract", "event", "arguments"), rows, title="events")


@tx.command()
@click.argument("transaction", metavar="HASH")
@known_abis
@click.pass_obj
def trace(session: Session, transaction: str, abis: Sequence[str]) -> None:
    """Every call that a transaction made, with gas, value, result and events, indented by depth."""
    sys.setrecursionlimit(DEEP)
    client = session.client()
    sent, receipt = _found(session, client, transaction)
    if receipt is None:
        raise NotFound(f"transaction {sent['hash']} is in no block yet", hint="it can be traced once it is mined")
    options = {"tracer": "callTracer", "tracerConfig": {"withLog": True}}
    try:
        root = client.rpc("debug_traceTransaction", sent["hash"], options)
    except MethodNotFound as problem:
        raise MethodNotFound(
            f"the node at {session.settings.rpc} does not trace", hint="ask one that answers debug_traceTransaction"
        ) from problem
    tree = _call(_known(client, abis), root)
    if session.json:
        session.screen.data(tree)
    else:
        session.screen.table(("gas", "value", "call"), list(_rows(tree, 0)))


@tx.command()
@click.argument("to", metavar="[TO]", required=False)
@click.option("--value", default="0", help="Ether to send, such as 0.5ether.")
@click.option("--data", metavar="HEX", default="0x", help="Call data, or creation code when there is no TO.")
@click.option("--gas", type=click.IntRange(21_000), help="Gas limit; by default what an estimate needs, and a quarter.")
@click.option("--raw", metavar="HEX", help="A transaction that was signed elsewhere; - reads it from stdin.")
@click.option("--no-wait", is_flag=True, help="Do not wait for a block: print the hash.")
@click.pass_obj
def send(
    session: Session, to: str | None, value: str, data: str, gas: int | None, raw: str | None, no_wait: bool
) -> None:
    """Send ether or call data to TO, an address or a name, from --from; or send what is signed already.

    What would be refused is told before anything is sent, unless --gas is given.
    """
    if raw is not None:
        if to is not None or data != "0x" or value != "0" or gas is not None:
            raise UsageError("--raw is a whole transaction", hint="leave TO, --value, --data and --gas out")
        signed = _octets((sys.stdin.read() if raw == "-" else raw).strip(), "--raw")
        client = session.client()
        session.confirm(f"send {len(signed)} signed bytes?")
        made = bytes.fromhex(client.rpc("eth_sendRawTransaction", "0x" + signed.hex())[2:])
    else:
        given, ether = _octets(data, "--data"), wei(value)
        if to is None and not given:
            raise UsageError("there is neither TO nor --data", hint="mz tx send TO --value 1ether")
        client = session.client(acting=True)
        message: dict[str, Any] = {"data": given} | ({} if gas is None else {"gas": gas})
        if to is not None:
            message["to"] = named_address(session, client, to)
        target = "a new contract" if to is None else shown(message["to"])
        session.confirm(f"send {amount(ether, 'ETH')} and {len(given)} bytes to {target} from {_sender(session)}?")
        made = client.submit(message, session.account(), ether)
    if no_wait:
        _tell_hash(session, made)
    else:
        _tell_mined(session, client.wait(made))


def _sender(session: Session) -> str:
    return shown(session.account().address)


def _tell_hash(session: Session, made: bytes) -> None:
    if session.json:
        session.screen.data({"transaction": made})
    else:
        session.screen.line("0x" + made.hex())


def _tell_mined(session: Session, mined: Mined) -> None:
    cost = mined.gas_used * mined.effective_gas_price
    if session.json:
        session.screen.data(
            {
                "transaction": mined.transaction_hash,
                "block": mined.block_number,
                "gas_used": mined.gas_used,
                "cost": str(cost),
                "created": None if mined.contract_address is None else shown(mined.contract_address),
            }
        )
        return
    session.screen.line("0x" + mined.transaction_hash.hex())
    made = "" if mined.contract_address is None else f", contract {shown(mined.contract_address)}"
    session.screen.say(f"block {mined.block_number}, {mined.gas_used:,} gas, {amount(cost, 'ETH')}{made}")


# --- what a node says, in our words -----------------------------------------------------------------------------------


def _octets(text: str, name: str, length: int | None = None) -> bytes:
    """Hex as somebody typed it."""
    try:
        return from_hex(text, length=length, name=name)
    except InvalidParams as problem:
        raise UsageError(problem.message, hint=problem.hint) from problem


def _known(client: Client, abis: Sequence[str]) -> Known:
    from chain.client import Known

    given = [artifact_of(what) for what in abis]
    client.learn(*(artifact.abi for artifact in given))
    return Known(client, given)


def _found(session: Session, client: Client, text: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """The transaction and its receipt, None while it waits."""
    key = "0x" + _octets(text, "HASH", 32).hex()
    sent = client.rpc("eth_getTransactionByHash", key)
    if sent is None:
        raise NotFound(
            f"there is no transaction {key} on chain {client.chain_id}, as {session.settings.rpc} knows it",
            hint="is it the right node (--rpc)? one that was replaced or dropped leaves nothing behind",
        )
    return sent, client.rpc("eth_getTransactionReceipt", key)


def _facts(client: Client, known: Known, sent: Mapping[str, Any], receipt: Mapping[str, Any] | None) -> dict[str, Any]:
    from chain.client.transactions import failure

    to = None if sent.get("to") is None else bytes.fromhex(sent["to"][2:])
    data = bytes.fromhex(sent["input"][2:])
    said = known.call(to, data) if data else None
    facts: dict[str, Any] = {"hash": sent["hash"], "status": "waiting", "reason": None}
    if receipt is not None:
        succeeded = int(receipt.get("status", "0x1"), 16) == 1  # before Byzantium a receipt has no status
        block = client.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
        facts |= {
            "status": "succeeded" if succeeded else "failed",
            "reason": None if succeeded else _reason(failure(client, receipt).message),
            "block": int(receipt["blockNumber"], 16),
            "block_hash": receipt["blockHash"],
            "index": int(receipt["transactionIndex"], 16),
            "timestamp": int(block["timestamp"], 16),
        }
    facts |= {
        "from": address_text(sent["from"]),
        "to": address_text(sent.get("to")),
        "contract": "" if to is None else known.name(to),
        "created": None if receipt is None else address_text(receipt.get("contractAddress")),
        "value": str(int(sent["value"], 16)),
        **call_of(said),
        "input": sent["input"],
        "nonce": int(sent["nonce"], 16),
        "type": int(sent.get("type", "0x0"), 16),
        "gas_limit": int(sent["gas"], 16),
    }
    if receipt is not None:
        used, price = (
            int(receipt["gasUsed"], 16),
            int(receipt.get("effectiveGasPrice", sent.get("gasPrice", "0x0")), 16),
        )
        facts |= {"gas_used": used, "gas_price": str(price), "fee": str(used * price)}
    else:
        facts["max_gas_price"] = str(int(sent.get("maxFeePerGas", sent.get("gasPrice", "0x0")), 16))
    facts["events"] = [_event(known, log) for log in ([] if receipt is None else receipt["logs"])]
    return facts


def _reason(message: str) -> str:
    """Without the hash that stands above it."""
    return message.partition(" failed")[2].lstrip(",: ")


def call_of(said: Said | None) -> dict[str, Any]:
    """Function and arguments of a call for JSON; None where nobody knows them."""
    from chain.abi import text

    if said is None:
        return {"function": None, "arguments": None}
    return {"function": said.name, "arguments": exact(text.show(said.arguments))}


def address_text(given: str | None) -> str | None:
    """With its checksum; None for none."""
    return None if not given else shown(bytes.fromhex(given[2:]))


def _event(known: Known, log: Mapping[str, Any]) -> dict[str, Any]:
    address = bytes.fromhex(log["address"][2:])
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    said = known.event(address, topics, bytes.fromhex(log["data"][2:]))
    name = call_of(said)
    return {
        "log_index": None if log.get("logIndex") is None else int(log["logIndex"], 16),
        "address": shown(address),
        "contract": known.name(address),
        "event": name["function"],
        "arguments": name["arguments"],
        "topics": log["topics"],
        "data": log["data"],
    }


def _call(known: Known, frame: Mapping[str, Any]) -> dict[str, Any]:
    """One call of the tree that `callTracer` gives."""
    from chain.abi import text
    from chain.client import returned

    created = frame["type"] in ("CREATE", "CREATE2")
    to = bytes.fromhex(frame["to"][2:]) if frame.get("to") else None
    data, output = (bytes.fromhex(frame.get(name, "0x")[2:]) for name in ("input", "output"))
    said = known.call(None if created else to, data) if data else None
    error = frame.get("error")
    if error and output:
        error = known.error(output)
    name = "" if to is None else known.name(to)
    return {
        "type": frame["type"],
        "from": address_text(frame["from"]),
        "to": address_text(frame.get("to")),
        "contract": name or (said.contract if said else ""),
        **call_of(said),
        "input": frame.get("input", "0x"),
        "value": str(int(frame.get("value", "0x0"), 16)),
        "gas": int(frame["gas"], 16),
        "gas_used": int(frame["gasUsed"], 16),
        "output": frame.get("output", "0x"),
        "result": None if said is None or error or created else exact(text.show(returned(said, output))),
        "error": error,
        "events": [{**_event(known, log), "position": _position(log)} for log in frame.get("logs", ())],
        "calls": [_call(known, inner) for inner in frame.get("calls", ())],
    }


def _position(log: Mapping[str, Any]) -> int:
    """After how many inner calls it was emitted."""
    position = log.get("position", 0)
    return int(position, 16) if isinstance(position, str) else int(position)


# --- the same for people ----------------------------------------------------------------------------------------------


def _in_words(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "hash", facts["hash"]
    yield "status", facts["status"] + (f": {harmless(facts['reason'])}" if facts["reason"] else "")
    if "block" in facts:
        yield "block", f"{facts['block']}, index {facts['index']}, {moment(facts['timestamp'])}"
    yield "from", facts["from"]
    yield "to", f"{facts['to'] or 'a new contract'} {facts['contract']}".strip()
    yield "created", facts["created"] or ""
    yield "value", amount(int(facts["value"]), "ETH")
    if facts["function"]:
        yield "call", f"{facts['function']}({line(facts['arguments'])})"
    elif facts["input"] != "0x":
        yield "input", short(facts["input"])
    yield "nonce", str(facts["nonce"])
    yield "type", f"{facts['type']} {KINDS[facts['type']] if facts['type'] < len(KINDS) else ''}".strip()
    if "gas_used" in facts:
        yield "gas", f"{facts['gas_used']:,} of {facts['gas_limit']:,}"
        yield "price", gwei(facts["gas_price"])
        yield "fee", amount(int(facts["fee"]), "ETH")
    else:
        yield "gas", f"at most {facts['gas_limit']:,}"
        yield "price", f"at most {gwei(facts['max_gas_price'])}"


def _rows(call: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str, str]]:
    whose = call["contract"] or call["to"] or "nothing"
    if call["function"]:
        asked = f"{whose}.{call['function']}({line(call['arguments'])})"
    else:
        asked = whose + (f" {short(call['input'])}" if call["input"] != "0x" and "CREATE" not in call["type"] else "")
    value = amount(int(call["value"]), "ETH") if call["value"] != "0" else ""
    if call["error"]:
        result = f"failed: {harmless(call['error'])}"
    elif call["result"] is not None:
        result = line(call["result"])
    else:
        result = (call["to"] or "") if "CREATE" in call["type"] else short(call["output"])
    answer = f" → {result}" if result else ""
    yield f"{call['gas_used']:,}", value, f"{'  ' * depth}{call['type']} {asked}{answer}"
    events = list(call["events"])
    for number, inner in enumerate(call["calls"]):
        while events and events[0]["position"] <= number:
            yield _emitted(events.pop(0), depth + 1)
        yield from _rows(inner, depth + 1)
    for event in events:
        yield _emitted(event, depth + 1)


def _emitted(event: Mapping[str, Any], depth: int) -> tuple[str, str, str]:
    name = f".{event['event']}" if event["event"] else ""
    return "", "", f"{'  ' * depth}emit {_whose(event)}{name}({_given(event)})"


def _whose(event: Mapping[str, Any]) -> str:
    return str(event["contract"] or event["address"])


def _given(event: Mapping[str, Any]) -> str:
    if event["event"]:
        return line(event["arguments"])
    return " ".join([*event["topics"], short(event["data"])])


def short(text: str) -> str:
    """Hex, cut where it becomes unreadable."""
    size = (len(text) - 2) // 2
    if size == 0:
        return ""
    return text if size <= SHOWN_BYTES else f"{text[: 2 + 2 * SHOWN_BYTES]}… ({size:,} bytes)"


def gwei(wei_text: str) -> str:
    """A price per gas."""
    return f"{int(wei_text) / 10**9:,.9f}".rstrip("0").rstrip(".") + " gwei"
