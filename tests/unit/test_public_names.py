"""`import chain` offers seven names, imports nothing heavy for them, and nothing else by accident."""

from __future__ import annotations

import subprocess
import sys

import pytest

import chain

NAMES = ["ChainError", "Client", "Contract", "Template", "Wallet", "connect", "dev"]


def test_there_are_seven_names() -> None:
    assert sorted(chain.__all__) == NAMES
    assert set(NAMES) <= set(dir(chain))


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_what_it_says(name: str) -> None:
    value = getattr(chain, name)

    assert callable(value)
    assert value.__name__ == name
    assert getattr(chain, name) is value


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'chain' has no attribute 'clients'"):
        _ = chain.clients


def test_importing_the_package_costs_nothing() -> None:
    program = "import sys, chain; print([m for m in ('eth', 'web3', 'rocksdict', 'msgspec') if m in sys.modules])"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
