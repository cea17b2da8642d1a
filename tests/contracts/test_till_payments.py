"""Payments that settle at once: see till.tree."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_account import Account
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chain.primitives import keccak
from tests.contracts.conftest import World, build_world
from tests.contracts.stage import ETHER, Chain, Contract, Event
from tests.contracts.test_token import KEY, sign_permit

ONE = 10**18
REF = b"order 1".ljust(32, b"\0")
MOST = 2**112 - 1
CURRENCIES = ("mz", "coin", "ether")


def fee_of(gross: int, bps: int = 100) -> int:
    return -(-gross * bps // 10_000)


def currency(world: World, name: str) -> Contract | str:
    return {"mz": world.mz, "coin": world.coin, "ether": ETHER}[name]


def holds(world: World, token: Contract | str, account: str | Contract) -> int:
    """Balance in any currency."""
    if isinstance(token, Contract):
        return int(token.balanceOf(account).read())
    return world.chain.balance(account)


def settled(events: tuple[Event, ...]) -> dict[str, object]:
    (found,) = [event.args for event in events if event.name == "Settled"]
    return found


# --- making it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bps", [0, 49, 101, 10_000])
def test_a_fee_outside_the_bounds_is_refused(world: World, bps: int) -> None:
    args = (world.mz, world.origins, world.feed, world.buyback, world.vault, bps)
    world.chain.refuses_deployment("TillFeeOutOfBounds", "Till", *args)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_neighbour_without_code_is_refused(world: World, place: int) -> None:
    args = [world.mz, world.origins, world.feed, world.buyback, world.vault, 100]
    args[place] = world.chain.fresh()
    world.chain.refuses_deployment("TillAddressInvalid", "Till", *args)


def test_it_says_how_it_was_made_and_nobody_can_change_it(world: World) -> None:
    till = world.till

    assert till.feeBps().read() == 100
    found = [getattr(till, name)().read() for name in ("mz", "templates", "feed", "buyback", "vault")]
    expected = [world.mz.address, world.origins.address, world.feed.address, world.buyback, world.vault]
    assert found == [address.lower() for address in expected]
    writing = {
        item["name"]
        for item in world.chain.artifacts["Till"].abi
        if item["type"] == "function" and item["stateMutability"] in ("nonpayable", "payable")
    }
    assert writing == {
        "pay", "payAndCall", "payFeeInMZ", "payAndCallFeeInMZ", "payWithPermit", "payAndCallWithPermit",
        "hold", "holdWithPermit", "release", "refund", "reclaim", "withdraw", "withdrawFor", "sweep",
    }  # fmt: skip


# --- pay --------------------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gross=st.one_of(st.integers(1, 300), st.integers(1, 10**22)),
    share_bps=st.sampled_from([0, 1, 333, 1000]),
    name=st.sampled_from(CURRENCIES),
    fee_bps=st.sampled_from([50, 77, 100]),
)
@example(gross=10**19, share_bps=1000, name="mz", fee_bps=100)
@example(gross=10**19, share_bps=1000, name="coin", fee_bps=100)
@example(gross=10**19, share_bps=1000, name="ether", fee_bps=100)
def test_a_payment_divides_by_the_one_formula(
    chain: Chain, gross: int, share_bps: int, name: str, fee_bps: int
) -> None:
    world = build_world(chain, fee_bps=fee_bps)
    token, shop = currency(world, name), world.instance(share_bps)
    gross = min(gross, 10**20) if name == "ether" else gross
    before, author = holds(world, token, world.alice), holds(world, token, world.author)
    supply = world.mz.totalSupply().read()
    value = gross if name == "ether" else 0

    receipt = world.till.pay(token, gross, shop, REF).send(world.alice, value)

    fee, share = fee_of(gross, fee_bps), gross * share_bps // 10_000
    price = int(chain.ask("eth_gasPrice", []), 16) if name == "ether" else 0
    paid = before - holds(world, token, world.alice)
    assert gross <= paid <= gross + receipt.gas * price * 2
    assert holds(world, token, shop) == gross - fee - share
    assert supply - world.mz.totalSupply().read() == (fee if name == "mz" else 0)
    assert world.till.unswept(token).read() == (0 if name == "mz" else fee)
    assert world.till.revenue(token, world.till.currentQuarter().read()).read() == (0 if name == "mz" else fee)
    in_hand = holds(world, token, world.author) - author
    waiting = world.till.credit(token, world.author).read()
    assert (in_hand, waiting) == ((share, 0) if name == "mz" else (0, share))
    assert world.till.quote(gross, shop).read() == (fee, share, world.author.lower(), gross - fee - share)
    event = settled(receipt.events)
    assert (event["from"].lower(), event["to"], event["ref"]) == (world.alice.lower(), shop.address_checksum, REF)
    burned = fee if name == "mz" else 0
    assert [event[key] for key in ("gross", "fee", "share", "burned")] == [gross, fee, share, burned]
    assert event["payee"].lower() == world.author.lower()


@pytest.mark.parametrize("name", CURRENCIES)
def test_dust_pays_a_fee_of_one_unit(world: World, name: str) -> None:
    shop = world.instance(1000)
    receipt = world.till.pay(currency(world, name), 1, shop, REF).send(world.alice, int(name == "ether"))

    event = settled(receipt.events)
    assert (event["fee"], event["share"]) == (1, 0)


@pytest.mark.parametrize("name", CURRENCIES)
def test_nobody_is_sent_or_credited_nothing(world: World, name: str) -> None:
    """The smallest payment is all fee: no transfer or credit of zero is announced to anybody."""
    receipt = world.till.pay(currency(world, name), 1, world.bob, REF).send(world.alice, int(name == "ether"))

    assert sum(event.name == "Transfer" for event in receipt.events) == (name != "ether"), "the fee, and nothing else"
    assert [event for event in receipt.events if event.name == "Credited"] == []


@pytest.mark.parametrize("gross", [0, MOST + 1, 2**256 - 1])
def test_nothing_and_too_much_are_refused(world: World, gross: int) -> None:
    for call in (
        world.till.pay(world.coin, gross, world.bob, REF),
        world.till.payFeeInMZ(world.coin, gross, world.bob, REF, 2**256 - 1),
        world.till.quote(gross, world.bob),
    ):
        call.refuses("TillAmountInvalid", gross, sender=world.alice)


def test_ether_must_be_exactly_gross(world: World) -> None:
    pay = world.till.pay(ETHER, 100, world.bob, REF)

    pay.refuses("TillValueMismatch", 100, 99, sender=world.alice, value=99)
    pay.refuses("TillValueMismatch", 100, 101, sender=world.alice, value=101)
    pay.refuses("TillValueMismatch", 100, 0, sender=world.alice)


@pytest.mark.parametrize("name", ["mz", "coin"])
def test_ether_beside_a_token_is_refused(world: World, name: str) -> None:
    token, shop = currency(world, name), world.instance()
    for call in (
        world.till.pay(token, 100, world.bob, REF),
        world.till.payAndCall(token, 100, shop, REF, b""),
        world.till.payFeeInMZ(token, 100, world.bob, REF, 10**30),
        world.till.hold(token, 100, shop, REF, b""),
    ):
        call.refuses("TillValueMismatch", 0, 1, sender=world.alice, value=1)


def test_money_does_not_go_where_it_would_be_lost(world: World) -> None:
    till = world.till
    for receiver in (ETHER, world.coin, world.mz, till, world.origins):
        permit = (0, 0, 0, b"\0" * 32, b"\0" * 32)
        for call in (
            till.pay(world.coin, 100, receiver, REF),
            till.payFeeInMZ(world.coin, 100, receiver, REF, 10**30),
            till.payWithPermit(world.coin, 100, receiver, REF, permit),
            till.payAndCall(world.coin, 100, receiver, REF, b""),
            till.payAndCallFeeInMZ(world.coin, 100, receiver, REF, b"", 10**30),
            till.payAndCallWithPermit(world.coin, 100, receiver, REF, b"", permit),
            till.hold(world.coin, 100, receiver, REF, b""),
            till.holdWithPermit(world.coin, 100, receiver, REF, b"", permit),
            till.withdraw(world.coin, receiver),
            till.release(world.coin, REF, 1, receiver),
        ):
            call.refuses("TillReceiverRefused", receiver, sender=world.alice)


@pytest.mark.parametrize("name", CURRENCIES)
def test_pay_instead_of_pay_and_call_does_not_dodge_the_share(world: World, name: str) -> None:
    shop = world.instance(1000)
    receipt = world.till.pay(currency(world, name), 10_000, shop, REF).send(world.alice, 10_000 * (name == "ether"))

    assert settled(receipt.events)["share"] == 1000


def test_an_instance_earns_nothing_for_its_author_by_paying(world: World) -> None:
    payer = world.instance(1000)
    world.fund(world.mz, payer, 10_000)
    payer.perform(world.mz, 0, world.mz.approve(world.till, 10_000).data).send()

    receipt = payer.perform(world.till, 0, world.till.pay(world.mz, 10_000, world.bob, REF).data).send()

    event = settled(receipt.events)
    assert (event["from"], event["share"], event["payee"]) == (payer.address_checksum, 0, ETHER)


@pytest.mark.parametrize("name", ["mz", "coin"])
def test_trading_with_oneself_costs_the_fee(world: World, name: str) -> None:
    token, author = currency(world, name), world.alice
    shop = world.actor()
    world.origins.set(shop, author, 1000).send()
    before = token.balanceOf(author).read()

    world.till.payAndCall(token, 10_000, shop, REF, b"").send(author)
    shop.perform(token, 0, token.transfer(author, token.balanceOf(shop).read()).data).send()
    if name != "mz":
        world.till.withdraw(token, author).send(author)

    assert before - token.balanceOf(author).read() == 100


def test_an_author_who_rejects_ether_blocks_nothing(world: World) -> None:
    author, shop = world.actor(), world.actor()
    author.takeEther(1).send()
    world.origins.set(shop, author, 1000).send()

    world.till.pay(ETHER, 10_000, shop, REF).send(world.alice, 10_000)

    assert world.chain.balance(shop) == 8900
    assert world.till.credit(ETHER, author).read() == 1000


def test_a_receiver_who_rejects_ether_is_not_paid(world: World) -> None:
    shop = world.instance()
    shop.takeEther(1).send()
    pay = world.till.pay(ETHER, 10_000, shop, REF)

    pay.refuses("TillSendRefused", ETHER, shop, 9_650, sender=world.alice, value=10_000)


def test_ether_without_a_call_is_refused(world: World) -> None:
    fields = world.chain.fields(world.alice, world.till.address, "0x", 1)

    assert world.chain.refusal(fields) is not None


# --- payAndCall -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CURRENCIES)
def test_the_instance_is_told_when_it_has_the_money(world: World, name: str) -> None:
    token, shop = currency(world, name), world.instance(250)
    pay = world.till.payAndCall(token, 10_000, shop, REF, b"two tickets")

    assert pay.read(world.alice, 10_000 * (name == "ether")) == 9_650
    pay.send(world.alice, 10_000 * (name == "ether"))

    address = token.address.lower() if isinstance(token, Contract) else token
    told = (world.till.address.lower(), world.alice.lower(), address, 10_000, 9_650, REF, b"two tickets", 9_650)
    assert shop.seen().read() == told


def test_a_callee_without_code_is_refused(world: World) -> None:
    nobody = world.chain.fresh()
    for call in (
        world.till.payAndCall(world.mz, 100, nobody, REF, b""),
        world.till.hold(world.mz, 100, nobody, REF, b""),
    ):
        call.refuses("TillCalleeWithoutCode", nobody, sender=world.alice)


@pytest.mark.parametrize("word", ["00000001", "12345678", "ffffffff"])
def test_a_callee_that_answers_something_else_is_refused(world: World, word: str) -> None:
    shop, other = world.instance(), bytes.fromhex(word)
    pay, hold = (
        world.till.payAndCall(world.mz, 100, shop, REF, b""),
        world.till.hold(world.mz, 100, shop, REF, b""),
    )

    shop.answer(other, other, False).send()
    pay.refuses("TillCalleeRefused", shop, other, sender=world.alice)
    hold.refuses("TillCalleeRefused", shop, other, sender=world.alice)


def test_the_agreed_word_alone_is_not_a_whole_answer(world: World) -> None:
    """Four bytes are what a function that returns nothing else may leave behind; the ABI's answer is a word."""
    shop = world.instance()
    paid, held = shop.paymentAnswer().read(), shop.holdAnswer().read()

    shop.answer(paid, held, True).send()

    world.till.payAndCall(world.mz, 100, shop, REF, b"").refuses("TillCalleeRefused", shop, paid, sender=world.alice)
    world.till.hold(world.mz, 100, shop, REF, b"").refuses("TillCalleeRefused", shop, held, sender=world.alice)


