"""`mz account`: key files of the data folder, and what their keys sign.

A private key never stands on a command line, where other users and the shell's history would see it: it comes from a
file, from stdin or from a hidden prompt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from chain.cli.screen import shown
from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.errors import KeystoreError, UsageError, WalletError

if TYPE_CHECKING:
    from chain.wallet import Account

INPUT_LIMIT = 1024 * 1024  # bytes read from a file or stdin


@click.group(cls=Branch)
def account() -> None:
    """Make, import, list, export and use keys."""


@account.command()
@click.argument("name")
@click.pass_obj
def new(session: Session, name: str) -> None:
    """Make a key and keep it in the keystore as NAME.

    The password comes from a prompt, from the file in MZ_PASSWORD_FILE, or from MZ_PASSWORD.
    """
    made = session.keystore.create(name, session.password(f"password for {name}", fresh=True))
    _report(session, made)


@account.command(name="import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), required=False)
@click.option("--index", default=0, show_default=True, help="Of a mnemonic: m/44'/60'/0'/0/INDEX.")
@click.pass_obj
def bring(session: Session, name: str, file: Path | None, index: int) -> None:
    """Keep an existing key in the keystore as NAME.

    FILE holds a private key in hex, the words of a mnemonic, or another program's key file; `-` is stdin. Without FILE
    the key is asked for.
    """
    text = _secret(file)
    if text.lstrip().startswith("{"):
        theirs = session.password("password of the file")
        taken = session.keystore.adopt(text.encode(), name, theirs)
    else:
        key = _key(text, index)
        taken = session.keystore.add(key, name, session.password(f"password for {name}", fresh=True))
    _report(session, taken)


@account.command(name="list")
@click.pass_obj
def show(session: Session) -> None:
    """The keys of the keystore; damaged files are named."""
    entries = session.keystore.list()
    if session.json:
        session.screen.data(
            [
                {
                    "name": entry.name,
                    "address": shown(entry.address) if entry.address else None,
                    "file": entry.path,
                    "problem": entry.problem,
                }
                for entry in entries
            ]
        )
    elif entries:
        session.screen.table(
            ("name", "address", "file"),
            [
                (entry.name or "", shown(entry.address) if entry.address else "in the file", entry.path)
                for entry in entries
            ],
        )
    else:
        session.screen.say(f"no keys in {session.keystore.folder}; make one with: mz account new NAME")
    for entry in entries:
        if entry.problem is not None:
            session.screen.say(f"damaged: {entry.path}: {entry.problem}")


@account.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a new file instead of stdout.")
@click.option("--unsafe-raw", is_flag=True, help="The private key itself, in hex, without any protection.")
@click.pass_obj
def export(session: Session, name: str, out: Path | None, unsafe_raw: bool) -> None:
    """The key file of NAME, for geth, cast or a wallet; it keeps its password."""
    if unsafe_raw:
        session.confirm(f"show the private key of {name} to everybody who sees this screen or file?")
    password = session.password(f"password of {name}")
    if unsafe_raw:
        text = "0x" + session.keystore.unlock(name, password).unsafe_private_key().hex()
    else:
        text = msgspec.json.format(msgspec.json.encode(session.keystore.export(name, password)), indent=2).decode()
    if out is None:
        session.screen.line(text)
        return
    try:
        with out.open("x", encoding="utf-8") as target:
            out.chmod(0o600)
            target.write(text + "\n")
    except FileExistsError as problem:
        raise UsageError(f"{out} exists already", hint="name another file; nothing was overwritten") from problem
    session.screen.say(f"written to {out}")


@account.command()
@click.argument("message", required=False)
@click.option("--hex", "is_hex", is_flag=True, help="MESSAGE is bytes in hex.")
@click.option(
    "--typed-data",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Sign EIP-712 data in this JSON file instead.",
)
@click.pass_obj
def sign(session: Session, message: str | None, is_hex: bool, typed_data: Path | None) -> None:
    """Sign MESSAGE (EIP-191, as wallets do) as the account of --from."""
    if (message is None) == (typed_data is None):
        raise click.UsageError("give a MESSAGE or --typed-data FILE", click.get_current_context())
    who = session.account()
    if typed_data is not None:
        signature = who.sign_typed_data(_document(typed_data))
    else:
        signature = who.sign_message(_octets(message or "") if is_hex else (message or "").encode())
    if session.json:
        session.screen.data({"address": shown(who.address), "signature": signature})
    else:
        session.screen.line("0x" + signature.hex())


def _report(session: Session, account: Account) -> None:
    file = session.keystore.find(account.address).path
    if session.json:
        session.screen.data({"name": account.name, "address": shown(account.address), "file": file})
        return
    session.screen.line(shown(account.address))
    session.screen.say(f"kept as {account.name} in {file}; without its password and a copy of this file it is lost")


def _secret(file: Path | None) -> str:
    if file is None and sys.stdin.isatty():
        asked: str = click.prompt("private key or mnemonic", hide_input=True, err=True)
        return asked
    return _read(file)


def _read(file: Path | None) -> str:
    try:
        if file is None or str(file) == "-":
            return sys.stdin.read(INPUT_LIMIT)
        with file.open(encoding="utf-8") as source:
            return source.read(INPUT_LIMIT)
    except OSError as problem:
        raise KeystoreError(f"cannot read {file}: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise KeystoreError(f"{file} is not text", hint="give a key in hex, a mnemonic or a JSON key file") from problem


def _key(text: str, index: int) -> bytes:
    from chain.wallet import accounts_from_mnemonic

    words = text.split()
    if len(words) > 1:
        if index < 0:
            raise UsageError(f"there is no account {index} of a mnemonic", hint="count from 0")
        return accounts_from_mnemonic(text, 1, first=index)[0].unsafe_private_key()
    try:
        return bytes.fromhex("".join(words).removeprefix("0x"))
    except ValueError:
        raise WalletError(
            "this is neither a private key in hex, nor a mnemonic, nor a key file",
            hint="a private key is 64 hex digits, with or without 0x",
        ) from None


def _document(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(file), type=dict[str, Any])
    except msgspec.MsgspecError as problem:
        raise UsageError(f"{file} is not typed data in JSON: {problem}") from problem


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as problem:
        raise UsageError(f"not hex: {text}", hint="leave --hex out to sign the text itself") from problem
