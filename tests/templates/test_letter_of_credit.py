"""Letter of credit on the real platform: see letter-of-credit.tree."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, net_of, packed
from tests.templates.playing import moved

DAY = 86_400
AMOUNT = 400 * ONE
EXAMINATION, APPEAL, RULING = 5 * DAY, 4 * DAY, 6 * DAY
WHY, TEXT = keccak(b"late shipment"), keccak(b"the credit")
NAMES = [name.ljust(32, b"\0") for name in (b"Bill of lading", b"Invoice")]
FILES = [keccak(b"lading"), keccak(b"invoice")]
TYPES = ["address", "address", "address", "address", "address", "uint96", "bool", "bytes32[]", "uint48", "uint32"]
TYPES += ["uint32", "uint32", "uint32", "bytes32"]
APPLIED, ISSUED, ENDED, CLOSED = range(4)
NONE, PRESENTED, REFUSED, DISPUTED, ACCEPTED, PAID, DROPPED = range(7)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("letter-of-credit", "LetterOfCredit", street.till)


class Credit:
    """`buyer` imports from `user`; `stranger` is the bank, `author` the arbiter."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version = market, version
        self.importer, self.exporter, self.bank, self.arbiter = (
            market.buyer,
            market.user,
            market.stranger,
            market.author,
        )
        self.expires = market.chain.now() + 50 * DAY
        given = {
            "applicant": self.importer,
            "beneficiary": self.exporter,
            "issuer": self.bank,
            "arbiter": self.arbiter,
            "token": market.mz.address,
            "amount": AMOUNT,
            "parts": False,
            "documents": NAMES,
            "expires": self.expires,
            "tenor": 0,
            "examination": EXAMINATION,
            "appeal": APPEAL,
            "ruling": RULING,
            "text": TEXT,
        } | terms
        self.encoded = packed(TYPES, list(given.values()))
        self.instance: Contract = market.as_("LetterOfCredit", market.use(version.wish(args=self.encoded)))

    def deposit(self, gross: int = AMOUNT) -> Call:
        return self.market.deposit(self.instance, gross)

    def issue(self) -> Credit:
        self.deposit().send(self.importer)
        self.instance.issue().send(self.bank)
        return self

    def present(self, gross: int = AMOUNT) -> Credit:
        self.instance.present(gross, FILES).send(self.exporter)
        return self

    def refuse(self, number: int = 1) -> Credit:
        self.instance.refuse(number, WHY).send(self.bank)
        return self

    def appeal(self, number: int = 1) -> Credit:
        self.instance.appeal(number, WHY).send(self.exporter)
        return self

    def later(self, number: int = 1) -> None:
        self.market.chain.travel(self.instance.endsOf(number).read() + 1)

    def over(self) -> None:
        self.market.chain.travel(self.expires + 1)

    def state(self) -> int:
        return int(self.instance.standing().read()[0])

    def stage(self, number: int = 1) -> int:
        return int(self.instance.presentation(number).read()[0])

    def left(self) -> int:
        return self.market.left(self.instance)


@pytest.fixture
def credit(market: Market, version: Version) -> Credit:
    return Credit(market, version)


A = "0x" + "aa" * 20


@pytest.mark.parametrize(
    "terms",
    [
        {"applicant": ETHER},
        {"beneficiary": ETHER},
        {"issuer": ETHER},
        {"issuer": A, "beneficiary": A},
        {"arbiter": A, "beneficiary": A},
        {"arbiter": A, "issuer": A},
        {"amount": 0},
        {"documents": []},
        {"documents": NAMES * 5},
        {"examination": DAY - 1},
        {"appeal": DAY - 1},
        {"ruling": DAY - 1},
    ],
    ids=str,
)
def test_terms_that_make_no_credit_take_no_deposit(market: Market, version: Version, terms: dict[str, Any]) -> None:
    Credit(market, version, **terms).deposit().refuses("CreditTermsInvalid", sender=market.buyer)


def test_arguments_of_another_length_make_no_credit(credit: Credit) -> None:
    market = credit.market
    for encoded in (b"", credit.encoded[:167], credit.encoded[:-1], credit.encoded + bytes(32)):
        made = market.use(credit.version.wish(args=encoded))

        market.deposit(made, AMOUNT).refuses("CreditTermsInvalid", sender=market.buyer)


def test_the_bare_implementation_does_nothing(credit: Credit) -> None:
    market = credit.market
    bare = market.chain.at("LetterOfCredit", market.templates.versionOf(credit.version.id, 1).read()[4])

    for call in (bare.issue(), bare.withdraw(), bare.close(), bare.settle(1), bare.assign(A), bare.renounce()):
        call.refuses("CreditBareImplementation", sender=market.user)
    market.deposit(bare, ONE).refuses("CreditBareImplementation", sender=market.user)


