from __future__ import annotations

import pytest

import chain
from chain.errors import ContractReverted


@pytest.fixture
def coin(dev, offer):
    """A coin of the first account, half of a thousand set aside for supporters."""
    values = {"name": "Coin of a star", "supply": "1000"}
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0], **values)


def test_support_earns_coins(dev, coin):
    coin.do("support", {"amount": "20 MZ"}, sender=dev.accounts[1])

    assert coin.tell("coins", user=dev.accounts[1]).endswith("has 20 coins.")
    assert coin.tell("kept").startswith("480 coins wait")


def test_nobody_receives_more_than_is_set_aside(dev, coin):
    with pytest.raises(ContractReverted, match="CoinSupportRefused"):
        coin.do("support", {"amount": "501 MZ"}, sender=dev.accounts[1])
