from __future__ import annotations

import pytest

import chain
from chain import economy
from chain.errors import TemplateRefused

MZ = 10**18
DAY = 86_400


def wait(dev, seconds):
    dev.rpc("evm_setNextBlockTimestamp", hex(dev.timestamp() + seconds))
    dev.rpc("evm_mine")


@pytest.fixture
def dinner(dev, offer):
    """One seat at the first account's table, by auction from 10 MZ."""
    values = {"price": "10 MZ", "auction": "true", "end": "+10 days", "meeting": "+11 days"}
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], **values)


def test_whoever_is_outbid_has_everything_back_and_the_host_is_paid(dev, dinner, offer):
    host, ann, bob = dev.accounts[:3]
    before = [economy.balance(dev, dev.platform, one.address) for one in (host, ann, bob)]

    dinner.do("buy", {"seat": "1"}, sender=ann)
    dinner.do("bid", {"seat": "1", "amount": "20 MZ"}, sender=bob)
    assert economy.balance(dev, dev.platform, ann.address) == before[1]
    wait(dev, 11 * DAY)
    dinner.do("held", {"proof": "0x" + "11" * 32}, sender=host)
    wait(dev, 6 * DAY)
    dinner.do("settle", {"seat": "1"}, sender=ann)

    gross = 20 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    after = [economy.balance(dev, dev.platform, one.address) for one in (host, ann, bob)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [net, 0, -gross]


def test_a_host_who_stays_silent_gives_everything_back(dev, dinner):
    ann = dev.accounts[1]
    before = economy.balance(dev, dev.platform, ann.address)
    dinner.do("buy", {"seat": "1"}, sender=ann)
    with pytest.raises(TemplateRefused, match="cannot be done now"):
        dinner.do("settle", {"seat": "1"}, sender=dev.accounts[3])

    wait(dev, 15 * DAY)
    dinner.do("settle", {"seat": "1"}, sender=dev.accounts[3])

    assert economy.balance(dev, dev.platform, ann.address) == before
