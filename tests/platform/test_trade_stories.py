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
    refused("ShopOrdersLive", lambda: town.end(shop, seller))
    town.wait(15 * DAY)
    assert "gets everything back, and the penalty" in shop.tell("paid", {"order": "2"})
    shop.do("settle", {"order": "2"}, sender=ann)
    town.end(shop, seller)
    shop.do("withdraw-pledge", {"pledge": "1"}, sender=seller)

    net, penalty = net_of(40 * MZ, 100), net_of(2 * MZ, 100)
    gained = [town.held(person) - start[person] for person in (seller, artist, maker, ann, bob)]
    assert gained == [-2 * MZ, net * 7 // 10, net - net * 7 // 10, -40 * MZ, penalty]
    assert shop.tell("sales").startswith("1 items, 2 orders, 40 MZ sold")
    assert shop.tell("open") == "Orders are not taken." and not shop.may("order", ann, {"item": "1"})


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
    refused("CheckoutDepositsWait", lambda: town.end(checkout, cafe))
    town.wait(8 * DAY)
    checkout.do("settle", {"invoices": "1, 2"}, sender=ann)
    assert "is paid" in checkout.tell("receipt", {"invoice": "2"})

    gained = [town.held(person) - start[person] for person in (ann, bob)]
    assert gained == [-60 * MZ, -15 * MZ]
    assert checkout.tell("taken") == "2 invoices, 75 MZ settled so far."
    town.end(checkout, cafe)
    refused("when", lambda: checkout.do("give", {"amount": "5 MZ"}, sender=bob))
    refused("CheckoutEnded", lambda: checkout.do("set-open", {"taking": "true"}, sender=cafe))


def test_points_are_earned_given_for_a_reward_and_come_back(town: Town) -> None:
    offer = town.publish("loyalty-points")
    cafe, ann = town.newcomer(1000), town.newcomer(1000)
    points = town.use(offer, cafe, {"name": "Corner points", "term": "14 days"})
    start = town.held(cafe)

    points.do("offer", {"price": "150", "stock": "2", "text": TEXT}, sender=cafe)
    points.do("pay", {"amount": "20 MZ"}, sender=ann)
    assert town.held(cafe) - start == net_of(20 * MZ, 50)
    assert "has 200 points" in points.tell("points", user=ann)
    points.do("claim", {"reward": "1", "edition": "1"}, sender=ann)
    assert "has 50 points" in points.tell("points", user=ann)
    assert points.may("give", cafe, {"claim": "1"}) and not points.may("give-back", ann, {"claim": "1"})
    town.wait(14 * DAY + 1)
    assert "give the points back" in points.tell("waiting", {"claim": "1"})
    points.do("give-back", {"claim": "1"}, sender=ann)

    assert "has 200 points" in points.tell("points", user=ann) and "is returned" in points.tell("claim")
    refused("PointsStateWrong", lambda: points.contract.send("give", 1, bytes(32), sender=cafe))
    refused("TemplatesNotMaker", lambda: town.end(points, ann))
    town.end(points, cafe)
    assert points.tell("open").startswith("The programme is ended") and not points.may("pay", ann, {"amount": "1 MZ"})


def test_a_stars_coins_are_given_earned_and_redeemed(town: Town) -> None:
    offer = town.publish("star-coin")
    star, ann, bob = (town.newcomer(1000) for _ in range(3))
    coin = town.use(offer, star, {"name": "Coin of a star", "supply": "1000"})
    start = town.held(star)

    coin.do("support", {"amount": "20 MZ"}, sender=ann)
    assert town.held(star) - start == net_of(20 * MZ, 100)
    coin.do("give", {"fans": f"{checksum(bob.address)}", "amounts": "3"}, sender=star)
    coin.do("offer", {"price": "15", "stock": "1", "text": TEXT}, sender=star)
    coin.do("redeem", {"item": "1", "edition": "1"}, sender=ann)
    refused("CoinSoldOut", lambda: coin.do("redeem", {"item": "1", "edition": "1"}, sender=bob))
    coin.do("deliver", {"redemption": "1", "proof": TEXT}, sender=star)

    assert coin.tell("coins", user=ann).endswith("has 5 coins.")
    assert coin.tell("coins", user=bob).endswith("has 3 coins.")
    refused("cannot be ended by their owner", lambda: town.end(coin, star))
    assert coin.tell("supply").startswith("There are 985 coins")
    assert "is delivered" in coin.tell("redemption")


def test_a_film_receives_frozen_tokens_and_buys_them_back(town: Town) -> None:
    offer = town.publish("ecosystem-token")
    decider, film, investor = (town.newcomer(1000) for _ in range(3))
    holders = json.dumps([checksum(person.address) for person in (investor, town.newcomer(0), town.newcomer(0))])
    token = town.use(offer, decider, {"name": "Culture", "symbol": "CUL", "holders": holders})
    assert token.tell("vault") == "100000000 CUL are frozen; one release takes at most 20000000 CUL now."

    token.do("propose", {"wallet": checksum(film.address), "amount": "1000", "text": TEXT}, sender=decider)
    refused("cannot be done now", lambda: token.do("release", {"project": "1"}, sender=decider))
    town.wait(7 * DAY)
    assert "stay frozen" in token.tell("proposed", {"project": "1"})
    token.do("release", {"project": "1"}, sender=investor)
    token.do("buy-back", {"project": "1", "amount": "20 MZ", "price": "0.01 MZ"}, sender=film)
    before = town.held(investor)
    token.do("sell", {"project": "1", "amount": "1500", "least": "15 MZ"}, sender=investor)
    assert town.held(investor) - before == 15 * MZ
    town.wait(31 * DAY)
    before = town.held(film)
    token.do("close-round", {"project": "1"}, sender=investor)

    assert town.held(film) - before == net_of(20 * MZ, 100) - 15 * MZ
    assert not token.holds("pledged", {"project": "1"})
    assert "1500 CUL of the pledged 1000 CUL came back" in token.tell("project", {"project": "1"})
    assert token.tell("vault").startswith("100000500 CUL are frozen")
