from __future__ import annotations

import os

import pytest

import chain
from chain import economy
from chain.errors import ContractReverted
from chain.registry import Library, Tenures

MZ = 10**18


@pytest.fixture
def licence(dev, offer):
    """Licences of the first account's registered work: 2 MZ for a use, 6 MZ for thirty days."""
    author = dev.accounts[0]
    content = os.urandom(32)
    dev.contract("Works", dev.platform.works).send("register", content, sender=author)
    values = {"work": f"0x{content.hex()}", "perUse": "2 MZ", "perPeriod": "6 MZ"}
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=author, **values)


def test_a_sale_pays_the_author_and_leaves_uses_to_redeem(dev, licence, offer):
    author, reader = dev.accounts[:2]
    before = economy.balance(dev, dev.platform, author.address)

    licence.do("buy", {"kind": "0", "quantity": "3"}, sender=reader)
    licence.do("redeem", {"kind": "0"}, sender=reader)

    gross = 6 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, author.address) - before == net
    assert "has 2 uses and 0 downloads left" in licence.tell("licence", user=reader)


def test_nothing_is_redeemed_that_was_not_bought(dev, licence):
    with pytest.raises(ContractReverted, match="LicenceNothingLeft"):
        licence.do("redeem", {"kind": "0"}, sender=dev.accounts[3])


def test_what_is_not_for_sale_is_not_sold(dev, licence):
    with pytest.raises(ContractReverted):
        licence.do("buy", {"kind": "1", "quantity": "1"}, sender=dev.accounts[2])


def test_a_sale_ends_and_licences_live_on(dev, licence):
    author, reader = dev.accounts[:2]
    licence.do("buy", {"kind": "0", "quantity": "1"}, sender=reader)

    Tenures(Library(dev)).retire(licence.address, sender=author)

    assert not licence.may("buy", reader, {"kind": "0", "quantity": "1"})
    licence.do("redeem", {"kind": "0"}, sender=reader)
