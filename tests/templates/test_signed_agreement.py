"""Signed agreement on the real platform: see signed-agreement.tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ONE, Market, Version, net_of, packed
from tests.templates.playing import moved

DAY = 86_400
PRICE = 40 * ONE
OBJECTION, RULING = 3 * DAY, 5 * DAY
TEXT, EVIDENCE = keccak(b"the whole text"), keccak(b"done")
TYPES = ["address[]", "bytes32", "address", "uint96", "uint8", "address", "uint256", "uint48", "uint48"]
TYPES += ["uint32", "uint32", "address"]
DUTY, TOKENS, ITEM = range(3)
DRAFTED, LAPSED, BINDING, REPORTED, DISPUTED, CLOSED, SIGNED = range(7)


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("signed-agreement", "Agreement", street.till)


class Deal:
    """`buyer` pays, `user` performs, `stranger` is a witness, `author` the arbiter."""

    def __init__(self, market: Market, version: Version, **terms: Any) -> None:
        self.market, self.version = market, version
        self.payer, self.performer, self.witness = market.buyer, market.user, market.stranger
        self.sign_by = market.chain.now() + 10 * DAY
        self.perform_by = self.sign_by + 20 * DAY
        given = {
            "parties": [self.payer, self.performer, self.witness],
            "text": TEXT,
            "token": market.mz.address,
            "price": PRICE,
            "delivery": DUTY,
            "asset": ETHER,
            "quantity": 0,
            "signBy": self.sign_by,
            "performBy": self.perform_by,
            "objection": OBJECTION,
            "ruling": RULING,
            "arbiter": market.author,
        } | terms
        self.encoded = packed(TYPES, list(given.values()))
        self.instance: Contract = market.as_("Agreement", market.use(version.wish(args=self.encoded)))

    def deposit(self, gross: int = PRICE) -> Call:
        return self.market.deposit(self.instance, gross)

    def bind(self) -> Deal:
        """Signed by all and paid in."""
        for party in self.instance.parties().read():
            self.instance.sign().send(party)
        if self.instance.price().read():
            self.deposit().send(self.payer)
        return self

    def report(self) -> Deal:
        self.instance.report(EVIDENCE).send(self.performer)
        return self

    def object(self) -> Deal:
        self.instance.object(EVIDENCE).send(self.payer)
        return self

    def later(self) -> None:
        self.market.chain.travel(self.instance.endsOf().read() + 1)

    def state(self) -> int:
        return int(self.instance.standing().read()[0])

    def signed(self, party: str, **changes: Any) -> bytes:
        """A wallet's signature, made by what wallets use and not by the contract's own digest."""
        domain = {
            "name": "Signed agreement",
            "version": "1",
            "chainId": self.market.chain.chain_id,
            "verifyingContract": self.instance.address_checksum,
        }
        fields = [("party", "address"), ("text", "bytes32"), ("terms", "bytes32")]
        document = {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Agreement": [{"name": name, "type": kind} for name, kind in fields],
            },
            "primaryType": "Agreement",
            "domain": domain | {key: value for key, value in changes.items() if key in domain},
            "message": {
                "party": party,
                "text": "0x" + changes.get("text", TEXT).hex(),
                "terms": "0x" + keccak(self.encoded).hex(),
            },
        }
        answer = self.market.chain.ask("eth_signTypedData_v4", [party, json.dumps(document)])
        return bytes.fromhex(answer[2:])


@pytest.fixture
def deal(market: Market, version: Version) -> Deal:
    return Deal(market, version)


A, B = "0x" + "aa" * 20, "0x" + "bb" * 20


@pytest.mark.parametrize(
    "terms",
    [
        {"parties": [A]},
        {"parties": [A, ETHER]},
        {"parties": [A, B, A]},
        {"parties": [f"0x{number:040x}" for number in range(1, 10)]},
        {"parties": [A, B], "arbiter": B},
        {"signBy": 2**40},
        {"objection": DAY - 1},
        {"ruling": DAY - 1},
        {"asset": A},
        {"quantity": 1},
        {"delivery": 3},
        {"delivery": ITEM},
        {"delivery": TOKENS, "asset": A},
    ],
    ids=str,
)
def test_terms_that_make_no_agreement_take_nothing(market: Market, version: Version, terms: dict[str, Any]) -> None:
    deal = Deal(market, version, **terms)

    deal.instance.sign().refuses("AgreementTermsInvalid", sender=deal.payer)
    deal.deposit().refuses("AgreementTermsInvalid", sender=deal.payer)


def test_arguments_of_another_length_make_no_agreement(deal: Deal) -> None:
    for encoded in (b"", deal.encoded[:157], deal.encoded[:-1], deal.encoded + bytes(20)):
        made = deal.market.as_("Agreement", deal.market.use(deal.version.wish(args=encoded)))

        made.sign().refuses("AgreementTermsInvalid", sender=deal.payer)


def test_tokens_are_not_exchanged_for_themselves(market: Market, version: Version) -> None:
    same = Deal(market, version, delivery=TOKENS, asset=market.mz.address, quantity=1)

    same.deposit(1).refuses("AgreementTermsInvalid", sender=same.performer)


def test_the_bare_implementation_does_nothing(deal: Deal) -> None:
    market = deal.market
    bare = market.chain.at("Agreement", market.templates.versionOf(deal.version.id, 1).read()[4])

    for call in (bare.sign(), bare.decline(), bare.deliver(), bare.settle(), market.deposit(bare, ONE)):
        call.refuses("AgreementBareImplementation", sender=market.user)


def test_it_binds_once_everybody_has_signed_and_the_price_is_there(deal: Deal) -> None:
    instance = deal.instance

    first = instance.sign().send(deal.payer).only("AgreementSigned")
    deal.deposit().send(deal.payer)
    given = deal.signed(deal.performer)
    second = instance.signFor(deal.performer, given).send(deal.market.author).only("AgreementSigned")
    assert (deal.state(), instance.isUnsigned(deal.witness).read()) == (DRAFTED, True)
    last = instance.sign().send(deal.witness)

    assert (first["party"].lower(), bytes(first["signature"])) == (deal.payer, b"")
    assert (bytes(second["signature"]), bytes(second["digest"])) == (given, instance.digestOf(deal.performer).read())
    assert last.only("AgreementBinding") == {"performBy": deal.perform_by}
    assert instance.standing().read() == (BINDING, deal.perform_by, 3, 3)


def test_a_price_that_comes_last_binds_too(deal: Deal) -> None:
    for party in (deal.payer, deal.performer, deal.witness):
        deal.instance.sign().send(party)
    assert deal.state() == DRAFTED

    deal.deposit().send(deal.payer)

    assert deal.state() == BINDING


def test_a_signature_is_for_this_party_text_instance_and_chain(deal: Deal, version: Version) -> None:
    instance, party = deal.instance, deal.performer
    other = Deal(deal.market, version, performBy=deal.perform_by + 1)
    forged = [
        (party, deal.signed(deal.witness)),
        (party, other.signed(party)),
        (party, deal.signed(party, chainId=1)),
        (party, deal.signed(party, text=EVIDENCE)),
        (party, deal.signed(party, version="2")),
        (party, deal.signed(party)[:-1]),
        (ETHER, bytes(65)),
    ]
    for claimed, signature in forged:
        instance.signFor(claimed, signature).refuses("AgreementSignatureInvalid", claimed, sender=deal.payer)

    instance.sign().refuses("AgreementNotParty", deal.market.author, sender=deal.market.author)
    instance.signFor(party, deal.signed(party)).send(deal.payer)
    for again in (instance.signFor(party, deal.signed(party)), instance.sign()):
        again.refuses("AgreementSignedAlready", party, sender=party)


def test_a_party_with_code_signs_by_erc1271(market: Market, version: Version) -> None:
    house = market.chain.deploy("CodeParty")
    deal = Deal(market, version, parties=[market.buyer, market.user, house.address])
    deal.instance.signFor(house, b"").refuses("AgreementSignatureInvalid", house, sender=market.user)

    house.agree(deal.instance.digestOf(house).read()).send(market.user)
    deal.instance.signFor(house, b"").send(market.user)

    assert deal.instance.hasSigned(house).read()


def test_a_signature_is_worth_nothing_after_the_draft_has_ended(deal: Deal) -> None:
    market, instance = deal.market, deal.instance
    before = market.held(deal.payer)
    signature = deal.signed(deal.performer)
    deal.deposit().send(deal.payer)
    instance.decline().refuses("AgreementNotParty", market.author, sender=market.author)

    instance.decline().send(deal.witness)

    assert moved(market, before, deal.payer) == [0]
    for call in (instance.signFor(deal.performer, signature), instance.decline(), deal.deposit()):
        call.refuses("AgreementStateWrong", CLOSED, sender=deal.payer)


def test_a_draft_that_is_not_complete_in_time_goes_back(deal: Deal) -> None:
    market, instance = deal.market, deal.instance
    before = market.held(deal.payer)
    deal.deposit().send(deal.payer)
    instance.sign().send(deal.payer)
    instance.settle().refuses("AgreementStateWrong", DRAFTED, sender=market.author)
    market.chain.next_at(deal.sign_by)
    instance.sign().send(deal.performer)
    market.chain.travel(deal.sign_by + 1)

    instance.sign().refuses("AgreementStateWrong", LAPSED, sender=deal.witness)
    instance.settle().send(market.author)

    assert moved(market, before, deal.payer) == [0]
    instance.settle().refuses("AgreementStateWrong", CLOSED, sender=market.author)


def test_only_what_is_owed_is_deposited(deal: Deal) -> None:
    market, instance = deal.market, deal.instance
    coin = market.chain.deploy("Coin", 2)
    coin.mint(deal.payer, PRICE).send(deal.payer)
    coin.approve(market.till, PRICE).send(deal.payer)

    for gross in (PRICE - 1, PRICE + 1):
        deal.deposit(gross).refuses("AgreementDepositRefused", deal.payer, market.mz, gross, sender=deal.payer)
    deal.deposit().refuses("AgreementDepositRefused", sender=deal.performer)
    market.deposit(instance, PRICE, TEXT).refuses("AgreementDepositRefused", sender=deal.payer)
    market.till.hold(coin, PRICE, instance, bytes(32), b"").refuses("AgreementDepositRefused", sender=deal.payer)
    pay = market.till.payAndCall(market.mz, PRICE, instance, bytes(32), b"")
    pay.refuses("AgreementTakesNoPayment", sender=deal.payer)
    forged = instance.onHold(deal.payer, market.mz, PRICE, bytes(32), b"")
    forged.refuses("AgreementCallerNotTill", deal.payer, sender=deal.payer)
    deal.deposit().send(deal.payer)
    deal.deposit().refuses("AgreementDepositRefused", sender=deal.payer)


@pytest.mark.parametrize("how", ["accepted early", "accepted", "silence"])
def test_a_duty_that_was_done_is_paid(deal: Deal, how: str) -> None:
    market, instance = deal.market, deal.instance
    before = market.held(deal.payer, deal.performer, market.author)
    deal.bind()
    instance.deliver().refuses("AgreementNothingToDeliver", sender=deal.performer)
    if how != "accepted early":
        instance.report(EVIDENCE).refuses("AgreementNotAllowed", deal.performer, deal.payer, sender=deal.payer)
        deal.report()
        instance.settle().refuses("AgreementStateWrong", REPORTED, sender=deal.performer)
    instance.accept().refuses("AgreementNotAllowed", deal.payer, deal.performer, sender=deal.performer)

    if how == "silence":
        deal.later()
        instance.object(EVIDENCE).refuses("AgreementOver", sender=deal.payer)
        instance.settle().send(market.author)
    else:
        instance.accept().send(deal.payer)

    assert moved(market, before, deal.payer, deal.performer, market.author) == [
        -PRICE,
        net_of(PRICE),
        PRICE * 200 // 10_000,
    ]
    for call in (instance.accept(), instance.settle(), instance.giveUp(), instance.decline()):
        call.refuses("AgreementStateWrong", CLOSED, sender=deal.payer)


@pytest.mark.parametrize("how", ["silence", "gave up", "gave up in a dispute"])
def test_a_duty_that_was_not_done_is_refunded(deal: Deal, how: str) -> None:
    market, instance = deal.market, deal.instance
    before = market.held(deal.payer, deal.performer)
    deal.bind()
    if how == "silence":
        deal.later()
        instance.report(EVIDENCE).refuses("AgreementStateWrong", LAPSED, sender=deal.performer)
        instance.accept().refuses("AgreementStateWrong", LAPSED, sender=deal.payer)
        instance.settle().send(market.author)
    else:
        if "dispute" in how:
            deal.report().object()
        instance.giveUp().refuses("AgreementNotAllowed", deal.performer, deal.payer, sender=deal.payer)
        instance.giveUp().send(deal.performer)

    assert moved(market, before, deal.payer, deal.performer) == [0, 0]


@pytest.mark.parametrize("bps", [0, 3_333, 10_000])
def test_the_arbiter_divides(deal: Deal, bps: int) -> None:
    market, instance = deal.market, deal.instance
    before = market.held(deal.payer, deal.performer)
    deal.bind()
    instance.object(EVIDENCE).refuses("AgreementStateWrong", BINDING, sender=deal.payer)
    deal.report()
    instance.object(EVIDENCE).refuses("AgreementNotAllowed", deal.payer, deal.witness, sender=deal.witness)
    instance.rule(bps).refuses("AgreementStateWrong", REPORTED, sender=market.author)
    deal.object()
    instance.rule(bps).refuses("AgreementNotAllowed", market.author, deal.performer, sender=deal.performer)
    instance.rule(10_001).refuses("AgreementRulingInvalid", 10_001, sender=market.author)

    instance.rule(bps).send(market.author)

    gross = PRICE * bps // 10_000
    assert moved(market, before, deal.payer, deal.performer) == [-gross, net_of(gross) if gross else 0]
    assert market.held(market.till) == [0]


@pytest.mark.parametrize("arbiter", ["silent", "none"])
def test_without_a_ruling_both_get_half(market: Market, version: Version, arbiter: str) -> None:
    deal = Deal(market, version, **({"arbiter": ETHER} if arbiter == "none" else {}))
    before = market.held(deal.payer, deal.performer)
    deal.bind().report().object()

    deal.later()
    if arbiter == "silent":
        deal.instance.rule(10_000).refuses("AgreementOver", sender=market.author)
    deal.instance.settle().send(deal.witness)

    assert moved(market, before, deal.payer, deal.performer) == [-PRICE // 2, net_of(PRICE // 2)]


def stocked(market: Market, version: Version, decimals: int = 2) -> tuple[Deal, Contract, Call]:
    """A deal about 500.00 coins, and the deposit of them."""
    coin = market.chain.deploy("Coin", decimals)
    deal = Deal(market, version, delivery=TOKENS, asset=coin.address, quantity=50_000)
    coin.mint(deal.performer, 50_000).send(deal.performer)
    coin.approve(market.till, 50_000).send(deal.performer)
    return deal, coin, market.till.hold(coin, 50_000, deal.instance, bytes(32), b"")


def test_tokens_and_price_change_hands_at_once(market: Market, version: Version) -> None:
    deal, coin, stock = stocked(market, version)
    before = market.held(deal.payer, deal.performer)
    deal.bind()
    deal.instance.deliver().refuses("AgreementNothingToDeliver", sender=deal.payer)
    deal.instance.report(EVIDENCE).refuses("AgreementNothingToDeliver", sender=deal.performer)
    less = market.till.hold(coin, 49_999, deal.instance, bytes(32), b"")
    less.refuses("AgreementDepositRefused", sender=deal.performer)
    stock.send(deal.performer)
    assert deal.instance.isDeliverable().read()

    deal.instance.deliver().send(market.author)

    assert moved(market, before, deal.payer, deal.performer) == [-PRICE, net_of(PRICE)]
    assert coin.balanceOf(deal.payer).read() == net_of(50_000)
    deal.instance.deliver().refuses("AgreementStateWrong", CLOSED, sender=deal.payer)


@pytest.mark.parametrize("how", ["declined", "lapsed", "late", "gave up"])
def test_both_sides_have_their_deposits_back(market: Market, version: Version, how: str) -> None:
    deal, coin, stock = stocked(market, version)
    before = market.held(deal.payer)
    stock.send(deal.performer)
    if how in ("declined", "lapsed"):
        deal.deposit().send(deal.payer)
    else:
        deal.bind()

    if how == "declined":
        deal.instance.decline().send(deal.performer)
    elif how == "gave up":
        deal.instance.giveUp().send(deal.performer)
    else:
        deal.later()
        deal.instance.deliver().refuses("AgreementStateWrong", LAPSED, sender=deal.payer)
        deal.instance.settle().send(market.author)

    assert moved(market, before, deal.payer) == [0]
    assert coin.balanceOf(deal.performer).read() == 50_000


def test_an_item_and_its_price_change_hands_at_once(market: Market, version: Version) -> None:
    work = market.register(market.user, b"song")
    deal = Deal(market, version, delivery=ITEM, asset=market.works.address, quantity=work).bind()
    before = market.held(deal.payer, deal.performer)
    assert not deal.instance.isDeliverable().read()
    deal.instance.deliver().refuses("ERC721InsufficientApproval", sender=deal.payer)
    market.works.approve(deal.instance, work).send(deal.performer)
    assert deal.instance.isDeliverable().read()

    deal.instance.deliver().send(market.author)

    assert market.works.ownerOf(work).read() == deal.payer
    assert moved(market, before, deal.payer, deal.performer) == [0, net_of(PRICE)]


def test_an_item_that_was_sold_elsewhere_leaves_the_price_alone(market: Market, version: Version) -> None:
    work = market.register(market.user, b"song")
    deal = Deal(market, version, delivery=ITEM, asset=market.works.address, quantity=work)
    before = market.held(deal.payer)
    deal.bind()
    market.works.transferFrom(market.user, market.stranger, work).send(market.user)
    market.works.setApprovalForAll(deal.instance, True).send(market.stranger)

    deal.instance.deliver().refuses("ERC721IncorrectOwner", sender=deal.payer)
    deal.later()
    deal.instance.settle().send(market.author)

    assert moved(market, before, deal.payer) == [0] and market.works.ownerOf(work).read() == market.stranger


def test_a_left_over_permission_takes_nothing_after_the_end(market: Market, version: Version) -> None:
    work = market.register(market.user, b"song")
    deal = Deal(market, version, delivery=ITEM, asset=market.works.address, quantity=work)
    market.works.approve(deal.instance, work).send(deal.performer)
    deal.bind().instance.giveUp().send(deal.performer)

    deal.instance.deliver().refuses("AgreementStateWrong", CLOSED, sender=deal.payer)


def test_items_that_lie_or_call_back_get_nothing(market: Market, version: Version) -> None:
    item = market.chain.deploy("OddItem")
    item.mint(market.user, 7).send(market.user)
    deal = Deal(market, version, delivery=ITEM, asset=item.address, quantity=7).bind()
    item.approve(deal.instance, 7).send(market.user)

    item.callOnTransfer(deal.instance, bytes.fromhex(deal.instance.deliver().data[2:])).send(market.user)
    deal.instance.deliver().refuses("AgreementStateWrong", CLOSED, sender=market.user)
    item.lie().send(market.user)
    deal.instance.deliver().refuses("AgreementAssetOdd", item, sender=market.user)


def test_ether_pays_too(market: Market, version: Version) -> None:
    deal = Deal(market, version, token=ETHER, price=ONE)
    for party in (deal.payer, deal.performer, deal.witness):
        deal.instance.sign().send(party)
    market.till.hold(ETHER, ONE, deal.instance, bytes(32), b"").send(deal.payer, value=ONE)
    before = market.chain.balance(deal.performer)

    deal.instance.accept().send(deal.payer)

    assert market.chain.balance(deal.performer) - before == net_of(ONE)


def test_signatures_alone_are_for_good(market: Market, version: Version) -> None:
    deal = Deal(market, version, price=0, performBy=0, objection=0, ruling=0, signBy=market.chain.now() + DAY)

    deal.bind()

    market.chain.travel(market.chain.now() + 1000 * DAY)
    assert deal.state() == SIGNED
    for call in (deal.instance.settle(), deal.instance.giveUp(), deal.instance.report(TEXT)):
        call.refuses("AgreementStateWrong", SIGNED, sender=deal.performer)
    deal.deposit(1).refuses("AgreementStateWrong", SIGNED, sender=deal.payer)


def test_an_agreement_that_nobody_settles_goes_back_by_the_till(deal: Deal) -> None:
    market = deal.market
    before = market.held(deal.payer)
    deal.bind()
    expiry = market.till.pot(deal.instance, market.mz, bytes(32)).read()[2]
    assert expiry == deal.perform_by + OBJECTION + RULING + 30 * DAY

    market.chain.travel(expiry + 1)
    market.till.reclaim(deal.instance, market.mz, bytes(32), deal.payer).send(market.stranger)

    assert moved(market, before, deal.payer) == [0]
    deal.instance.settle().refuses("TillNotPayer", sender=market.stranger)
