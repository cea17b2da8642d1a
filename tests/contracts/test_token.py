"""MZ and Genesis: see platform.tree."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from chain.primitives import create_address, from_hex, to_hex
from tests.contracts.conftest import World
from tests.contracts.stage import ETHER, Chain, Contract

ONE = 10**18
SUPPLY = 100_000_000 * ONE
SHARES = [40, 20, 10, 10, 20]
KEY = "0x" + "11" * 32


def sign_permit(mz: Contract, key: str, spender: str, value: int, nonce: int, deadline: int, chain_id: int) -> tuple:
    """An EIP-2612 signature as (v, r, s), made by eth-account."""
    owner = Account.from_key(key).address
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Permit": [
                {"name": "owner", "type": "address"},
                {"name": "spender", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "Permit",
        "domain": {"name": "mzcoin", "version": "1", "chainId": chain_id, "verifyingContract": mz.address},
        "message": {"owner": owner, "spender": spender, "value": value, "nonce": nonce, "deadline": deadline},
    }
    signed = Account.from_key(key).sign_message(encode_typed_data(full_message=message))
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def test_the_whole_supply_is_minted_to_the_deployer(chain: Chain) -> None:
    mz = chain.deploy("MZ", sender=chain.accounts[3])

    assert mz.balanceOf(chain.accounts[3]).read() == SUPPLY == mz.totalSupply().read()
    assert (mz.name().read(), mz.symbol().read(), mz.decimals().read()) == ("mzcoin", "MZ", 18)


def test_the_interface_has_neither_mint_nor_owner(chain: Chain) -> None:
    names = {item["name"].lower() for item in chain.artifacts["MZ"].abi if item["type"] == "function"}

    assert not [name for name in names if any(word in name for word in ("mint", "owner", "pause", "role", "upgrade"))]


def test_burning_lowers_the_supply(world: World) -> None:
    receipt = world.mz.burn(5).send(world.alice)

    assert world.mz.totalSupply().read() == SUPPLY - 5
    assert receipt.only("Transfer")["to"] == ETHER


def test_burning_from_somebody_needs_their_approval(world: World) -> None:
    burn = world.mz.burnFrom(world.alice, 5)

    burn.refuses("ERC20InsufficientAllowance", world.bob, 0, 5, sender=world.bob)
    world.mz.approve(world.bob, 5).send(world.alice)
    burn.send(world.bob)
    burn.refuses("ERC20InsufficientAllowance", world.bob, 0, 5, sender=world.bob)


def test_a_permit_approves_once(world: World) -> None:
    owner, deadline = Account.from_key(KEY).address, world.chain.now() + 1000
    v, r, s = sign_permit(world.mz, KEY, world.bob, 7, 0, deadline, world.chain.chain_id)
    permit = world.mz.permit(owner, world.bob, 7, deadline, v, r, s)

    permit.send(world.carol)

    assert world.mz.allowance(owner, world.bob).read() == 7
    permit.refuses("ERC2612InvalidSigner", sender=world.carol)


@pytest.mark.parametrize("change", ["chain", "nonce", "spender", "value", "late"])
def test_a_permit_made_for_something_else_fails(world: World, change: str) -> None:
    owner, deadline = Account.from_key(KEY).address, world.chain.now() + (1000 if change != "late" else -1)
    v, r, s = sign_permit(
        world.mz,
        KEY,
        world.alice if change == "spender" else world.bob,
        8 if change == "value" else 7,
        1 if change == "nonce" else 0,
        deadline,
        world.chain.chain_id + (change == "chain"),
    )

    error = "ERC2612ExpiredSignature" if change == "late" else "ERC2612InvalidSigner"
    world.mz.permit(owner, world.bob, 7, deadline, v, r, s).refuses(error)


def test_genesis_allocates_by_the_table_and_keeps_nothing(chain: Chain) -> None:
    recipients = [chain.fresh() for _ in range(5)]
    receipt = chain.send(chain.fields(None, None, chain.creation("Genesis", recipients)))
    genesis = chain.at("Genesis", receipt.created or "")
    mz = chain.at("MZ", genesis.mz().read())

    assert [mz.balanceOf(recipient).read() for recipient in recipients] == [share * 10**6 * ONE for share in SHARES]
    assert mz.balanceOf(genesis).read() == 0
    assert mz.totalSupply().read() == SUPPLY
    allocated = [event.args for event in receipt.events if event.name == "Allocated"]
    assert [(item["tranche"], item["recipient"].lower(), item["amount"]) for item in allocated] == [
        (index, recipient, genesis.amountOf(index).read()) for index, recipient in enumerate(recipients)
    ]


@pytest.mark.parametrize("tranche", range(5))
def test_genesis_refuses_to_lose_a_tranche(chain: Chain, tranche: int) -> None:
    recipients = [chain.fresh() for _ in range(5)]
    recipients[tranche] = ETHER

    chain.refuses_deployment("GenesisRecipientInvalid", "Genesis", recipients)


def test_genesis_refuses_itself_and_the_token(chain: Chain) -> None:
    deployer = chain.accounts[0]
    nonce = int(chain.ask("eth_getTransactionCount", [deployer, "latest"]), 16)
    genesis = create_address(from_hex(deployer), nonce)
    for own in (genesis, create_address(genesis, 1)):
        recipients = [chain.fresh() for _ in range(4)] + [to_hex(own)]
        chain.refuses_deployment("GenesisRecipientInvalid", "Genesis", recipients)


def test_one_recipient_may_take_several_tranches(chain: Chain) -> None:
    one, two = chain.fresh(), chain.fresh()
    genesis = chain.deploy("Genesis", [one, two, one, two, one])
    mz = chain.at("MZ", genesis.mz().read())

    assert mz.balanceOf(one).read() == 70 * 10**6 * ONE
    assert mz.balanceOf(two).read() == 30 * 10**6 * ONE
