"""The production roll-out on real nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from chain import Client, artifacts, economy
from chain.client import Mined, Platform
from chain.deployment import DEFAULT_FILE, Book, ClientDeployer, Entry, Parameters, book_of, read_parameters, roll_out
from chain.deployment.run import Step
from chain.errors import DeploymentError
from chain.primitives import create2_address, keccak
from chain.spec import CREATE2_FACTORY
from chain.wallet import Account

MZ = 10**18
SHARES = {
    "founders": 40_000_000 * MZ,
    "institutions": 20_000_000 * MZ,
    "public_offering": 10_000_000 * MZ,
    "private_placement": 10_000_000 * MZ,
    "crowdfunding": 20_000_000 * MZ,
}


@pytest.fixture
def parameters(client: Client) -> Parameters:
    """With addresses of each deployer's own: the tests share the chain."""
    accounts = {account.name or "": account.address for account in client.wallet}
    read = read_parameters(DEFAULT_FILE, accounts, client.timestamp())
    return msgspec.structs.replace(read, same_everywhere=False)


@pytest.fixture
def account(client: Client) -> Account:
    made = Account.create()
    client.send({"to": made.address}, sender="dev0", value=50 * MZ)
    return made


@pytest.fixture
def deployer(client: Client, account: Account) -> ClientDeployer:
    return ClientDeployer(client, account)


def statuses(steps: list[Step]) -> set[str]:
    return {step.status for step in steps}


def test_table_11_1_is_carried_out_once(client: Client, platform: Platform) -> None:
    allocated = economy.allocations(client, platform)

    assert {line.tranche: line.amount for line in allocated} == SHARES
    founders, institutions, offering, private, crowdfunding = (line.recipient for line in allocated)
    assert offering == crowdfunding == platform.sale
    vestings = client.contract("Vestings", platform.vestings)
    assert [vestings.call("isVesting", one) for one in (founders, institutions, private)] == [True, True, False]
    assert client.contract("Splits", platform.splits).call("isSplit", private)
    assert economy.supply(client, platform).minted == sum(SHARES.values())


def test_the_contracts_know_each_other(client: Client, platform: Platform) -> None:
    till = client.contract("Till", platform.till)

    assert till.call("mz") == platform.mz
    assert till.call("templates") == platform.templates
    assert till.call("feed") == platform.feed
    assert till.call("buyback") == platform.buyback
    assert till.call("vault") == platform.vault
    assert client.contract("Works", platform.works).call("notary") == platform.notary
    terms = client.contract("PublicSale", platform.sale).call("terms")
    assert (terms["proceeds"], terms["caps"]) == (platform.fund_use, (10_000_000 * MZ, 20_000_000 * MZ))
    assert client.contract("MZ", platform.mz).call("balanceOf", platform.sale) >= sum(terms["caps"])
    assert all(client.code(address) for address in platform.names().values())


def test_a_second_run_changes_nothing(
    client: Client, deployer: ClientDeployer, parameters: Parameters, tmp_path: Path
) -> None:
    first: list[Step] = []
    second: list[Step] = []
    platform = roll_out(deployer, parameters, book_of(client, tmp_path), tell=first.append)
    nonce = deployer.nonce()

    again = roll_out(deployer, parameters, book_of(client, tmp_path), tell=second.append)

    assert (statuses(first), statuses(second)) == ({"deployed"}, {"unchanged"})
    assert again == platform == book_of(client, tmp_path).platform()
    assert deployer.nonce() == nonce == 18
    assert [(step.name, step.address) for step in first] == [(step.name, step.address) for step in second]


class Interrupted(ClientDeployer):
    """Carries out so many transactions and is then switched off."""

    left = 0

    def _send(self, wish: dict[str, Any]) -> Mined:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return super()._send(wish)


@pytest.fixture
def interrupted(client: Client, account: Account) -> Interrupted:
    return Interrupted(client, account)


# Nothing; within the factories; schedules without the split; before, between and after each pair.
BREAKS = (0, 7, 11, 12, 13, 14, 16, 17)


def test_a_run_that_broke_off_goes_on_where_it_stopped_however_often(
    client: Client, account: Account, deployer: ClientDeployer, parameters: Parameters, tmp_path: Path
) -> None:
    made: list[Step] = []
    for survived in BREAKS:
        interrupted = Interrupted(client, account)
        interrupted.left = survived - deployer.nonce()
        steps: list[Step] = []
        with pytest.raises(KeyboardInterrupt):
            roll_out(interrupted, parameters, book_of(client, tmp_path), tell=steps.append)
        assert deployer.nonce() == survived
        assert [step.address for step in steps if step.status == "unchanged"] == [step.address for step in made]
        made = steps
    steps = []

    platform = roll_out(deployer, parameters, book_of(client, tmp_path), tell=steps.append)

    assert [step.address for step in steps if step.status == "unchanged"] == [step.address for step in made]
    assert deployer.nonce() == 18
    private = economy.allocations(client, platform)[3].recipient
    assert economy.balance(client, platform, private) == 0


