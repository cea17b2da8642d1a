"""Using one template: see templates.tree."""

from __future__ import annotations

import random

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Contract
from tests.contracts.templates_market import (
    MANIFEST,
    ONE,
    PRICE,
    SHARE_BPS,
    ZERO,
    Market,
    arguments,
    ascii32,
    fee_on,
)
from tests.contracts.test_token import sign_permit

KEY = "0x" + "22" * 32


def number(value: int) -> bytes:
    """The argument of a booth."""
    return arguments(["uint256"], [value])


def test_the_payee_is_paid_and_the_fee_leaves_the_supply(market: Market) -> None:
    version = market.publish_clone(payee=market.stranger)
    everybody = [*market.people, market.templates, market.till]
    before, supply = market.held(*everybody), market.mz.totalSupply().read()

    used = market.templates.use(version.wish()).send(market.user).only("Used")

    moved = [after - held for after, held in zip(market.held(*everybody), before, strict=True)]
    fee = fee_on(PRICE)
    assert moved == [0, 0, -PRICE, 0, PRICE - fee, 0, 0]
    assert supply - market.mz.totalSupply().read() == fee == used["burned"]
    assert (used["id"], used["version"], used["user"].lower()) == (version.id, 1, market.user)
    assert used["paid"] == PRICE


def test_an_instance_is_where_it_was_foretold_and_carries_its_arguments(market: Market) -> None:
    version = market.publish_clone()
    args = arguments(["address", "uint256"], [market.user, 5])
    wish = version.wish(args=args, init=market.call_data("Stall", "open", market.user, 7))
    foretold = market.templates.predict(wish, market.user).read()

    instance = market.use(wish)

    assert instance.address.lower() == foretold
    assert instance.arguments().read() == args
    assert (instance.owner().read(), instance.value().read()) == (market.user, 7)


def test_an_instance_by_code_is_where_it_was_foretold_and_got_its_arguments(market: Market) -> None:
    wish = market.publish_code().wish(args=number(42))
    foretold = market.templates.predict(wish, market.user).read()

    booth = market.as_("Booth", market.use(wish))

    assert booth.address.lower() == foretold
    assert booth.number().read() == 42


def test_the_origin_keeps_the_terms_of_its_day(market: Market) -> None:
    version = market.publish_clone()
    instance = market.use(version.wish())
    market.publish_clone(price=2 * PRICE, share_bps=1_000, payee=market.stranger)
    market.templates.retire(version.id, 1).send(market.author)

    assert market.templates.origin(instance).read() == (version.id, 1, SHARE_BPS, market.author)
    assert market.templates.shareOf(instance).read() == (market.author, SHARE_BPS)
    assert market.templates.isUpgradeable(instance).read() is False


def test_origins_of_many_templates_are_told_apart(market: Market) -> None:
    versions = [market.publish_clone(f"stall-{i}", author=market.people[1 + i % 4]) for i in range(5)]

    for version in versions:
        instance = market.use(version.wish())
        assert market.templates.origin(instance).read()[:2] == (version.id, 1)


def test_a_free_template_moves_nothing_and_has_an_origin(market: Market) -> None:
    version = market.publish_clone(price=0)
    before = market.held(*market.people)
    market.mz.approve(market.templates, 0).send(market.user)

    instance = market.use(version.wish())

    assert market.held(*market.people) == before
    assert market.templates.origin(instance).read()[0] == version.id


def test_the_smallest_price_burns_whole(market: Market) -> None:
    version = market.publish_clone(price=1)
    supply, held = market.mz.totalSupply().read(), market.held(market.author)

    market.use(version.wish())

    assert supply - market.mz.totalSupply().read() == 1
    assert market.held(market.author) == held


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_price_fee_and_payment_add_up(market: Market, seed: int) -> None:
    price = random.Random(seed).randrange(1, 10 ** random.Random(seed).randrange(1, 21))
    version = market.publish_clone(price=price)
    user, author, supply = *market.held(market.user, market.author), market.mz.totalSupply().read()

    market.use(version.wish())

    burned = supply - market.mz.totalSupply().read()
    assert burned == fee_on(price) == market.templates.feeOn(price).read() > 0
    assert market.held(market.user, market.author) == [user - price, author + price - burned]


def test_other_terms_than_the_published_are_refused(market: Market) -> None:
    version = market.publish_clone()
    given = b"\x44" * 32

    use = market.templates.use(version.wish(agreed=given))

    use.refuses("TemplatesTermsMismatch", version.agreed, given, sender=market.user)


