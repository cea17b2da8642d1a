from __future__ import annotations

from pathlib import Path

import pytest

from chain.deployment import DEFAULT_FILE, read_parameters
from chain.deployment.params import VAULT, Schedule
from chain.errors import DeploymentError
from chain.wallet import dev_accounts

ACCOUNTS = {account.name or "": account.address for account in dev_accounts()}
TEXT = DEFAULT_FILE.read_text()
BEGAN = 1_800_000_000
DAY = 86_400
MZ = 10**18


def test_the_default_parameters_are_those_of_a_chain_for_development() -> None:
    parameters = read_parameters(DEFAULT_FILE, ACCOUNTS, BEGAN)

    assert parameters.founders == Schedule(
        beneficiary=ACCOUNTS["dev0"], start=BEGAN, cliff=365 * DAY, length=1460 * DAY
    )
    assert parameters.private_placement == tuple(ACCOUNTS.values())
    assert (parameters.sale.opens, parameters.sale.closes) == (BEGAN, BEGAN + 90 * DAY)
    assert (parameters.sale.mz_per_yuan, parameters.sale.soft_cap) == (16 * MZ // 100, 3_000_000 * MZ)
    assert (parameters.templates_fee_bps, parameters.till_fee_bps) == (100, 100)
    assert parameters.timelock == parameters.fund_use[3] == VAULT
    assert parameters.first_price == 35 * MZ // 100
    assert parameters.publisher == ACCOUNTS["dev0"]


def test_the_people_of_the_demo_have_no_seat_anywhere() -> None:
    parameters = read_parameters(DEFAULT_FILE, ACCOUNTS, BEGAN)

    seated = {*parameters.reporters, *parameters.seats, *parameters.fund_use, parameters.auditor}
    assert not seated & {ACCOUNTS[f"dev{number}"] for number in (5, 6, 7, 8)}


def test_addresses_and_dates_may_be_given_instead_of_names(tmp_path: Path) -> None:
    file = tmp_path / "params.toml"
    text = TEXT.replace('auditor = "dev9"', f'auditor = "0x{"11" * 20}"')
    file.write_text(text.replace('opens = "roll-out"', 'opens = "2027-01-31T00:00:00Z"'))

    parameters = read_parameters(file, ACCOUNTS, BEGAN)

    assert parameters.auditor == b"\x11" * 20
    assert parameters.sale.opens == 1_801_353_600


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('auditor = "dev9"', 'auditor = "dev99"', "buyback.auditor: 'dev99' is no address and no account here"),
        ('auditor = "dev9"', 'auditor = "vault"', "buyback.auditor: 'vault' is no address"),
        ('auditor = "dev9"', "", "missing required field `auditor`"),
        ("till = 100", 'till = "100"', "Expected `int`, got `str`"),
        ("till = 100", "tilt = 100", "unknown field `tilt`"),
        ("[fees]", "[fees", "params.toml"),
        ('lasts = "90 days"', 'lasts = "soon"', "sale.lasts: 'soon' is not a length of time"),
        ('soft_cap = "3000000"', 'soft_cap = "-1"', "sale.soft_cap: '-1' is not an amount"),
        ('"dev8", "dev9"]', '"dev8"]', "allocation.private_placement: 10,000 basis points cannot be split evenly"),
        ('{ beneficiary = "dev0", start', "{ start", "allocation.founders: it has either a beneficiary"),
        ('seats = ["dev0", ', "seats = [", "treasury.seats: there are 4 accounts, 5 are needed"),
        ('minimum = "1', 'minimum = "0x1', "buyback.currencies[0].minimum: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "params.toml"
    file.write_text(TEXT.replace(old, new, 1))

    with pytest.raises(DeploymentError) as caught:
        read_parameters(file, ACCOUNTS, BEGAN)

    assert said in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"nothing\.toml"):
        read_parameters(tmp_path / "nothing.toml", ACCOUNTS, BEGAN)
