from __future__ import annotations

import pytest

from chain import economy
from chain.errors import ChainError

MZ = 10**18
YEAR = 365 * 86_400


def wait(dev, seconds):
    dev.rpc("evm_setNextBlockTimestamp", hex(dev.timestamp() + seconds))
    dev.rpc("evm_mine")


def test_nothing_is_due_before_the_cliff_and_a_quarter_on_it(dev, instance):
    revoker, beneficiary = dev.accounts[:2]
    instance.do("fund", {"amount": "480"}, sender=revoker)
    with pytest.raises(ChainError):
        instance.do("take", sender=beneficiary)
    before = economy.balance(dev, dev.platform, beneficiary.address)

    wait(dev, YEAR)
    instance.do("take", sender=beneficiary)

    gained = economy.balance(dev, dev.platform, beneficiary.address) - before
    assert 120 * MZ <= gained < 121 * MZ


def test_revoked_before_the_cliff_everything_goes_back(dev, instance):
    revoker = dev.accounts[0]
    before = economy.balance(dev, dev.platform, revoker.address)
    instance.do("fund", {"amount": "480"}, sender=revoker)

    instance.do("revoke", sender=revoker)
    instance.do("give-back", sender=dev.accounts[2])

    assert economy.balance(dev, dev.platform, revoker.address) == before
