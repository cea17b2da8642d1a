"""Our templates of trade, from bundle to last coin over JSON-RPC, as `test_template_stories` does with the others."""

from __future__ import annotations

import json

from chain.primitives import checksum
from tests.contracts.templates_market import net_of
from tests.platform.test_template_stories import DAY, MZ, TEXT, Town, refused, town

__all__ = ["town"]


def test_a_figure_is_sold_sent_and_shared_and_another_is_not_sent(town: Town) -> None:
    offer = town.publish("merchandise-shop")
    seller, artist, maker, ann, bob = (town.newcomer(1000) for _ in range(5))
    parts = [{"payee": checksum(artist.address), "bps": "70 %"}, {"payee": checksum(maker.address), "bps": "30 %"}]
    shop = town.use(offer, seller, {"parts": json.dumps(parts), "shipping": "14 days"})
    start = {person: town.held(person) for person in (seller, artist, maker, ann, bob)}

    shop.do("offer", {"price": "20 MZ", "stock": "5", "text": TEXT}, sender=seller)
    refused("ShopPledgeTooSmall", lambda: shop.do("order", {"item": "1"}, sender=ann))
    shop.do("pledge", {"amount": "10 MZ"}, sender=seller)
    pledged = shop.pot("pledge", user=seller)
    assert pledged is not None and pledged.due == 10 * MZ
    shop.do("order", {"item": "1", "quantity": "2"}, sender=ann)
    shop.do("order", {"item": "1"}, sender=bob)
    pot = shop.pot("order", {"order": "1"}, user=ann)
    assert pot is not None and (pot.left, pot.due) == (40 * MZ, 40 * MZ)
    assert "2 are there" in shop.tell("goods") and "is paid" in shop.tell("order", {"order": "1"})

    shop.do("dispatch", {"order": "1", "proof": TEXT}, sender=seller)
    assert shop.holds("sent", {"order": "1"}) and not shop.may("settle", ann, {"order": "1"})
    shop.do("confirm", {"order": "1"}, sender=ann)
    town.wait(15 * DAY)
    assert "gets everything back, and the penalty" in shop.tell("paid", {"order": "2"})
    shop.do("settle", {"order": "2"}, sender=ann)
    shop.do("withdraw-pledge", {"pledge": "1"}, sender=seller)

    net, penalty = net_of(40 * MZ, 100), net_of(2 * MZ, 100)
    gained = [town.held(person) - start[person] for person in (seller, artist, maker, ann, bob)]
    assert gained == [-2 * MZ, net * 7 // 10, net - net * 7 // 10, -40 * MZ, penalty]
    assert shop.tell("sales").startswith("1 items, 2 orders, 40 MZ sold")


def test_a_cafe_is_paid_and_gives_a_part_back(town: Town) -> None:
    offer = town.publish("merchant-checkout")
    cafe, ann, bob = (town.newcomer(1000) for _ in range(3))
    checkout = town.use(offer, cafe, {"name": "Corner", "category": "food"})
    start = {person: town.held(person) for person in (cafe, ann, bob)}

    checkout.do("invoice", {"amount": "100 MZ"}, sender=cafe)
    assert not checkout.may("invoice", ann, {"amount": "1 MZ"}) and checkout.may("pay-held", ann, {"invoice": "1"})
    checkout.do("pay-held", {"invoice": "1"}, sender=ann)
    pot = checkout.pot("receipt", {"invoice": "1"}, user=ann)
    assert pot is not None and (pot.left, pot.due) == (100 * MZ, 100 * MZ)
    checkout.do("refund", {"invoice": "1", "back": "40 MZ"}, sender=cafe)
    checkout.do("give", {"amount": "5 MZ"}, sender=bob)
    assert town.held(cafe) - start[cafe] == net_of(60 * MZ, 50) + net_of(5 * MZ, 50)

    checkout.do("invoice", {"amount": "10 MZ"}, sender=cafe)
    checkout.do("pay-held", {"invoice": "2"}, sender=bob)
    assert "the merchant is paid" in checkout.tell("held", {"invoice": "2"})
    refused("CheckoutNothingDue", lambda: checkout.do("settle", {"invoices": "1, 2"}, sender=ann))
    town.wait(8 * DAY)
    checkout.do("settle", {"invoices": "1, 2"}, sender=ann)
    assert "is paid" in checkout.tell("receipt", {"invoice": "2"})

    gained = [town.held(person) - start[person] for person in (ann, bob)]
    assert gained == [-60 * MZ, -15 * MZ]
    assert checkout.tell("taken") == "2 invoices, 75 MZ settled so far."
