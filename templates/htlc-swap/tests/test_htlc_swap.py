from __future__ import annotations

import hashlib

import pytest

from chain import economy
from chain.errors import ChainError
from chain.primitives import checksum

MZ = 10**18
SECRET = hashlib.sha256(b"known to Ann alone").digest()
HASH = hashlib.sha256(SECRET).digest()


@pytest.fixture
def lock(dev, instance):
    ann, bob = dev.accounts[:2]
    deadline = dev.timestamp() + 86_400
    terms = {"recipient": checksum(bob.address), "hash": "0x" + HASH.hex(), "deadline": str(deadline)}
    instance.do("lock", {"amount": "100", **terms}, sender=ann)
    return "0x" + instance.contract.call("lockOf", ann.address, bob.address, 100 * MZ, HASH, deadline).hex()


def test_the_secret_pays_the_recipient(dev, instance, offer, lock):
    bob = dev.accounts[1]
    before = economy.balance(dev, dev.platform, bob.address)

    instance.do("claim", {"lock": lock, "secret": "0x" + SECRET.hex()}, sender=dev.accounts[2])

    gross = 100 * MZ
    net = gross - gross // 100 - gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, bob.address) - before == net


def test_nothing_else_does(dev, instance, lock):
    with pytest.raises(ChainError):
        instance.do("claim", {"lock": lock, "secret": "0x" + HASH.hex()}, sender=dev.accounts[1])
    with pytest.raises(ChainError):
        instance.do("refund", {"lock": lock}, sender=dev.accounts[0])
