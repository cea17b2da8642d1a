"""What the five keys of the vault sign (T6): a payment, or another key for a seat, in a file that goes from key to key.

The file holds EIP-712 data as `eth_signTypedData_v4` takes it, so that any wallet can sign it, and the signatures so
far. What it does is read from that data alone; numbers are decimal strings, because a payment in wei is more than what
other languages take for an integer in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chain.client import Client, Contract, Mined, Platform
from chain.client.client import Who
from chain.errors import AbiError, ChainError, EconomyError, UsageError
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Wei, address_from, checksum, from_hex, to_hex
from chain.wallet import Account, recovered

SEATS = 5
_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
_TERMS = (("deadline", "uint256"), ("nonce", "uint256"), ("seatSet", "uint256"))
_FIELDS = {
    "Payment": (("target", "address"), ("value", "uint256"), ("data", "bytes"), *_TERMS),
    "Rotation": (("seat", "uint256"), ("replacement", "address"), *_TERMS),
}


class Payment(Record):
    """A call that the vault makes: all five seats sign."""

    target: Address
    value: Wei
    data: bytes


class Rotation(Record):
    """Another key for a seat: the four others sign, and the seat has 30 days to object."""

    seat: int
    replacement: Address


class Order(Record):
    """One of them with its terms. `deadline` in Unix seconds; `nonce` and `seat_set` as they stood at the vault: it is
    carried out at most once, and never by other keys than those who were asked."""

    what: Payment | Rotation
    chain_id: int
    vault: Address
    deadline: int
    nonce: int
    seat_set: int
    signatures: Mapping[Address, bytes]  # by seat

    def typed(self) -> dict[str, Any]:
        """EIP-712 data: what is signed, and nothing else."""
        if isinstance(self.what, Payment):
            kind = "Payment"
            message: dict[str, Any] = {
                "target": checksum(self.what.target),
                "value": str(self.what.value),
                "data": to_hex(self.what.data),
            }
        else:
            kind = "Rotation"
            message = {"seat": str(self.what.seat), "replacement": checksum(self.what.replacement)}
        message |= {"deadline": str(self.deadline), "nonce": str(self.nonce), "seatSet": str(self.seat_set)}
        named = {"EIP712Domain": _DOMAIN, kind: _FIELDS[kind]}
        return {
            "types": {name: [{"name": n, "type": t} for n, t in fields] for name, fields in named.items()},
            "primaryType": kind,
            "domain": {
                "name": "MZ Vault",
                "version": "1",
                "chainId": self.chain_id,
                "verifyingContract": checksum(self.vault),
            },
            "message": message,
        }

    def encode(self) -> bytes:
        """The file."""
        signatures = {checksum(seat): to_hex(signature) for seat, signature in self.signatures.items()}
        return msgspec.json.format(msgspec.json.encode({"order": self.typed(), "signatures": signatures})) + b"\n"


def decode(file: bytes, name: str) -> Order:
    """The order in a file; UsageError when it is none, or says more than what an order can say."""
    try:
        found = msgspec.json.decode(file)
        typed = found["order"]
        domain, message = typed["domain"], typed["message"]
        order = Order(
            what=_what(typed["primaryType"], message),
            chain_id=domain["chainId"],
            vault=address_from(domain["verifyingContract"], name="verifyingContract"),
            deadline=int(message["deadline"]),
            nonce=int(message["nonce"]),
            seat_set=int(message["seatSet"]),
            signatures={
                address_from(seat, name="seat"): from_hex(signature, name="signature")
                for seat, signature in found["signatures"].items()
            },
        )
    except (msgspec.DecodeError, ChainError, LookupError, TypeError, ValueError, AttributeError) as problem:
        reason = problem.message if isinstance(problem, ChainError) else f"{type(problem).__name__}: {problem}"
        raise UsageError(
            f"{name} holds no order of the vault ({reason})", hint="`mz vault pay` writes one"
        ) from problem
    if order.typed() != typed:
        raise UsageError(
            f"{name} holds an order that is written otherwise than the vault's", hint="ask for the file once more"
        )
    return order


def payment(client: Client, platform: Platform, what: Payment, deadline: int) -> Order:
    """An order that nobody has signed yet; refuses what the vault could not carry out now."""
    if what.value > (held := client.balance(platform.vault)):
        raise EconomyError(f"the vault has {held} wei, {what.value} wei are to be paid")
    if what.data and not client.code(what.target):
        raise EconomyError(f"{checksum(what.target)} has no code: it cannot be called")
    client.call(what.target, what.data, sender=platform.vault, value=what.value)
    return _order(client, platform, what, deadline)


def rotation(client: Client, platform: Platform, what: Rotation, deadline: int) -> Order:
    """An order for another key of a seat, refused where the vault would."""
    contract = _vault(client, platform)
    seats = contract.call("seats")
    if not 0 <= what.seat < SEATS:
        raise EconomyError(f"there is no seat {what.seat}", hint=f"seats are 0 to {SEATS - 1}: `mz vault status`")
    if what.replacement in (*seats, ZERO_ADDRESS, platform.vault):
        raise EconomyError(f"{checksum(what.replacement)} cannot take a seat", hint="a seat needs a key of its own")
    if (waiting := contract.call("rotation"))["replacement"] != ZERO_ADDRESS:
        raise EconomyError(
            f"a new key for seat {waiting['seat']} is proposed already",
            hint="`mz vault complete` when its time has come; a payment drops it",
        )
    return _order(client, platform, what, deadline)


def check(client: Client, platform: Platform, order: Order) -> Sequence[Address]:
    """The seats that sign it, in their order. Raises EconomyError where the vault would refuse it whoever signs."""
    contract = _vault(client, platform)
    if (order.chain_id, order.vault) != (client.chain_id, platform.vault):
        raise EconomyError(
            f"the order is for the vault {checksum(order.vault)} on chain {order.chain_id}, "
            f"this is {checksum(platform.vault)} on chain {client.chain_id}"
        )
    nonce, seat_set = contract.call("nonce"), contract.call("seatSet")
    if (order.nonce, order.seat_set) != (nonce, seat_set):
        raise EconomyError(
            f"the order was made for the vault's number {order.nonce} under its keys {order.seat_set}; it is at number "
            f"{nonce} under keys {seat_set}",
            hint="something else was carried out first: make the order again and have it signed",
        )
    if order.deadline < client.timestamp():
        raise EconomyError("the order's time is over", hint="make it again with more --days")
    return [
        seat
        for number, seat in enumerate(contract.call("seats"))
        if not (isinstance(order.what, Rotation) and number == order.what.seat)
    ]


def sign(order: Order, seats: Sequence[Address], account: Account) -> Order:
    """With that key's signature; EconomyError when its signature is not asked for."""
    if account.address not in seats:
        raise EconomyError(
            f"{checksum(account.address)} does not sign this order",
            hint=f"these do: {', '.join(checksum(seat) for seat in seats)}",
        )
    return _with(order, account.address, account.sign_typed_data(order.typed()))


