from __future__ import annotations

from pathlib import Path

import pytest

from chain.deployment import DEFAULT_FILE, read_parameters
from chain.errors import DeploymentError
from chain.wallet import dev_accounts

ACCOUNTS = {account.name or "": account.address for account in dev_accounts()}
TEXT = DEFAULT_FILE.read_text()


def test_the_default_parameters_use_the_local_accounts() -> None:
    parameters = read_parameters(DEFAULT_FILE, ACCOUNTS)

    assert parameters.recipients == tuple(ACCOUNTS[f"dev{n}"] for n in range(5))
    assert (parameters.templates_fee_bps, parameters.till_fee_bps) == (100, 100)
    assert parameters.feed == parameters.buyback == parameters.vault == bytes(20)
    assert parameters.publisher == ACCOUNTS["dev0"]


def test_addresses_may_be_given_instead_of_names(tmp_path: Path) -> None:
    file = tmp_path / "params.toml"
    file.write_text(TEXT.replace('feed = "none"', f'feed = "0x{"11" * 20}"'))

    assert read_parameters(file, ACCOUNTS).feed == b"\x11" * 20


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('founders = "dev0"', 'founders = "dev99"', "allocation.founders: 'dev99' is no address and no account here"),
        ('founders = "dev0"', "", "missing required field `founders`"),
        ("till = 100", 'till = "100"', "Expected `int`, got `str`"),
        ("till = 100", "tilt = 100", "unknown field `tilt`"),
        ("[fees]", "[fees", "params.toml"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "params.toml"
    file.write_text(TEXT.replace(old, new, 1))

    with pytest.raises(DeploymentError) as caught:
        read_parameters(file, ACCOUNTS)

    assert said in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"nothing\.toml"):
        read_parameters(tmp_path / "nothing.toml", ACCOUNTS)
