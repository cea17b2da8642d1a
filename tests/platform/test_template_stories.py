"""Each of our templates from its bundle to its last coin, over JSON-RPC and by nothing but what its manifest says.

Published by an author nobody knows, used by a second account, acted on by others; the amounts are to the wei.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from chain import Client
from chain.errors import ChainError
from chain.primitives import checksum
from chain.registry import Bundle, Instance, Library, Offer, Tenures
from chain.wallet import Account
from tests.contracts.templates_market import net_of

MZ = 10**18
DAY = 86_400
TEXT = "0x" + "11" * 32


@dataclass
class Town:
    """Everybody in these stories starts with 1,000 MZ."""

    library: Library
    bundles: dict[str, Bundle]
    newcomer: Callable[[int], Account]

    def publish(self, name: str) -> Offer:
        """A template of somebody nobody knows."""
        return self.library.publish(self.bundles[name], sender=self.newcomer(1000))

    def use(self, offer: Offer, user: Account, values: Mapping[str, Any]) -> Instance:
        """An instance, whose price went to the author but for what burned."""
        before = self.held(offer.author)
        made = self.library.use(offer.id, values, sender=user)
        assert self.held(offer.author) - before == net_of(offer.price, 0)
        return Instance(self.library, made.instance, self.library.bundle(offer), made)

    def held(self, who: Any) -> int:
        """MZ of an account."""
        client = self.library.client
        address = who if isinstance(who, bytes) else client.address_of(who)
        return int(client.contract("MZ", self.library.platform.mz).call("balanceOf", address))

    def end(self, instance: Instance, owner: Account) -> None:
        """An instance that its owner ends."""
        Tenures(self.library).retire(instance.address, sender=owner)

    def wait(self, seconds: int) -> None:
        """Time passes."""
        client = self.library.client
        client.rpc("evm_setNextBlockTimestamp", hex(client.timestamp() + seconds))
        client.rpc("evm_mine")

    def now(self) -> int:
        """The newest block's time."""
        return self.library.client.timestamp()


@pytest.fixture
def town(client: Client, library: Library, bundles: dict[str, Bundle], newcomer: Callable[[int], Account]) -> Town:
    assert client.platform == library.platform
    return Town(library, bundles, newcomer)


def refused(name: str, do: Callable[[], object]) -> None:
    """Requires this custom error."""
    with pytest.raises(ChainError) as caught:
        do()
    assert name in f"{caught.value.message} {caught.value.data} {getattr(caught.value, 'name', '')}"


def test_a_film_is_funded_released_stopped_and_paid_back(town: Town) -> None:
    offer = town.publish("crowdfunding")
    creator, ann, bob = (town.newcomer(1000) for _ in range(3))
    terms = {"goal": "100 MZ", "deadline": str(town.now() + 30 * DAY), "parts": "30 %, 20 %, 50 %", "right": "5 MZ"}
    film = town.use(offer, creator, {**terms, "text": TEXT})
    start = {person: town.held(person) for person in (creator, ann, bob)}

    film.do("back", {"amount": "80 MZ"}, sender=ann)
    film.do("back", {"amount": "40 MZ"}, sender=bob)
    assert film.holds("raising") and "120 MZ of 100 MZ" in film.tell("standing")
    pot = film.pot("standing", user=ann)
    assert pot is not None and (pot.left, pot.due) == (120 * MZ, 80 * MZ)

    town.wait(30 * DAY + 1)
    film.do("report", {"evidence": TEXT}, sender=creator)
    town.wait(7 * DAY + 1)
    film.do("release", sender=ann)
    assert town.held(creator) - start[creator] == net_of(36 * MZ, 100)
    film.do("report", {"evidence": TEXT}, sender=creator)
    film.do("veto", sender=bob)
    assert film.tell("phase") == "The campaign is stopped: what is left goes back."
    for person in (ann, bob):
        film.do("refund", {"backer": checksum(person.address)}, sender=creator)

    assert [town.held(person) - start[person] for person in (ann, bob)] == [-24 * MZ, -12 * MZ]
    assert not film.may("refund", ann) or film.pot("standing", user=ann).left == 0  # type: ignore[union-attr]
    refused("TillNotPayer", lambda: film.do("refund", {"backer": checksum(ann.address)}, sender=ann))


