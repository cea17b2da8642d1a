"""Publishing, retiring and reading templates: see templates.tree."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from tests.contracts.stage import CODE_LIMIT, ETHER, Call
from tests.contracts.templates_market import (
    FEE_BPS,
    MANIFEST,
    ONE,
    PRICE,
    SHARE_BPS,
    ZERO,
    Market,
    arguments,
    ascii32,
)


@pytest.mark.parametrize("fee", [0, 49, 101])
def test_a_fee_outside_its_bounds_is_refused(market: Market, fee: int) -> None:
    market.chain.refuses_deployment("TemplatesFeeOutOfBounds", "Templates", market.mz, market.till, fee)


def test_a_registry_needs_a_token_and_a_till(market: Market) -> None:
    market.chain.refuses_deployment("TemplatesAddressInvalid", "Templates", market.chain.fresh(), market.till, FEE_BPS)
    market.chain.refuses_deployment("TemplatesAddressInvalid", "Templates", market.mz, ETHER, FEE_BPS)


def test_versions_count_from_one_and_the_id_follows_from_author_and_name(market: Market) -> None:
    first, second = market.publish_clone("stall"), market.publish_code("stall")

    assert first.id == second.id == keccak(arguments(["address", "bytes32"], [market.author, ascii32("stall")]))
    assert market.templates.idOf(market.author, ascii32("stall")).read() == first.id
    assert (first.number, second.number, market.templates.versionsOf(first.id).read()) == (1, 2, 2)


def test_a_published_clone_can_be_read_back(market: Market) -> None:
    version = market.publish_clone("stall")

    author, published_at, retired, flags, implementation, code_hash, runtime_hash, manifest, terms = (
        market.templates.versionOf(version.id, 1).read()
    )
    assert (author, retired, flags) == (market.author, False, 0)
    assert published_at == market.chain.now()
    assert code_hash == keccak(market.chain.code(implementation)) != keccak(b"")
    assert (runtime_hash, manifest) == (ZERO, MANIFEST)
    assert terms == (PRICE, SHARE_BPS, market.author)


def test_a_published_code_can_be_read_back(market: Market) -> None:
    runtime = keccak(market.chain.artifacts["Lamp"].runtime)
    version = market.publish_code("lamp", "Lamp", runtime=runtime)

    _, _, _, flags, implementation, code_hash, runtime_hash, _, _ = market.templates.versionOf(version.id, 1).read()
    assert (flags, implementation) == (3, ETHER)
    assert (code_hash, runtime_hash) == (keccak(market.chain.artifacts["Lamp"].bytecode), runtime)


def test_a_publication_is_announced_with_everything_in_it(market: Market) -> None:
    published = market.publish_code("booth").receipt.only("Published")

    assert published["author"].lower() == market.author
    assert (published["name"], published["manifest"]) == (ascii32("booth"), MANIFEST)
    assert dict(published["terms"]) == {
        "price": PRICE,
        "shareBps": SHARE_BPS,
        "payee": market.chain.web3.to_checksum_address(market.author),
    }


def test_names_cannot_be_squatted(market: Market) -> None:
    squatted, own = market.publish_clone("stall", author=market.stranger), market.publish_clone("stall")

    assert squatted.id != own.id
    assert (squatted.number, own.number) == (1, 1)


def test_who_copies_a_publication_he_sees_coming_changes_nothing_for_its_author(market: Market) -> None:
    code = market.creation("Stall")
    call = market.templates.publishClone(ascii32("stall"), code, MANIFEST, market.terms())
    foreseen = market.chain.call(market.chain.fields(market.author, market.templates.address, call.data))

    copied = call.send(market.stranger).only("Published")
    own = call.send(market.author).only("Published")

    assert own["id"] == foreseen[:32] != copied["id"]
    first, second = (market.templates.versionOf(made["id"], 1).read() for made in (copied, own))
    assert first[0] != second[0] and first[4] != second[4]
    assert first[5] == second[5]


def test_a_template_needs_a_name(market: Market) -> None:
    publish = market.templates.publishCode(ZERO, b"\x22" * 32, ZERO, MANIFEST, market.terms())

    publish.refuses("TemplatesNameEmpty", sender=market.author)


def test_payees_that_could_never_spend_are_refused(market: Market) -> None:
    for payee in (ETHER, market.mz, market.till, market.templates):
        terms = (PRICE, SHARE_BPS, payee)
        by_code = market.templates.publishCode(ascii32("a"), b"\x22" * 32, ZERO, MANIFEST, terms)
        by_clone = market.templates.publishClone(ascii32("a"), market.creation("Stall"), MANIFEST, terms)

        by_code.refuses("TemplatesPayeeRefused", payee)
        by_clone.refuses("TemplatesPayeeRefused", payee)


def test_a_share_above_a_tenth_is_refused(market: Market) -> None:
    def publish(share: int) -> Call:
        return market.templates.publishCode(ascii32("a"), b"\x22" * 32, ZERO, MANIFEST, market.terms(share_bps=share))

    publish(1_001).refuses("TemplatesShareTooHigh", 1_001, 1_000, sender=market.author)
    publish(1_000).send(market.author)


@pytest.mark.parametrize("code", [b"", b"\x00", bytes.fromhex("5f5ff3")])
def test_code_that_deploys_nothing_is_refused(market: Market, code: bytes) -> None:
    market.templates.publishClone(ascii32("a"), code, MANIFEST, market.terms()).refuses("TemplatesCodeEmpty")


def test_an_empty_hash_is_refused(market: Market) -> None:
    market.templates.publishCode(ascii32("a"), ZERO, ZERO, MANIFEST, market.terms()).refuses("TemplatesCodeEmpty")


def test_creation_code_beyond_the_chains_limit_is_refused_by_name(market: Market) -> None:
    def publish(code: bytes) -> Call:
        return market.templates.publishClone(ascii32("a"), code, MANIFEST, market.terms())

    publish(b"\x5b" * 49_153).refuses("TemplatesInitcodeTooLarge", 49_153, 49_152)
    # PUSH3 size PUSH0 RETURN
    publish(bytes.fromhex(f"62{CODE_LIMIT + 1:06x}5ff3")).refuses("FailedDeployment")
    publish(bytes.fromhex(f"62{CODE_LIMIT:06x}5ff3")).send(market.author)


def test_a_constructor_that_re_enters_finds_its_version_unusable_and_its_number_taken(market: Market) -> None:
    author = market.chain.deploy("Trickster", market.templates)
    terms = market.terms()
    code = market.creation("Gossip", author, ascii32("gossip"), 1, terms)

    author.publish(ascii32("gossip"), code, terms).send(market.stranger)

    template = market.templates.idOf(author, ascii32("gossip")).read()
    outer, inner = (market.templates.versionOf(template, number).read() for number in (1, 2))
    assert market.templates.versionsOf(template).read() == 2
    assert (outer[3], inner[3]) == (0, 1)
    assert inner[5] == keccak(b"nested")
    refusal = market.chain.at("Gossip", outer[4]).refusal().read()
    assert refusal == keccak(b"TemplatesUnknown(bytes32,uint32)")[:4]


def test_retiring_ends_new_uses_and_leaves_the_rest_alone(market: Market) -> None:
    old, new = market.publish_clone("stall"), market.publish_clone("stall")
    instance = market.use(old.wish())

    retired = market.templates.retire(old.id, 1).send(market.author).only("Retired")

    assert (retired["id"], retired["version"]) == (old.id, 1)
    market.templates.use(old.wish(salt=1)).refuses("TemplatesVersionRetired", old.id, 1, sender=market.user)
    assert market.templates.versionOf(old.id, 1).read()[2] is True
    market.use(new.wish(salt=2))
    instance.open(market.user, 7).send(market.user)
    assert market.templates.origin(instance).read()[:2] == (old.id, 1)


def test_only_the_author_retires_and_only_once(market: Market) -> None:
    version = market.publish_clone("stall")
    retire = market.templates.retire(version.id, 1)

    retire.refuses("TemplatesNotAuthor", version.id, market.stranger, sender=market.stranger)
    market.templates.retire(version.id, 2).refuses("TemplatesUnknown", version.id, 2, sender=market.author)
    retire.send(market.author)
    retire.refuses("TemplatesVersionRetired", version.id, 1, sender=market.author)


def test_what_is_not_published_cannot_be_read(market: Market) -> None:
    version = market.publish_clone("stall")

    for number in (0, 2):
        market.templates.versionOf(version.id, number).refuses("TemplatesUnknown", version.id, number)
        market.templates.agreedOf(version.id, number).refuses("TemplatesUnknown", version.id, number)
    assert market.templates.versionsOf(b"\x99" * 32).read() == 0
    assert market.templates.origin(market.stranger).read() == (ZERO, 0, 0, ETHER)


def test_what_is_agreed_changes_with_everything_that_is_published(market: Market) -> None:
    runtime = keccak(market.chain.artifacts["Lamp"].runtime)
    published = [
        market.publish_code("lamp", "Lamp"),
        market.publish_code("lamp", "Booth"),
        market.publish_code("lamp", "Lamp", runtime=runtime),
        market.publish_code("lamp", "Lamp", price=PRICE + 1),
        market.publish_code("lamp", "Lamp", share_bps=SHARE_BPS + 1),
        market.publish_code("lamp", "Lamp", payee=market.stranger),
        market.publish_clone("lamp", "Lamp"),
    ]
    call = market.templates.publishCode(
        ascii32("lamp"), keccak(market.chain.artifacts["Lamp"].bytecode), ZERO, b"\x33" * 32, market.terms()
    )
    call.send(market.author)

    hashes = [version.agreed for version in published]
    hashes.append(market.templates.agreedOf(published[0].id, 8).read())
    assert len(set(hashes)) == 8
    assert hashes[0] == keccak(
        arguments(
            ["bytes32", "bytes32", "bytes32", "uint96", "uint16", "address", "uint16"],
            [keccak(market.chain.artifacts["Lamp"].bytecode), ZERO, MANIFEST, PRICE, SHARE_BPS, market.author, 1],
        )
    )


def test_the_same_publication_again_is_agreed_with_the_same_hash(market: Market) -> None:
    assert market.publish_code("lamp", "Lamp").agreed == market.publish_code("lamp", "Lamp").agreed


def test_a_price_may_be_all_that_96_bits_hold(market: Market) -> None:
    version = market.publish_clone("stall", price=2**96 - 1)

    assert market.templates.versionOf(version.id, 1).read()[8][0] == 2**96 - 1
    assert market.templates.feeOn(2**96 - 1).read() == -(-(2**96 - 1) * FEE_BPS // 10_000)
    market.templates.use(version.wish()).refuses("ERC20InsufficientBalance", sender=market.user)
    assert market.held(market.user) == [1000 * ONE]
