"""The Till against a model in Python: any sequence of payments, deposits, releases and refunds.

The model predicts for every step whether it succeeds, or with which error it fails, and all sums afterwards:
Till balance = Σ pots + Σ credits + unswept revenue in every currency, MZ supply = 100,000,000 − Σ burned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.contracts.conftest import World, build_world
from tests.contracts.stage import ETHER, Call, Chain, Contract

SUPPLY = 100_000_000 * 10**18
TERM = 30 * 86_400
FEES = (50, 63, 100)
SHARES = (0, 1_000)
REFS = (b"\1" * 32, b"\2" * 32)
FEED_YUAN = 7 * 10**18

payers = st.integers(0, 2)
shops = st.integers(0, len(SHARES) - 1)
refs = st.sampled_from(REFS)
tokens = st.sampled_from(("mz", "coin", "ether"))
amounts = st.one_of(st.integers(1, 12), st.integers(1, 10**19))


@dataclass
class Pot:
    """What the model knows of a pot."""

    expiry: int = 0
    left: int = 0
    closed: bool = False
    paid: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.paid.values())


class TillMachine(RuleBasedStateMachine):
    """One Till, two instances, three payers, three currencies."""

    def __init__(self, chain: Chain, worlds: Mapping[int, World]) -> None:
        super().__init__()
        self.chain = chain
        self.worlds = worlds
        self.before = chain.ask("evm_snapshot", [])

    @initialize(bps=st.sampled_from(FEES))
    def build(self, bps: int) -> None:
        self.world = self.worlds[bps]
        self.bps = bps
        self.people = [self.world.alice, self.world.bob, self.world.carol]
        self.author = self.chain.fresh()
        self.shops = [self.world.actor() for _ in SHARES]
        for shop, share in zip(self.shops, SHARES, strict=True):
            self.world.origins.set(shop, self.author, share).send()
        self.world.feed.set(self.world.coin, FEED_YUAN).send()
        self.pots: dict[tuple[int, str, bytes], Pot] = defaultdict(Pot)
        self.credits: dict[str, int] = defaultdict(int)
        self.unswept: dict[str, int] = defaultdict(int)
        self.swept: dict[str, int] = defaultdict(int)
        self.burned = 0

    # --- arithmetic of the model --------------------------------------------------------------------------------------

    def token(self, name: str) -> Contract | str:
        return {"mz": self.world.mz, "coin": self.world.coin, "ether": ETHER}[name]

    def fee(self, gross: int) -> int:
        return -(-gross * self.bps // 10_000)

    def settle(self, name: str, gross: int, shop: int) -> int:
        """Books a trade and returns its net."""
        fee, share = self.fee(gross), gross * SHARES[shop] // 10_000
        if name == "mz":
            self.burned += fee
        else:
            self.unswept[name] += fee
            self.credits[name] += share
        return gross - fee - share

    def holdings(self, name: str, who: str | Contract) -> int:
        if name == "ether":
            return self.chain.balance(who)
        token = self.token(name)
        assert isinstance(token, Contract)
        return int(token.balanceOf(who).read())

    def by(self, shop: int, call: Call) -> Call:
        return self.shops[shop].perform(call.contract, 0, call.data)

    def receives(
        self, name: str, who: str | Contract, amount: int, call: Call, value: int = 0, sender: int = 0
    ) -> None:
        before = self.holdings(name, who)
        call.send(self.people[sender], value)
        assert self.holdings(name, who) - before == amount

    # --- steps --------------------------------------------------------------------------------------------------------

    @rule(name=tokens, gross=amounts, payer=payers, shop=shops, called=st.booleans())
    def pay(self, name: str, gross: int, payer: int, shop: int, called: bool) -> None:
        till, token, to = self.world.till, self.token(name), self.shops[shop]
        net = self.settle(name, gross, shop)
        call = till.payAndCall(token, gross, to, REFS[0], b"") if called else till.pay(token, gross, to, REFS[0])

        self.receives(name, to, net, call, gross if name == "ether" else 0, payer)

    @rule(gross=amounts, payer=payers, shop=shops)
    def pay_the_fee_in_mz(self, gross: int, payer: int, shop: int) -> None:
        yuan = self.fee(gross) * 7
        self.burned += -(-yuan * 100 // 35)
        share = gross * SHARES[shop] // 10_000
        self.credits["coin"] += share
        call = self.world.till.payFeeInMZ(self.world.coin, gross, self.shops[shop], REFS[0], 2**255)

        self.receives("coin", self.shops[shop], gross - self.fee(gross) - share, call, sender=payer)

    @rule(name=tokens, gross=amounts, payer=payers, shop=shops, ref=refs)
    def hold(self, name: str, gross: int, payer: int, shop: int, ref: bytes) -> None:
        pot = self.pots[shop, name, ref]
        call = self.world.till.hold(self.token(name), gross, self.shops[shop], ref, b"")
        value = gross if name == "ether" else 0
        if pot.closed:
            call.refuses("TillPotClosed", sender=self.people[payer], value=value)
            return
        if pot.paid and self.chain.now() > pot.expiry:
            call.refuses("TillPotExpired", sender=self.people[payer], value=value)
            return
        call.send(self.people[payer], value)
        if not pot.paid:
            pot.expiry = self.chain.now() + TERM
        pot.paid[payer] = pot.paid.get(payer, 0) + gross
        pot.left += gross

    @rule(name=tokens, gross=amounts, shop=shops, ref=refs, all_of_it=st.booleans())
    def release(self, name: str, gross: int, shop: int, ref: bytes, all_of_it: bool) -> None:
        pot, seller = self.pots[shop, name, ref], self.chain.fresh()
        if all_of_it and pot.left:
            gross = pot.left
        call = self.by(shop, self.world.till.release(self.token(name), ref, gross, seller))
        if gross > pot.left:
            call.refuses("TillPotTooSmall")
        elif self.chain.now() >= pot.expiry:
            call.refuses("TillPotExpired")
        else:
            pot.left -= gross
            pot.closed = True
            self.receives(name, seller, self.settle(name, gross, shop), call)

    @rule(name=tokens, payer=payers, shop=shops, ref=refs, reclaimed=st.booleans())
    def refund(self, name: str, payer: int, shop: int, ref: bytes, reclaimed: bool) -> None:
        pot, till = self.pots[shop, name, ref], self.world.till
        who, token = self.people[payer], self.token(name)
        if reclaimed:
            call = till.reclaim(self.shops[shop], token, ref, who)
        else:
            call = self.by(shop, till.refund(token, ref, who))
        if reclaimed and pot.expiry and self.chain.now() < pot.expiry:
            call.refuses("TillPotNotExpired")
        elif payer not in pot.paid:
            call.refuses("TillNotPayer")
        elif pot.left == 0:
            call.refuses("TillPotTooSmall")
        else:
            amount = pot.paid[payer] * pot.left // pot.total
            assert pot.closed or amount == pot.paid[payer]
            pot.left -= amount
            del pot.paid[payer]
            if not pot.paid and not pot.closed:
                del self.pots[shop, name, ref]
            sender = (payer + 1) % len(self.people)  # whoever pays for the gas is not the one who is paid
            self.receives(name, who, amount, call, sender=sender)

    @rule(name=st.sampled_from(("coin", "ether")))
    def withdraw(self, name: str) -> None:
        call = self.world.till.withdrawFor(self.token(name), self.author)
        if self.credits[name] == 0:
            call.refuses("TillNoCredit")
        else:
            self.receives(name, self.author, self.credits.pop(name), call)

    @rule(name=tokens)
    def sweep(self, name: str) -> None:
        call = self.world.till.sweep(self.token(name))
        if self.unswept[name] == 0:
            call.refuses("TillNothingToSweep")
        else:
            self.swept[name] += self.unswept[name]
            call.send()
            self.unswept[name] = 0

    @rule(seconds=st.sampled_from([86_400, TERM + 1]))
    def wait(self, seconds: int) -> None:
        self.chain.travel(self.chain.now() + seconds)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_till_holds_what_it_owes(self) -> None:
        for name in ("mz", "coin", "ether"):
            pots = sum(pot.left for (_, token, _), pot in self.pots.items() if token == name)
            assert self.holdings(name, self.world.till) == pots + self.credits[name] + self.unswept[name]

    @invariant()
    def the_supply_is_what_was_not_burned(self) -> None:
        assert self.world.mz.totalSupply().read() == SUPPLY - self.burned

    def teardown(self) -> None:
        if hasattr(self, "pots"):
            self.nothing_is_kept_that_the_model_does_not_know()
        self.chain.ask("evm_revert", [self.before])

    def nothing_is_kept_that_the_model_does_not_know(self) -> None:
        till = self.world.till
        for (shop, name, ref), pot in self.pots.items():
            found = till.pot(self.shops[shop], self.token(name), ref).read()
            expected = (pot.left, pot.total, pot.expiry, self.bps if pot.expiry else 0, pot.closed)
            assert found == expected
        for name in ("coin", "ether"):
            assert till.unswept(self.token(name)).read() == self.unswept[name]
            assert till.credit(self.token(name), self.author).read() == self.credits[name]
            vault = self.swept[name] - self.holdings(name, self.world.buyback)
            assert self.holdings(name, self.world.vault) == vault


def play(chain: Chain, examples: int, steps: int) -> None:
    worlds = {bps: build_world(chain, fee_bps=bps) for bps in FEES}
    run_state_machine_as_test(
        lambda: TillMachine(chain, worlds),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_till_does_what_the_model_says(chain: Chain) -> None:
    play(chain, examples=10, steps=25)


@pytest.mark.deep
def test_the_till_does_what_the_model_says_for_long(chain: Chain) -> None:
    play(chain, examples=400, steps=80)
