"""One run of a command: its flags, and what they lead to (settings, keys, client, screen), each made on first use."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chain.errors import KeystoreError, UsageError

if TYPE_CHECKING:
    from chain.cli.screen import Screen
    from chain.client import Client
    from chain.settings import Loaded, Settings
    from chain.wallet import Account, Keystore


@dataclass
class Session:
    """The flags of this run; commands change nothing of them."""

    rpc: str | None = None
    data_dir: Path | None = None
    sender: str | None = None
    json: bool = False
    yes: bool = False
    extra: dict[str, object] = field(default_factory=dict)  # settings that only one command has a flag for

    @cached_property
    def loaded(self) -> Loaded:
        """The settings in force with their origins."""
        from chain import settings

        flags = {"rpc": self.rpc, "data_dir": self.data_dir, "sender": self.sender, **self.extra}
        return settings.load(flags)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @cached_property
    def screen(self) -> Screen:
        """Where results and prose go."""
        from chain.cli.screen import Screen

        return Screen(json=self.json)

    @cached_property
    def keystore(self) -> Keystore:
        """The key files of the data folder."""
        from chain.wallet import Keystore

        return Keystore(self.settings.data_dir / "keystore")

    def account(self) -> Account:
        """Who acts: `--from`, unlocked. A dev account needs no password; the default is dev0."""
        from chain.wallet import dev_accounts

        wanted = self.settings.sender or "dev0"
        known = {account.name: account for account in dev_accounts()}
        if wanted in known:
            return known[wanted]
        for account in known.values():
            if wanted.lower().removeprefix("0x") == account.address.hex():
                return account
        entry = self.keystore.find(wanted)
        return self.keystore.unlock(entry.address or wanted, self.password(f"password of {entry.name or wanted}"))

    def client(self, *, acting: bool = False) -> Client:
        """A connection to the node; with the key of `--from`, unlocked, when it is there to act."""
        from chain.client import connect
        from chain.wallet import Wallet

        client = connect(self.settings.rpc, Wallet([self.account()] if acting else []))
        self._show_platform(client)
        return client

    def _show_platform(self, client: Client) -> None:
        """A node of ours knows where the platform is; on any other chain our own roll-out's manifest does."""
        from chain.errors import DeploymentError

        folder = self.settings.data_dir / "deployments"
        if not (folder / f"{client.chain_id}.json").is_file():
            return
        try:
            client.platform  # noqa: B018  # asks the node
        except DeploymentError:
            from chain.deployment import book_of

            if (known := book_of(client, folder).platform()) is not None:
                client.platform = known

    def password(self, prompt: str, *, fresh: bool = False) -> str:
        """A password: `MZ_PASSWORD`, `MZ_PASSWORD_FILE`, or asked for on a terminal (twice when it is a fresh one)."""
        given = os.environ.get("MZ_PASSWORD")
        if given is not None:
            return given
        file = os.environ.get("MZ_PASSWORD_FILE")
        if file is not None:
            try:
                return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as problem:
                raise KeystoreError(f"cannot read the password in {file}: {problem}") from problem
        if not sys.stdin.isatty():
            raise UsageError(
                f"no terminal to ask for the {prompt}",
                hint="set MZ_PASSWORD_FILE to a file that holds it, or MZ_PASSWORD",
            )
        answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=fresh, err=True)
        return answer

    def confirm(self, question: str) -> None:
        """Go on only if the person agrees; `--yes` agrees to everything. Without a terminal nobody can agree."""
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} needs a yes", hint="add --yes")
        click.confirm(question, abort=True, err=True)
