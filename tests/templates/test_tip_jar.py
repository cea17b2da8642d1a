"""The tip jar on the real platform: see templates.tree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract, Receipt
from tests.contracts.templates_market import ONE, Market, arguments, fee_on

SHARE_BPS = 50
LEAST = ONE // 100
REF = keccak(b"after the concert")


class Jar:
    """A published template and one jar made from it, for `user` unless a work is named."""

    def __init__(self, market: Market, *, work: int = 0) -> None:
        self.market = market
        self.version = market.publish_code("tip-jar", "TipJar", price=ONE, share_bps=SHARE_BPS)
        made = market.use(self.wish(market.user, work))
        self.instance: Contract = market.as_("TipJar", made)

    def wish(self, person: str, work: int, **others: Any) -> tuple[Any, ...]:
        """A wish for a jar."""
        market = self.market
        platform = [one.address for one in (market.till, market.mz, market.works, market.templates)]
        types = ["address"] * 5 + ["uint256", "uint96"]
        values = [*platform, person, work, LEAST]
        return self.version.wish(args=arguments(types, values), **others)

    def payment(self, gross: int, memo: str | None = None) -> Call:
        """A tip, not yet sent."""
        data = b"" if memo is None else arguments(["string"], [memo])
        return self.market.till.payAndCall(self.market.mz, gross, self.instance, REF, data)

    def tip(self, gross: int, memo: str | None = None) -> Receipt:
        """A tip of `buyer`."""
        return self.payment(gross, memo).send(self.market.buyer)


@pytest.mark.parametrize("seed", range(4))
def test_the_person_the_author_and_the_fee_add_up_to_the_tip(market: Market, seed: int) -> None:
    jar, gross = Jar(market), random.Random(seed).randrange(LEAST, 50 * ONE)
    parties = (market.buyer, market.user, market.author, jar.instance)
    before, supply = market.held(*parties), market.mz.totalSupply().read()

    jar.tip(gross, "bravo")

    fee, share = fee_on(gross), gross * SHARE_BPS // 10_000
    moved = [after - held for after, held in zip(market.held(*parties), before, strict=True)]
    assert moved == [-gross, gross - fee - share, share, 0]
    assert supply - market.mz.totalSupply().read() == fee


def test_a_works_tips_follow_the_payee_of_the_work(market: Market) -> None:
    work = market.register(market.user, b"a song")
    jar, payee = Jar(market, work=work), market.chain.fresh()
    assert jar.instance.recipient().read() == market.user
    market.works.setPayee(work, payee).send(market.user)

    tipped = jar.tip(ONE).only("Tipped")

    net = ONE - fee_on(ONE) - ONE * SHARE_BPS // 10_000
    assert (tipped["to"].lower(), market.held(payee)) == (payee, [net])
    assert jar.instance.work().read() == work


def test_memo_giver_and_amounts_are_announced_and_counted(market: Market) -> None:
    jar = Jar(market)

    tipped = jar.tip(ONE, "谢谢你的歌").only("Tipped")
    jar.tip(2 * ONE)

    net = ONE - fee_on(ONE) - ONE * SHARE_BPS // 10_000
    assert (tipped["from"].lower(), tipped["to"].lower(), tipped["ref"]) == (market.buyer, market.user, REF)
    assert (tipped["gross"], tipped["net"], tipped["memo"]) == (ONE, net, "谢谢你的歌")
    assert jar.instance.tips().read() == (2, 3 * ONE)


def test_a_tip_below_the_least_is_refused(market: Market) -> None:
    jar = Jar(market)

    jar.payment(LEAST - 1).refuses("TipTooSmall", LEAST, LEAST - 1, sender=market.buyer)
    jar.tip(LEAST)


def test_a_memo_has_280_bytes_at_most(market: Market) -> None:
    jar = Jar(market)

    jar.tip(ONE, "m" * 280)

    jar.payment(ONE, "m" * 281).refuses("TipMemoTooLong", 281, 280, sender=market.buyer)


def test_a_tip_needs_no_memo(market: Market) -> None:
    assert Jar(market).tip(ONE).only("Tipped")["memo"] == ""


def test_tips_are_in_mz(market: Market) -> None:
    jar = Jar(market)
    coin = market.chain.deploy("Coin", 18)
    coin.mint(market.buyer, ONE).send(market.buyer)
    coin.approve(market.till, ONE).send(market.buyer)

    pay = market.till.payAndCall(coin, ONE, jar.instance, REF, b"")

    pay.refuses("TipTokenRefused", coin, sender=market.buyer)


def test_only_the_till_announces_tips(market: Market) -> None:
    jar = Jar(market)

    forged = jar.instance.onPayment(market.stranger, market.mz, ONE, ONE, REF, b"")

    forged.refuses("TipCallerNotTill", market.stranger, sender=market.stranger)
    market.till.hold(market.mz, ONE, jar.instance, REF, b"").refuses("TipTakesNoDeposit", sender=market.buyer)


def test_a_jar_is_for_somebody_or_for_a_registered_work(market: Market) -> None:
    jar = Jar(market)

    nobody = market.templates.use(jar.wish(ETHER, 0, salt=1))
    unregistered = market.templates.use(jar.wish(ETHER, 99, salt=1))

    nobody.refuses("TipRecipientEmpty", sender=market.user)
    unregistered.refuses("ERC721NonexistentToken", 99, sender=market.user)


def test_a_jar_is_made_of_the_published_bytecode_only(market: Market) -> None:
    jar = Jar(market)
    code = jar.version.creation
    forged = code.replace(market.creation("Lamp")[:4], b"\x60\x00\x60\x00", 1)
    assert forged != code

    use = market.templates.use(jar.wish(market.user, 0, salt=1, code=forged))

    use.refuses("TemplatesCodeMismatch", keccak(code), keccak(forged), sender=market.user)


def test_a_plain_payment_is_sent_on(market: Market) -> None:
    jar = Jar(market)
    before = market.held(market.user)[0]
    market.till.pay(market.mz, ONE, jar.instance, REF).send(market.buyer)

    jar.instance.collect(market.mz).send(market.stranger)

    assert market.held(market.user, jar.instance) == [before + ONE - fee_on(ONE) - ONE * SHARE_BPS // 10_000, 0]
    assert jar.instance.tips().read() == (0, 0)