def test_a_stars_hour_is_booked_resold_given_and_paid(town: Town) -> None:
    offer = town.publish("star-time")
    star, ann, bob = (town.newcomer(1000) for _ in range(3))
    diary = town.use(offer, star, {"title": "Time of a star"})
    diary.do("offer", {"price": "40 MZ", "start": "+10 days", "text": TEXT}, sender=star)
    start = {person: town.held(person) for person in (star, ann, bob)}

    diary.do("book", {"slot": "1"}, sender=ann)
    assert diary.holds("booked", {"slot": "1"}) and diary.may("list", ann, {"slot": "1", "asked": "48 MZ"})
    diary.do("list", {"slot": "1", "asked": "48 MZ"}, sender=ann)
    diary.do("book", {"slot": "1"}, sender=bob)
    assert town.held(ann) == start[ann]
    pot = diary.pot("slot", {"slot": "1"}, user=bob)
    assert pot is not None and (pot.left, pot.due) == (48 * MZ, 48 * MZ)
    diary.do("deliver", {"slot": "1", "proof": TEXT}, sender=star)
    assert "The star is paid." in diary.tell("given", {"slot": "1"})
    refused("cannot be done now", lambda: diary.do("settle", {"slot": "1"}, sender=ann))
    town.wait(16 * DAY)
    diary.do("settle", {"slot": "1"}, sender=bob)

    gained = [town.held(person) - start[person] for person in (star, ann, bob)]
    assert gained == [net_of(40 * MZ, 100), net_of(8 * MZ, 100), -48 * MZ]
    assert "is closed" in diary.tell("slot", {"slot": "1"})


def test_a_dinner_is_bid_for_held_and_paid(town: Town) -> None:
    offer = town.publish("meet-and-greet")
    host, ann, bob = (town.newcomer(1000) for _ in range(3))
    terms = {"price": "10 MZ", "auction": "true", "end": "+10 days", "meeting": "+11 days", "text": TEXT}
    dinner = town.use(offer, host, terms)
    start = {person: town.held(person) for person in (host, ann, bob)}

    dinner.do("buy", {"seat": "1"}, sender=ann)
    dinner.do("bid", {"seat": "1", "amount": "20 MZ"}, sender=bob)
    assert town.held(ann) == start[ann]
    pot = dinner.pot("seat", {"seat": "1"}, user=bob)
    assert pot is not None and (pot.left, pot.due) == (20 * MZ, 20 * MZ)
    town.wait(11 * DAY)
    assert dinner.holds("sold", {"seat": "1"})
    dinner.do("held", {"proof": TEXT}, sender=host)
    assert "The host is paid." in dinner.tell("honoured", {"seat": "1"})
    town.wait(6 * DAY)
    dinner.do("settle", {"seat": "1"}, sender=ann)

    assert [town.held(person) - start[person] for person in (host, ann, bob)] == [net_of(20 * MZ, 100), 0, -20 * MZ]
    assert "is closed" in dinner.tell("seat", {"seat": "1"})


