from __future__ import annotations

import json

import pytest

import chain
from chain.errors import TemplateRefused


@pytest.fixture
def token(dev, offer):
    """A token decided by the first account; the next three receive the other parts."""
    holders = json.dumps([f"0x{account.address.hex()}" for account in dev.accounts[1:4]])
    values = {"name": "Culture", "symbol": "CUL", "holders": holders}
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], **values)


def test_half_is_frozen_and_a_fifth_of_it_can_be_released_at_once(token):
    assert token.tell("vault") == "100000000 CUL are frozen; one release takes at most 20000000 CUL now."


def test_nobody_releases_before_the_notice_is_over(dev, token):
    wallet = f"0x{dev.accounts[4].address.hex()}"
    token.do("propose", {"wallet": wallet, "amount": "1000"}, sender=dev.accounts[0])

    assert "1000 CUL" in token.tell("project", {"project": "1"})
    with pytest.raises(TemplateRefused, match="cannot be done now"):
        token.do("release", {"project": "1"}, sender=dev.accounts[0])
