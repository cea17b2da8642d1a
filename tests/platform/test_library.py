"""Publishing, using and earning, on real nodes and with our real templates."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chain import Client, Template, economy
from chain.blobs import BlobStore
from chain.client import Handle, Platform
from chain.deployment import publish_templates
from chain.errors import (
    BlobUnknown,
    BundleError,
    ParameterError,
    RegistryError,
    TemplateRefused,
    TemplateUnknown,
)
from chain.primitives import checksum, to_hex
from chain.registry import Bundle, Instance, Library, Offer
from chain.wallet import Account

MZ = 10**18
Newcomer = Callable[..., Account]


@pytest.fixture
def offer(library: Library, bundles: dict[str, Bundle], newcomer: Newcomer) -> Offer:
    """A copyright licence by an author of its own: 5 MZ a use, 2 % of trade."""
    return library.publish(bundles["copyright-licence"], sender=newcomer())


@pytest.fixture
def creator(client: Client, platform: Platform, newcomer: Newcomer) -> Account:
    """Somebody with 10 MZ and a registered work of content 11…11."""
    account = newcomer(10)
    client.contract("Works", platform.works).send("register", b"\x11" * 32, sender=account)
    return account


WISHES = {"work": "0x" + "11" * 32, "perUse": "2 MZ"}


def test_what_is_published_can_be_listed_and_shown(library: Library, offer: Offer) -> None:
    listed = library.list(author=offer.author)

    assert listed == [offer]
    assert (offer.version, offer.versions, offer.price, offer.share_bps) == (1, 1, 5 * MZ, 200)
    assert offer.payee == offer.author
    assert offer in library.list()
    for which in (offer.id, to_hex(offer.id), f"{checksum(offer.author)}/copyright-licence"):
        assert library.show(which) == offer
    assert library.registry.call("agreedOf", offer.id, 1) == offer.agreed


def test_its_bundle_is_fetched_by_digest_and_is_the_code_on_chain(
    library: Library, offer: Offer, bundles: dict[str, Bundle]
) -> None:
    assert library.bundle(offer) == bundles["copyright-licence"]


def test_an_author_chooses_the_terms_of_each_version(
    library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    author, payee = newcomer(), Account.create()
    library.publish(bundles["tip-jar"], sender=author)

    second = library.publish(bundles["tip-jar"], sender=author, price=3 * MZ, share_bps=7, payee=payee.address)

    assert (second.version, second.versions) == (2, 2)
    assert (second.price, second.share_bps, second.payee) == (3 * MZ, 7, payee.address)
    assert library.show(second.id, 1).price == MZ
    with pytest.raises(TemplateUnknown, match="tip-jar has no version 3") as caught:
        library.show(second.id, 3)
    assert "versions 1 to 2" in (caught.value.hint or "")


def test_one_name_of_two_authors_must_be_told_apart(
    library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    authors = [newcomer(), newcomer()]
    for author in authors:
        library.publish(bundles["tip-jar"], sender=author)

    with pytest.raises(TemplateUnknown, match="authors have published 'tip-jar'") as caught:
        library.show("tip-jar")

    assert all(f"{checksum(author.address)}/tip-jar" in (caught.value.hint or "") for author in authors)


@pytest.mark.parametrize("which", ["no-such-template", "0x" + "12" * 32])
def test_an_unknown_template_is_said_so(library: Library, which: str) -> None:
    with pytest.raises(TemplateUnknown):
        library.show(which)


def test_a_use_pays_the_author_burns_the_fee_and_makes_an_instance(
    client: Client, platform: Platform, library: Library, offer: Offer, creator: Account
) -> None:
    before = economy.supply(client, platform)

    use = library.use(offer.id, WISHES, sender=creator)

    assert (use.paid, use.burned, use.author_paid) == (5 * MZ, 5 * MZ // 100, 495 * MZ // 100)
    assert economy.balance(client, platform, offer.author) == use.author_paid
    assert economy.balance(client, platform, creator.address) == 5 * MZ
    assert before.current - economy.supply(client, platform).current == use.burned
    assert library.origin(use.instance) == offer
    assert client.contract("MZ", platform.mz).call("allowance", creator.address, platform.templates) == 0


def test_a_reader_buys_from_the_instance_and_everybody_is_paid(
    client: Client, platform: Platform, library: Library, offer: Offer, creator: Account, newcomer: Newcomer
) -> None:
    reader = newcomer(10)
    instance = Template(to_hex(offer.id)).use(client, sender=creator, **WISHES)
    earned = economy.balance(client, platform, creator.address)

    instance.do("buy", {"kind": "0", "quantity": "3"}, sender=reader)

    # 6 MZ gross: 1 % burned, 2 % to the template's author, the rest to the creator
    assert economy.balance(client, platform, reader.address) == 4 * MZ
    assert economy.balance(client, platform, creator.address) - earned == 582 * MZ // 100
    assert instance.tell("licence", user=reader).startswith(f"{checksum(reader.address)} has 3 uses")
    earnings = library.earnings(offer.id)
    assert (earnings.uses, earnings.from_uses, earnings.burned_on_uses) == (1, 495 * MZ // 100, 5 * MZ // 100)
    assert (earnings.trades, earnings.from_trades) == (1, {platform.mz: 12 * MZ // 100})


def test_an_instance_is_found_again_by_its_address(client: Client, offer: Offer, creator: Account) -> None:
    template = Template(to_hex(offer.id))
    made = template.use(client, sender=creator, **WISHES)

    found = template.at(client, made.address)

    assert isinstance(found, Instance)
    assert "One use costs 2 MZ" in found.tell("prices")
    assert "单次使用 2 MZ" in found.tell("prices", language="zh")


def test_a_template_whose_code_the_user_brings_works_alike(
    client: Client, library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    offer = library.publish(bundles["tip-jar"], sender=newcomer())
    keeper, friend = newcomer(2), newcomer(5)

    jar = Template(to_hex(offer.id)).use(client, sender=keeper)
    jar.do("tip", {"amount": "1.5 MZ", "memo": "thank you"}, sender=friend)

    assert offer.brings_code
    assert jar.use is not None and jar.use.author_paid == 99 * MZ // 100
    assert jar.tell("tips") == "1 tips so far, 1.5 MZ in all."
    with pytest.raises(ParameterError, match="no action tipp"):
        jar.do("tipp", sender=friend)


def test_the_place_of_an_instance_is_known_before_it_is_made(library: Library, offer: Offer, creator: Account) -> None:
    wish = library.prepare(offer.id, WISHES, sender=creator, salt=b"\5" * 32)

    assert library.carry_out(wish, sender=creator).instance == wish.instance
    assert wish.fee == 5 * MZ // 100


def test_without_enough_mz_nothing_is_made(library: Library, offer: Offer, newcomer: Newcomer) -> None:
    with pytest.raises(TemplateRefused) as caught:
        library.use(offer.id, {"work": "1"}, sender=newcomer(4))

    assert caught.value.data == "ERC20InsufficientBalance"


def test_a_retired_version_takes_no_new_uses(
    library: Library, bundles: dict[str, Bundle], creator: Account, newcomer: Newcomer
) -> None:
    author = newcomer()
    offer = library.publish(bundles["copyright-licence"], sender=author)
    wish = library.prepare(offer.id, WISHES, sender=creator)
    with pytest.raises(TemplateRefused) as other:
        library.retire(offer.id, 1, sender=newcomer())
    retired = library.retire(offer.id, 1, sender=author)

    assert other.value.data == "TemplatesNotAuthor"
    assert retired.retired
    for attempt in (
        lambda: library.carry_out(wish, sender=creator),
        lambda: library.prepare(offer.id, WISHES, sender=creator),
    ):
        with pytest.raises(TemplateRefused) as caught:
            attempt()
        assert caught.value.data == "TemplatesVersionRetired"


def test_terms_other_than_those_published_are_refused(library: Library, offer: Offer, creator: Account) -> None:
    wish = library.prepare(offer.id, WISHES, sender=creator)
    cheaper = msgspec.structs.replace(wish, agreed=msgspec.structs.replace(offer, price=1).agreed)

    with pytest.raises(TemplateRefused) as caught:
        library.carry_out(cheaper, sender=creator)

    assert caught.value.data == "TemplatesTermsMismatch"


def test_other_code_than_the_published_is_refused(
    library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    offer = library.publish(bundles["tip-jar"], sender=newcomer())
    keeper = newcomer(2)
    wish = library.prepare(offer.id, sender=keeper)

    with pytest.raises(TemplateRefused) as caught:
        library.carry_out(msgspec.structs.replace(wish, code=wish.code[:-1] + b"\0"), sender=keeper)

    assert caught.value.data == "TemplatesCodeMismatch"


def test_a_use_prepared_for_somebody_else_is_not_paid(library: Library, offer: Offer, creator: Account) -> None:
    wish = library.prepare(offer.id, WISHES, sender=creator)

    with pytest.raises(RegistryError, match="was prepared for"):
        library.carry_out(wish, sender="dev0")


def test_a_bundle_whose_code_is_not_the_published_one_is_refused(
    client: Client, platform: Platform, library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    """An author who publishes other code under the digest of an honest bundle."""
    author, honest = newcomer(), bundles["copyright-licence"]
    client.files.put(honest.data)
    terms = {"price": 1, "shareBps": 0, "payee": author.address}
    code = client.contract("Notary", platform.notary)
    evil = b"\x60\x01\x60\x00\x52\x60\x01\x60\x1f\xf3"  # deploys one byte

    library.registry.send("publishClone", honest.manifest.name_word, evil, honest.digest, terms, sender=author)

    assert code.address
    with pytest.raises(BundleError, match="the published code is not the one in its bundle"):
        library.prepare(f"{checksum(author.address)}/copyright-licence", WISHES, sender=author)


def test_a_bundle_that_nobody_has_is_said_so(
    door: str | Handle, platform: Platform, offer: Offer, creator: Account
) -> None:
    elsewhere = Client(door, files=BlobStore(None), platform=platform)

    with pytest.raises(BlobUnknown, match="nobody here has the bundle of copyright-licence version 1"):
        Library(elsewhere).prepare(offer.id, WISHES, sender=creator)


def test_a_contract_from_elsewhere_has_no_origin(library: Library, platform: Platform) -> None:
    with pytest.raises(TemplateUnknown, match="was not made from a template"):
        library.origin(platform.notary)


def test_publishing_our_templates_twice_publishes_them_once(
    library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    author = newcomer()
    told: list[bool] = []

    first = publish_templates(library, list(bundles.values()), author, tell=lambda offer, new: told.append(new))
    again = publish_templates(library, list(bundles.values()), author, tell=lambda offer, new: told.append(new))

    assert first == again == library.list(author=author)
    assert told == [True] * len(bundles) + [False] * len(bundles)
    assert all(library.earnings(offer.id).from_uses == 0 for offer in first)
