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
def film(dev, offer):
    """The first account's campaign for 100 MZ in ten days, half of it at each of two milestones."""
    values = {"goal": "100 MZ", "deadline": "+10 days", "parts": "50 %, 50 %"}
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], **values)


def test_a_missed_goal_gives_back_exactly_what_was_paid(dev, film):
    backer = dev.accounts[1]
    before = economy.balance(dev, dev.platform, backer.address)
    film.do("back", {"amount": "99 MZ"}, sender=backer)

    wait(dev, 10 * DAY + 1)
    film.do("refund", {"backer": f"0x{backer.address.hex()}"}, sender=dev.accounts[2])

    assert economy.balance(dev, dev.platform, backer.address) == before


def test_a_milestone_that_nobody_stops_is_paid_and_one_that_a_third_stops_is_not(dev, film, offer):
    creator, ann, bob = dev.accounts[:3]
    film.do("back", {"amount": "60 MZ"}, sender=ann)
    film.do("back", {"amount": "40 MZ"}, sender=bob)
    wait(dev, 10 * DAY + 1)
    before = economy.balance(dev, dev.platform, creator.address)

    film.do("report", {"evidence": "0x" + "11" * 32}, sender=creator)
    wait(dev, 7 * DAY + 1)
    film.do("release", sender=dev.accounts[3])
    film.do("report", {"evidence": "0x" + "22" * 32}, sender=creator)
    film.do("veto", sender=bob)

    gross = 50 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, creator.address) - before == net
    with pytest.raises(ChainError):
        film.do("release", sender=creator)
    assert film.tell("phase") == "The campaign is stopped: what is left goes back."
