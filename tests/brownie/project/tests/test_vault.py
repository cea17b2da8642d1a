import time

import brownie
import pytest
from brownie import Wei, web3


def test_a_deposit_is_kept_and_told(vault, accounts):
    tx = vault.keep({"from": accounts[1], "value": "1 ether"})

    assert vault.kept() == vault.balance() == Wei("1 ether")
    assert tx.events["Kept"]["amount"] == Wei("1 ether") and tx.events["Kept"]["owner"] == accounts[1]
    assert tx.status == 1 and tx.confirmations == 1


@pytest.mark.parametrize("turn", range(3))
def test_each_test_begins_where_the_module_did(vault, accounts, chain, turn):
    assert vault.kept() == 0 and chain.height == 1
    vault.keep({"from": accounts[turn], "value": 5})
    chain.mine(3)
    chain.sleep(100)
    assert chain.height == 5


def test_refusals_come_with_their_words(vault, accounts):
    with brownie.reverts("nothing sent"):
        vault.keep({"from": accounts[1]})
    with pytest.raises(brownie.exceptions.VirtualMachineError):
        vault.open({"from": accounts[0]})
    with pytest.raises(Exception, match="TooEarly"):
        vault.open.call({"from": accounts[0]})


def remembered(chain, transactions):
    """brownie notes where to go back to in a thread, which a next transaction would overtake."""
    deadline = time.monotonic() + 30
    while len(chain._undo_buffer) != transactions and time.monotonic() < deadline:
        time.sleep(0.01)
    with chain._undo_lock:  # the thread has let go
        assert len(chain._undo_buffer) == transactions


def test_the_chain_is_taken_back_and_forth(vault, accounts, chain):
    chain.snapshot()
    vault.keep({"from": accounts[1], "value": 1})
    remembered(chain, 1)
    vault.keep({"from": accounts[1], "value": 2})
    remembered(chain, 2)
    chain.undo()
    assert vault.kept() == 1
    chain.redo()
    remembered(chain, 2)
    assert vault.kept() == 3
    vault.keep({"from": accounts[1], "value": 3})
    remembered(chain, 3)
    chain.undo(2)
    assert vault.kept() == 1, "not further: that would use the snapshot up, on every node that brownie knows"
    vault.keep({"from": accounts[1], "value": 4})
    chain.sleep(999_999)
    chain.mine()
    chain.revert()
    assert vault.kept() == 0 and chain.time() < chain[-1].timestamp + 1000


def test_anybody_can_be_acted_for(vault, accounts):
    stranger = accounts.at("0x00000000000000000000000000000000000A11cE", force=True)
    accounts[2].transfer(stranger, "2 ether")

    tx = vault.keep({"from": stranger, "value": "1 ether"})

    assert tx.sender == stranger and vault.kept() == Wei("1 ether")
    assert web3.eth.get_transaction_count(stranger.address) == 1


def test_a_local_key_signs_for_itself(accounts, vault):
    local = accounts.add()
    accounts[3].transfer(local, "1 ether")
    tx = vault.keep({"from": local, "value": 3})
    assert tx.status == 1 and vault.kept() == 3