def add(order: Order, seats: Sequence[Address], signature: bytes, seat: Address | None = None) -> Order:
    """With a signature made elsewhere. Whose it is comes out of it; a contract wallet (ERC-1271) has to be named."""
    signer = recovered(order.typed(), signature)
    if seat is None:
        seat = signer
    if seat is None or seat not in seats:
        whose = "nobody" if signer is None else checksum(signer)
        raise EconomyError(
            f"the signature is of {whose}, who does not sign this order",
            hint="was exactly this file's `order` signed? name the seat with --seat if it is a contract wallet",
        )
    return _with(order, seat, signature)


def together(orders: Sequence[Order]) -> Order:
    """Copies of one order that were signed apart; EconomyError when they are different orders."""
    first, *others = orders
    if any(other.typed() != first.typed() for other in others):
        raise EconomyError("the files hold different orders", hint="carry them out one by one")
    return msgspec.structs.replace(
        first, signatures={seat: signature for order in orders for seat, signature in order.signatures.items()}
    )


def missing(client: Client, order: Order, seats: Sequence[Address]) -> list[Address]:
    """Who has not signed it, or not rightly."""
    return [seat for seat in seats if not _signed(client, order, seat)]


def carry_out(client: Client, platform: Platform, order: Order, sender: Who) -> Mined:
    """Hand it to the vault; anyone may, once it is signed. Raises EconomyError while signatures are missing."""
    seats = check(client, platform, order)
    if absent := missing(client, order, seats):
        raise EconomyError(
            f"{len(seats) - len(absent)} of {len(seats)} have signed; missing: "
            + ", ".join(checksum(seat) for seat in absent),
            hint="`mz vault sign FILE --from KEY` with each of them",
        )
    contract = _vault(client, platform)
    signatures = [order.signatures.get(seat, b"") for seat in contract.call("seats")]
    if isinstance(order.what, Payment):
        what = order.what
        return contract.send("execute", what.target, what.value, what.data, order.deadline, signatures, sender=sender)
    return contract.send(
        "proposeRotation", order.what.seat, order.what.replacement, order.deadline, signatures, sender=sender
    )


def _signed(client: Client, order: Order, seat: Address) -> bool:
    signature = order.signatures.get(seat)
    if signature is None:
        return False
    return bool(client.code(seat)) or recovered(order.typed(), signature) == seat  # a contract is asked by the vault


def _order(client: Client, platform: Platform, what: Payment | Rotation, deadline: int) -> Order:
    contract = _vault(client, platform)
    return Order(
        what=what,
        chain_id=client.chain_id,
        vault=platform.vault,
        deadline=deadline,
        nonce=contract.call("nonce"),
        seat_set=contract.call("seatSet"),
        signatures={},
    )


def _what(kind: str, message: Mapping[str, Any]) -> Payment | Rotation:
    if kind == "Payment":
        return Payment(
            target=address_from(message["target"], name="target"),
            value=int(message["value"]),
            data=from_hex(message["data"], name="data"),
        )
    if kind == "Rotation":
        return Rotation(seat=int(message["seat"]), replacement=address_from(message["replacement"], name="replacement"))
    raise AbiError(f"{kind!r} is no order")


def _with(order: Order, seat: Address, signature: bytes) -> Order:
    return msgspec.structs.replace(order, signatures={**order.signatures, seat: signature})


def _vault(client: Client, platform: Platform) -> Contract:
    return client.contract("Vault", platform.vault)
