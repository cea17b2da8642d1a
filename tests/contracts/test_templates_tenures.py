"""Owners of instances: upgrade, freeze, claim, hand on, replace, retire. See templates.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Contract
from tests.contracts.templates_market import ONE, PRICE, ZERO, Market, Version, arguments, creation_hash, fee_on

IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"  # EIP-1967
MIGRATE = keccak(b"migrate(uint32,bytes)")[:4]


@pytest.fixture
def first(market: Market) -> Version:
    return market.publish_upgradeable()


def diary(market: Market, version: Version, **wish: Any) -> Contract:
    """An instance kept by the user, with 7 points, seen as its second version."""
    made = market.use(version.wish(init=market.call_data("Diary1", "open", market.user), **wish))
    market.as_("Diary1", made).score(7).send(market.stranger)
    return market.as_("Diary2", made)


def motto(words: str = "onwards") -> bytes:
    return arguments(["string"], [words])


def upgrade(market: Market, instance: Contract, to: Version, data: bytes | None = None) -> Any:
    return market.templates.upgrade(instance, to.number, to.agreed, motto() if data is None else data)


def test_an_upgradeable_instance_is_a_proxy_where_it_was_foretold_and_its_user_owns_it(
    market: Market, first: Version
) -> None:
    wish = first.wish(init=market.call_data("Diary1", "open", market.user))
    foretold = market.templates.predict(wish, market.user).read()

    made = market.use(wish)

    assert made.address.lower() == foretold.lower()
    assert market.templates.ownerOf(made).read().lower() == market.user.lower()
    assert market.templates.isUpgradeable(made).read() is True
    implementation = market.templates.versionOf(first.id, 1).read()[4]
    slot = market.chain.ask("eth_getStorageAt", [made.address, IMPLEMENTATION_SLOT, "latest"])
    assert slot[-40:] == implementation[2:].lower()


def test_an_upgrade_pays_the_author_keeps_the_data_and_takes_the_new_terms(market: Market, first: Version) -> None:
    instance = diary(market, first)
    second = market.publish_upgradeable("Diary2", price=3 * PRICE, share_bps=500)
    assert market.templates.origin(instance).read()[1:3] == (1, 200)
    author, user, supply = *market.held(market.author, market.user), market.mz.totalSupply().read()

    done = upgrade(market, instance, second).send(market.user).only("InstanceUpgraded")

    fee = fee_on(3 * PRICE)
    assert market.held(market.author, market.user) == [author + 3 * PRICE - fee, user - 3 * PRICE]
    assert supply - market.mz.totalSupply().read() == fee == done["burned"]
    assert (done["fromVersion"], done["version"], done["paid"]) == (1, 2, 3 * PRICE)
    assert market.templates.origin(instance).read()[1:3] == (2, 500)
    assert instance.keeper().read().lower() == market.user.lower()
    assert (instance.points().read(), instance.motto().read(), instance.cameFrom().read()) == (70, "onwards", 1)


def test_only_the_owner_upgrades_and_only_to_what_was_agreed(market: Market, first: Version) -> None:
    instance, second = diary(market, first), market.publish_upgradeable("Diary2")
    move = upgrade(market, instance, second)

    for other in (market.author, market.stranger):
        move.refuses("TemplatesNotOwner", instance, other, sender=other)
    again = market.templates.upgrade(instance, 1, first.agreed, motto())
    again.refuses("TemplatesVersionNotLater", 1, 1, sender=market.user)
    unseen = market.templates.upgrade(instance, 2, first.agreed, motto())
    unseen.refuses("TemplatesTermsMismatch", second.agreed, first.agreed, sender=market.user)
    market.templates.upgrade(instance, 3, second.agreed, b"").refuses(
        "TemplatesUnknown", first.id, 3, sender=market.user
    )
    market.templates.retire(second.id, 2).send(market.author)
    move.refuses("TemplatesVersionRetired", first.id, 2, sender=market.user)


def test_an_upgrade_to_code_that_is_not_what_was_published_is_refused(market: Market, first: Version) -> None:
    instance, second = diary(market, first), market.publish_upgradeable("Diary2")
    implementation, code_hash = market.templates.versionOf(second.id, 2).read()[4:6]
    market.chain.ask("anvil_setCode", [implementation, "0x"])  # as if it had been destroyed at birth

    upgrade(market, instance, second).refuses("TemplatesCodeMismatch", code_hash, keccak(b""), sender=market.user)


def test_an_instance_cannot_leave_its_lineage(market: Market, first: Version) -> None:
    instance, before = diary(market, first), market.held(market.user)
    elsewhere = market.publish_upgradeable("Diary2", name="elsewhere")
    clone = market.publish_clone("diary", "Stall")
    wish = first.wish(salt=9, init="0x" + "00" * 12 + elsewhere.receipt.only("Published")["author"][2:])

    # The third version of the same name, but no code that can be moved to.
    market.templates.upgrade(instance, clone.number, clone.agreed, b"").refuses(
        "TemplatesNotUpgradeable", first.id, clone.number, sender=market.user
    )
    market.templates.upgrade(instance, 1, elsewhere.agreed, b"").refuses("TemplatesVersionNotLater", sender=market.user)
    market.templates.use(wish).refuses("TemplatesCallMalformed", 32, sender=market.user)
    market.templates.use(first.wish(args=b"\1")).refuses("TemplatesArgumentsUnexpected", 1, sender=market.user)
    word = "0x" + "00" * 12 + market.stranger[2:]
    for sender in (market.user, market.author, market.stranger):
        assert market.chain.refusal(market.chain.fields(sender, instance.address, word)) is not None
    assert market.held(market.user) == before


def test_a_clone_is_not_upgradeable_even_for_its_owner(market: Market) -> None:
    version, later = market.publish_clone("stall"), market.publish_clone("stall")
    instance = claimed(market, version)

    market.templates.upgrade(instance, later.number, later.agreed, b"").refuses(
        "TemplatesNotUpgradeable", version.id, 2, sender=market.user
    )
    market.templates.freeze(instance).refuses("TemplatesNotUpgradeable", version.id, 1, sender=market.user)


def test_a_skipped_version_is_the_migrations_business(market: Market, first: Version) -> None:
    leaping, stepping = diary(market, first), diary(market, first, salt=2)
    second, third = market.publish_upgradeable("Diary2"), market.publish_upgradeable("Diary3")
    strict = market.publish_upgradeable("Diary2")

    upgrade(market, leaping, third).send(market.user)
    upgrade(market, stepping, second).send(market.user)
    upgrade(market, stepping, third).send(market.user)

    assert (leaping.points().read(), leaping.cameFrom().read(), leaping.motto().read()) == (70, 1, "")
    assert (stepping.points().read(), stepping.cameFrom().read(), stepping.motto().read()) == (70, 2, "onwards")
    upgrade(market, stepping, strict).refuses("DiaryVersionSkipped", 3, sender=market.user)


def test_a_failed_migration_leaves_everything_as_it_was(market: Market, first: Version) -> None:
    instance, scheming = diary(market, first), market.publish_upgradeable("DiaryScheming")
    before, nothing = (
        market.held(market.user, market.author),
        arguments(["address[]", "bytes[]", "bytes4"], [[], [], b"nope"]),
    )

    upgrade(market, instance, scheming, nothing).refuses(
        "TemplatesInstanceRefused", instance, b"nope", sender=market.user
    )
    upgrade(market, instance, scheming, b"\1").refuses("", sender=market.user)

    assert market.held(market.user, market.author) == before
    assert market.templates.origin(instance).read()[1] == 1
    assert instance.points().read() == 7


def test_a_migration_that_re_enters_has_no_rights(market: Market, first: Version) -> None:
    instance, scheming = diary(market, first), market.publish_upgradeable("DiaryScheming")
    later, templates = market.publish_upgradeable("Diary3"), market.templates
    calls = [
        upgrade(market, instance, later),
        templates.freeze(instance),
        templates.transferOwnership(instance, market.author),
        templates.acceptOwnership(instance),
        templates.retireInstance(instance),
        templates.replace(instance, first.wish()),
    ]
    data = arguments(
        ["address[]", "bytes[]", "bytes4"],
        [[templates.address] * len(calls), [bytes.fromhex(call.data[2:]) for call in calls], MIGRATE],
    )

    upgrade(market, instance, scheming, data).send(market.user)

    schemed = market.as_("DiaryScheming", instance)
    refused = [bytes(schemed.refusals(i).read()) for i in range(len(calls))]
    not_owner = keccak(b"TemplatesNotOwner(address,address)")[:4]
    not_offered = keccak(b"TemplatesNotOffered(address,address)")[:4]
    assert refused == [not_owner, not_owner, not_owner, not_offered, not_owner, not_owner]
    assert market.templates.origin(instance).read()[1] == scheming.number


def test_migrate_listens_to_the_registry_alone_and_never_while_an_instance_is_made(
    market: Market, first: Version
) -> None:
    instance, second = diary(market, first), market.publish_upgradeable("Diary2")
    upgrade(market, instance, second).send(market.user)

    instance.migrate(1, motto()).refuses("DiaryNotRegistry", sender=market.user)
    forged = market.call_data("Diary2", "migrate", 1, motto())
    market.templates.use(second.wish(init=forged)).refuses("DiaryNotRegistry", sender=market.user)
    reopened = market.as_("Diary1", instance).open(market.stranger)
    reopened.refuses("DiaryNotRegistry", sender=market.stranger)
    assert instance.points().read() == 70


def test_the_till_holds_nothing_for_code_that_can_change_until_it_is_frozen(market: Market, first: Version) -> None:
    instance = diary(market, first)
    second = market.publish_upgradeable("Diary2")
    hold = market.till.hold(market.mz, ONE, instance, ZERO, b"")
    hold.refuses("TillInstanceUpgradeable", instance, sender=market.buyer)
    market.templates.freeze(instance).refuses("TemplatesNotOwner", instance, market.author, sender=market.author)

    market.templates.freeze(instance).send(market.user).only("Frozen")

    hold.send(market.buyer)
    upgrade(market, instance, second).refuses("TemplatesNotUpgradeable", first.id, 2, sender=market.user)
    assert market.templates.isUpgradeable(instance).read() is False


def test_ownership_is_handed_on_in_two_steps(market: Market, first: Version) -> None:
    instance, templates = diary(market, first), market.templates
    second = market.publish_upgradeable("Diary2")
    accept = templates.acceptOwnership(instance)

    templates.transferOwnership(instance, market.buyer).refuses("TemplatesNotOwner", sender=market.buyer)
    templates.transferOwnership(instance, market.stranger).send(market.user)
    offered = templates.transferOwnership(instance, market.buyer).send(market.user).only("OwnershipOffered")
    assert [one.lower() for one in offered.values()] == [
        instance.address.lower(),
        market.user.lower(),
        market.buyer.lower(),
    ]
    accept.refuses("TemplatesNotOffered", instance, market.stranger, sender=market.stranger)
    assert templates.ownerOf(instance).read().lower() == market.user.lower()
    assert templates.pendingOwnerOf(instance).read().lower() == market.buyer.lower()
    moved = accept.send(market.buyer).only("OwnershipTransferred")

    assert [one.lower() for one in moved.values()] == [
        instance.address.lower(),
        market.user.lower(),
        market.buyer.lower(),
    ]
    assert templates.ownerOf(instance).read().lower() == market.buyer.lower()
    accept.refuses("TemplatesNotOffered", sender=market.buyer)
    upgrade(market, instance, second).refuses("TemplatesNotOwner", instance, market.user, sender=market.user)
    upgrade(market, instance, second).send(market.buyer)


def claimed(market: Market, version: Version, salt: int = 0) -> Contract:
    made = market.use(version.wish(salt=salt))
    market.templates.claim(made, salt.to_bytes(32, "big"), creation_hash(market, made)).send(market.user)
    return made


def test_whoever_made_an_instance_claims_it_and_nobody_else(market: Market) -> None:
    version = market.publish_clone()
    made = market.use(version.wish(salt=5, args=b"words"))
    salt, code = (5).to_bytes(32, "big"), creation_hash(market, made)
    claim = market.templates.claim(made, salt, code)
    assert market.templates.ownerOf(made).read() == ETHER

    for other in (market.author, market.stranger):
        claim.refuses("TemplatesNotMaker", made, other, sender=other)
    for wrong in ((ZERO, code), (salt, ZERO)):
        market.templates.claim(made, *wrong).refuses("TemplatesNotMaker", sender=market.user)
    market.templates.claim(market.till, salt, code).refuses("TemplatesNotMaker", sender=market.user)
    market.templates.claim(ETHER, salt, code).refuses("TemplatesNotMaker", sender=market.user)
    moved = claim.send(market.user).only("OwnershipTransferred")

    assert (moved["from"], moved["to"].lower()) == (ETHER, market.user.lower())
    claim.refuses("TemplatesClaimed", made, market.user, sender=market.user)


def test_whoever_brought_the_code_claims_it_by_its_hash(market: Market) -> None:
    version = market.publish_code("booth")
    args = arguments(["uint256"], [7])
    made = market.use(version.wish(args=args))

    market.templates.claim(made, ZERO, keccak(version.creation + args)).send(market.user)

    assert market.templates.ownerOf(made).read().lower() == market.user.lower()


def test_an_owner_replaces_an_instance_and_the_old_one_lives_on(market: Market) -> None:
    version, better = market.publish_clone(), market.publish_clone("other", author=market.stranger, price=ONE)
    old = claimed(market, version)
    wish = better.wish(init=market.call_data("Stall", "open", market.user, 3))
    replace, paid = market.templates.replace(old, wish), market.held(market.stranger)[0]
    replace.refuses("TemplatesNotOwner", old, market.author, sender=market.author)
    returned = replace.read(market.user)

    receipt = replace.send(market.user)

    successor = receipt.only("Replaced")["successor"]
    assert returned == successor.lower()
    assert tuple(market.templates.origin(successor).read()[:2]) == (better.id, 1)
    assert market.templates.successorOf(old).read() == successor.lower()
    assert receipt.only("Used")["instance"] == successor
    assert market.held(market.stranger) == [paid + ONE - fee_on(ONE)]
    assert market.templates.ownerOf(successor).read().lower() == market.user.lower()
    assert market.chain.at("Stall", successor).value().read() == 3
    market.templates.replace(old, better.wish(salt=1)).refuses("TemplatesInstanceEnded", old, sender=market.user)
    old.open(market.buyer, 1).send(market.buyer)
    assert market.templates.origin(old).read()[1] == 1


@pytest.mark.parametrize("upgradeable", [False, True])
def test_what_replaces_an_instance_becomes_its_users_once(market: Market, upgradeable: bool) -> None:
    old = claimed(market, market.publish_clone())
    better = market.publish_upgradeable() if upgradeable else market.publish_clone("other")
    init = market.call_data("Diary1", "open", market.user) if upgradeable else "0x"

    receipt = market.templates.replace(old, better.wish(init=init)).send(market.user)

    moved = receipt.only("OwnershipTransferred")
    successor = receipt.only("Replaced")["successor"]
    assert (moved["instance"], moved["to"].lower()) == (successor, market.user.lower())
    assert market.templates.isUpgradeable(successor).read() is upgradeable


def test_what_replaces_an_instance_is_the_code_that_was_promised(market: Market) -> None:
    old = claimed(market, market.publish_clone())
    liar = market.publish_code("lamp", "Lamp", runtime=b"\x66" * 32)

    market.templates.replace(old, liar.wish()).refuses("TemplatesCodeMismatch", sender=market.user)

    assert market.templates.successorOf(old).read() == ETHER


def test_an_instance_ends_by_its_own_rules(market: Market) -> None:
    version, heir = market.publish_clone("purse", "Purse"), market.chain.fresh()
    made = market.as_("Purse", claimed(market, version))
    made.open(heir, market.mz).send(market.stranger)
    market.mz.transfer(made, 5 * ONE).send(market.buyer)
    end = market.templates.retireInstance(made)
    right = keccak(b"onRetire()")[:4]

    end.refuses("TemplatesNotOwner", made, market.author, sender=market.author)
    made.owe(True, right).send(market.stranger)
    end.refuses("", sender=market.user)
    made.owe(False, b"nope").send(market.stranger)
    end.refuses("TemplatesInstanceRefused", made, b"nope", sender=market.user)
    made.owe(False, right).send(market.stranger)
    end.send(market.user).only("InstanceRetired")

    assert market.held(made, heir) == [0, 5 * ONE]
    assert market.templates.isRetired(made).read() is True
    end.refuses("TemplatesInstanceEnded", made, sender=market.user)


def test_an_instance_without_that_rule_does_not_end(market: Market) -> None:
    made = claimed(market, market.publish_clone())

    market.templates.retireInstance(made).refuses("", sender=market.user)

    assert market.templates.isRetired(made).read() is False