def test_a_work_is_sold_by_a_contract_that_three_signed(town: Town) -> None:
    offer = town.publish("signed-agreement")
    ann, bob, carol = (town.newcomer(1000) for _ in range(3))
    client = town.library.client
    works = client.contract("Works", town.library.platform.works)
    content = os.urandom(32)
    works.send("register", content, sender=bob)
    work = works.call("workOf", content, bob.address)
    sale = town.use(
        offer,
        ann,
        {
            "parties": ",".join(checksum(person.address) for person in (ann, bob, carol)),
            "text": TEXT,
            "token": checksum(town.library.platform.mz),
            "price": "40",
            "delivery": "2",
            "asset": checksum(town.library.platform.works),
            "quantity": str(work),
        },
    )
    start = {person: town.held(person) for person in (ann, bob)}

    for person in (ann, bob, carol):
        sale.do("sign", sender=person)
    assert sale.holds("draft") and "all deposits go back" in sale.tell("draft")
    sale.do("pay-in", sender=ann)
    pot = sale.pot("agreement", user=ann)
    assert pot is not None and (pot.left, pot.due) == (40 * MZ, 40 * MZ)
    assert sale.holds("binding") and not sale.may("report", bob)
    refused("cannot be done now", lambda: sale.do("deliver", sender=carol))
    sale.do("hand-over", sender=bob)

    assert works.call("ownerOf", work) == ann.address
    assert [town.held(person) - start[person] for person in (ann, bob)] == [-40 * MZ, net_of(40 * MZ, 50)]
    assert "It is closed; 3 of 3 parties have signed." in sale.tell("agreement")


def test_tea_is_paid_against_its_documents(town: Town) -> None:
    offer = town.publish("letter-of-credit")
    importer, exporter, bank, financier = (town.newcomer(1000) for _ in range(4))
    parties = {"beneficiary": checksum(exporter.address), "issuer": checksum(bank.address)}
    terms = {"token": checksum(town.library.platform.mz), "amount": "400", "tenor": "60 days", "expires": "+30 days"}
    credit = town.use(offer, importer, {**parties, **terms, "text": TEXT})
    start = {person: town.held(person) for person in (importer, exporter, financier)}

    credit.do("pay-in", sender=importer)
    credit.do("issue", sender=bank)
    pot = credit.pot("credit", user=importer)
    assert pot is not None and (pot.left, pot.due) == (400 * MZ, 400 * MZ)
    assert "Bill of lading" in credit.tell("documents")
    assert not credit.may("withdraw", importer)
    credit.do("present", {"gross": "400", "digests": ",".join([TEXT] * 3)}, sender=exporter)
    assert "The documents are accepted." in credit.tell("examined", {"number": "1"})
    town.wait(8 * DAY)
    credit.do("settle", {"number": "1"}, sender=exporter)
    assert credit.holds("accepted", {"number": "1"})
    credit.do("assign", {"to": checksum(financier.address)}, sender=exporter)
    refused("cannot be done now", lambda: credit.do("settle", {"number": "1"}, sender=exporter))
    town.wait(60 * DAY)
    credit.do("settle", {"number": "1"}, sender=exporter)

    gained = [town.held(person) - start[person] for person in (importer, exporter, financier)]
    assert gained == [-400 * MZ, 0, net_of(400 * MZ, 20)]
    assert "The credit is closed; 400 MZ of 400 MZ were drawn." in credit.tell("credit")


def test_a_secret_swaps_coins_that_silence_sends_back(town: Town) -> None:
    offer = town.publish("htlc-swap")
    ann, bob = (town.newcomer(1000) for _ in range(2))
    swap = town.use(offer, ann, {"token": checksum(town.library.platform.mz)})
    start = {person: town.held(person) for person in (ann, bob)}
    secret = hashlib.sha256(b"only Ann knows").digest()
    hashed = hashlib.sha256(secret).digest()
    locks = []
    for amount in (100, 7):
        deadline = town.now() + 2 * DAY
        terms = {"recipient": checksum(bob.address), "hash": "0x" + hashed.hex(), "deadline": str(deadline)}
        swap.do("lock", {"amount": str(amount), **terms}, sender=ann)
        name = swap.contract.call("lockOf", ann.address, bob.address, amount * MZ, hashed, deadline)
        locks.append({"lock": "0x" + name.hex()})

    pot = swap.pot("lock", locks[0], user=ann)
    assert pot is not None and (pot.left, pot.due) == (100 * MZ, 100 * MZ)
    assert "Anyone can send it back to its payer." in swap.tell("locked", locks[0])
    refused("SwapSecretWrong", lambda: swap.do("claim", {**locks[0], "secret": "0x" + hashed.hex()}, sender=bob))
    swap.do("claim", {**locks[0], "secret": "0x" + secret.hex()}, sender=bob)
    refused("cannot be done now", lambda: swap.do("refund", locks[1], sender=ann))
    town.wait(2 * DAY + 1)
    swap.do("refund", locks[1], sender=bob)

    assert [town.held(person) - start[person] for person in (ann, bob)] == [-100 * MZ, net_of(100 * MZ, 10)]
    assert "claimed" in swap.tell("lock", locks[0]) and "sent back" in swap.tell("lock", locks[1])


