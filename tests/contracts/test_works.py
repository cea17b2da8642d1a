"""Notary and Works: see platform.tree."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.contracts.stage import ETHER, Chain, Contract

HASH = bytes.fromhex("aa" * 32)
SALT = bytes.fromhex("05" * 32)


@dataclass(frozen=True)
class Office:
    """A notary, a register of works, and three people."""

    chain: Chain
    notary: Contract
    works: Contract
    alice: str
    bob: str
    carol: str

    def commit(self, author: str, content: bytes = HASH, salt: bytes = SALT) -> int:
        """Anchors a commitment and returns its time."""
        self.notary.anchor(self.works.commitmentOf(content, author, salt).read()).send(author)
        return self.chain.now()


@pytest.fixture(scope="module")
def office(chain: Chain) -> Office:
    notary = chain.deploy("Notary")
    return Office(chain, notary, chain.deploy("Works", notary), *chain.accounts[1:4])


def test_the_first_anchoring_fixes_the_time(office: Office) -> None:
    receipt = office.notary.anchor(HASH).send(office.alice)
    first = office.chain.now()
    assert receipt.only("Anchored")["firstSeen"] == first
    office.chain.travel(first + 1000)

    receipt = office.notary.anchor(HASH).send(office.bob)

    assert office.notary.seenAt(HASH).read() == first
    assert receipt.only("Anchored")["firstSeen"] == first
    assert office.notary.anchor(HASH).read(office.carol) == first


def test_the_empty_digest_is_refused_and_unknown_ones_have_no_time(office: Office) -> None:
    office.notary.anchor(b"\0" * 32).refuses("NotaryDigestEmpty")
    assert office.notary.seenAt(HASH).read() == 0


def test_works_needs_a_notary(office: Office) -> None:
    office.chain.refuses_deployment("WorksNotaryInvalid", "Works", office.alice)


def test_a_direct_registration_claims_now(office: Office) -> None:
    receipt = office.works.register(HASH).send(office.alice)

    work, now = office.works.workOf(HASH, office.alice).read(), office.chain.now()
    alice = office.alice.lower()
    assert office.works.ownerOf(work).read() == alice
    assert office.works.evidence(work).read() == ((HASH, alice, alice, alice, now, now, False, True))
    registered = receipt.only("WorkRegistered")
    assert (registered["work"], registered["claimedAt"], registered["committed"]) == (work, now, False)


def test_a_committed_registration_claims_the_time_of_the_commitment(office: Office) -> None:
    committed = office.commit(office.alice)
    office.chain.travel(committed + 5000)

    office.works.registerCommitted(HASH, SALT).send(office.alice)

    work, now = office.works.workOf(HASH, office.alice).read(), office.chain.now()
    alice = office.alice.lower()
    assert now > committed
    assert office.works.evidence(work).read() == (HASH, alice, alice, alice, committed, now, True, True)


def test_a_front_runner_neither_stops_the_author_nor_comes_first(office: Office) -> None:
    committed = office.commit(office.alice)
    office.chain.travel(committed + 5000)
    office.works.register(HASH).send(office.bob)  # saw the reveal and was faster
    thief = office.works.workOf(HASH, office.bob).read()
    assert office.works.firstOf(HASH).read() == thief

    office.works.registerCommitted(HASH, SALT).send(office.alice)

    work = office.works.workOf(HASH, office.alice).read()
    assert office.works.firstOf(HASH).read() == work
    assert office.works.evidence(work).read()[7] is True
    assert office.works.evidence(thief).read()[7] is False


def test_later_claims_do_not_come_first(office: Office) -> None:
    office.works.register(HASH).send(office.alice)
    first = office.works.workOf(HASH, office.alice).read()
    office.commit(office.bob)
    office.works.registerCommitted(HASH, SALT).send(office.bob)
    office.works.register(HASH).send(office.carol)

    assert office.works.firstOf(HASH).read() == first


@pytest.mark.parametrize("change", ["author", "salt", "content", "register", "nothing anchored"])
def test_a_commitment_serves_only_whom_and_what_it_was_made_for(office: Office, change: str) -> None:
    if change != "nothing anchored":
        office.commit(office.alice)
    works = office.chain.deploy("Works", office.notary) if change == "register" else office.works
    sender = office.bob if change == "author" else office.alice
    content, salt = (b"\1" * 32 if change == "content" else HASH), (b"\1" * 32 if change == "salt" else SALT)

    works.registerCommitted(content, salt).refuses("WorksCommitmentUnknown", sender=sender)


def test_the_same_claim_is_made_once(office: Office) -> None:
    office.commit(office.alice)
    office.works.register(HASH).send(office.alice)
    work = office.works.workOf(HASH, office.alice).read()
    office.works.transferFrom(office.alice, office.bob, work).send(office.alice)

    for call in (office.works.register(HASH), office.works.registerCommitted(HASH, SALT)):
        call.refuses("WorksAlreadyRegistered", work, sender=office.alice)


def test_the_empty_hash_is_refused(office: Office) -> None:
    office.works.register(b"\0" * 32).refuses("WorksHashEmpty")


def test_the_payee_is_the_owners_choice_and_ends_with_a_transfer(office: Office) -> None:
    works = office.works
    works.register(HASH).send(office.alice)
    work = works.workOf(HASH, office.alice).read()
    works.setPayee(work, office.carol).refuses("WorksNotOwner", work, office.bob, sender=office.bob)

    works.setPayee(work, office.carol).send(office.alice)
    assert works.payeeOf(work).read() == office.carol.lower()
    receipt = works.transferFrom(office.alice, office.bob, work).send(office.alice)

    assert receipt.only("PayeeChanged")["payee"] == ETHER
    assert works.payeeOf(work).read() == office.bob.lower()
    works.setPayee(work, office.alice).refuses("WorksNotOwner", work, office.alice, sender=office.alice)
    assert works.evidence(work).read()[1:4] == (office.alice.lower(), office.bob.lower(), office.bob.lower())


def test_an_approved_operator_transfers_but_does_not_redirect_payment(office: Office) -> None:
    works = office.works
    works.register(HASH).send(office.alice)
    work = works.workOf(HASH, office.alice).read()
    works.approve(office.carol, work).send(office.alice)

    works.setPayee(work, office.carol).refuses("WorksNotOwner", work, office.carol, sender=office.carol)
    works.transferFrom(office.alice, office.bob, work).send(office.carol)

    stale = works.transferFrom(office.bob, office.carol, work)
    stale.refuses("ERC721InsufficientApproval", office.carol, work, sender=office.carol)


def test_an_unregistered_work_has_no_evidence(office: Office) -> None:
    for call in (office.works.evidence(5), office.works.payeeOf(5), office.works.setPayee(5, office.bob)):
        call.refuses("ERC721NonexistentToken", 5)


def test_a_work_is_an_erc721_and_says_so(office: Office) -> None:
    assert office.works.supportsInterface(bytes.fromhex("80ac58cd")).read() is True
    assert office.works.notary().read() == office.notary.address.lower()
