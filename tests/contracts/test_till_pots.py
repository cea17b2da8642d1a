"""Escrow: see till.tree."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import World
from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.test_till_payments import currency, fee_of, holds

REF = b"slot 1".ljust(32, b"\0")
OTHER = b"slot 2".ljust(32, b"\0")
DAY = 86_400
NOTHING = (0, 0, 0, 0, False)


def act(instance: Contract, call: Call) -> Call:
    """The same call, made by the instance."""
    return instance.perform(call.contract, 0, call.data)


def fill(world: World, shop: Contract, payer: str, gross: int, token: Contract | str | None = None) -> None:
    token = world.mz if token is None else token
    world.till.hold(token, gross, shop, REF, b"").send(payer, gross if token == ETHER else 0)


def key(world: World, shop: Contract, ref: bytes = REF) -> bytes:
    return bytes(world.till.potOf(shop, world.mz, ref).read())


def expire(world: World, shop: Contract, token: Contract | str, after: int = 1) -> None:
    expiry = world.till.pot(shop, token, REF).read()[2]
    world.chain.travel(expiry + after)


# --- hold -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mz", "coin", "ether"])
def test_a_deposit_waits_in_the_till_without_a_fee(world: World, name: str) -> None:
    token, shop = currency(world, name), world.instance()

    receipt = world.till.hold(token, 10_000, shop, REF, b"row 5").send(world.alice, 10_000 * (name == "ether"))

    expiry = world.chain.now() + 30 * DAY
    assert world.till.pot(shop, token, REF).read() == (10_000, 10_000, expiry, 100, False)
    assert world.till.paidIn(shop, token, REF, world.alice).read() == 10_000
    assert holds(world, token, world.till) == 10_000
    assert holds(world, token, shop) == 0
    held = receipt.only("Held")
    assert (held["payer"].lower(), held["gross"], held["expiry"]) == (world.alice.lower(), 10_000, expiry)
    address = token.address.lower() if isinstance(token, Contract) else token
    assert shop.seen().read()[:7] == (
        world.till.address.lower(),
        world.alice.lower(),
        address,
        10_000,
        0,
        REF,
        b"row 5",
    )


@pytest.mark.parametrize("term", [0, 2**256 - 1, 1_100 * DAY + 1, 2**200], ids=["now", "before", "too far", "absurd"])
def test_an_expiry_that_is_no_later_moment_or_too_far_away_is_refused(world: World, term: int) -> None:
    shop = world.instance()
    shop.expireIn(term).send()

    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillExpiryInvalid", sender=world.alice)


def test_the_longest_term_is_accepted(world: World) -> None:
    shop = world.instance()
    shop.expireIn(1_100 * DAY).send()

    fill(world, shop, world.alice, 100)


def test_the_first_deposit_fixes_the_expiry(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    expiry = world.till.pot(shop, world.mz, REF).read()[2]
    shop.expireIn(1000 * DAY).send()

    receipt = world.till.hold(world.mz, 100, shop, REF, b"").send(world.bob)

    assert world.till.pot(shop, world.mz, REF).read()[2] == receipt.only("Held")["expiry"] == expiry


def test_a_deposit_after_the_second_of_expiry_is_refused(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    world.chain.next_at(world.till.pot(shop, world.mz, REF).read()[2])
    fill(world, shop, world.bob, 100)
    expire(world, shop, world.mz)

    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillPotExpired", sender=world.bob)


def test_a_deposit_after_a_release_is_refused(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    act(shop, world.till.release(world.mz, REF, 1, world.carol)).send()

    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillPotClosed", key(world, shop), sender=world.bob)


def test_rounding_does_not_open_a_released_pot_again(world: World) -> None:
    """Two payers of 1, 1 released: after the first refund of 0 the rest equals the total again."""
    shop = world.instance(0)
    fill(world, shop, world.alice, 1)
    fill(world, shop, world.bob, 1)
    act(shop, world.till.release(world.mz, REF, 1, world.carol)).send()
    act(shop, world.till.refund(world.mz, REF, world.alice)).send()
    assert world.till.pot(shop, world.mz, REF).read()[:2] == (1, 1)

    hold = world.till.hold(world.mz, 100, shop, REF, b"")

    hold.refuses("TillPotClosed", key(world, shop), sender=world.carol)
    act(shop, world.till.refund(world.mz, REF, world.bob)).send()
    assert world.till.pot(shop, world.mz, REF).read()[:2] == (0, 0)
    hold.refuses("TillPotClosed", key(world, shop), sender=world.carol)


def test_an_open_pot_that_was_refunded_can_be_filled_anew(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    act(shop, world.till.refund(world.mz, REF, world.alice)).send()
    assert world.till.pot(shop, world.mz, REF).read() == NOTHING

    fill(world, shop, world.bob, 100)

    act(shop, world.till.refund(world.mz, REF, world.alice)).refuses("TillNotPayer", key(world, shop), world.alice)


def test_a_pot_is_bounded(world: World) -> None:
    shop = world.instance()
    world.fund(world.coin, world.alice, 2**97)
    hold = world.till.hold

    hold(world.coin, 2**96, shop, REF, b"").refuses("TillAmountInvalid", 2**96, sender=world.alice)
    hold(world.coin, 2**256 - 1, shop, REF, b"").refuses("TillAmountInvalid", 2**256 - 1, sender=world.alice)
    hold(world.coin, 0, shop, REF, b"").refuses("TillAmountInvalid", 0, sender=world.alice)
    hold(world.coin, 2**96 - 1, shop, REF, b"").send(world.alice)
    hold(world.coin, 1, shop, REF, b"").refuses("TillPotFull", sender=world.alice)


def test_an_upgradeable_instance_holds_nothing(world: World) -> None:
    shop = world.instance()
    world.origins.setUpgradeable(shop).send()

    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillInstanceUpgradeable", shop, sender=world.alice)
    world.till.payAndCall(world.mz, 100, shop, REF, b"").send(world.alice)


@pytest.mark.parametrize("deed", ["release", "refund", "reclaim", "hold", "hold another"])
@pytest.mark.parametrize("filled", [False, True])
def test_a_pot_in_flight_is_not_touched(world: World, deed: str, filled: bool) -> None:
    shop, till, mz = world.instance(), world.till, world.mz
    if filled:
        fill(world, shop, world.bob, 50)
    world.fund(mz, shop, 1000)
    shop.perform(mz, 0, mz.approve(till, 1000).data).send()
    call = {
        "release": till.release(mz, REF, 1, world.carol),
        "refund": till.refund(mz, REF, world.alice),
        "reclaim": till.reclaim(shop, mz, REF, world.alice),
        "hold": till.hold(mz, 1, shop, REF, b""),
        "hold another": till.hold(mz, 1, shop, OTHER, b""),
    }[deed]
    shop.plan([(till.address, call.data)]).send()

    till.hold(mz, 100, shop, REF, b"").refuses("TillPotInFlight", key(world, shop), sender=world.alice)


@pytest.mark.parametrize(("old", "new"), [(REF, OTHER), (OTHER, REF)])
def test_a_bid_may_refund_the_one_before(world: World, old: bytes, new: bytes) -> None:
    """Pots of other references are free while an instance is asked."""
    shop = world.instance()
    world.till.hold(world.mz, 100, shop, old, b"").send(world.alice)
    before = world.mz.balanceOf(world.alice).read()
    shop.plan([(world.till.address, world.till.refund(world.mz, old, world.alice).data)]).send()

    world.till.hold(world.mz, 200, shop, new, b"").send(world.bob)

    assert world.mz.balanceOf(world.alice).read() == before + 100
    assert world.mz.balanceOf(world.till).read() == 200


def test_a_contract_fills_two_pots_in_one_transaction(world: World) -> None:
    shop, payer = world.instance(), world.instance()
    world.fund(world.mz, payer, 1000)
    payer.perform(world.mz, 0, world.mz.approve(world.till, 1000).data).send()
    holds_both = [world.till.hold(world.mz, 100, shop, ref, b"").data for ref in (REF, OTHER)]
    payer.plan([(world.till.address, data) for data in holds_both]).send()
    payer.takeEther(3).send()

    world.chain.send(world.chain.fields(world.alice, payer.address, "0x", 1))

    assert [world.till.paidIn(shop, world.mz, ref, payer).read() for ref in (REF, OTHER)] == [100, 100]


# --- release ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mz", "coin", "ether"])
def test_a_release_settles_the_trade(world: World, name: str) -> None:
    token, shop, seller = currency(world, name), world.instance(250), world.chain.fresh()
    fill(world, shop, world.alice, 12_345, token)
    supply, author = world.mz.totalSupply().read(), holds(world, token, world.author)
    release = act(shop, world.till.release(token, REF, 12_345, seller))
    net = int.from_bytes(release.read(), "big")

    receipt = release.send()

    fee, share = fee_of(12_345), 12_345 * 250 // 10_000
    assert net == 12_345 - fee - share
    assert holds(world, token, world.author) - author == (share if name == "mz" else 0)
    assert holds(world, token, seller) == 12_345 - fee - share
    assert supply - world.mz.totalSupply().read() == (fee if name == "mz" else 0)
    assert world.till.unswept(token).read() == (0 if name == "mz" else fee)
    assert world.till.credit(token, world.author).read() == (0 if name == "mz" else share)
    settled = receipt.only("Settled")
    assert [settled[name] for name in ("from", "gross", "fee", "share")] == [shop.address_checksum, 12_345, fee, share]
    assert settled["burned"] == (fee if name == "mz" else 0)


@pytest.mark.parametrize("name", ["mz", "coin", "ether"])
def test_a_release_too_small_for_a_share_announces_none(world: World, name: str) -> None:
    token, shop = currency(world, name), world.instance(250)
    fill(world, shop, world.alice, 10, token)

    receipt = act(shop, world.till.release(token, REF, 10, world.carol)).send()

    assert receipt.only("Settled")["share"] == 0
    told = [event.name for event in receipt.events if event.name in ("Transfer", "Credited")]
    assert told == {"mz": ["Transfer", "Transfer"], "coin": ["Transfer"], "ether": []}[name], (
        "fee and net, or net alone"
    )


def test_only_the_instance_releases_and_only_its_own_pot(world: World) -> None:
    shop, thief, till = world.instance(), world.instance(), world.till
    fill(world, shop, world.alice, 100)
    fill(world, thief, world.bob, 10)
    release = till.release(world.mz, REF, 100, world.carol)

    release.refuses("TillPotTooSmall", sender=world.carol)
    act(thief, release).refuses("TillPotTooSmall", key(world, thief), 10, 100)
    act(thief, till.release(world.mz, OTHER, 1, world.carol)).refuses("TillPotTooSmall", key(world, thief, OTHER), 0, 1)
    act(thief, till.release(world.coin, REF, 1, world.carol)).refuses("TillPotTooSmall")
    act(thief, till.refund(world.mz, REF, world.alice)).refuses("TillNotPayer", key(world, thief), world.alice)


def test_no_more_than_what_is_left_is_released(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    act(shop, world.till.release(world.mz, REF, 60, world.carol)).send()

    act(shop, world.till.release(world.mz, REF, 41, world.carol)).refuses("TillPotTooSmall", key(world, shop), 40, 41)
    act(shop, world.till.release(world.mz, REF, 2**256 - 1, world.carol)).refuses("TillPotTooSmall")
    act(shop, world.till.release(world.mz, REF, 0, world.carol)).refuses("TillAmountInvalid", 0)
    act(shop, world.till.release(world.mz, REF, 40, world.carol)).send()


def test_a_release_works_in_the_second_of_expiry_and_not_after(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    expiry = world.till.pot(shop, world.mz, REF).read()[2]
    release = act(shop, world.till.release(world.mz, REF, 50, world.carol))

    world.chain.next_at(expiry)
    release.send()
    world.chain.travel(expiry + 1)

    release.refuses("TillPotExpired", key(world, shop), expiry)


@pytest.mark.parametrize("mood", [1, 2])
def test_a_receiver_of_ether_that_reverts_or_burns_gas_is_credited(world: World, mood: int) -> None:
    shop, seller = world.instance(0), world.actor()
    seller.takeEther(mood).send()
    fill(world, shop, world.alice, 10_000, ETHER)

    receipt = act(shop, world.till.release(ETHER, REF, 10_000, seller)).send()

    assert world.till.credit(ETHER, seller).read() == 9_900
    assert receipt.gas < 300_000
    assert receipt.only("Credited")["amount"] == 9_900


def test_a_blacklisted_receiver_is_credited(world: World) -> None:
    coin, shop, seller = world.odd_coin(world.alice), world.instance(0), world.chain.fresh()
    fill(world, shop, world.alice, 10_000, coin)
    coin.refuse(seller).send()

    act(shop, world.till.release(coin, REF, 10_000, seller)).send()

    assert world.till.credit(coin, seller).read() == 9_900


# --- refund -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mz", "coin"])
def test_before_a_release_everybody_gets_back_exactly_what_they_paid(world: World, name: str) -> None:
    token, shop = currency(world, name), world.instance(1000)
    people = {world.alice: 1, world.bob: 3_333_333, world.carol: 7}
    before = {who: holds(world, token, who) for who in people}
    for who, gross in people.items():
        fill(world, shop, who, gross, token)

    receipts = [act(shop, world.till.refund(token, REF, who)).send() for who in people]

    assert {who: holds(world, token, who) for who in people} == before
    assert [receipt.only("Refunded")["amount"] for receipt in receipts] == list(people.values())
    assert all(receipt.only("Refunded")["byInstance"] for receipt in receipts)
    assert holds(world, token, world.till) == 0


def test_what_one_payer_deposits_adds_up(world: World) -> None:
    shop = world.instance(1000)
    for gross in (5, 7):
        fill(world, shop, world.alice, gross)
    assert world.till.paidIn(shop, world.mz, REF, world.alice).read() == 12

    assert act(shop, world.till.refund(world.mz, REF, world.alice)).send().only("Refunded")["amount"] == 12


def test_after_a_release_the_rest_is_shared_and_the_last_takes_what_rounding_left(world: World) -> None:
    shop = world.instance(0)
    for who, gross in ((world.alice, 10), (world.bob, 10), (world.carol, 10)):
        fill(world, shop, who, gross)
    act(shop, world.till.release(world.mz, REF, 14, world.author)).send()

    amounts = [
        act(shop, world.till.refund(world.mz, REF, who)).send().only("Refunded")["amount"]
        for who in (world.alice, world.bob, world.carol)
    ]

    assert amounts == [5, 5, 6]
    assert world.mz.balanceOf(world.till).read() == 0


def test_nobody_is_refunded_twice_or_without_having_paid(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    fill(world, shop, world.bob, 100)
    refund = act(shop, world.till.refund(world.mz, REF, world.alice))
    refund.send()

    refund.refuses("TillNotPayer", key(world, shop), world.alice)
    act(shop, world.till.refund(world.mz, REF, world.carol)).refuses("TillNotPayer", key(world, shop), world.carol)


def test_a_released_payer_cannot_reclaim_what_others_paid(world: World) -> None:
    shop = world.instance(0)
    fill(world, shop, world.alice, 100)
    act(shop, world.till.release(world.mz, REF, 100, world.carol)).send()

    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillPotClosed", sender=world.bob)
    act(shop, world.till.refund(world.mz, REF, world.alice)).refuses("TillPotTooSmall", key(world, shop), 0, 100)
    expire(world, shop, world.mz)
    world.till.reclaim(shop, world.mz, REF, world.alice).refuses("TillPotTooSmall", key(world, shop), 0, 100)


def test_a_payer_who_rejects_ether_holds_nobody_up(world: World) -> None:
    shop, payer = world.instance(), world.actor()
    payer.takeEther(1).send()
    payer.perform(world.till, 500, world.till.hold(ETHER, 500, shop, REF, b"").data).send(world.alice, 500)
    fill(world, shop, world.bob, 700, ETHER)

    act(shop, world.till.refund(ETHER, REF, payer)).send()
    act(shop, world.till.refund(ETHER, REF, world.bob)).send()

    assert world.till.credit(ETHER, payer).read() == 500
    assert world.chain.balance(world.till) == 500


# --- reclaim ----------------------------------------------------------------------------------------------------------


def test_until_expiry_nobody_reclaims(world: World) -> None:
    shop = world.instance()
    fill(world, shop, world.alice, 100)
    expiry = world.till.pot(shop, world.mz, REF).read()[2]
    reclaim = world.till.reclaim(shop, world.mz, REF, world.alice)
    reclaim.refuses("TillPotNotExpired", key(world, shop), expiry, sender=world.alice)

    world.chain.travel(expiry)
    world.chain.next_at(expiry)

    reclaim.refuses("TillPotNotExpired", key(world, shop), expiry, sender=world.alice)


def test_after_expiry_anybody_sends_the_money_home(world: World) -> None:
    shop = world.instance()
    before = world.mz.balanceOf(world.alice).read()
    fill(world, shop, world.alice, 100)
    expire(world, shop, world.mz)

    receipt = world.till.reclaim(shop, world.mz, REF, world.alice).send(world.bob)

    assert world.mz.balanceOf(world.alice).read() == before
    assert receipt.only("Refunded")["byInstance"] is False
    world.till.reclaim(shop, world.mz, REF, world.alice).refuses("TillNotPayer", key(world, shop), world.alice)