def test_a_grant_vests_is_stopped_and_divided(town: Town) -> None:
    offer = town.publish("vesting")
    giver, ann = (town.newcomer(1000) for _ in range(2))
    who = {"beneficiary": checksum(ann.address), "revoker": checksum(giver.address)}
    terms = {"start": str(town.now() + DAY), "duration": "400 days", "cliff": "100 days", "period": "100 days"}
    grant = town.use(offer, giver, {**who, **terms, "token": checksum(town.library.platform.mz)})
    start = {person: town.held(person) for person in (giver, ann)}

    grant.do("fund", {"amount": "400 MZ"}, sender=giver)
    refused("cannot be done now", lambda: grant.do("take", sender=ann))
    town.wait(252 * DAY)
    assert "Of 400 MZ, 200 MZ have vested and 0 MZ were taken; 200 MZ are due now." in grant.tell("standing")
    assert grant.holds("revocable") and not grant.may("revoke", ann)
    grant.do("revoke", sender=giver)
    grant.do("give-back", sender=ann)
    town.wait(500 * DAY)
    grant.do("take", sender=ann)

    assert [town.held(person) - start[person] for person in (giver, ann)] == [-200 * MZ, 200 * MZ]
    assert grant.holds("revoked") and not grant.may("take", ann)


def test_holders_decide_about_a_treasury_and_have_their_votes_back(town: Town) -> None:
    offer = town.publish("simple-governance")
    ann, bob, hall = (town.newcomer(1000) for _ in range(3))
    token = checksum(town.library.platform.mz)
    club = town.use(offer, ann, {"token": token, "quorum": "100 MZ"})
    start = {person: town.held(person) for person in (ann, bob, hall)}

    club.do("fund", {"amount": "60 MZ"}, sender=ann)
    wish = {"asset": token, "to": checksum(hall.address), "amount": str(50 * MZ), "description": "rent the hall"}
    club.do("propose-payment", wish, sender=bob)
    vote = {"proposal": "1", "amount": "110 MZ", "support": "1"}
    refused("cannot be done now", lambda: club.do("vote", vote, sender=ann))
    town.wait(DAY + 2)
    club.do("vote", vote, sender=ann)
    club.do("vote", {"proposal": "1", "amount": "30 MZ", "support": "0"}, sender=bob)
    assert "All deposits go back." in club.tell("open", {"proposal": "1"})
    town.wait(5 * DAY)
    refused("cannot be done now", lambda: club.do("execute", {"proposal": "1"}, sender=bob))
    town.wait(2 * DAY)
    club.do("execute", {"proposal": "1"}, sender=bob)
    for voter in (ann, bob):
        club.do("give-back", {"proposal": "1", "voter": checksum(voter.address)}, sender=hall)

    assert [town.held(person) - start[person] for person in (ann, bob, hall)] == [-60 * MZ, 0, 50 * MZ]
    assert "carried out: 110 MZ for, 30 MZ against" in club.tell("proposal", {"proposal": "1"})
