"""Who may use a served node: the flags of `mz node start` that say so, the accounts it unlocks, and `mz node token`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chain.cli.session import Session
from chain.errors import ChainError, UsageError
from chain.primitives import Address, address_from

if TYPE_CHECKING:
    from chain.wallet import Account

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--access", type=click.Path(path_type=Path, dir_okay=False), help="File of tokens and their rights."),
    click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls per second of one client (unlimited)."),
    click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A Host header to let in besides."),
    click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="A web page's origin to let in."),
)


def access_options(command: F) -> F:
    """The flags, for a command that serves."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def acted_for(unlock: Sequence[str]) -> frozenset[Address]:
    """Addresses among the values of `--unlock`: a development chain acts for them without a key."""
    return frozenset(_address(text) for text in unlock if text.lower().startswith("0x"))


def unlocked_keys(session: Session, unlock: Sequence[str]) -> tuple[Account, ...]:
    """Accounts of the keystore among the values of `--unlock`, by name. Asks for their passwords."""
    names = [text for text in unlock if not text.lower().startswith("0x")]
    for name in names:
        try:
            session.keystore.find(name)
        except ChainError as problem:
            raise UsageError(f"--unlock {name}: {problem.message}", hint=problem.hint) from problem
    return tuple(session.keystore.unlock(name, session.password(f"password of {name}")) for name in names)


def _address(text: str) -> Address:
    try:
        return address_from(text, name="--unlock")
    except ChainError as problem:
        raise UsageError(problem.message, hint=problem.hint or "give an address of 40 hex digits after 0x") from problem


@click.argument("name")
@click.option("--namespaces", default="eth,net,web3", help="Rights, divided by commas (eth,net,web3).")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls per second.")
@click.pass_obj
def token(session: Session, name: str, namespaces: str, rate: float | None) -> None:
    """Make a token, and the lines of the access file that let it in; nothing is kept."""
    rights = [right.strip() for right in namespaces.split(",") if right.strip()]
    if not all(part.isascii() and part.replace("_", "").replace("-", "").isalnum() for part in (name, *rights)):
        raise UsageError("a name and its rights are letters, digits and _", hint="for example: --namespaces eth,net")
    made = secrets.token_urlsafe(32)
    lines = [f"[tokens.{name}]", f'sha256 = "{sha256(made.encode()).hexdigest()}"']
    lines += [f"namespaces = [{', '.join(f'{chr(34)}{right}{chr(34)}' for right in rights)}]"]
    lines += [] if rate is None else [f"rate = {rate:g}"]
    if session.json:
        session.screen.data({"token": made, "access": "\n".join(lines) + "\n"})
        return
    session.screen.say("for the client, as `Authorization: Bearer …`; it is shown only now:")
    session.screen.line(made)
    session.screen.say("for the file of --access:\n\n" + "\n".join(lines))