def test_a_contract_that_is_no_instance_is_not_called(world: World) -> None:
    world.till.payAndCall(world.mz, 100, world.feed, REF, b"").refuses("FailedCall", sender=world.alice)


def test_the_error_of_an_instance_comes_through(world: World) -> None:
    shop = world.instance()
    shop.plan([(world.mz.address, world.mz.transfer(world.bob, 10**30).data)]).send()

    pay = world.till.payAndCall(world.mz, 100, shop, REF, b"")

    pay.refuses("ERC20InsufficientBalance", sender=world.alice)


def test_an_instance_may_use_the_till_when_it_is_told(world: World) -> None:
    shop, other = world.instance(0), world.instance(0)
    world.fund(world.mz, shop, 1000)
    shop.perform(world.mz, 0, world.mz.approve(world.till, 2**256 - 1).data).send()
    shop.plan([(world.till.address, world.till.payAndCall(world.mz, 1000, other, REF, b"").data)]).send()

    world.till.payAndCall(world.mz, 1000, shop, REF, b"").send(world.alice)

    assert world.mz.balanceOf(other).read() == 990
    assert world.mz.balanceOf(shop).read() == 990


def test_the_callback_selectors_are_nobody_elses(chain: Chain) -> None:
    """The Till is a holder of many tokens; being made to call one of their functions would spend them."""
    callbacks = {
        keccak(text.encode())[:4]
        for text in (
            "onPayment(address,address,uint256,uint256,bytes32,bytes)",
            "onHold(address,address,uint256,bytes32,bytes)",
        )
    }
    standards = """transfer(address,uint256) transferFrom(address,address,uint256) approve(address,uint256)
        permit(address,address,uint256,uint256,uint8,bytes32,bytes32) permit(address,address,uint256,bytes)
        permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32) increaseAllowance(address,uint256)
        decreaseAllowance(address,uint256) burn(uint256) burnFrom(address,uint256) mint(address,uint256)
        send(address,uint256,bytes) burn(uint256,bytes) authorizeOperator(address)
        operatorBurn(address,uint256,bytes,bytes)
        operatorSend(address,address,uint256,bytes,bytes) transferAndCall(address,uint256)
        approveAndCall(address,uint256) transferAndCall(address,uint256,bytes) approveAndCall(address,uint256,bytes)
        transferFromAndCall(address,address,uint256) transferFromAndCall(address,address,uint256,bytes)
        safeTransferFrom(address,address,uint256) safeTransferFrom(address,address,uint256,bytes)
        setApprovalForAll(address,bool) safeTransferFrom(address,address,uint256,uint256,bytes)
        safeBatchTransferFrom(address,address,uint256[],uint256[],bytes) deposit(uint256,address) mint(uint256,address)
        withdraw(uint256,address,address) redeem(uint256,address,address) withdraw(uint256) deposit() delegate(address)
        delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)
        transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)
        execute(address,uint256,bytes) multicall(bytes[]) aggregate((address,bytes)[])"""
    known = {keccak(text.encode())[:4] for text in standards.split()}
    ours = {
        bytes.fromhex(selector)
        for name in ("MZ", "Till", "Templates", "Split", "Works", "Notary")
        for item in chain.artifacts[name].abi
        if item["type"] == "function"
        for selector in [keccak(_signature(item).encode())[:4].hex()]
    }

    assert not callbacks & (known | ours)