def test_a_price_raised_in_flight_cannot_bite(market: Market) -> None:
    version = market.publish_clone()
    wish = version.wish()
    dearer = market.publish_clone(price=100 * PRICE)
    before = market.held(market.user)[0]

    market.use(wish)
    swapped = market.templates.use(version.wish(salt=1, version=2, agreed=version.agreed))

    assert market.held(market.user)[0] == before - PRICE
    swapped.refuses("TemplatesTermsMismatch", dearer.agreed, version.agreed, sender=market.user)


def test_what_is_not_published_cannot_be_used(market: Market) -> None:
    version = market.publish_clone()

    for wish in (version.wish(version=0), version.wish(version=2)):
        market.templates.use(wish).refuses("TemplatesUnknown", version.id, wish[1], sender=market.user)
    nowhere = version.wish(id=b"\x55" * 32)
    market.templates.use(nowhere).refuses("TemplatesUnknown", b"\x55" * 32, 1, sender=market.user)


def test_a_use_needs_allowance_and_money(market: Market) -> None:
    wish = market.publish_clone().wish()
    use = market.templates.use(wish)

    market.mz.approve(market.templates, 0).send(market.user)
    use.refuses("ERC20InsufficientAllowance", market.templates, 0, fee_on(PRICE), sender=market.user)
    market.mz.approve(market.templates, PRICE - 1).send(market.user)
    use.refuses("ERC20InsufficientAllowance", sender=market.user)
    market.mz.approve(market.templates, PRICE).send(market.user)
    market.mz.transfer(market.stranger, 1000 * ONE - PRICE + 1).send(market.user)
    use.refuses("ERC20InsufficientBalance", sender=market.user)


def permitted(market: Market, value: int, key: str = KEY) -> tuple[str, tuple[object, ...]]:
    """Somebody who never approved anything, and his signed allowance."""
    signer = Account.from_key(KEY).address.lower()
    deadline = market.chain.now() + 3600
    signature = sign_permit(market.mz, key, market.templates.address, value, 0, deadline, market.chain.chain_id)
    return signer, (value, deadline, *signature)


def send_as(market: Market, signer: str, contract: Contract, data: str) -> None:
    """A transaction of an account the node has no key of, signed here."""
    chain = market.chain
    if chain.balance(signer) == 0:
        chain.send({**chain.fields(market.treasurer, signer, "0x"), "value": hex(10**17)})
    transaction = {
        "to": chain.web3.to_checksum_address(contract.address),
        "data": data,
        "nonce": int(chain.ask("eth_getTransactionCount", [signer, "latest"]), 16),
        "gas": 3_000_000,
        "gasPrice": int(chain.ask("eth_gasPrice", []), 16),
        "chainId": chain.chain_id,
    }
    raw = Account.from_key(KEY).sign_transaction(transaction).raw_transaction
    receipt = chain.ask("eth_sendRawTransactionSync", ["0x" + raw.hex().removeprefix("0x")])
    assert receipt["status"] == "0x1"


def test_a_signed_allowance_needs_no_approval(market: Market) -> None:
    version = market.publish_clone()
    signer, permit = permitted(market, PRICE)
    market.mz.transfer(signer, PRICE).send(market.treasurer)
    foretold = market.templates.predict(version.wish(), signer).read()

    send_as(market, signer, market.templates, market.templates.useWithPermit(version.wish(), permit).data)

    assert market.held(signer) == [0]
    assert market.templates.origin(foretold).read()[0] == version.id


def test_a_permit_that_somebody_sent_before_does_no_harm(market: Market) -> None:
    version = market.publish_clone()
    signer, permit = permitted(market, PRICE)
    market.mz.transfer(signer, PRICE).send(market.treasurer)
    market.mz.permit(signer, market.templates, *permit).send(market.stranger)

    send_as(market, signer, market.templates, market.templates.useWithPermit(version.wish(), permit).data)

    assert market.held(signer) == [0]


def test_a_forged_permit_is_no_allowance(market: Market) -> None:
    version = market.publish_clone()
    signer, permit = permitted(market, PRICE, key="0x" + "33" * 32)
    market.mz.transfer(signer, PRICE).send(market.treasurer)

    use = market.templates.useWithPermit(version.wish(), permit)

    use.refuses("ERC20InsufficientAllowance", market.templates, 0, fee_on(PRICE), sender=signer)


def test_the_same_instance_is_not_made_twice(market: Market) -> None:
    version = market.publish_clone()
    instance = market.use(version.wish())

    market.templates.use(version.wish()).refuses("TemplatesInstanceExists", instance, sender=market.user)


def test_who_copies_a_use_he_sees_coming_gets_an_instance_of_his_own(market: Market) -> None:
    version = market.publish_clone()
    wish = version.wish(init=market.call_data("Stall", "open", market.user, 7))
    foretold = market.templates.predict(wish, market.user).read()

    copied = market.use(wish, market.stranger)
    own = market.use(wish)

    assert own.address.lower() == foretold != copied.address.lower()
    assert own.owner().read() == market.user


