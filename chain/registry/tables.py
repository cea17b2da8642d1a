"""The tables of a template.toml as records (docs/templates.md): what each key is called and of which type.

What may stand in them is `faults`; reading a file is `manifest`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from chain.model import Record
from chain.primitives import Address, Wei, address_from
from chain.registry.units import amount


class Table(Record, forbid_unknown_fields=True):
    """A TOML table with no other keys than these."""


class Text(Table):
    """Words for people; English is always there."""

    en: str
    zh: str | None = None

    def in_language(self, language: str) -> str:
        """The words in `zh` when they are there and wanted, otherwise in English."""
        return self.zh if language == "zh" and self.zh else self.en


class Choice(Table):
    """One of the values that alone are accepted, or the words for one."""

    value: int | str
    en: str
    zh: str | None = None


class Terms(Table):
    """What `publish` proposes; what counts is on the chain."""

    price: str
    share_bps: int
    payee: str | None = None

    @property
    def price_wei(self) -> Wei:
        """Price of one use in wei of MZ."""
        return amount(self.price)

    @property
    def payee_address(self) -> Address | None:
        """Who receives price and share; None: whoever publishes."""
        return None if self.payee is None else address_from(self.payee)


class Currency(Table):
    """What amounts in `token` are in: a parameter before there is an instance, a view of it afterwards."""

    view: str
    parameter: str | None = None  # None: no parameter is an amount in it


class Items(Table):
    """How many elements a list may have, both included."""

    min: int = 0
    max: int | None = None


class Parameter(Table):
    """A value that a person decides; bounds and default are written in the unit's own words."""

    name: str
    type: str
    label: Text
    unit: str | None = None
    help: Text | None = None
    default: str | None = None
    min: str | None = None
    max: str | None = None
    items: Items | None = None
    sum: str | None = None
    choices: tuple[Choice, ...] = ()
    options: str | None = None
    fields: tuple[Parameter, ...] = msgspec.field(name="field", default=())

    @property
    def element_type(self) -> str:
        """The type without its list: `tuple` of `tuple[]`."""
        return self.type.partition("[")[0]

    @property
    def is_list(self) -> bool:
        """Whether it holds any number of values of its element type."""
        return self.type.endswith("]")

    def to_abi(self) -> dict[str, Any]:
        """As an ABI has it."""
        described: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.fields:
            described["components"] = [field.to_abi() for field in self.fields]
        return described


class Payment(Table):
    """Money through the Till: settled at once, or held in the pot (instance, token, ref)."""

    token: str
    amount: str
    ref: str | None = None
    data: tuple[str, ...] | None = None


class Transfer(Table):
    """Tokens moved outside any trade."""

    token: str
    amount: str
    to: str = "this"


class Approve(Table):
    """An allowance of exactly an amount, or of one ERC-721 token."""

    token: str
    amount: str | None = None
    id: str | None = None
    spender: str = "this"


class Deed(Table):
    """One transaction: exactly one of these is given."""

    function: str | None = None
    payment: Payment | None = None
    hold: Payment | None = None
    transfer: Transfer | None = None
    approve: Approve | None = None

    @property
    def deeds(self) -> tuple[str, ...]:
        """The names of those given."""
        return tuple(name for name in DEEDS if getattr(self, name) is not None)


DEEDS = ("function", "payment", "hold", "transfer", "approve")


class Step(Deed, kw_only=True):
    """One transaction of several."""

    label: Text
    when: str | None = None


class Action(Deed, kw_only=True):
    """Something a person can do with an instance."""

    name: str
    label: Text
    who: str | tuple[str, ...]
    help: Text | None = None
    when: str | None = None
    steps: tuple[Step, ...] = msgspec.field(name="step", default=())
    arguments: tuple[Parameter, ...] = msgspec.field(name="argument", default=())

    @property
    def parties(self) -> tuple[str, ...]:
        """Who may do it, any of them."""
        return (self.who,) if isinstance(self.who, str) else self.who

    @property
    def all_deeds(self) -> tuple[Deed, ...]:
        """Its transactions in order."""
        return self.steps or (self,)


class Pot(Table):
    """Where the Till keeps the money of a state."""

    token: str
    ref: str


class State(Table):
    """Something an instance says about itself."""

    name: str
    view: str
    sentence: Text
    units: Mapping[str, str] = {}
    choices: Mapping[str, tuple[Choice, ...]] = {}
    when: str | None = None
    deadline: str | None = None
    otherwise: Text | None = None
    pot: Pot | None = None
    arguments: tuple[Parameter, ...] = msgspec.field(name="argument", default=())


class Manifest(Table):
    """A whole template.toml."""

    name: str
    version: str
    licence: str
    kind: Literal["clone", "code", "upgradeable"]
    contract: str
    title: Text
    summary: Text
    terms: Terms
    constructor: tuple[str, ...] = ()
    encoding: Literal["abi", "packed"] = "abi"
    initialiser: str | None = None
    interfaces: tuple[str, ...] = ()
    currency: Currency | None = None
    parameters: tuple[Parameter, ...] = msgspec.field(name="parameter", default=())
    actions: tuple[Action, ...] = msgspec.field(name="action", default=())
    states: tuple[State, ...] = msgspec.field(name="state", default=())

    @property
    def source(self) -> str:
        """The file that holds the contract, relative to the template's folder."""
        return self.contract.rpartition(":")[0]

    @property
    def contract_name(self) -> str:
        """The contract inside that file."""
        return self.contract.rpartition(":")[2]

    @property
    def name_word(self) -> bytes:
        """The name as the registry contract has it: ASCII, padded with zeros to 32 bytes."""
        return self.name.encode().ljust(32, b"\0")
