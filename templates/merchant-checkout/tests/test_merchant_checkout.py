from __future__ import annotations

import pytest

import chain
from chain import economy
from chain.errors import TemplateRefused
from chain.registry import Library, Tenures

MZ = 10**18


@pytest.fixture
def checkout(dev, offer):
    """A checkout of the first account with one invoice of 100 MZ."""
    made = chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], name="Corner")
    made.do("invoice", {"amount": "100 MZ"}, sender=dev.accounts[0])
    return made


def test_a_part_goes_back_exactly_and_the_rest_is_settled(dev, checkout, offer):
    owner, payer = dev.accounts[:2]
    paid, got = (economy.balance(dev, dev.platform, person.address) for person in (payer, owner))

    checkout.do("pay-held", {"invoice": "1"}, sender=payer)
    checkout.do("refund", {"invoice": "1", "back": "40 MZ"}, sender=owner)

    gross = 60 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert paid - economy.balance(dev, dev.platform, payer.address) == gross
    assert economy.balance(dev, dev.platform, owner.address) - got == net


def test_an_invoice_is_paid_once(dev, checkout):
    checkout.do("pay-held", {"invoice": "1"}, sender=dev.accounts[1])

    with pytest.raises(TemplateRefused, match="cannot be done now"):
        checkout.do("pay-held", {"invoice": "1"}, sender=dev.accounts[2])


def test_a_checkout_ends_when_no_deposit_waits(dev, checkout):
    (owner, payer), tenures = dev.accounts[:2], Tenures(Library(dev))
    checkout.do("pay-held", {"invoice": "1"}, sender=payer)

    with pytest.raises(TemplateRefused, match="CheckoutDepositsWait"):
        tenures.retire(checkout.address, sender=owner)
    checkout.do("confirm", {"invoice": "1"}, sender=payer)
    tenures.retire(checkout.address, sender=owner)

    assert checkout.tell("open") == "Payments are not taken now."
