from __future__ import annotations

import json

import pytest

import chain
from chain import economy
from chain.errors import TemplateRefused
from chain.registry import Library, Tenures

MZ = 10**18


@pytest.fixture
def shop(dev, offer):
    """A shop of the first account with one item; the second is paid for every sale."""
    seller, maker = dev.accounts[:2]
    parts = json.dumps([{"payee": f"0x{maker.address.hex()}", "bps": "100 %"}])
    made = chain.Template(f"0x{offer.id.hex()}").use(dev, sender=seller, parts=parts)
    made.do("offer", {"price": "20 MZ", "stock": "3"}, sender=seller)
    made.do("pledge", {"amount": "4 MZ"}, sender=seller)
    return made


def test_a_confirmed_order_pays_the_makers(dev, shop, offer):
    maker, buyer = dev.accounts[1:3]
    before = economy.balance(dev, dev.platform, maker.address)

    shop.do("order", {"item": "1"}, sender=buyer)
    shop.do("confirm", {"order": "1"}, sender=buyer)

    gross = 20 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, maker.address) - before == net


def test_nobody_settles_an_order_that_has_time(dev, shop):
    shop.do("order", {"item": "1"}, sender=dev.accounts[2])

    with pytest.raises(TemplateRefused, match="cannot be done now"):
        shop.do("settle", {"order": "1"}, sender=dev.accounts[3])
    assert "gets everything back" in shop.tell("paid", {"order": "1"})


def test_a_shop_ends_when_no_order_waits_and_the_pledge_comes_back(dev, shop):
    seller, tenures = dev.accounts[0], Tenures(Library(dev))
    shop.do("order", {"item": "1"}, sender=dev.accounts[2])

    with pytest.raises(TemplateRefused, match="ShopOrdersLive"):
        tenures.retire(shop.address, sender=seller)
    shop.do("confirm", {"order": "1"}, sender=dev.accounts[2])
    tenures.retire(shop.address, sender=seller)
    before = economy.balance(dev, dev.platform, seller.address)
    shop.do("withdraw-pledge", {"pledge": "1"}, sender=seller)

    assert economy.balance(dev, dev.platform, seller.address) - before == 4 * MZ
    assert shop.tell("open") == "Orders are not taken."
