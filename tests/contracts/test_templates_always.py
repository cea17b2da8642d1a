"""What holds after any sequence of publications, uses and trades: see templates.tree."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from eth_utils.crypto import keccak

from chain.artifacts import Artifact
from tests.contracts.stage import Chain, Event, Receipt
from tests.contracts.templates_market import ONE, ZERO, Market, Version, arguments

SUPPLY = 100_000_000 * ONE
ORIGIN, CALLER, EQ, PUSH1, PUSH20, PUSH32 = 0x32, 0x33, 0x14, 0x60, 0x73, 0x7F


def play(market: Market, seed: int, rounds: int = 30) -> tuple[list[Receipt], list[tuple[Version, str]]]:
    """A random trace; every template is paid to an account of its own, so that earnings can be told apart."""
    dice = random.Random(seed)
    people, receipts = market.people[1:], []
    published: list[tuple[Version, str]] = []
    instances: list[str] = []
    for step in range(rounds):
        person = dice.choice(people)
        move = dice.choice(["publish", "use", "use", "compose", "trade", "retire"]) if published else "publish"
        if move == "publish":
            payee = market.chain.fresh()
            price, share = dice.choice([0, 1, 99, dice.randrange(5 * ONE)]), dice.randrange(1_001)
            version = market.publish_clone(
                f"t{dice.randrange(4)}", author=person, payee=payee, price=price, share_bps=share
            )
            published.append((version, payee))
            receipts.append(version.receipt)
            continue
        version, _ = dice.choice(published[: max(1, len(published) * 2 // 3)])  # the newest stay unused
        author, _, retired, *_ = market.templates.versionOf(version.id, version.number).read()
        if move == "trade" and instances:
            call = market.till.pay(market.mz, dice.randrange(1, ONE), dice.choice(instances), ZERO)
            receipts.append(call.send(person))
        elif move == "retire" and not retired:
            receipts.append(market.templates.retire(version.id, version.number).send(author))
        elif move in ("use", "compose") and not retired:
            wishes = [version.wish(salt=100 * step + i) for i in range(2 if move == "compose" else 1)]
            call = market.templates.compose(wishes) if move == "compose" else market.templates.use(wishes[0])
            receipts.append(call.send(person))
            instances += [event.args["instance"] for event in receipts[-1].events if event.name == "Used"]
    return receipts, published


def events(receipts: list[Receipt], name: str) -> Iterator[Event]:
    """All events of one name, in order."""
    return (event for receipt in receipts for event in receipt.events if event.name == name)


@pytest.mark.parametrize("seed", range(3))
def test_money_is_conserved_origins_are_paid_for_and_the_unused_earn_nothing(market: Market, seed: int) -> None:
    receipts, published = play(market, seed)

    used, settled = list(events(receipts, "Used")), list(events(receipts, "Settled"))
    burned = sum(event.args["burned"] for event in used + settled)
    assert market.mz.totalSupply().read() == SUPPLY - burned
    assert len({event.args["instance"] for event in used}) == len(used)
    for event in used:
        template, number, share, payee = market.templates.origin(event.args["instance"]).read()
        terms = market.templates.versionOf(template, number).read()[8]
        assert (template, number) == (event.args["id"], event.args["version"])
        assert (event.args["paid"], share, payee) == terms
    earned: Counter[str] = Counter()
    for event in used:
        payee = market.templates.origin(event.args["instance"]).read()[3]
        earned[payee] += event.args["paid"] - event.args["burned"]
    for event in settled:
        earned[event.args["payee"].lower()] += event.args["share"]
    assert {payee: market.held(payee)[0] for _, payee in published} == {payee: earned[payee] for _, payee in published}
    assert any(earned[payee] == 0 for _, payee in published)
    assert market.held(market.templates, market.till) == [0, 0]


def tale(market: Market) -> list[object]:
    """A fixed story, told without addresses: accounts by their part, everything derived in order of appearance."""
    names: dict[object, str] = {
        market.author: "author",
        market.user: "user",
        market.buyer: "buyer",
        market.stranger: "stranger",
    }

    def told(value: object) -> object:
        if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
            return names.setdefault(value.lower(), f"#{len(names)}")
        if isinstance(value, bytes) and len(value) == 32 and value != ZERO:
            return names.setdefault(value, f"#{len(names)}")
        if isinstance(value, dict):
            return {key: told(inner) for key, inner in value.items()}
        return value

    stall = market.publish_clone("stall")
    rival = market.publish_code("stall", author=market.stranger, price=3 * ONE, share_bps=500)
    number = arguments(["uint256"], [7])
    receipts = [stall.receipt, rival.receipt]
    for person in (market.user, market.author, market.stranger):
        receipts.append(market.templates.use(stall.wish(salt=1)).send(person))
    receipts.append(market.templates.compose([stall.wish(salt=2), rival.wish(args=number)]).send(market.user))
    instance = next(events(receipts, "Used")).args["instance"]
    for person in market.people[1:]:
        receipts.append(market.till.pay(market.mz, 12_345_678_901, instance, ZERO).send(person))
    receipts.append(market.templates.retire(stall.id, 1).send(market.author))
    told_events = [(event.name, told(event.args)) for receipt in receipts for event in receipt.events]
    return [*told_events, *market.held(*market.people[1:], instance), market.mz.totalSupply().read()]


def permuted(chain: Chain, order: tuple[int, ...]) -> Market:
    """The same platform with the parts given to the accounts in this order."""
    return Market(chain, [chain.accounts[0], *(chain.accounts[1 + i] for i in order)])


def test_nobody_is_special(chain: Chain) -> None:
    orders = list(itertools.permutations(range(4)))

    tales = [tale(permuted(chain, order)) for order in random.Random(7).sample(orders, 4)]

    assert all(other == tales[0] for other in tales[1:])


def instructions(code: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Position, opcode and operand, without the metadata at the end."""
    end, at = len(code) - int.from_bytes(code[-2:], "big") - 2, 0
    while at < end:
        opcode = code[at]
        size = opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0
        yield at, opcode, code[at + 1 : at + 1 + size]
        at += 1 + size


