"""Words that tests of several templates share: who gained what, calls that may fail, and machines that play."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.contracts.stage import ETHER, Call, Contract
from tests.contracts.templates_market import ZERO, Market, creation_hash


def moved(market: Market, before: list[int], *people: str) -> list[int]:
    """What each has more than before, in wei of MZ."""
    return [now - then for now, then in zip(market.held(*people), before, strict=True)]


def own(market: Market, instance: Contract) -> Call:
    """Has whoever made a clone without a salt own it at the registry; how they end it then, not yet sent."""
    market.templates.claim(instance, ZERO, creation_hash(market, instance)).send(market.user)
    return market.templates.retireInstance(instance)


def tries(call: Call, sender: str) -> bool:
    """Sends it, and says whether it went through."""
    if sender == ETHER:
        return False  # nobody holds it
    chain = call.contract.chain
    fields = chain.fields(sender, call.contract.address, call.data)
    return bool(chain.transact(fields)["status"] == "0x1")


def play(machine: Callable[[], RuleBasedStateMachine], examples: int, steps: int) -> None:
    """Plays a state machine; the chain is slow, so nothing is said about time.

    A step with its invariants takes some 30 ms of a processor. In `make test` that makes about 60 steps and 2 s for
    each template, in `make test-deep` about 9,600 and 5 minutes: far below its limit of two hours also where several
    share a core.
    """
    run_state_machine_as_test(  # it is typed for classes, and documented for anything that makes a machine
        machine,  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
