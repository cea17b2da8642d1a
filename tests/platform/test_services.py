"""Owners, reports and combinations, through the library on a real chain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chain import Client
from chain.client import Platform
from chain.errors import RegistryError, TemplateRefused
from chain.registry import Bundle, Library, Tenures, combination, interface, reports
from chain.wallet import Account

MZ = 10**18
Newcomer = Callable[..., Account]


def test_parts_are_wired_and_made_in_one_transaction(
    client: Client, library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    author, user = newcomer(), newcomer(10)
    offer = library.publish(bundles["tip-jar"], sender=author)
    name = f"0x{offer.id.hex()}"
    plan = combination.read_plan(
        f"""
        name = "two-jars"
        [[part]]
        name = "outer"
        template = "{name}"
        values = {{ person = "{{inner}}" }}
        [[part]]
        name = "inner"
        template = "{name}"
        """.encode()
    )

    prepared = combination.prepare(library, plan, sender=user)
    made = combination.carry_out(library, prepared, sender=user)

    assert prepared.price == 2 * MZ == sum(one.paid for one in made.values())
    assert made["outer"].transaction_hash == made["inner"].transaction_hash
    outer = client.contract(bundles["tip-jar"].artifact, made["outer"].instance)
    assert outer.call("recipient") == made["inner"].instance
    parts = {part: (one.instance, bundles["tip-jar"]) for part, one in made.items()}
    names = {item["name"] for item in interface.abi_of(parts) if item["type"] == "function"}
    assert {"outer_tips", "inner_tips"} <= names
    scope: dict[str, object] = {}
    exec(interface.python_of("two-jars", parts), scope)  # what it writes must be Python that works
    jars = scope["TwoJars"](client)  # type: ignore[operator]
    assert jars.outer_recipient() == made["inner"].instance
    assert "inner_tips(): Promise<[bigint, bigint]>" in interface.typescript_of("two-jars", parts)


def test_a_makers_instances_are_claimed_offered_and_taken(
    library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    author, maker, heir = newcomer(), newcomer(10), newcomer(10)
    offer = library.publish(bundles["tip-jar"], sender=author)
    used = library.use(offer.id, sender=maker)
    tenures = Tenures(library)
    assert [one.instance for one in tenures.of(maker)] == [used.instance]

    with pytest.raises(TemplateRefused, match="was made by"):
        tenures.claim(used.instance, sender=heir)
    tenures.offer(used.instance, heir, sender=maker)
    tenures.accept(used.instance, sender=heir)

    assert tenures.show(used.instance).owner == heir.address
    assert [one.instance for one in tenures.of(heir)] == [used.instance]
    assert tenures.of(maker) == []
    wish = library.prepare(offer.id, sender=heir)
    successor = tenures.replace(used.instance, wish, sender=heir)
    assert tenures.show(used.instance).successor == successor.instance
    assert tenures.show(used.instance).state == "replaced"


def test_a_report_is_shown_with_who_signed_it_and_nothing_else_is_believed(
    client: Client, platform: Platform, library: Library, bundles: dict[str, Bundle], newcomer: Newcomer
) -> None:
    author, tester, stranger = newcomer(), newcomer(), newcomer()
    offer = library.publish(bundles["tip-jar"], sender=author)
    about = reports.TestReport(
        template="tip-jar",
        source_version="1.0.0",
        bundle=bundles["tip-jar"].cid,
        steps=(reports.Step(name="tests", outcome="passed"),),
    )
    signed = reports.sign(about, tester)

    reports.attach(library, offer, signed, sender=tester)
    reports.attach(library, offer, signed, sender=stranger)
    client.contract("Templates", platform.templates).send("attest", offer.id, 1, b"\x07" * 32, sender=stranger)

    honest, borrowed, empty = reports.badges(library, offer)
    assert (honest.signer, honest.passed, honest.problem) == (tester.address, True, None)
    assert (borrowed.passed, borrowed.problem) == (
        False,
        f"the report was signed by {reports.read_report(signed).signer}",
    )
    assert (empty.passed, empty.problem) == (False, "nobody here has the report")
    other = library.publish(bundles["copyright-licence"], sender=author)
    with pytest.raises(RegistryError, match="is another one"):
        reports.attach(library, other, signed, sender=tester)
