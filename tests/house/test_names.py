"""The names that other code may use."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import chain
from tests.house.tree import ROOT

PUBLIC = ["ChainError", "Client", "Contract", "Template", "Wallet", "connect", "dev"]
ROOMS = sorted(module.name for module in pkgutil.iter_modules(chain.__path__, "chain.") if module.ispkg)


def test_the_package_offers_seven_names() -> None:
    assert sorted(chain.__all__) == PUBLIC
    assert [name for name in PUBLIC if getattr(chain, name, None) is None] == []
    assert set(PUBLIC) <= set(dir(chain))


def test_importing_the_package_is_cheap() -> None:
    script = "import sys, chain; print(sorted({'eth', 'web3', 'rocksdict', 'solcx'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_what_it_lists(room: str) -> None:
    module = importlib.import_module(room)
    listed = getattr(module, "__all__", [])

    assert sorted(set(listed)) == sorted(listed)
    assert [name for name in listed if not hasattr(module, name)] == []
