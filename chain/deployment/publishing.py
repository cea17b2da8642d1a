"""Our templates on a new chain: published by an ordinary account, through the same door as everybody's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chain.client.client import Who
from chain.errors import TemplateUnknown
from chain.primitives import checksum
from chain.registry import Bundle, Library, Offer


def publish_templates(
    library: Library,
    bundles: Sequence[Bundle],
    publisher: Who,
    *,
    tell: Callable[[Offer, bool], None] = lambda offer, new: None,
) -> list[Offer]:
    """Publish each bundle unless its very bytes are the publisher's newest version; what is on chain, in order.

    `tell` hears of each offer and whether it is new. Bundles are uploaded in any case: a node may have lost its files.
    """
    author = library.client.address_of(publisher)
    offers = []
    for bundle in bundles:
        try:
            offer = library.show(f"{checksum(author)}/{bundle.manifest.name}")
        except TemplateUnknown:
            offer = None
        new = offer is None or offer.manifest != bundle.digest
        if offer is None or new:
            offer = library.publish(bundle, sender=publisher)
        else:
            library.client.files.put(bundle.data)
        tell(offer, new)
        offers.append(offer)
    return offers