def test_only_the_amount_is_deposited_and_only_by_importer_or_bank(credit: Credit) -> None:
    market, instance = credit.market, credit.instance
    coin = market.chain.deploy("Coin", 2)
    coin.mint(credit.importer, AMOUNT).send(credit.importer)
    coin.approve(market.till, AMOUNT).send(credit.importer)

    for gross in (AMOUNT - 1, AMOUNT + 1):
        credit.deposit(gross).refuses("CreditDepositRefused", credit.importer, market.mz, gross, sender=credit.importer)
    for stranger in (credit.exporter, credit.arbiter):
        credit.deposit().refuses("CreditDepositRefused", sender=stranger)
    market.deposit(instance, AMOUNT, TEXT).refuses("CreditDepositRefused", sender=credit.importer)
    market.till.hold(coin, AMOUNT, instance, bytes(32), b"").refuses("CreditDepositRefused", sender=credit.importer)
    pay = market.till.payAndCall(market.mz, AMOUNT, instance, bytes(32), b"")
    pay.refuses("CreditTakesNoPayment", sender=credit.importer)
    forged = instance.onHold(credit.importer, market.mz, AMOUNT, bytes(32), b"")
    forged.refuses("CreditCallerNotTill", credit.importer, sender=credit.importer)
    instance.issue().refuses("CreditNotFunded", sender=credit.bank)
    instance.withdraw().refuses("CreditNotFunded", sender=credit.importer)
    credit.deposit().send(credit.importer)
    credit.deposit().refuses("CreditDepositRefused", sender=credit.bank)


def test_the_banks_own_deposit_issues_at_once(credit: Credit) -> None:
    receipt = credit.deposit().send(credit.bank)

    assert [event.name for event in receipt.events if event.name.startswith("Credit")] == [
        "CreditFunded",
        "CreditIssued",
    ]
    assert (credit.state(), credit.instance.funder().read()) == (ISSUED, credit.bank)


def test_what_is_not_issued_is_the_funders(credit: Credit) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer)
    credit.deposit().send(credit.importer)
    instance.issue().refuses("CreditNotAllowed", credit.bank, credit.exporter, sender=credit.exporter)
    instance.present(AMOUNT, FILES).refuses("CreditStateWrong", APPLIED, sender=credit.exporter)
    instance.withdraw().refuses("CreditNotAllowed", credit.importer, credit.bank, sender=credit.bank)

    instance.withdraw().send(credit.importer)

    assert moved(market, before, credit.importer) == [0]
    for call in (instance.issue(), instance.withdraw(), instance.close(), credit.deposit()):
        call.refuses("CreditStateWrong", CLOSED, sender=credit.bank)


def test_a_silent_bank_issues_nothing(credit: Credit) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer)
    credit.deposit().send(credit.importer)
    instance.close().refuses("CreditStateWrong", APPLIED, sender=credit.importer)

    credit.over()
    instance.issue().refuses("CreditStateWrong", ENDED, sender=credit.bank)
    instance.close().send(market.author)

    assert moved(market, before, credit.importer) == [0]


def test_an_issued_credit_is_irrevocable(credit: Credit) -> None:
    credit.issue()
    assert credit.instance.documents().read() == ("Bill of lading", "Invoice")

    credit.instance.withdraw().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    credit.instance.close().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    credit.instance.renounce().refuses("CreditNotAllowed", credit.exporter, credit.bank, sender=credit.bank)