@pytest.mark.parametrize("contract", ["Genesis", "Templates"])
def test_a_pair_of_which_the_second_can_not_be_where_it_was_expected_is_made_anew(
    client: Client,
    account: Account,
    deployer: ClientDeployer,
    interrupted: Interrupted,
    parameters: Parameters,
    tmp_path: Path,
    contract: str,
) -> None:
    interrupted.left = {"Genesis": 13, "Templates": 17}[contract]
    made: list[Step] = []
    with pytest.raises(KeyboardInterrupt):
        roll_out(interrupted, parameters, book_of(client, tmp_path), tell=made.append)
    client.send({"to": account.address}, sender=account)

    platform = roll_out(deployer, parameters, book_of(client, tmp_path))

    assert made[-1].name == contract.lower()
    assert made[-1].address not in platform.names().values()
    assert client.contract("MZ", platform.mz).call("balanceOf", platform.sale) == 30_000_000 * MZ


def test_a_replacement_that_broke_off_between_the_pair_is_completed(
    client: Client, deployer: ClientDeployer, interrupted: Interrupted, parameters: Parameters, tmp_path: Path
) -> None:
    old = roll_out(deployer, parameters, book_of(client, tmp_path))
    cheaper = msgspec.structs.replace(parameters, templates_fee_bps=50, till_fee_bps=50)
    interrupted.left = 1
    with pytest.raises(KeyboardInterrupt):
        roll_out(interrupted, cheaper, book_of(client, tmp_path), replace=True)

    new = roll_out(deployer, cheaper, book_of(client, tmp_path))

    assert (new.mz, new.works) == (old.mz, old.works)
    assert {old.templates, old.till}.isdisjoint({new.templates, new.till})
    assert client.contract("Till", new.till).call("templates") == new.templates


def test_other_parameters_leave_what_is_there_and_say_that_it_is_outdated(
    client: Client, deployer: ClientDeployer, parameters: Parameters, tmp_path: Path
) -> None:
    platform = roll_out(deployer, parameters, book_of(client, tmp_path))
    later = msgspec.structs.replace(parameters.institutions, cliff=5)
    cheaper = msgspec.structs.replace(parameters, till_fee_bps=50, institutions=later)
    kept: list[Step] = []
    replaced: list[Step] = []

    assert roll_out(deployer, cheaper, book_of(client, tmp_path), tell=kept.append) == platform
    anew = roll_out(deployer, cheaper, book_of(client, tmp_path), replace=True, tell=replaced.append)

    assert {step.name for step in kept if step.status == "outdated"} == {"institutions_tranche", "till"}
    assert (anew.feed, anew.works) == (platform.feed, platform.works)
    assert economy.allocations(client, anew)[1].recipient != economy.allocations(client, platform)[1].recipient
    assert client.contract("Till", anew.till).call("feeBps") == 50
    assert anew.templates != platform.templates


def test_contracts_without_parameters_have_one_address_on_every_chain(
    client: Client, platform: Platform, deployer: ClientDeployer, parameters: Parameters, tmp_path: Path
) -> None:
    everywhere = msgspec.structs.replace(parameters, same_everywhere=True)

    other = roll_out(deployer, everywhere, book_of(client, tmp_path))

    shared = {"vestings", "splits", "shares", "notary", "works"}
    assert {name: address for name, address in other.names().items() if name in shared} == {
        name: address for name, address in platform.names().items() if name in shared
    }
    artifact = artifacts.load("Notary")
    assert other.notary == create2_address(CREATE2_FACTORY, bytes(32), keccak(artifact.bytecode))
    assert other.till != platform.till
    assert deployer.nonce() == 12  # of 18: neither these five nor the split that one of them makes the same again


def test_a_manifest_of_another_chain_is_refused(client: Client, platform: Platform, tmp_path: Path) -> None:
    entry = Entry(contract="MZ", address="0x" + "11" * 20, fingerprint="0x", code_hash="0x", arguments="0x")
    Book(tmp_path, client.chain_id, b"\x01" * 32, 1).put("mz", entry)

    with pytest.raises(DeploymentError, match="genesis 0x0101") as caught:
        book_of(client, tmp_path)

    assert "move the file away" in (caught.value.hint or "")