def test_an_instance_cannot_be_initialised_again(market: Market) -> None:
    version = market.publish_clone()
    instance = market.use(version.wish(init=market.call_data("Stall", "open", market.user, 7)))

    instance.open(market.stranger, 8).refuses("StallTaken", sender=market.stranger)


def test_initialising_the_bare_implementation_changes_no_instance(market: Market) -> None:
    version = market.publish_clone()
    bare = market.chain.at("Stall", market.templates.versionOf(version.id, 1).read()[4])
    bare.open(market.stranger, 8).send(market.stranger)

    instance = market.use(version.wish(init=market.call_data("Stall", "open", market.user, 7)))

    assert instance.owner().read() == market.user
    assert market.templates.origin(bare).read() == (ZERO, 0, 0, ETHER)


def test_other_bytecode_than_the_published_is_refused(market: Market) -> None:
    version = market.publish_code()
    code = version.creation[:-1] + b"\x00"

    use = market.templates.use(version.wish(code=code, args=number(1)))

    use.refuses("TemplatesCodeMismatch", keccak(version.creation), keccak(code), sender=market.user)
    market.templates.predict(version.wish(code=b""), market.user).refuses("TemplatesCodeMismatch")


def test_a_clone_takes_no_bytecode(market: Market) -> None:
    version = market.publish_clone()

    market.templates.use(version.wish(code=b"\x00" * 5)).refuses("TemplatesCodeUnexpected", 5, sender=market.user)


def test_a_declared_runtime_binds_every_instance(market: Market) -> None:
    true = keccak(market.chain.artifacts["Lamp"].runtime)
    honest = market.publish_code("lamp", "Lamp", runtime=true)
    false = market.publish_code("lamp", "Lamp", runtime=b"\x66" * 32)

    market.use(honest.wish())

    market.templates.use(false.wish()).refuses("TemplatesCodeMismatch", b"\x66" * 32, true, sender=market.user)


def test_code_that_deploys_nothing_makes_no_instance(market: Market) -> None:
    call = market.templates.publishCode(ascii32("void"), keccak(b"\x00"), ZERO, MANIFEST, market.terms())
    published = call.send(market.author).only("Published")
    agreed = market.templates.agreedOf(published["id"], 1).read()

    wish = (published["id"], 1, agreed, ZERO, b"\x00", b"", b"")

    market.templates.use(wish).refuses("TemplatesCodeEmpty", sender=market.user)


def test_creation_code_and_arguments_have_the_chains_limit_together(market: Market) -> None:
    version = market.publish_code("lamp", "Lamp")
    room = 49_152 - len(version.creation)

    market.use(version.wish(args=b"\x01" * room))

    market.templates.use(version.wish(args=b"\x01" * (room + 1))).refuses(
        "TemplatesInitcodeTooLarge", 49_153, 49_152, sender=market.user
    )


def test_a_clones_arguments_have_the_chains_limit(market: Market) -> None:
    version = market.publish_clone()

    market.use(version.wish(args=b"\x01" * (24_576 - 45)))

    market.templates.use(version.wish(args=b"\x01" * (24_576 - 44))).refuses(
        "TemplatesRuntimeTooLarge", 24_577, 24_576, sender=market.user
    )


def test_an_implementation_destroyed_at_birth_cannot_be_used(market: Market) -> None:
    author = market.chain.deploy("Trickster", market.templates)
    code = market.creation("Mayfly")
    receipt = author.publishAndDestroy(ascii32("mayfly"), code, market.terms()).send(market.author)
    published = receipt.only("Published")
    agreed = market.templates.agreedOf(published["id"], 1).read()
    implementation, code_hash = market.templates.versionOf(published["id"], 1).read()[4:6]
    assert market.chain.code(implementation) == b""

    use = market.templates.use((published["id"], 1, agreed, ZERO, b"", b"", b""))
    refusal = market.chain.refusal(market.chain.fields(market.user, market.templates.address, use.data))

    assert refusal is not None
    assert (refusal.name, refusal.args[0]) == ("TemplatesCodeMismatch", code_hash)


def test_a_destroyed_implementation_never_comes_back_at_its_address(market: Market) -> None:
    author = market.chain.deploy("Trickster", market.templates)
    code, seen = market.creation("Mayfly"), set()

    for _ in range(3):
        receipt = author.publishAndDestroy(ascii32("mayfly"), code, market.terms()).send(market.author)
        published = receipt.only("Published")
        seen.add(market.templates.versionOf(published["id"], published["version"]).read()[4])

    assert len(seen) == 3


