def test_time_moves_when_it_is_told_to(vault, accounts, chain):
    before = chain[-1].timestamp
    chain.sleep(5000)
    chain.mine()
    assert 5000 <= chain[-1].timestamp - before < 5060
    assert abs(chain.time() - chain[-1].timestamp) < 30
    vault.keep({"from": accounts[1], "value": 7})
    earned = accounts[0].balance()
    tx = vault.open({"from": accounts[0]})
    assert accounts[0].balance() == earned + 7 - tx.gas_used * tx.gas_price


def test_blocks_are_mined_at_given_times(chain):
    wanted = chain.time() + 12345
    chain.mine(timestamp=wanted)
    assert chain[-1].timestamp == wanted
    height = chain.height
    chain.mine(4, timedelta=600)
    assert chain.height == height + 4
    assert 590 <= chain[-1].timestamp - chain[-4].timestamp <= 610
