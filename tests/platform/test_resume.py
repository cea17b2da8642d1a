"""A roll-out that dies at any point, before or after its transaction was sent, is finished by the next run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chain import Client
from chain.deployment import DEFAULT_FILE, ClientDeployer, book_of, read_parameters, roll_out
from chain.launch.dev import dev
from chain.primitives import Address
from chain.wallet import dev_accounts

TRANSACTIONS = 18
HARDEST = {(17, 1), (18, 0)}  # between the two that name each other, Templates and Till


class Died(Exception):
    """The process is gone."""


class Mortal:
    """A deployer that dies around its n-th transaction: before it is sent, or before its receipt is heard of."""

    def __init__(self, inner: ClientDeployer, dies_at: int, sent: bool) -> None:
        self._inner, self._left, self._sent = inner, dies_at, sent
        self.address = inner.address

    def nonce(self) -> int:
        return self._inner.nonce()

    def settle(self) -> None:
        self._inner.settle()

    def call(self, contract: str, address: Address, function: str, *arguments: Any) -> Any:
        return self._inner.call(contract, address, function, *arguments)

    def code_at(self, address: Address) -> bytes:
        return self._inner.code_at(address)

    def deploy(self, contract: str, arguments: Sequence[Any]) -> Address:
        made: Address = self._act(lambda: self._inner.deploy(contract, arguments))
        return made

    def send(self, contract: str, address: Address, function: str, *arguments: Any) -> None:
        self._act(lambda: self._inner.send(contract, address, function, *arguments))

    def transact(self, to: Address, data: bytes) -> None:
        self._act(lambda: self._inner.transact(to, data))

    def _act(self, act: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._sent:
            raise Died
        done = act()
        if self._left == 0:
            raise Died
        return done


@pytest.fixture(scope="module")
def chain() -> Iterator[Client]:
    with dev(platform=False) as client:
        yield client


@pytest.fixture
def client(chain: Client) -> Iterator[Client]:
    snapshot = chain.rpc("evm_snapshot")
    yield chain
    chain.rpc("evm_revert", snapshot)


def roll(client: Client, folder: Path, dies_at: int = -1, *, sent: bool = False) -> int:
    """One run; the account's nonce afterwards."""
    book = book_of(client, folder)
    accounts = {account.name or "": account.address for account in dev_accounts()}
    parameters = read_parameters(DEFAULT_FILE, accounts, book.began)
    deployer = ClientDeployer(client, "dev0")
    roll_out(Mortal(deployer, dies_at, sent), parameters, book)
    return deployer.nonce()


def manifest(folder: Path) -> Any:
    (path,) = folder.glob("*.json")
    return msgspec.json.decode(path.read_bytes())


@pytest.fixture(scope="module")
def undisturbed(chain: Client, tmp_path_factory: pytest.TempPathFactory) -> Any:
    snapshot = chain.rpc("evm_snapshot")
    folder = tmp_path_factory.mktemp("undisturbed")
    assert roll(chain, folder) == TRANSACTIONS
    chain.rpc("evm_revert", snapshot)
    return manifest(folder)


def test_a_run_that_dies_around_every_transaction_is_finished_in_the_end(client, tmp_path, undisturbed):
    for _ in range(TRANSACTIONS):
        for sent in (False, True):
            with pytest.raises(Died):
                roll(client, tmp_path, 1, sent=sent)

    nonce = roll(client, tmp_path)

    assert nonce == TRANSACTIONS  # nothing was sent twice
    assert manifest(tmp_path) == undisturbed


def once(dies_at: int, sent: bool) -> Any:
    """One death. Those around the pair that name each other are the hardest; all of them take a minute."""
    return pytest.param(dies_at, sent, marks=() if (dies_at, sent) in HARDEST else pytest.mark.deep)


@pytest.mark.parametrize(("dies_at", "sent"), [once(n, sent) for n in range(1, TRANSACTIONS + 1) for sent in (0, 1)])
def test_a_run_that_dies_once_is_finished_by_the_next(client, tmp_path, undisturbed, dies_at, sent):
    with pytest.raises(Died):
        roll(client, tmp_path, dies_at, sent=sent)

    nonce = roll(client, tmp_path)

    assert nonce == TRANSACTIONS
    assert manifest(tmp_path) == undisturbed
