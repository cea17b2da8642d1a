from __future__ import annotations

import pytest

from chain import economy
from chain.errors import ChainError

MZ = 10**18
WORK = "0x" + "22" * 32


def bind(dev, instance):
    for party in dev.accounts[:3]:
        instance.do("sign", sender=party)
    instance.do("pay-in", sender=dev.accounts[0])


def test_a_duty_that_is_accepted_pays_the_second_party(dev, instance, offer):
    bind(dev, instance)
    performer = dev.accounts[1]
    before = economy.balance(dev, dev.platform, performer.address)

    instance.do("report", {"evidence": WORK}, sender=performer)
    instance.do("accept", sender=dev.accounts[0])

    gross = 40 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, performer.address) - before == net


def test_a_draft_that_is_declined_gives_the_price_back(dev, instance):
    payer = dev.accounts[0]
    before = economy.balance(dev, dev.platform, payer.address)
    instance.do("pay-in", sender=payer)

    instance.do("decline", sender=dev.accounts[2])

    assert economy.balance(dev, dev.platform, payer.address) == before
    with pytest.raises(ChainError):
        instance.do("sign", sender=dev.accounts[1])
