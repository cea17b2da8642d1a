"""Prices as people read them."""

from __future__ import annotations

import pytest

from chain.cli.money import price


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (17_500_000_000_000_000_000_000, "0.0000175 ETH"),
        (8_750_011_260_632_428_731_000, "0.00000875001126 ETH"),
        (10**27, "1 ETH"),
        (1_200 * 10**27, "1200 ETH"),
        (123_456_789_012 * 10**27, "123456789000 ETH"),
        (0, "0 ETH"),
        (1, "0.000000000000000000000000001 ETH"),
    ],
)
def test_a_price_has_nine_digits_and_no_exponent(value: int, shown: str) -> None:
    assert price(value, "ETH") == shown