def test_the_origin_of_a_destroyed_instance_is_not_given_anew(market: Market) -> None:
    version = market.publish_code("mayfly", "Mayfly", price=0)
    player = market.chain.deploy("Trickster", market.templates)
    player.useDestroyUse(version.wish()).refuses("TemplatesInstanceExists", sender=market.user)

    made = player.useAndDestroy(version.wish()).send(market.user).only("Used")["instance"]

    assert market.chain.code(made) == b""
    assert market.templates.origin(made).read()[0] == version.id
    player.use(version.wish()).refuses("TemplatesInstanceExists", made, sender=market.user)


def test_an_initialiser_that_fails_says_why_and_nothing_is_paid(market: Market) -> None:
    version = market.publish_code()
    before = market.held(*market.people)
    wish = version.wish(args=number(1), init=market.call_data("Stall", "open", market.user, 7))

    market.templates.use(wish).refuses("FailedCall", sender=market.user)
    stall = market.publish_clone("schemer", "Schemer")
    market.templates.use(stall.wish(init="0x12345678")).refuses("FailedCall", sender=market.user)

    assert market.held(*market.people) == before


def scheme(market: Market, *calls: tuple[Contract, str]) -> Contract:
    """Uses a template whose initialiser makes these calls; the instance remembers how they went."""
    version = market.publish_clone("schemer", "Schemer")
    targets, data = [contract for contract, _ in calls], [bytes.fromhex(call[2:]) for _, call in calls]
    return market.as_("Schemer", market.use(version.wish(init=market.call_data("Schemer", "scheme", targets, data))))


def selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


def test_an_initialiser_that_re_enters_is_a_user_like_any_other(market: Market) -> None:
    version = market.publish_clone()
    free = market.publish_clone("free", price=0)
    registry, till = market.templates, market.till
    before, supply = market.held(market.user)[0], market.mz.totalSupply().read()

    schemer = scheme(
        market,
        (registry, registry.use(version.wish()).data),
        (registry, registry.compose([version.wish()]).data),
        (registry, registry.retire(version.id, 1).data),
        (registry, registry.use(free.wish()).data),
        (registry, registry.publishCode(ascii32("own"), b"\x22" * 32, ZERO, MANIFEST, market.terms()).data),
        (till, till.pay(market.mz, ONE, market.stranger, ZERO).data),
    )

    assert [schemer.went(i).read() for i in range(6)] == [False, False, False, True, True, False]
    assert [schemer.refusals(i).read() for i in (0, 1, 2, 5)] == [
        selector("ERC20InsufficientAllowance(address,uint256,uint256)"),
        selector("ERC20InsufficientAllowance(address,uint256,uint256)"),
        selector("TemplatesNotAuthor(bytes32,address)"),
        selector("ERC20InsufficientAllowance(address,uint256,uint256)"),
    ]
    assert market.held(market.user) == [before - PRICE]
    assert supply - market.mz.totalSupply().read() == fee_on(PRICE)
    assert registry.versionsOf(registry.idOf(schemer, ascii32("own")).read()).read() == 1
    made_inside = registry.predict(free.wish(), schemer).read()
    assert registry.origin(made_inside).read()[0] == free.id


def test_the_maker_is_known_to_the_instance_only_while_it_is_made(market: Market) -> None:
    schemer = scheme(market, (market.templates, market.templates.makerOf(market.stranger).data))

    assert schemer.maker().read() == market.user
    assert schemer.went(0).read() is True
    assert market.templates.makerOf(schemer).read() == ETHER


def test_the_makers_consent_ends_with_the_call_and_not_with_the_transaction(market: Market) -> None:
    player = market.chain.deploy("Trickster", market.templates)
    version = market.publish_clone(price=0)

    assert player.useAndAsk(version.wish()).read() == ETHER


def test_the_makers_consent_is_not_lent_to_what_an_initialiser_makes(market: Market) -> None:
    inner = market.publish_clone("inner", "Schemer", price=0)
    wish = inner.wish(init=market.call_data("Schemer", "scheme", [], []))

    outer = scheme(market, (market.templates, market.templates.use(wish).data))

    made_inside = market.chain.at("Schemer", market.templates.predict(wish, outer).read())
    assert made_inside.maker().read() == outer.address.lower()


def test_an_author_who_uses_his_own_template_ends_poorer_by_the_fee(market: Market) -> None:
    version = market.publish_clone(share_bps=1_000)
    before = market.held(market.author)[0]

    own = market.use(version.wish(), market.author)
    market.till.pay(market.mz, 100 * ONE, own, ZERO).send(market.author)

    after = market.held(market.author)[0] + market.held(own)[0]
    assert before - after == fee_on(PRICE) + fee_on(100 * ONE)
