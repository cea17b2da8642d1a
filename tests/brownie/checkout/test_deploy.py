"""What `brownie test` runs in a checkout: the scripts of deploy/ on whatever development network is active."""

from brownie import accounts

from deploy import buyback_round, licence


def test_a_licence_is_sold_by_an_instance_of_its_owner():
    instance, bought = licence.main()

    assert instance.owner() == accounts[1]
    assert instance.isLicensed(accounts[2], licence.ONE_USE)
    assert bought.events["Settled"]["gross"] == 6 * 10**18
    assert bought.events["Settled"]["burned"] == 6 * 10**16


def test_a_buyback_round_burns_what_is_sold_to_it():
    sold = buyback_round.main()

    # Half of the first anchor: 0.35 yuan at 20,000 yuan an ether; a few seconds later it is a little more.
    price = sold.events["Filled"]["paid"] / 10_000
    assert 8.75e12 <= price < 8.76e12
    assert sold.events["Transfer"]["to"] == "0x" + "00" * 20 and sold.events["Transfer"]["value"] == 10_000 * 10**18