def _signature(item: dict) -> str:
    from eth_utils.abi import abi_to_signature

    return str(abi_to_signature(item))


# --- payFeeInMZ -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coin", "ether"])
@pytest.mark.parametrize("called", [False, True])
def test_a_fee_in_mz_counts_35_fen_each_and_burns(world: World, name: str, called: bool) -> None:
    token, shop = currency(world, name), world.instance(250)
    world.feed.set(token, 7 * ONE).send()  # 7 yuan for a whole unit
    before = holds(world, token, world.till)
    value = 100 * ONE if name == "ether" else 0
    mz_before, supply = world.mz.balanceOf(world.alice).read(), world.mz.totalSupply().read()
    wealth = holds(world, token, world.alice)

    most = 20 * ONE  # the fee is 1 unit = 7 yuan = 20 MZ
    if called:
        receipt = world.till.payAndCallFeeInMZ(token, 100 * ONE, shop, REF, b"", most).send(world.alice, value)
    else:
        receipt = world.till.payFeeInMZ(token, 100 * ONE, shop, REF, most).send(world.alice, value)

    assert world.till.feeInMZ(token, 100 * ONE).read() == 20 * ONE
    assert world.mz.balanceOf(world.alice).read() == mz_before - 20 * ONE
    assert world.mz.totalSupply().read() == supply - 20 * ONE
    assert holds(world, token, shop) == 100 * ONE - ONE - 25 * ONE // 10
    paid = wealth - holds(world, token, world.alice)
    assert paid == 99 * ONE if name == "coin" else 99 * ONE <= paid < 99 * ONE + ONE // 10
    assert holds(world, token, world.till) - before == 25 * ONE // 10
    assert world.till.unswept(token).read() == 0
    event = settled(receipt.events)
    assert (event["fee"], event["burned"]) == (ONE, 20 * ONE)


