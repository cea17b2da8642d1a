"""The invariants of letter-of-credit.tree under any sequence of what people may try."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.templates_market import ONE, Market, Version
from tests.templates.playing import play, tries
from tests.templates.test_letter_of_credit import ACCEPTED, AMOUNT, DAY, DISPUTED, FILES, PAID, PRESENTED, WHY, Credit


@pytest.fixture(scope="module")
def version(street: Market) -> Version:
    return street.publish_clone("letter-of-credit", "LetterOfCredit", street.till)


class CreditMachine(RuleBasedStateMachine):
    """A credit in parts and anything that anybody may try on it."""

    def __init__(self, market: Market, version: Version) -> None:
        super().__init__()
        self.market, self.version = market, version

    @initialize(tenor=st.sampled_from([0, 20 * DAY]))
    def make(self, tenor: int) -> None:
        market = self.market
        self.before = market.chain.ask("evm_snapshot", [])
        self.credit = Credit(market, self.version, parts=True, tenor=tenor)
        self.people = [market.buyer, market.user, market.stranger, market.author]
        self.money, self.supply = sum(market.held(*self.people)), market.mz.totalSupply().read()
        self.credit.issue()

    @rule(part=st.sampled_from([1, 7, 150 * ONE, AMOUNT]))
    def present(self, part: int) -> None:
        tries(self.credit.instance.present(part, FILES), self.credit.exporter)

    @rule(who=st.integers(0, 3), back=st.integers(0, 2), what=st.sampled_from(["honour", "settle"]))
    def act(self, who: int, back: int, what: str) -> None:
        tries(getattr(self.credit.instance, what)(self.number(back)), self.people[who])

    @rule(back=st.integers(0, 2))
    def refuse(self, back: int) -> None:
        tries(self.credit.instance.refuse(self.number(back), WHY), self.credit.bank)

    @rule(back=st.integers(0, 2))
    def appeal(self, back: int) -> None:
        tries(self.credit.instance.appeal(self.number(back), WHY), self.credit.exporter)

    @rule(back=st.integers(0, 2), comply=st.booleans())
    def judge(self, back: int, comply: bool) -> None:
        tries(self.credit.instance.rule(self.number(back), comply), self.credit.arbiter)

    @rule(who=st.integers(0, 3), what=st.sampled_from(["close", "withdraw", "issue"]))
    def end(self, who: int, what: str) -> None:
        tries(getattr(self.credit.instance, what)(), self.people[who])

    @rule(sure=st.integers(0, 9))
    def renounce(self, sure: int) -> None:
        if sure == 0:
            tries(self.credit.instance.renounce(), self.credit.exporter)

    @rule(days=st.sampled_from([1, 6, 20]))
    def wait(self, days: int) -> None:
        self.market.chain.travel(self.market.chain.now() + days * DAY)

    def number(self, back: int) -> int:
        return max(1, int(self.credit.instance.presentations().read()) - back)

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        if not hasattr(self, "money"):
            return
        market, credit = self.market, self.credit
        burned = self.supply - market.mz.totalSupply().read()
        in_till = market.held(market.till)[0]
        assert sum(market.held(*self.people)) + burned + in_till == self.money
        made = [credit.instance.presentation(n).read() for n in range(1, credit.instance.presentations().read() + 1)]
        drawn = sum(gross for stage, gross, _, _ in made if stage == PAID)
        live = sum(gross for stage, gross, _, _ in made if stage in (PRESENTED, DISPUTED, ACCEPTED))
        assert in_till == credit.left() and in_till in (AMOUNT - drawn, 0)
        assert live <= in_till and credit.instance.available().read() == AMOUNT - drawn - live
        assert credit.instance.standing().read()[2] == drawn and market.held(credit.instance) == [0]

    def teardown(self) -> None:
        if hasattr(self, "before"):
            self.market.chain.ask("evm_revert", [self.before])


def test_credits_keep_their_books_whatever_happens(market: Market, version: Version) -> None:
    play(lambda: CreditMachine(market, version), examples=3, steps=20)


@pytest.mark.deep
def test_credits_keep_their_books_for_long(market: Market, version: Version) -> None:
    play(lambda: CreditMachine(market, version), examples=150, steps=60)
