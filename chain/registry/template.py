"""`Template`: a template by name, before it is known on which chain."""

from __future__ import annotations

from typing import Any

from chain.client import Client, Platform
from chain.client.client import Who
from chain.errors import TemplateRefused
from chain.primitives import Address, checksum
from chain.registry.instance import Instance
from chain.registry.library import Library


class Template:
    """A published template, by name, `0xauthor/name` or id, before it is known on which chain."""

    def __init__(self, which: str, version: int | None = None) -> None:
        self.which = which
        self.version = version

    def use(self, client: Client, /, *, sender: Who, platform: Platform | None = None, **values: Any) -> Instance:
        """Pay one use and return the instance; `values` are the manifest's parameters in their units' words."""
        library = Library(client, platform)
        use = library.use(self.which, values, sender=sender, version=self.version)
        return Instance(library, use.instance, library.bundle(use.offer), use)

    def at(self, client: Client, address: Address | str, /, *, platform: Platform | None = None) -> Instance:
        """An instance made before; TemplateRefused when it was made from another template."""
        library = Library(client, platform)
        where = client.address_of(address)
        offer, wanted = library.origin(where), library.show(self.which, self.version)
        if offer.id != wanted.id:
            raise TemplateRefused(f"{checksum(where)} was made from {offer.name}, not from {self.which}")
        return Instance(library, where, library.bundle(offer))

    def __repr__(self) -> str:
        return f"<Template {self.which}{f' version {self.version}' if self.version else ''}>"
