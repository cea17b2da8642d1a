from __future__ import annotations

import pytest

import chain
from chain import economy
from chain.errors import ChainError, TemplateRefused
from chain.registry import Library, Tenures

MZ = 10**18


@pytest.fixture
def jar(dev, offer):
    """The first account's jar, for tips of 0.5 MZ and more."""
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], least="0.5 MZ")


def test_a_tip_is_passed_on_at_once(dev, jar, offer):
    keeper, friend = dev.accounts[:2]
    before = economy.balance(dev, dev.platform, keeper.address)

    jar.do("tip", {"amount": "2 MZ", "memo": "thank you"}, sender=friend)

    gross = 2 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, keeper.address) - before == net
    assert economy.balance(dev, dev.platform, jar.address) == 0
    assert jar.tell("tips") == "1 tips so far, 2 MZ in all."


def test_a_tip_below_the_least_is_refused(dev, jar):
    with pytest.raises(ChainError, match="TipTooSmall"):
        jar.do("tip", {"amount": "0.49 MZ", "memo": ""}, sender=dev.accounts[1])


def test_a_memo_that_is_too_long_is_refused(dev, jar):
    with pytest.raises(ChainError):
        jar.do("tip", {"amount": "1 MZ", "memo": "x" * 281}, sender=dev.accounts[1])


def test_whom_the_jar_is_for_ends_it(dev, jar):
    keeper, friend = dev.accounts[:2]

    Tenures(Library(dev)).retire(jar.address, sender=keeper)

    with pytest.raises(TemplateRefused, match="cannot be done now"):
        jar.do("tip", {"amount": "1 MZ", "memo": ""}, sender=friend)
    assert jar.tell("open") == "Tips are not taken any more."
