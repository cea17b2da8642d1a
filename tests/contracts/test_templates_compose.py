"""Using several templates at once: see templates.tree."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from tests.contracts.templates_market import PRICE, Market, arguments, fee_on
from tests.contracts.test_templates_use import permitted, send_as


def number(value: int) -> bytes:
    """The argument of a booth."""
    return arguments(["uint256"], [value])


def test_instances_may_hold_each_others_addresses(market: Market) -> None:
    version = market.publish_code()
    bare = [version.wish(salt=salt, args=number(salt)) for salt in (1, 2)]
    first, second = (market.templates.predict(wish, market.user).read() for wish in bare)
    wired = [
        version.wish(salt=salt, args=number(salt), init=market.call_data("Booth", "link", peer))
        for salt, peer in ((1, second), (2, first))
    ]

    market.templates.compose(wired).send(market.user)

    assert market.chain.at("Booth", first).peer().read() == second
    assert market.chain.at("Booth", second).peer().read() == first


def test_each_template_is_paid_and_each_instance_has_its_origin(market: Market) -> None:
    stall, booth = market.publish_clone(), market.publish_code(author=market.stranger, price=3 * PRICE)
    user, author, stranger = market.held(market.user, market.author, market.stranger)

    receipt = market.templates.compose([stall.wish(), booth.wish(args=number(1))]).send(market.user)

    used = [event.args for event in receipt.events if event.name == "Used"]
    assert [entry["paid"] for entry in used] == [PRICE, 3 * PRICE]
    for version, entry in zip((stall, booth), used, strict=True):
        assert market.templates.origin(entry["instance"]).read()[0] == version.id
    assert market.held(market.user, market.author, market.stranger) == [
        user - 4 * PRICE,
        author + PRICE - fee_on(PRICE),
        stranger + 3 * PRICE - fee_on(3 * PRICE),
    ]


def test_the_answer_names_the_instances_in_the_order_of_the_wishes(market: Market) -> None:
    version = market.publish_clone()
    wishes = [version.wish(salt=salt) for salt in range(3)]

    assert list(market.templates.compose(wishes).read(market.user)) == [
        market.templates.predict(wish, market.user).read() for wish in wishes
    ]


def test_if_one_fails_nothing_is_paid(market: Market) -> None:
    stall, booth = market.publish_clone(), market.publish_code()
    before = market.held(*market.people)
    market.templates.retire(booth.id, 1).send(market.author)

    compose = market.templates.compose([stall.wish(), booth.wish(args=number(1))])

    compose.refuses("TemplatesVersionRetired", booth.id, 1, sender=market.user)
    unlinked = stall.wish(init=market.call_data("Booth", "link", market.user))
    market.templates.compose([stall.wish(salt=1), unlinked]).refuses("FailedCall", sender=market.user)
    assert market.held(*market.people) == before


def test_money_for_one_does_not_pay_for_two(market: Market) -> None:
    version = market.publish_clone()
    market.mz.approve(market.templates, 2 * PRICE - 1).send(market.user)

    compose = market.templates.compose([version.wish(salt=salt) for salt in (1, 2)])

    compose.refuses("ERC20InsufficientAllowance", sender=market.user)


def test_the_same_wish_twice_is_refused(market: Market) -> None:
    wish = market.publish_clone().wish()
    instance = market.templates.predict(wish, market.user).read()

    market.templates.compose([wish, wish]).refuses("TemplatesInstanceExists", instance, sender=market.user)


def test_sixteen_are_made_and_seventeen_refused(market: Market) -> None:
    version = market.publish_clone(price=0)
    wishes = [version.wish(salt=salt) for salt in range(17)]

    receipt = market.templates.compose(wishes[:16]).send(market.user)

    assert len({event.args["instance"] for event in receipt.events if event.name == "Used"}) == 16
    market.templates.compose(wishes).refuses("TemplatesTooMany", 17, 16, sender=market.user)


def test_a_neighbour_cannot_take_what_was_made_for_another(market: Market) -> None:
    """A template composed beside another one initialises it first: the whole transaction fails, nothing is paid."""
    stall, thief = market.publish_clone(), market.publish_clone("schemer", "Schemer", author=market.stranger)
    wish = stall.wish(init=market.call_data("Stall", "open", market.user, 7))
    victim = market.templates.predict(wish, market.user).read()
    steal = bytes.fromhex(market.call_data("Stall", "open", market.stranger, 8)[2:])
    greedy = thief.wish(init=market.call_data("Schemer", "scheme", [victim], [steal]))

    market.templates.compose([greedy, wish]).refuses("StallTaken", sender=market.user)

    market.templates.compose([wish, greedy]).send(market.user)
    assert market.chain.at("Stall", victim).owner().read() == market.user


def test_a_signed_allowance_pays_for_all(market: Market) -> None:
    version = market.publish_clone()
    signer, permit = permitted(market, 2 * PRICE)
    market.mz.transfer(signer, 2 * PRICE).send(market.treasurer)
    wishes = [version.wish(salt=salt) for salt in (1, 2)]

    send_as(market, signer, market.templates, market.templates.composeWithPermit(wishes, permit).data)

    assert market.held(signer) == [0]


@pytest.mark.parametrize("place", [0, 1])
def test_code_is_verified_wherever_it_stands_in_a_composition(market: Market, place: int) -> None:
    wishes = [market.publish_clone().wish()]
    wishes.insert(place, market.publish_code("lamp", "Lamp", runtime=b"\x66" * 32).wish())

    compose = market.templates.compose(wishes)

    true = keccak(market.chain.artifacts["Lamp"].runtime)
    compose.refuses("TemplatesCodeMismatch", b"\x66" * 32, true, sender=market.user)
