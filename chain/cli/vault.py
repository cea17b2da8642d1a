"""`mz vault`: the treasury of five keys. An order goes as a file from key to key until it can be carried out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli import money
from chain.cli.contract import bound, named_address, wei
from chain.cli.money import account, moment, told
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.cli.values import exact, line
from chain.errors import InvalidParams, UsageError
from chain.primitives import ZERO_ADDRESS, from_hex

if TYPE_CHECKING:
    from chain.client import Client
    from chain.economy.orders import Order

DAY = 86_400
Command = Callable[..., Any]


@click.group(cls=Branch)
def vault() -> None:
    """See the treasury of five keys, sign its payments, and change a key."""


@vault.command()
@click.pass_obj
def status(session: Session) -> None:
    """What the treasury has, who signs, and whether a key is being replaced."""
    from chain.economy import treasury as facts

    client = session.client()
    found = facts.vault(client, client.platform)
    rows = [
        ("vault", shown(client.platform.vault)),
        ("ether", amount(found.ether, "ETH")),
        ("MZ", amount(found.mz)),
        *((f"seat {number}", shown(seat)) for number, seat in enumerate(found.seats)),
        ("payments and proposals so far", str(found.nonce)),
    ]
    if found.replacement != ZERO_ADDRESS:
        rows.append((f"seat {found.seat} is to be", f"{shown(found.replacement)} from {moment(found.ready)} on"))
    data: dict[str, Any] = {
        "vault": shown(client.platform.vault),
        "ether": str(found.ether),
        "mz": str(found.mz),
        "seats": [shown(seat) for seat in found.seats],
        "seat_set": found.seat_set,
        "nonce": found.nonce,
        "rotation": None
        if found.replacement == ZERO_ADDRESS
        else {"seat": found.seat, "replacement": shown(found.replacement), "ready": found.ready},
    }
    told(session, rows, data)


def _terms(command: Command) -> Command:
    for option in (
        click.option("--days", type=click.IntRange(1, 365), default=7, help="How long the signatures count (7)."),
        click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write."),
    ):
        command = option(command)
    return command


@vault.command()
@click.argument("to")
@click.argument("quantity", metavar="AMOUNT")
@click.option("--token", default="ETH", help="ETH, MZ or a token's address (ETH).")
@_terms
@click.pass_obj
def pay(session: Session, to: str, quantity: str, token: str, days: int, out: Path) -> None:
    """Write an order to pay AMOUNT to TO. All five keys sign it before it can be sent."""
    from chain.economy import orders

    client = session.client()
    currency, receiver = money.currency(client, token), named_address(session, client, to)
    value = currency.parse(quantity)
    if currency.address == ZERO_ADDRESS:
        what = orders.Payment(target=receiver, value=value, data=b"")
    else:
        data = client.contract("MZ", currency.address).data("transfer", receiver, value)
        what = orders.Payment(target=currency.address, value=0, data=data)
    _begin(session, client, orders.payment(client, client.platform, what, _until(client, days)), out)


@vault.command()
@click.argument("what")
@click.argument("address")
@click.argument("function")
@click.argument("arguments", nargs=-1)
@click.option("--value", default="0", help="Ether that the vault sends along, such as 0.5ether.")
@_terms
@click.pass_obj
def act(
    session: Session,
    what: str,
    address: str,
    function: str,
    arguments: Sequence[str],
    value: str,
    days: int,
    out: Path,
) -> None:
    """Write an order to call a FUNCTION, as `mz contract send` does for one key."""
    from chain.economy import orders

    client = session.client()
    there, given = bound(session, client, what, address, function, arguments)
    call = orders.Payment(target=there.address, value=wei(value), data=there.data(function, *given))
    _begin(session, client, orders.payment(client, client.platform, call, _until(client, days)), out)


@vault.command()
@click.argument("seat", type=click.IntRange(0, 4))
@click.argument("key", metavar="ACCOUNT")
@_terms
@click.pass_obj
def rotate(session: Session, seat: int, key: str, days: int, out: Path) -> None:
    """Write an order to give a SEAT another key. The four others sign it; the seat has 30 days to object."""
    from chain.economy import orders

    client = session.client()
    what = orders.Rotation(seat=seat, replacement=account(session, key))
    _begin(session, client, orders.rotation(client, client.platform, what, _until(client, days)), out)


@vault.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def show(session: Session, file: Path) -> None:
    """What an order does, who has signed it, and who is missing."""
    _tell(session, session.client(), _read(file))


@vault.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--signature", metavar="HEX", help="Add one that another wallet made of the file's `order`.")
@click.option("--seat", metavar="ACCOUNT", help="Whose it is, where that is a contract wallet.")
@click.pass_obj
def sign(session: Session, file: Path, signature: str | None, seat: str | None) -> None:
    """Sign an order with --from, after showing what it does; the file has the signature then."""
    from chain.economy import orders

    order, client = _read(file), session.client()
    seats = orders.check(client, client.platform, order)
    if signature is not None:
        try:
            given = from_hex(signature, name="--signature")
        except InvalidParams as problem:
            raise UsageError(problem.message, hint=problem.hint) from problem
        order = orders.add(order, seats, given, None if seat is None else account(session, seat))
    else:
        if not session.json:
            _tell(session, client, order)
        key = session.account()
        session.confirm(f"sign it as {shown(key.address)}?")
        order = orders.sign(order, seats, key)
    _write(file, order)
    if session.json or signature is not None:
        _tell(session, client, order)
    else:
        absent = orders.missing(client, order, seats)
        session.screen.line(f"{len(seats) - len(absent)} of {len(seats)} have signed")


@vault.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def send(session: Session, files: Sequence[Path]) -> None:
    """Carry out an order that is signed; anyone may. Several FILES: copies of one order, signed apart."""
    from chain.economy import orders

    order = orders.together([_read(file) for file in files])
    client = session.client(acting=True)
    if not session.json:
        _tell(session, client, order)
    session.confirm("carry it out?")
    mined = orders.carry_out(client, client.platform, order, client.wallet.first)
    told(session, [("carried out", f"number {order.nonce}")], {"nonce": order.nonce}, mined)


@vault.command(name="object")
@click.pass_obj
def object_to(session: Session) -> None:
    """Drop the new key that is proposed for your seat: you are there."""
    client = session.client(acting=True)
    mined = client.contract("Vault", client.platform.vault).send("object", sender=client.wallet.first)
    told(session, [("the proposal", "is dropped")], {"dropped": True}, mined)


@vault.command()
@click.pass_obj
def complete(session: Session) -> None:
    """Let the proposed key take its seat once its 30 days are over. Anyone may."""
    client = session.client(acting=True)
    there = client.contract("Vault", client.platform.vault)
    mined = there.send("completeRotation", sender=client.wallet.first)
    (event,) = there.events_in(mined, "SeatRotated")
    seat, key = event.arguments["seat"], shown(event.arguments["present"])
    told(session, [(f"seat {seat}", f"is {key} now")], {"seat": seat, "key": key}, mined)


def _until(client: Client, days: int) -> int:
    return max(client.timestamp(), int(time.time())) + days * DAY


def _begin(session: Session, client: Client, order: Order, out: Path) -> None:
    if out.exists():
        raise UsageError(f"{out} is there already", hint="name another file with --out, or remove it")
    _write(out, order)
    _tell(session, client, order)
    session.screen.say(f"sign it: mz vault sign {out} --from KEY")


def _read(file: Path) -> Order:
    from chain.economy import orders

    try:
        return orders.decode(file.read_bytes(), str(file))
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror}") from problem


def _write(file: Path, order: Order) -> None:
    try:
        whole = file.with_name(f".{file.name}.part")
        whole.write_bytes(order.encode())
        whole.replace(file)
    except OSError as problem:
        raise UsageError(f"{file} cannot be written: {problem.strerror}") from problem


def _tell(session: Session, client: Client, order: Order) -> None:
    """What it does is read from what is signed."""
    from chain.abi import text
    from chain.client import Known
    from chain.economy import orders
    from chain.economy.orders import Payment

    seats = orders.check(client, client.platform, order)
    absent = orders.missing(client, order, seats)
    what = order.what
    data: dict[str, Any] = {"order": order.typed()["primaryType"].lower()}
    if isinstance(what, Payment):
        known = Known(client)
        said = known.call(what.target, what.data) if what.data else None
        whose = f"{shown(what.target)} {known.name(what.target)}".strip()
        rows = [("the vault pays", amount(what.value, "ETH")), ("to", whose)]
        if said is not None:
            rows.append(("and calls", f"{said.name}({line(exact(text.show(said.arguments)))})"))
            # Of MZ alone: any other contract may call itself MZ and its function what it likes.
            if what.target == client.platform.mz and said.name in ("transfer", "approve"):
                _, quantity = said.arguments.values()
                rows.append(("which is", amount(quantity)))
        elif what.data:
            rows.append(("and calls with unknown data", "0x" + what.data.hex()))
        data |= {
            "target": shown(what.target),
            "value": str(what.value),
            "data": what.data,
            "function": None if said is None else said.name,
            "arguments": None if said is None else exact(text.show(said.arguments)),
        }
    else:
        rows = [(f"seat {what.seat} is to be", shown(what.replacement))]
        data |= {"seat": what.seat, "replacement": shown(what.replacement)}
    rows += [("until", moment(order.deadline))]
    rows += [("missing" if seat in absent else "signed", shown(seat)) for seat in seats]
    data |= {
        "deadline": order.deadline,
        "nonce": order.nonce,
        "signed": [shown(seat) for seat in seats if seat not in absent],
        "missing": [shown(seat) for seat in absent],
    }
    told(session, rows, data)
