from __future__ import annotations

import pytest

from chain import economy
from chain.errors import ChainError

MZ = 10**18
FILES = ",".join("0x" + digit * 64 for digit in "123")


@pytest.fixture
def issued(dev, instance):
    importer, _, bank = dev.accounts[:3]
    instance.do("pay-in", sender=importer)
    instance.do("issue", sender=bank)
    return instance


def test_documents_that_the_bank_accepts_are_paid(dev, issued, offer):
    exporter, bank = dev.accounts[1:3]
    before = economy.balance(dev, dev.platform, exporter.address)

    issued.do("present", {"gross": "400", "digests": FILES}, sender=exporter)
    issued.do("honour", {"number": "1"}, sender=bank)

    gross = 400 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, exporter.address) - before == net


def test_an_issued_credit_cannot_be_taken_back(dev, issued):
    with pytest.raises(ChainError):
        issued.do("withdraw", sender=dev.accounts[0])
    with pytest.raises(ChainError):
        issued.do("close", sender=dev.accounts[0])


def test_an_exporter_who_renounces_frees_the_money(dev, issued):
    importer, exporter = dev.accounts[:2]
    before = economy.balance(dev, dev.platform, importer.address)

    issued.do("renounce", sender=exporter)
    issued.do("close", sender=exporter)

    assert economy.balance(dev, dev.platform, importer.address) - before == 400 * MZ