@pytest.mark.parametrize("how", ["the bank", "the funder", "silence"])
def test_accepted_documents_are_paid(credit: Credit, how: str) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer, credit.exporter, market.author)
    credit.issue().present()
    instance.honour(1).refuses("CreditNotAllowed", credit.bank, credit.exporter, sender=credit.exporter)
    instance.settle(1).refuses("CreditStageWrong", PRESENTED, sender=credit.exporter)

    if how == "silence":
        credit.later()
        instance.refuse(1, WHY).refuses("CreditOver", sender=credit.bank)
        instance.settle(1).send(market.author)
    else:
        instance.honour(1).send(credit.bank if how == "the bank" else credit.importer)

    gained = moved(market, before, credit.importer, credit.exporter, market.author)
    assert gained == [-AMOUNT, net_of(AMOUNT), AMOUNT * 200 // 10_000]
    assert (credit.state(), credit.stage(), credit.left()) == (CLOSED, PAID, 0)
    for call in (instance.honour(1), instance.settle(1)):
        call.refuses("CreditStageWrong", PAID, sender=credit.importer)
    instance.close().refuses("CreditStateWrong", CLOSED, sender=credit.importer)


def test_documents_are_complete_and_in_time(credit: Credit) -> None:
    instance = credit.issue().instance

    for digests, complete in ((FILES[:1], 1), ([FILES[0], bytes(32)], 1), ([*FILES, FILES[0]], 3), ([], 0)):
        call = instance.present(AMOUNT, digests)
        call.refuses("CreditDocumentsIncomplete", 2, complete, sender=credit.exporter)
    instance.present(AMOUNT, FILES).refuses("CreditNotAllowed", sender=credit.importer)
    for gross in (0, AMOUNT - 1, AMOUNT + 1):
        instance.present(gross, FILES).refuses("CreditAmountRefused", AMOUNT, gross, sender=credit.exporter)
    with credit.market.chain.taken_back():
        credit.market.chain.next_at(credit.expires)
        credit.present()
    credit.over()
    instance.present(AMOUNT, FILES).refuses("CreditStateWrong", ENDED, sender=credit.exporter)


def test_deferred_payment_waits_for_its_day_and_is_certain(market: Market, version: Version) -> None:
    credit = Credit(market, version, tenor=60 * DAY).issue().present()
    instance = credit.instance
    before = market.held(credit.exporter)
    due = market.chain.now() + 60 * DAY
    instance.honour(1).send(credit.bank)
    assert instance.presentation(1).read() == (ACCEPTED, AMOUNT, due, due)
    credit.over()
    instance.close().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    for call in (instance.refuse(1, WHY), instance.honour(1), instance.settle(1)):
        call.refuses("CreditStageWrong", ACCEPTED, sender=credit.bank)

    market.chain.travel(due)
    instance.settle(1).send(market.author)

    assert moved(market, before, credit.exporter) == [net_of(AMOUNT)]


def test_a_late_refusal_is_none(credit: Credit) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer, credit.exporter)
    credit.issue().present()
    instance.refuse(1, WHY).refuses("CreditNotAllowed", credit.bank, credit.importer, sender=credit.importer)
    market.chain.travel(credit.expires)
    instance.refuse(1, WHY).refuses("CreditOver", sender=credit.bank)  # it was silent
    assert credit.state() == ISSUED

    instance.settle(1).send(credit.exporter)

    assert moved(market, before, credit.importer, credit.exporter) == [-AMOUNT, net_of(AMOUNT)]


def test_refused_documents_keep_the_credit_open_for_an_appeal(credit: Credit) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer, credit.exporter)
    credit.issue()
    market.chain.next_at(credit.expires)
    credit.present().refuse()
    instance.close().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    instance.appeal(1, WHY).refuses("CreditNotAllowed", credit.exporter, credit.importer, sender=credit.importer)

    credit.later()
    instance.appeal(1, WHY).refuses("CreditOver", sender=credit.exporter)
    instance.honour(1).refuses("CreditStageWrong", REFUSED, sender=credit.bank)
    instance.close().send(market.author)

    assert moved(market, before, credit.importer, credit.exporter) == [0, 0]


@pytest.mark.parametrize("ruling", ["comply", "refused", "silence", "waived"])
def test_an_appeal_is_the_arbiters(credit: Credit, ruling: str) -> None:
    market, instance = credit.market, credit.instance
    before = market.held(credit.importer, credit.exporter)
    credit.issue().present().refuse()
    instance.rule(1, True).refuses("CreditStageWrong", REFUSED, sender=credit.arbiter)
    credit.appeal()
    instance.rule(1, True).refuses("CreditNotAllowed", credit.arbiter, credit.exporter, sender=credit.exporter)
    instance.appeal(1, WHY).refuses("CreditStageWrong", DISPUTED, sender=credit.exporter)

    if ruling == "silence":
        credit.later()
        instance.rule(1, True).refuses("CreditOver", sender=credit.arbiter)
        instance.settle(1).send(credit.exporter)
    elif ruling == "waived":
        instance.honour(1).send(credit.importer)
    else:
        instance.rule(1, ruling == "comply").send(credit.arbiter)
    credit.over()
    if credit.state() == ENDED:
        instance.close().send(market.author)

    paid = ruling in ("comply", "waived")
    assert moved(market, before, credit.importer, credit.exporter) == ([-AMOUNT, net_of(AMOUNT)] if paid else [0, 0])
    assert credit.stage() == (PAID if paid else DROPPED)


def test_without_an_arbiter_there_is_no_appeal(market: Market, version: Version) -> None:
    credit = Credit(market, version, arbiter=ETHER).issue().present().refuse()

    credit.instance.appeal(1, WHY).refuses("CreditStageWrong", REFUSED, sender=credit.exporter)
    credit.over()
    credit.instance.close().send(credit.importer)

    assert credit.state() == CLOSED


def test_other_documents_follow_a_refusal_and_never_draw_twice(credit: Credit) -> None:
    instance = credit.issue().present().refuse().instance
    credit.present()

    instance.appeal(1, WHY).refuses("CreditAmountRefused", 0, AMOUNT, sender=credit.exporter)
    instance.honour(1).refuses("CreditStageWrong", REFUSED, sender=credit.bank)
    instance.honour(2).send(credit.bank)
    instance.appeal(1, WHY).refuses("CreditAmountRefused", 0, AMOUNT, sender=credit.exporter)

    assert (credit.state(), credit.left()) == (CLOSED, 0)


