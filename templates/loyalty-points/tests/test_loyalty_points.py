from __future__ import annotations

import pytest

import chain
from chain.errors import ContractReverted, TemplateRefused
from chain.registry import Library, Tenures


@pytest.fixture
def points(dev, offer):
    """A programme of the first account with one reward for 150."""
    made = chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], name="Corner points")
    made.do("offer", {"price": "150", "stock": "1"}, sender=dev.accounts[0])
    return made


def test_a_payment_earns_points_for_a_reward(dev, points):
    owner, member = dev.accounts[:2]

    points.do("pay", {"amount": "20 MZ"}, sender=member)
    points.do("claim", {"reward": "1", "edition": "1"}, sender=member)
    points.do("give", {"claim": "1"}, sender=owner)

    assert "has 50 points" in points.tell("points", user=member)


def test_nobody_claims_without_points(dev, points):
    with pytest.raises(ContractReverted, match="InsufficientBalance"):
        points.do("claim", {"reward": "1", "edition": "1"}, sender=dev.accounts[3])


def test_a_programme_ends_when_nobody_waits_for_a_reward(dev, points):
    (owner, member), tenures = dev.accounts[:2], Tenures(Library(dev))
    points.do("pay", {"amount": "20 MZ"}, sender=member)
    points.do("claim", {"reward": "1", "edition": "1"}, sender=member)

    with pytest.raises(TemplateRefused, match="PointsClaimsWait"):
        tenures.retire(points.address, sender=owner)
    points.do("decline", {"claim": "1"}, sender=owner)
    tenures.retire(points.address, sender=owner)

    with pytest.raises(TemplateRefused, match="cannot be done now"):
        points.do("claim", {"reward": "1", "edition": "1"}, sender=member)
