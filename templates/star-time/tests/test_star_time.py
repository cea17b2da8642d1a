from __future__ import annotations

import pytest

import chain
from chain import economy
from chain.errors import ChainError

MZ = 10**18
DAY = 86_400


def wait(dev, seconds):
    dev.rpc("evm_setNextBlockTimestamp", hex(dev.timestamp() + seconds))
    dev.rpc("evm_mine")


@pytest.fixture
def diary(dev, offer):
    """The first account's time, one hour in ten days offered for 40 MZ."""
    made = chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], title="Time of a star")
    made.do("offer", {"price": "40 MZ", "start": "+10 days"}, sender=dev.accounts[0])
    return made


def test_time_that_was_given_is_paid(dev, diary, offer):
    star, ann = dev.accounts[:2]
    before = economy.balance(dev, dev.platform, star.address)

    diary.do("book", {"slot": "1"}, sender=ann)
    diary.do("deliver", {"slot": "1", "proof": "0x" + "11" * 32}, sender=star)
    diary.do("confirm", {"slot": "1"}, sender=ann)

    gross = 40 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, star.address) - before == net


def test_a_star_who_stays_silent_gives_everything_back(dev, diary):
    ann = dev.accounts[1]
    before = economy.balance(dev, dev.platform, ann.address)
    diary.do("book", {"slot": "1"}, sender=ann)

    wait(dev, 14 * DAY)
    diary.do("settle", {"slot": "1"}, sender=dev.accounts[3])

    assert economy.balance(dev, dev.platform, ann.address) == before


def test_nobody_asks_for_more_than_a_fifth_above_the_price(dev, diary):
    diary.do("book", {"slot": "1"}, sender=dev.accounts[1])

    with pytest.raises(ChainError):
        diary.do("list", {"slot": "1", "asked": "48.1 MZ"}, sender=dev.accounts[1])
    diary.do("list", {"slot": "1", "asked": "48 MZ"}, sender=dev.accounts[1])