def test_mz_for_a_fee_are_rounded_up_and_on_mz_they_are_the_fee(world: World) -> None:
    world.feed.set(world.coin, ONE).send()
    for gross in (1, 99, 100, 101, 3_500, 12_345_678):
        assert world.till.feeInMZ(world.mz, gross).read() == fee_of(gross)
        assert world.till.feeInMZ(world.coin, gross).read() == -(-fee_of(gross) * 100 // 35)


@pytest.mark.parametrize("state", ["no feed", "unknown", "stale", "zero", "burns gas", "short", "absurd"])
def test_without_a_fresh_price_the_fee_stays_in_the_currency(world: World, state: str) -> None:
    world.feed.set(world.coin, {"unknown": 0, "zero": 0, "absurd": 2**190}.get(state, 7 * ONE)).send()
    world.feed.misbehave({"stale": 1, "burns gas": 2, "short": 3}.get(state, 0)).send()
    till = world.till
    if state == "no feed":
        till = world.chain.deploy("Till", world.mz, world.origins, ETHER, ETHER, ETHER, 100)
        world.coin.approve(till, 2**255).send(world.alice)

    receipt = till.payFeeInMZ(world.coin, 100 * ONE, world.chain.fresh(), REF, 0).send(world.alice)

    event = settled(receipt.events)
    assert (event["fee"], event["burned"]) == (ONE, 0)
    assert till.unswept(world.coin).read() == ONE


def test_the_payer_bounds_the_mz(world: World) -> None:
    world.feed.set(world.coin, 7 * ONE).send()

    pay = world.till.payFeeInMZ(world.coin, 100 * ONE, world.bob, REF, 20 * ONE - 1)

    pay.refuses("TillFeeAboveLimit", 20 * ONE, 20 * ONE - 1, sender=world.alice)


def test_a_trade_in_mz_with_its_fee_in_mz_is_a_payment(world: World) -> None:
    receipt = world.till.payFeeInMZ(world.mz, 10_000, world.bob, REF, 100).send(world.alice)

    event = settled(receipt.events)
    assert (event["fee"], event["burned"]) == (100, 100)


def test_a_payer_contract_that_rejects_ether_gets_a_credit_for_the_fee(world: World) -> None:
    world.feed.set(ETHER, 7 * ONE).send()
    payer = world.actor()
    payer.takeEther(1).send()
    world.fund(world.mz, payer, 100 * ONE)
    payer.perform(world.mz, 0, world.mz.approve(world.till, 2**255).data).send()
    pay = world.till.payFeeInMZ(ETHER, ONE, world.chain.fresh(), REF, ONE)

    payer.perform(world.till, ONE, pay.data).send(world.alice, ONE)

    assert world.till.credit(ETHER, payer).read() == ONE // 100


# --- permits ----------------------------------------------------------------------------------------------------------


def test_a_signature_replaces_the_approval(chain: Chain, world: World) -> None:
    owner = Account.from_key(KEY)
    world.mz.transfer(owner.address, 1000).send(world.alice)
    deadline = chain.now() + 1000
    v, r, s = sign_permit(world.mz, KEY, world.till.address, 1000, 0, deadline, chain.chain_id)
    shop, permit = world.instance(), (1000, deadline, v, r, s)
    calls = (
        world.till.payWithPermit(world.mz, 1000, world.bob, REF, permit),
        world.till.payAndCallWithPermit(world.mz, 1000, shop, REF, b"", permit),
        world.till.holdWithPermit(world.mz, 1000, shop, REF, b"", permit),
    )
    for call in calls:
        chain.call(chain.fields(owner.address, world.till.address, call.data))

    world.mz.permit(owner.address, world.till, 1000, deadline, v, r, s).send(world.carol)  # somebody was faster

    for call in calls:
        chain.call(chain.fields(owner.address, world.till.address, call.data))
    for call in calls:
        call.refuses("ERC20InsufficientAllowance", sender=world.treasurer)


def test_a_token_without_permit_falls_back_on_the_approval(world: World) -> None:
    silent, phantom = world.chain.deploy("SilentCoin"), world.chain.deploy("PhantomCoin")
    permit = (0, 0, 0, b"\0" * 32, b"\0" * 32)
    for coin, error in ((silent, "SilentCoinShort"), (phantom, "ERC20InsufficientAllowance")):
        world.fund(coin, world.alice, 1000)
        pay = world.till.payWithPermit(coin, 1000, world.bob, REF, permit)

        pay.refuses(error, sender=world.alice)
        coin.approve(world.till, 1000).send(world.alice)
        pay.send(world.alice)


def test_a_permit_for_ether_or_no_token_is_refused(world: World) -> None:
    permit = (0, 0, 0, b"\0" * 32, b"\0" * 32)
    for token in (ETHER, world.chain.fresh()):
        pay = world.till.payWithPermit(token, 1000, world.bob, REF, permit)
        pay.refuses("TillCalleeWithoutCode", token, sender=world.alice)


def test_the_till_takes_nothing_from_anybody_but_its_caller(world: World) -> None:
    """Everybody approves the Till; no call of bob's may touch alice's money."""
    data = world.mz.transferFrom(world.alice, world.bob, 1).data
    actor = world.actor()
    payload = encode(["address"], [world.alice])

    pay = world.till.payAndCall(world.mz, 10**30, actor, REF, payload)

    pay.refuses("ERC20InsufficientBalance", sender=world.bob)
    world.till.payAndCall(world.mz, 100, world.mz, REF, bytes.fromhex(data[2:])).refuses(
        "TillReceiverRefused", sender=world.bob
    )