def privileges(artifact: Artifact) -> list[str]:
    """Where code could know a particular account: ORIGIN, an address constant, an immutable beside CALLER and EQ."""
    found, recent = [], []
    immutables = {start - 1 for start, _ in artifact.immutables}
    for at, opcode, operand in instructions(artifact.runtime):
        recent = [*recent[-5:], (at, opcode)]
        if opcode == ORIGIN:
            found.append(f"ORIGIN at {at}")
        if opcode == PUSH20 and operand != b"\xff" * 20:
            found.append(f"address 0x{operand.hex()} at {at}")
        near = {code for _, code in recent}
        if {CALLER, EQ} <= near and any(place in immutables for place, _ in recent):
            found.append(f"CALLER compared with an immutable at {at}")
    return found


def test_the_bytecode_knows_no_account(chain: Chain) -> None:
    assert privileges(chain.artifacts["Templates"]) == []


def test_the_registry_holds_nothing_to_take(market: Market) -> None:
    market.use(market.publish_clone().wish())

    assert market.held(market.templates) == [0]
    functions = [item for item in market.chain.artifacts["Templates"].abi if item["type"] == "function"]
    words = ("owner", "pause", "admin", "withdraw", "set")
    # Whoever has a say has it about one instance or one template, never about the registry.
    about = {item["inputs"][0]["name"] for item in functions if any(word in item["name"].lower() for word in words)}
    assert about == {"instance", "id"}


def test_identical_names_of_two_authors_have_different_ids(market: Market) -> None:
    ids = {market.templates.idOf(person, keccak(b"x")).read() for person in market.people}

    assert len(ids) == len(market.people)
