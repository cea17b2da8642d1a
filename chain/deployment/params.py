"""What a new platform is made with: `params.toml`, with its accounts resolved."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from chain.errors import DeploymentError, InvalidParams
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, address_from

DEFAULT_FILE = Path(__file__).with_name("params.toml")


class Parameters(Record):
    """Addresses are resolved; `feed`, `buyback` and `vault` are zero while there are none. Fees in basis points."""

    recipients: tuple[Address, Address, Address, Address, Address]
    templates_fee_bps: int
    till_fee_bps: int
    feed: Address
    buyback: Address
    vault: Address
    publisher: Address


class _Allocation(Record, forbid_unknown_fields=True):
    founders: str
    institutions: str
    public_offering: str
    private_placement: str
    crowdfunding: str


class _Fees(Record, forbid_unknown_fields=True):
    templates: int
    till: int


class _Till(Record, forbid_unknown_fields=True):
    feed: str
    buyback: str
    vault: str


class _Templates(Record, forbid_unknown_fields=True):
    publisher: str


class _Document(Record, forbid_unknown_fields=True):
    allocation: _Allocation
    fees: _Fees
    till: _Till
    templates: _Templates


def read_parameters(file: Path, accounts: Mapping[str, Address]) -> Parameters:
    """The parameters in a file; `accounts` are the names it may use. Raises DeploymentError naming the place."""
    try:
        document = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Document)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        raise DeploymentError(
            f"{file}: {problem}", hint=f"compare it with the default parameters in {DEFAULT_FILE}"
        ) from problem

    def account(place: str, text: str) -> Address:
        if text in accounts:
            return accounts[text]
        try:
            return address_from(text)
        except InvalidParams as problem:
            raise DeploymentError(
                f"{file}, {place}: {text!r} is no address and no account here",
                hint=f"accounts: {', '.join(accounts) or 'none'}",
            ) from problem

    def optional(place: str, text: str) -> Address:
        return ZERO_ADDRESS if text == "none" else account(place, text)

    names = document.allocation.__struct_fields__
    founders, institutions, public, private, crowd = (
        account(f"allocation.{name}", getattr(document.allocation, name)) for name in names
    )
    return Parameters(
        recipients=(founders, institutions, public, private, crowd),
        templates_fee_bps=document.fees.templates,
        till_fee_bps=document.fees.till,
        feed=optional("till.feed", document.till.feed),
        buyback=optional("till.buyback", document.till.buyback),
        vault=optional("till.vault", document.till.vault),
        publisher=account("templates.publisher", document.templates.publisher),
    )
