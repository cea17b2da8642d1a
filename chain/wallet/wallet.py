"""The accounts that a program holds unlocked, by name and by address."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from chain import settings
from chain.errors import KeystoreError, UnknownAccount
from chain.primitives import Address, checksum
from chain.wallet.account import Account
from chain.wallet.keystore import Keystore
from chain.wallet.mnemonic import dev_accounts


class Wallet:
    """Unlocked accounts, first come first; the first one is who acts when nobody is named."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts: dict[Address, Account] = {}
        for account in accounts:
            self.add(account)

    @classmethod
    def load(
        cls,
        name: str,
        password: str | None = None,
        folder: Path | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
    ) -> Wallet:
        """A wallet with one account of the keystore `folder` (default: `keystore` in the data folder of the settings).

        Without a password `MZ_PASSWORD` is taken. Raises UnknownAccount or KeystoreError.
        """
        secret = password if password is not None else environ.get("MZ_PASSWORD")
        if secret is None:
            raise KeystoreError(
                f"no password to unlock {name}", hint="give Wallet.load(name, password) or set MZ_PASSWORD"
            )
        keys = folder if folder is not None else settings.load(environ=environ).settings.data_dir / "keystore"
        return cls([Keystore(keys).unlock(name, secret)])

    @classmethod
    def dev(cls) -> Wallet:
        """The ten funded accounts of a local chain."""
        return cls(dev_accounts())

    def add(self, account: Account) -> None:
        """Hold one more; the same address again replaces it."""
        self._accounts[account.address] = account

    @property
    def first(self) -> Account:
        """Who acts when nobody is named; UnknownAccount in an empty wallet."""
        for account in self:
            return account
        raise UnknownAccount("the wallet is empty", hint="unlock an account: chain.Wallet.load(name, password)")

    def __getitem__(self, who: str | Address | Account) -> Account:
        """By address (20 bytes or hex) or name; UnknownAccount lists who is there."""
        found = self._find(who)
        if found is None:
            shown = checksum(who) if isinstance(who, bytes) else str(who)
            known = ", ".join(account.name or checksum(account.address) for account in self)
            raise UnknownAccount(
                f"no key for {shown} in this wallet",
                hint=f"it holds: {known}" if known else "unlock an account: chain.Wallet.load(name, password)",
            )
        return found

    def __contains__(self, who: object) -> bool:
        return isinstance(who, str | bytes | Account) and self._find(who) is not None

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __len__(self) -> int:
        return len(self._accounts)

    def __repr__(self) -> str:
        return f"<Wallet of {len(self)}: {', '.join(account.name or checksum(account.address) for account in self)}>"

    def _find(self, who: str | Address | Account) -> Account | None:
        if isinstance(who, Account):
            return self._accounts.get(who.address)
        if isinstance(who, bytes):
            return self._accounts.get(bytes(who))
        try:
            return self._accounts.get(bytes.fromhex(who.removeprefix("0x")))
        except ValueError:
            pass
        return next((account for account in self if account.name == who), None)
