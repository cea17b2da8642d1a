"""What an action is made of: who may do it, the transactions it takes, what they pay, and how much gas that is.

Nothing here decides anything: `Instance` reads the manifest, these records carry what it found, and `send` and
`gas_of_action` hand it to a node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from chain import abi
from chain.client import Client, Contract, Mined
from chain.client.client import Who
from chain.errors import MethodNotFound, TemplateRefused
from chain.model import Record
from chain.primitives import Address, Wei, checksum, to_hex
from chain.registry.gas import PERMIT_GAS
from chain.registry.permit import signed_allowance
from chain.registry.tables import Action, Text
from chain.registry.units import NOWHERE, Money, Scene

if TYPE_CHECKING:
    from chain.registry.library import Library

ETHER: Address = bytes(20)
_APPROVAL_GAS = 46_000  # of an ERC-20's first approval, a transaction of its own
_TOKEN_ABI: abi.Abi = [
    {
        "type": "function",
        "name": name,
        "inputs": [{"name": f"a{i}", "type": kind} for i, kind in enumerate(inputs)],
        "outputs": [{"name": "", "type": kind} for kind in outputs],
        "stateMutability": mutability,
    }
    for name, inputs, outputs, mutability in (
        ("symbol", (), ("string",), "view"),
        ("decimals", (), ("uint8",), "view"),
        ("allowance", ("address", "address"), ("uint256",), "view"),
        ("getApproved", ("uint256",), ("address",), "view"),
        # Some tokens answer nothing to these; what they answer is not read.
        ("approve", ("address", "uint256"), (), "nonpayable"),
        ("transfer", ("address", "uint256"), (), "nonpayable"),
    )
]


class TOKEN:
    """The part of ERC-20 and ERC-721 that is needed here, as `Client.contract` takes it."""

    name = "token"
    abi = _TOKEN_ABI
    bytecode = b""


class Parties(Record):
    """Who may do an action."""

    anyone: bool
    accounts: tuple[Address, ...]  # those that the contract names; zero: nobody at present
    includes_user: bool  # the account that asks, by address or by the contract's own word


class Spent(Record):
    """What a transaction takes from whoever sends it, in the token's smallest units."""

    token: Address  # zero: ether
    gross: int
    money: Money
    how: Literal["payAndCall", "hold", "transfer"]


class Move(Record):
    """One transaction of an action."""

    label: Text
    contract: Contract
    function: str
    arguments: tuple[Any, ...]
    spent: Spent | None = None

    @property
    def through_till(self) -> bool:
        """Whether the Till takes what is spent, and so has to be allowed to."""
        return self.spent is not None and self.spent.how != "transfer"

    @property
    def value(self) -> Wei:
        """Ether sent along."""
        return self.spent.gross if self.spent is not None and self.spent.token == ETHER else 0

    @property
    def message(self) -> dict[str, Any]:
        """As a node takes it."""
        data = self.contract.data(self.function, *self.arguments)
        return {"to": self.contract.address, "data": data, "value": self.value}


class Prepared(Record):
    """An action with its values, ready to be shown; `moves` are its transactions as things are now."""

    action: Action
    values: Mapping[str, Any]
    scene: Scene = NOWHERE
    ref: bytes = bytes(32)
    moves: tuple[Move, ...] = ()

    @property
    def spent(self) -> tuple[Spent, ...]:
        """Everything that leaves the account that acts, but gas."""
        return tuple(move.spent for move in self.moves if move.spent is not None)

    def require_agreed(self, move: Move) -> None:
        """Raise TemplateRefused when a transaction would take what was not shown."""
        if move.spent is not None and move.spent not in self.spent:
            now = move.spent.money.show(move.spent.gross)
            shown = ", ".join(one.money.show(one.gross) for one in self.spent) or "nothing"
            raise TemplateRefused(
                f"{self.action.name} takes {now} by now, {shown} was agreed to",
                hint="look at it again: somebody changed its price meanwhile",
                data="price",
            )


def send(library: Library, move: Move, sender: Who) -> Mined:
    """Send one transaction and wait for it. An allowance is signed or sent for exactly the amount, never more."""
    client, spent = library.client, move.spent
    if spent is None or not move.through_till or _is_allowed(client, move, client.address_of(sender)):
        return move.contract.send(move.function, *move.arguments, sender=sender, value=move.value)
    till = move.contract.address
    if spent.token == library.platform.mz:
        mz = client.contract("MZ", spent.token)
        permit = signed_allowance(client, mz, sender, till, spent.gross)
        return move.contract.send(f"{move.function}WithPermit", *move.arguments, permit, sender=sender)
    client.contract(TOKEN, spent.token).send("approve", till, spent.gross, sender=sender)
    return move.contract.send(move.function, *move.arguments, sender=sender)


def gas_of_action(library: Library, prepared: Prepared, *, sender: Who) -> int:
    """About how much gas a prepared action takes in all; 0 when this node cannot say. Nothing is signed or sent.

    Raises ContractReverted with the custom error when a contract would refuse.
    """
    client, account = library.client, library.client.address_of(sender)
    messages, replaced = [], 0
    for move in prepared.moves:
        if move.spent is not None and move.through_till and not _is_allowed(client, move, account):
            token = client.contract(TOKEN, move.spent.token)
            messages.append(
                {"to": token.address, "data": token.data("approve", move.contract.address, move.spent.gross)}
            )
            replaced += move.spent.token == library.platform.mz
        messages.append(move.message)
    try:
        # MZ is allowed by a signature, which costs other gas than the approval that stands for it here.
        return sum(client.simulate(messages, sender=sender)) + replaced * (PERMIT_GAS - _APPROVAL_GAS)
    except MethodNotFound:
        if len(messages) > 1:
            return 0
        message = {name: to_hex(value) for name, value in messages[0].items() if isinstance(value, bytes)}
        message |= {"from": checksum(account), "value": hex(prepared.moves[0].value)}
        return int(client.rpc("eth_estimateGas", message), 16)


def _is_allowed(client: Client, move: Move, account: Address) -> bool:
    spent = move.spent
    if spent is None or spent.token == ETHER:
        return True
    allowed: int = client.contract(TOKEN, spent.token).call("allowance", account, move.contract.address)
    return allowed >= spent.gross