def test_a_bank_is_not_flooded(market: Market, version: Version) -> None:
    credit = Credit(market, version, parts=True).issue()
    for number in range(1, 13):
        credit.present(1)
        again = credit.instance.present(1, FILES)
        again.refuses("CreditPresentationsTooMany", number, sender=credit.exporter)
        credit.refuse(number)

    again.refuses("CreditPresentationsTooMany", 12, sender=credit.exporter)


def test_parts_add_up_to_the_credit_and_the_rest_goes_back(market: Market, version: Version) -> None:
    credit = Credit(market, version, parts=True, tenor=30 * DAY).issue()
    instance = credit.instance
    before = market.held(credit.importer, credit.exporter)
    credit.present(100 * ONE)
    instance.honour(1).send(credit.bank)
    credit.present(250 * ONE).refuse(2)
    assert instance.available().read() == 300 * ONE
    credit.appeal(2)
    assert instance.available().read() == 50 * ONE
    instance.present(51 * ONE, FILES).refuses("CreditAmountRefused", 50 * ONE, 51 * ONE, sender=credit.exporter)
    instance.rule(2, False).send(credit.arbiter)
    credit.present(7)
    credit.later(3)
    instance.settle(3).send(credit.exporter)

    market.chain.travel(credit.expires + 31 * DAY)
    instance.close().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    for number in (1, 3):
        instance.settle(number).send(market.author)
    instance.close().send(market.author)

    drawn = 100 * ONE + 7
    assert moved(market, before, credit.importer, credit.exporter) == [AMOUNT - drawn, net_of(100 * ONE) + net_of(7)]
    assert credit.left() == 0


def test_proceeds_belong_to_whom_they_were_assigned(market: Market, version: Version) -> None:
    credit = Credit(market, version, tenor=30 * DAY).issue().present()
    instance = credit.instance
    before = market.held(credit.exporter, market.treasurer)
    instance.assign(market.treasurer).refuses("CreditNotAllowed", credit.exporter, credit.bank, sender=credit.bank)
    instance.assign(ETHER).refuses("CreditAssigneeInvalid", sender=credit.exporter)
    instance.assign(market.treasurer).send(credit.exporter)
    taken = instance.assign(credit.exporter)
    taken.refuses("CreditNotAllowed", market.treasurer, credit.exporter, sender=credit.exporter)

    market.chain.travel(credit.expires)
    for _ in range(2):  # accepted by silence and due
        if credit.stage() != PAID:
            instance.settle(1).send(credit.exporter)

    assert moved(market, before, credit.exporter, market.treasurer) == [0, net_of(AMOUNT)]


def test_a_renounced_credit_pays_only_what_was_accepted(market: Market, version: Version) -> None:
    credit = Credit(market, version, parts=True, tenor=30 * DAY).issue().present(ONE)
    instance = credit.instance
    before = market.held(credit.importer, credit.exporter)
    instance.honour(1).send(credit.bank)
    credit.present(2 * ONE).refuse(2)

    instance.renounce().send(credit.exporter)

    instance.present(ONE, FILES).refuses("CreditStateWrong", ENDED, sender=credit.exporter)
    instance.appeal(2, WHY).refuses("CreditStageWrong", REFUSED, sender=credit.exporter)
    instance.close().refuses("CreditStateWrong", ISSUED, sender=credit.importer)
    market.chain.travel(instance.endsOf(1).read())
    instance.settle(1).send(credit.exporter)
    instance.close().send(credit.exporter)
    assert moved(market, before, credit.importer, credit.exporter) == [AMOUNT - ONE, net_of(ONE)]


def test_a_closed_credit_accepts_nothing_more(market: Market, version: Version) -> None:
    credit = Credit(market, version, tenor=30 * DAY).issue().present().refuse()
    credit.instance.renounce().send(credit.exporter)
    credit.instance.close().send(credit.importer)

    for who in (credit.bank, credit.importer):
        credit.instance.honour(1).refuses("CreditStageWrong", REFUSED, sender=who)


def test_a_credit_that_nobody_closes_goes_back_by_the_till(credit: Credit) -> None:
    market = credit.market
    before = market.held(credit.importer)
    credit.issue()
    expiry = market.till.pot(credit.instance, market.mz, bytes(32)).read()[2]
    assert expiry == credit.expires + EXAMINATION + APPEAL + RULING + 30 * DAY

    market.chain.travel(expiry + 1)
    market.till.reclaim(credit.instance, market.mz, bytes(32), credit.importer).send(market.author)

    assert moved(market, before, credit.importer) == [0]
