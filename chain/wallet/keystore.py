"""A folder of encrypted key files, one account each, found by name or address.

Files are version 3 and named as geth names them (`UTC--<time>--<address>`): geth, cast and wallets read ours, we read
theirs. Our name of the account rests in the file as one more field, `name`. Nothing here is ever overwritten.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from chain.errors import KeystoreError, UnknownAccount, WalletError
from chain.model import Record
from chain.primitives import Address, checksum
from chain.wallet import cipher
from chain.wallet.account import Account

FOLDER_MODE = 0o700
FILE_MODE = 0o600
KEY_FILE_LIMIT = 64 * 1024  # bytes; a real one has about 500
NAME_LIMIT = 64


class Entry(Record):
    """One key file. `address` is None where the file does not tell it; `problem` says why it cannot be read."""

    name: str | None
    address: Address | None
    path: Path
    problem: str | None = None


class Keystore:
    """The key files of one folder, which is created when the first key is put into it."""

    def __init__(self, folder: Path, *, scrypt_n: int = cipher.SCRYPT_N) -> None:
        """`scrypt_n` is the work that each new file asks of whoever tries a password; a power of two."""
        self.folder = folder
        self._scrypt_n = scrypt_n

    def list(self) -> tuple[Entry, ...]:
        """Every key file, oldest name first, damaged ones included with their `problem`."""
        try:
            paths = sorted(path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))
        except FileNotFoundError:
            return ()
        except OSError as problem:
            raise KeystoreError(f"cannot read the keystore {self.folder}: {problem.strerror}") from problem
        return tuple(_entry(path) for path in paths)

    def find(self, name_or_address: str | Address) -> Entry:
        """The one readable key file of this account; UnknownAccount, or KeystoreError when its file is damaged."""
        entries = self.list()
        found = [entry for entry in entries if _is(entry, name_or_address)]
        if not found:
            raise _missing(name_or_address, entries, self.folder)
        if len(found) > 1:
            files = ", ".join(entry.path.name for entry in found)
            raise KeystoreError(
                f"{_shown(name_or_address)} fits {len(found)} key files in {self.folder}: {files}",
                hint="use the address, or move one of the files out of the folder",
            )
        if found[0].problem is not None:
            raise _damaged(found[0].path, found[0].problem)
        return found[0]

    def create(self, name: str | None, password: str) -> Account:
        """A new account, its key file on disk before this returns."""
        return self._put(Account.create(name), password)

    def add(self, private_key: bytes, name: str | None, password: str) -> Account:
        """Take in an existing key; KeystoreError when its address or the name is already here."""
        return self._put(Account(private_key, name), password)

    def adopt(self, key_file: bytes, name: str | None, password: str, *, new_password: str | None = None) -> Account:
        """Take in another program's version 3 key file, opened with its password and closed with the new one."""
        try:
            content = cipher.parse(key_file)
        except ValueError as problem:
            raise KeystoreError(f"this is not a version 3 key file: {problem}") from problem
        private_key = cipher.decrypt(key_file, password)
        return self.add(private_key, name or content.name, new_password if new_password is not None else password)

    def unlock(self, name_or_address: str | Address, password: str) -> Account:
        """The account, ready to sign; KeystoreError names the file when the password does not open it."""
        entry = self.find(name_or_address)
        try:
            private_key = cipher.decrypt(_read(entry.path), password)
        except KeystoreError as problem:
            raise KeystoreError(
                f"cannot open {entry.path}: {problem.message}",
                hint="try again; a forgotten password cannot be recovered, only the key itself imported anew",
            ) from problem
        try:
            account = Account(private_key, entry.name)
        except WalletError as problem:
            raise _damaged(entry.path, problem.message) from problem
        if entry.address is not None and account.address != entry.address:
            raise _damaged(entry.path, f"it holds the key of {checksum(account.address)}")
        return account

    def export(
        self, name_or_address: str | Address, password: str, *, new_password: str | None = None
    ) -> dict[str, Any]:
        """The account as key file JSON for another program, under a new password if one is given."""
        account = self.unlock(name_or_address, password)
        secret = new_password if new_password is not None else password
        return cipher.encrypt(account, secret, account.name, self._scrypt_n)

    def _put(self, account: Account, password: str) -> Account:
        _check_name(account.name)
        if not password:
            raise KeystoreError("a key file needs a password", hint="choose one that you can keep")
        content = msgspec.json.encode(cipher.encrypt(account, password, account.name, self._scrypt_n))
        with self._alone():
            self._check_free(account)
            moment = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%f000Z")
            self._write(self.folder / f"UTC--{moment}--{account.address.hex()}", content)
        return account

    def _check_free(self, account: Account) -> None:
        for entry in self.list():
            if entry.address == account.address:
                raise KeystoreError(
                    f"{checksum(account.address)} is already in the keystore: {entry.path}",
                    hint=f"use it as {entry.name}" if entry.name else None,
                )
            if account.name is not None and entry.name == account.name:
                raise KeystoreError(
                    f"the name {account.name} is taken by {entry.path}", hint="choose another name for the new account"
                )

    def _write(self, path: Path, content: bytes) -> None:
        """All or nothing: the file appears under its name only when every byte is on the disk."""
        draft = path.with_name(f".{path.name}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except OSError as problem:
            draft.unlink(missing_ok=True)
            raise KeystoreError(f"cannot write the key file {path}: {problem.strerror}") from problem

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from adding keys meanwhile, and put names on the disk when done."""
        try:
            self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self.folder.chmod(FOLDER_MODE)
            descriptor = os.open(self.folder, os.O_RDONLY)
        except OSError as problem:
            raise KeystoreError(f"cannot use {self.folder} as keystore: {problem.strerror}") from problem
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _entry(path: Path) -> Entry:
    told = _address_in_name(path.name)
    try:
        content = cipher.parse(_read(path))
    except ValueError as problem:
        return Entry(name=None, address=told, path=path, problem=str(problem))
    except KeystoreError as problem:
        return Entry(name=None, address=told, path=path, problem=problem.message)
    address = bytes.fromhex(content.address.removeprefix("0x")) if content.address else told
    # Other programs have no name field; cast names the file itself.
    name = content.name or (None if path.name.startswith("UTC--") else path.name)
    return Entry(name=name, address=address, path=path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(KEY_FILE_LIMIT + 1)
    except OSError as problem:
        raise KeystoreError(f"cannot read {path}: {problem.strerror}") from problem
    if len(content) > KEY_FILE_LIMIT:
        raise KeystoreError(f"it is larger than {KEY_FILE_LIMIT} bytes")
    return content


def _address_in_name(file_name: str) -> Address | None:
    try:
        address = bytes.fromhex(file_name.rsplit("--", 1)[-1])
    except ValueError:
        return None
    return address if len(address) == 20 else None


def _is_address(text: str) -> bool:
    try:
        return len(bytes.fromhex(text.removeprefix("0x"))) == 20
    except ValueError:
        return False


def _is(entry: Entry, wanted: str | Address) -> bool:
    if isinstance(wanted, bytes):
        return entry.address == wanted
    if _is_address(wanted):
        return entry.address == bytes.fromhex(wanted.removeprefix("0x"))
    return entry.name == wanted


def _check_name(name: str | None) -> None:
    if name is None:
        return
    if not name or len(name) > NAME_LIMIT or not name.isprintable() or name != name.strip():
        raise KeystoreError(f"not a name for an account: {name!r}", hint=f"use 1 to {NAME_LIMIT} printable characters")
    if _is_address(name) or name.startswith("0x"):
        raise KeystoreError(f"an account cannot be named like an address: {name}", hint="choose a word")


def _damaged(path: Path, problem: str) -> KeystoreError:
    return KeystoreError(
        f"the key file {path} is damaged: {problem}", hint="put back a copy of it, or move it out of the folder"
    )


def _shown(wanted: str | Address) -> str:
    return wanted if isinstance(wanted, str) else checksum(wanted)


def _missing(wanted: str | Address, entries: Sequence[Entry], folder: Path) -> WalletError:
    damaged = [entry for entry in entries if entry.problem is not None]
    if damaged and isinstance(wanted, str) and not _is_address(wanted):
        # A name lives inside the file: it may well be this one.
        return _damaged(damaged[0].path, damaged[0].problem or "")
    known = ", ".join(entry.name or checksum(entry.address or b"") for entry in entries if entry.problem is None)
    return UnknownAccount(
        f"no account {_shown(wanted)} in {folder}",
        hint=f"there are: {known}" if known else "make one with: mz account new NAME",
    )
