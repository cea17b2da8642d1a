from __future__ import annotations

import pytest

from chain import economy
from chain.errors import ChainError
from chain.primitives import checksum

MZ = 10**18
PAYEE = "0x" + "77" * 20


def wait(dev, seconds):
    dev.rpc("evm_setNextBlockTimestamp", hex(dev.timestamp() + seconds))
    dev.rpc("evm_mine")


@pytest.fixture
def voted(dev, instance):
    ann, bob = dev.accounts[:2]
    instance.do("fund", {"amount": "60"}, sender=bob)
    terms = {"asset": checksum(dev.platform.mz), "to": PAYEE, "amount": str(50 * MZ), "description": "the hall"}
    instance.do("propose-payment", terms, sender=ann)
    wait(dev, 10)
    instance.do("vote", {"proposal": "1", "amount": "120", "support": "1"}, sender=ann)
    return instance


def test_an_accepted_payment_is_made_and_deposits_go_back(dev, voted):
    ann = dev.accounts[0]
    before = economy.balance(dev, dev.platform, ann.address)
    with pytest.raises(ChainError):
        voted.do("execute", {"proposal": "1"}, sender=ann)

    wait(dev, 6 * 86_400)
    voted.do("execute", {"proposal": "1"}, sender=ann)
    voted.do("give-back", {"proposal": "1"}, sender=ann)

    assert economy.balance(dev, dev.platform, bytes.fromhex(PAYEE[2:])) == 50 * MZ
    assert economy.balance(dev, dev.platform, ann.address) - before == 120 * MZ


def test_a_deposit_stays_while_the_vote_is_open(dev, voted):
    with pytest.raises(ChainError):
        voted.do("give-back", {"proposal": "1"}, sender=dev.accounts[0])
