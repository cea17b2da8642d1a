"""Templates by what they are about: words in names, titles and summaries."""

from __future__ import annotations

from chain.client.client import Who
from chain.errors import BlobError, BundleError, CheckFailed, ManifestError
from chain.primitives import checksum, from_hex
from chain.registry.library import Library
from chain.registry.offers import Offer


def search(library: Library, words: str, *, author: Who | None = None, limit: int = 50) -> list[Offer]:
    """Templates open for use whose name, title or summary has all words, the most used first.

    A node answers out of its index; without one, the bundles are looked into one by one.
    """
    by = {} if author is None else {"author": checksum(library.client.address_of(author))}
    found = library.client.data("gallery", {"q": words, "limit": str(limit)} | by)
    if found is not None:
        return [library.show(from_hex(item["id"], length=32), item["version"]) for item in found["items"]]
    wanted = words.lower().split()
    offers = [offer for offer in library.list(author) if not offer.retired]
    matching = [offer for offer in offers if all(word in _words(library, offer) for word in wanted)]
    uses = {offer.id: len(library.registry.events("Used", {"id": offer.id})) for offer in matching}
    return sorted(matching, key=lambda offer: -uses[offer.id])[:limit]


def _words(library: Library, offer: Offer) -> str:
    try:
        manifest = library.bundle(offer).manifest
    except (BlobError, BundleError, ManifestError, CheckFailed):
        return offer.name
    texts = (manifest.title.en, manifest.title.zh, manifest.summary.en, manifest.summary.zh)
    return " ".join([offer.name, *(text for text in texts if text)]).lower()
