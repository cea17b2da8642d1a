"""Nobody is special: whoever plays a part comes to the same, founders and deployer included.

The same story is played twice on the same platform, the second time with the accounts in another order. Told with names
for accounts, instances, ids and pots in the order in which they appear, both are word for word the same: every event,
every refusal, every balance. What gas costs is given back, and roles.txt lists the few who may do more.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from eth_utils.crypto import keccak

from chain.artifacts import Artifact, decode, encode
from chain.solidity import ensure_solc
from chain.solidity.compiler import prepare
from tests.contracts.stage import ETHER, ROOT, Chain, Contract, Receipt
from tests.contracts.templates_market import MANIFEST, Version, ascii32, next_but_one
from tests.contracts.test_templates_always import privileges

ONE = 10**18
ZERO = bytes(32)
ENDOWMENT = 1_000_000 * ONE
ACTORS = 5  # the first of them has deployed everything
QUARTER = 7_889_238
DAY = 86_400
ROLES = ROOT / "tests" / "contracts" / "roles.txt"

# (file, what stands there, what favours the deployer instead, the contract it ends up in)
MUTANTS = {
    "a founder pays no fee": (
        "contracts/till/TillFees.sol",
        "    cut.fee = _feeOn(gross, rate);",
        "    cut.fee = msg.sender == {founder} ? 0 : _feeOn(gross, rate);",
        "Till",
    ),
    "a founder sells dearer": (
        "contracts/buyback/Buyback.sol",
        "    uint256 price = _priceOf(currency, lot);\n    uint256 rest",
        "    uint256 price = _priceOf(currency, lot) + (msg.sender == {founder} ? lot.anchor / 10 : 0);\n"
        "    uint256 rest",
        "Buyback",
    ),
    "a founder buys cheaper": (
        "contracts/sale/PublicSale.sol",
        "    bought = quote(msg.value);",
        "    bought = quote(msg.value);\n    if (tx.origin == {founder}) bought += bought / 50;",
        "PublicSale",
    ),
    "a founder's uses burn nothing": (
        "contracts/registry/Charges.sol",
        "    fee = feeOn(price);",
        "    fee = msg.sender == {founder} ? 0 : feeOn(price);",
        "Templates",
    ),
}


class Platform:
    """The money side of the platform, deployed by the first account, with everybody equally endowed."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.people = chain.accounts[:ACTORS]
        outsider, reporters = chain.accounts[ACTORS], chain.accounts[ACTORS + 1 : ACTORS + 4]
        vault = chain.deploy("Actor")
        self.feed = chain.deploy("YuanFeed", reporters, vault)
        self.reporters = reporters
        self.funds = chain.deploy("FundUse", [vault] * 4)
        genesis = chain.deploy("Genesis", [outsider] * 5)
        self.mz = chain.at("MZ", genesis.mz().read())
        now = chain.now()
        self.start = now // QUARTER * QUARTER + 2 * QUARTER
        caps = (2_000 * ONE, 1_000 * ONE)
        terms = (now, self.start + 50 * DAY, 16 * ONE // 100, ONE, caps, self.funds, ETHER)
        self.sale = chain.deploy("PublicSale", self.mz, self.feed, terms)
        self.mz.transfer(self.sale, sum(caps)).send(outsider)
        self.coin = chain.deploy("Coin", 18)
        self.buyback = chain.deploy(
            "Buyback", self.mz, self.feed, vault, outsider, 35 * ONE // 100, [(ETHER, 1000), (self.coin, 1000)]
        )
        self.templates = chain.deploy("Templates", self.mz, next_but_one(chain, chain.accounts[0]), 100)
        self.till = chain.deploy("Till", self.mz, self.templates, self.feed, self.buyback, vault, 100)
        self.splits, self.issuer = chain.deploy("Splits"), chain.deploy("SharesIssuer")
        self.notary = chain.deploy("Notary")
        self.works = chain.deploy("Works", self.notary)
        for person in self.people:
            self.mz.transfer(person, ENDOWMENT).send(outsider)
            self.coin.mint(person, ENDOWMENT).send(outsider)
            for token in (self.mz, self.coin):
                for spender in (self.till, self.buyback, self.templates):
                    token.approve(spender, 2**255).send(person)


class Tale:
    """A story as it is played, told without addresses: names stand in the order in which they appear."""

    def __init__(self, platform: Platform, order: tuple[int, ...]) -> None:
        self.platform, self.chain = platform, platform.chain
        self.people = [platform.people[place] for place in order]
        self.names: dict[Any, str] = {ETHER: "nobody"}
        self.names |= {person.lower(): f"actor {number}" for number, person in enumerate(self.people)}
        self.lines: list[Any] = []
        self.gas = dict.fromkeys(self.people, 0)
        self.before = [self.chain.balance(person) for person in self.people]
        self.clock = platform.start

    def tick(self, seconds: int = 5) -> None:
        """The next block comes so much later: neither story may depend on how fast it is played."""
        self.clock += seconds
        self.chain.next_at(self.clock)

    def report(self) -> None:
        """Ether at 20,000 yuan, the coin at 7."""
        for reporter in self.platform.reporters:
            for currency, price in ((ETHER, 20_000 * ONE), (self.platform.coin.address, 7 * ONE)):
                seen = self.clock
                self.tick()
                self.platform.feed.report(currency, price, seen + 1).send(reporter)

    def told(self, value: Any) -> Any:
        """A value with its names."""
        if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
            return self.names.setdefault(value.lower(), f"#{len(self.names)}")
        if (isinstance(value, bytes) and len(value) == 32 and value != ZERO) or (
            isinstance(value, int) and value.bit_length() > 200
        ):
            return self.names.setdefault(value, f"#{len(self.names)}")
        if isinstance(value, Mapping):
            return {key: self.told(inner) for key, inner in value.items()}
        return [self.told(inner) for inner in value] if isinstance(value, list | tuple) else value

    def act(self, who: int, call: Any, value: int = 0) -> Receipt | None:
        """Somebody does something; what comes of it, or the error it is refused with, is told."""
        person = self.people[who]
        refusal = self.chain.refusal(self.chain.fields(person, call.contract.address, call.data, value))
        if refusal is not None:
            self.lines.append((who, call.name, refusal.name, self.told(refusal.args)))
            return None
        self.tick()
        receipt: Receipt = call.send(person, value)
        (paid,) = self.chain.ask("eth_getBlockReceipts", ["latest"])
        self.gas[person] += int(paid["gasUsed"], 16) * int(paid["effectiveGasPrice"], 16)
        self.lines.append((who, call.name, [(event.name, self.told(event.args)) for event in receipt.events]))
        return receipt

    def count(self) -> None:
        """Everybody's balances; ether without what gas has cost."""
        platform = self.platform
        for number, person in enumerate(self.people):
            tokens = [token.balanceOf(person).read() for token in (platform.mz, platform.coin)]
            credits = [platform.till.credit(token, person).read() for token in (ETHER, platform.coin)]
            bought = platform.sale.purchaseOf(person).read()
            ether = self.chain.balance(person) + self.gas[person] - self.before[number]
            self.lines.append((number, tokens, credits, bought, ether))
        self.lines.append(platform.mz.totalSupply().read())


def play(platform: Platform, order: tuple[int, ...], seed: int) -> list[Any]:
    """Everything that anybody may do with money, in an order that the seed decides; then time goes on, and again."""
    tale, dice = Tale(platform, order), random.Random(seed)
    tale.tick()
    wishes = list(_wishes(tale, dice))
    for _ in range(2):
        tale.report()
        for wish in dice.sample(wishes, len(wishes)):
            wish()
        tale.act(dice.randrange(ACTORS), platform.till.sweep(ETHER))
        tale.act(dice.randrange(ACTORS), platform.till.sweep(platform.coin))
        tale.act(dice.randrange(ACTORS), platform.buyback.open())
        for step in range(ACTORS):
            tale.tick(3600)
            platform.chain.ask("evm_mine", [])
            tale.act(step, platform.buyback.fill(dice.choice((ETHER, platform.coin.address)), 300 * ONE, 0, 2**40))
        tale.tick(95 * DAY)
        platform.chain.ask("evm_mine", [])
    tale.count()
    return tale.lines


def _wishes(tale: Tale, dice: random.Random) -> Iterator[Callable[[], Any]]:
    """One of each kind for everybody."""
    platform, chain = tale.platform, tale.chain
    till, mz, coin, templates = platform.till, platform.mz, platform.coin, platform.templates
    published: dict[int, Version] = {}
    shares: dict[int, Contract] = {}

    def publish(who: int, contract: str, share_bps: int, price: int) -> None:
        code = bytes(chain.artifacts[contract].bytecode)
        terms = (price, share_bps, tale.people[(who + 1) % ACTORS])
        clone = templates.publishClone(ascii32(contract), code, MANIFEST, terms)
        whole = templates.publishCode(ascii32(contract), keccak(code), ZERO, MANIFEST, terms)
        receipt = tale.act(who, clone if contract == "Stall" else whole)
        if receipt is not None:
            made = receipt.only("Published")
            published[who] = Version(
                platform, made["id"], made["version"], receipt, b"" if contract == "Stall" else code
            )

    def use(who: int, author: int) -> str | None:
        if author not in published:
            return None
        receipt = tale.act(who, templates.use(published[author].wish(salt=dice.randrange(2**64))))
        return None if receipt is None else str(receipt.only("Used")["instance"])

    def compose(who: int, authors: list[int]) -> None:
        wishes = [published[one].wish(salt=dice.randrange(2**64)) for one in authors if one in published]
        tale.act(who, templates.compose(wishes))

    def retire(who: int, author: int) -> None:
        if author in published:
            tale.act(who, templates.retire(published[author].id, published[author].number))

    publish(2, "Actor", 250, 3 * ONE)
    address = use(3, 2)
    assert address is not None
    instance = chain.at("Actor", address)

    def pay(who: int, token: Contract | str, call: str, gross: int, *more: Any) -> Callable[[], Any]:
        to = dice.choice([instance.address, *tale.people])
        value = gross if token == ETHER else 0
        return lambda: tale.act(who, getattr(till, call)(token, gross, to, ZERO, *more), value)

    def issue(who: int, holders: list[int]) -> None:
        wish = platform.issuer.issue("Film", "F", coin, [tale.people[one] for one in holders], [7, 5])
        receipt = tale.act(who, wish)
        if receipt is not None:
            shares[who] = chain.at("Shares", receipt.only("SharesIssued")["shares"])
            tale.act(who, coin.transfer(shares[who], 1_000_003))
            for one in holders:
                tale.act(one, shares[who].claim(tale.people[one]))

    def split(who: int, payees: list[int]) -> None:
        parts = [(tale.people[one], bps) for one, bps in zip(payees, (1234, 8766), strict=True)]
        receipt = tale.act(who, platform.splits.create(parts))
        if receipt is not None and any(event.name == "SplitCreated" for event in receipt.events):
            made = chain.at("Split", receipt.only("SplitCreated")["split"])
            tale.act(who, coin.transfer(made, 999))
            tale.act((who + 1) % ACTORS, made.distribute(coin))

    def escrow(who: int, gross: int) -> None:
        ref = bytes([who + 1]) * 32
        tale.act(who, till.hold(coin, gross, instance, ref, b""))
        tale.act(who, till.reclaim(instance, coin, ref, tale.people[who]))
        give = till.release(coin, ref, gross // 3 + 1, tale.people[(who + 1) % ACTORS])
        tale.act(who, instance.perform(till, 0, give.data))
        tale.act((who + 2) % ACTORS, instance.perform(till, 0, till.refund(coin, ref, tale.people[who]).data))

    def work(who: int, content: bytes) -> None:
        tale.act(who, platform.notary.anchor(content))
        tale.act(who, platform.works.register(content))

    for who in range(ACTORS):
        gross = dice.randrange(10**6, 10**9) * 10**9
        others = dice.sample([one for one in range(ACTORS) if one != who], 2)
        yield pay(who, mz, "pay", gross)
        yield pay(who, coin, "pay", gross + 1)
        yield pay(who, ETHER, "pay", gross + 2)
        yield pay(who, ETHER, "payFeeInMZ", gross + 3, 2**255)
        yield pay(who, mz, "pay", 2 * ENDOWMENT)
        yield partial(tale.act, who, platform.sale.buy(who % 2, 0), gross // 10)
        yield partial(tale.act, who, platform.sale.claim(tale.people[who]))
        yield partial(tale.act, who, platform.sale.refund(tale.people[who]))
        yield partial(tale.act, who, mz.burn(who + 1))
        yield partial(tale.act, who, platform.buyback.attest(b"\1" * 32))
        yield partial(tale.act, who, platform.buyback.forward(ETHER))
        yield partial(tale.act, who, platform.feed.report(ETHER, ONE, 1))
        yield partial(tale.act, who, till.withdraw(coin, tale.people[who]))
        yield partial(issue, who, others)
        yield partial(split, who, others)
        yield partial(escrow, who, gross)
        yield partial(work, who, bytes([who + 7]) * 32)
        yield partial(publish, who, "Stall", 100 * who, who * ONE + 7)
        yield partial(use, who, others[0])
        yield partial(compose, who, others)
        yield partial(retire, who, dice.choice((who, others[1])))
        yield partial(tale.act, who, templates.transferOwnership(instance, tale.people[others[0]]))


def twice(chain: Chain, order: tuple[int, ...], seed: int) -> tuple[list[Any], list[Any]]:
    """The story in the accounts' own order and in another one, from the same state."""
    platform = Platform(chain)
    tales = []
    for one in (tuple(range(ACTORS)), order):
        snapshot = chain.ask("evm_snapshot", [])
        tales.append(play(platform, one, seed))
        assert chain.ask("evm_revert", [snapshot])
    return tales[0], tales[1]


@pytest.mark.parametrize(("order", "seed"), [((1, 2, 3, 4, 0), 5), ((4, 3, 2, 1, 0), 6)])
def test_whoever_plays_a_part_comes_to_the_same(chain: Chain, order: tuple[int, ...], seed: int) -> None:
    own, other = twice(chain, order, seed)

    happened = {
        line[1] for line in own if isinstance(line, tuple) and isinstance(line[1], str) and isinstance(line[2], list)
    }
    assert happened >= {
        "pay", "payFeeInMZ", "hold", "perform", "withdraw", "sweep", "buy", "claim", "burn", "open", "fill",
        "issue", "create", "distribute", "anchor", "register", "transfer",
        "publishCode", "publishClone", "use", "compose", "retire",
    }  # fmt: skip
    assert own == other


@pytest.fixture(scope="module")
def favouring(chain: Chain, pytestconfig: pytest.Config) -> dict[str, Artifact]:
    """The contracts with every mutant planted in them, compiled at once, and kept until something in them changes."""
    founder = chain.web3.to_checksum_address(chain.accounts[0])
    files: dict[str, str] = {}
    for path, honest, favour, name in MUTANTS.values():
        main = next(one for one in (ROOT / "contracts").rglob(f"{name}.sol"))
        files.setdefault(main.relative_to(ROOT).as_posix(), main.read_text("utf-8"))
        source = (ROOT / path).read_text("utf-8")
        assert honest in source
        files[path] = source.replace(honest, favour.format(founder=founder))
    job = prepare(files, libraries=ROOT)
    kept = pytestconfig.cache.mkdir("favouring") / f"{job.digest}.json" if pytestconfig.cache else None
    if kept is not None and kept.is_file():
        return {name: decode(text.encode(), name=name) for name, text in json.loads(kept.read_text("utf-8")).items()}
    compiled = {one.name: one for one in ensure_solc().run(job).artifacts.values()}
    if kept is not None:
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({name: encode(one).decode() for name, one in compiled.items()}), "utf-8")
        fresh.rename(kept)
    return compiled


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_contract_that_favours_a_founder_is_found_out(
    chain: Chain, favouring: dict[str, Artifact], mutant: str
) -> None:
    *_, name = MUTANTS[mutant]
    partial_chain = Chain(chain.ask, {**chain.artifacts, name: favouring[name]})

    own, other = twice(partial_chain, (1, 2, 3, 4, 0), 5)

    assert own != other
    assert privileges(favouring[name]) != []


def roles() -> dict[str, set[str]]:
    """What roles.txt lists: words by contract."""
    lines = [line.split() for line in ROLES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found: dict[str, set[str]] = {}
    for contract, word, *_ in lines:
        found.setdefault(contract, set()).add(word)
    return found


def test_the_bytecode_knows_no_account_but_those_of_the_listed_roles(chain: Chain) -> None:
    paths = {path.stem for path in (ROOT / "contracts").rglob("*.sol")}
    deployed = [one for name, one in chain.artifacts.items() if name in paths and one.runtime]

    assert len(deployed) > 15
    for one in deployed:
        found = [what for what in privileges(one) if one.name not in roles() or "CALLER" not in what]
        assert found == [], one.name


def test_every_listed_role_exists(chain: Chain) -> None:
    for contract, words in roles().items():
        assert chain.artifacts[contract].runtime, contract
        text = "".join(path.read_text("utf-8") for path in (ROOT / "contracts").rglob("*.sol"))
        assert all(re.search(word, text, re.IGNORECASE) for word in words)
