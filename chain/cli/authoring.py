"""`mz template new|check|test|publish|incentive|attach|verify`: what authors and testers do with a template's
folder or bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.cli.asking import values_of_flags
from chain.cli.browsing import describe, library_of
from chain.cli.contract import named_address
from chain.cli.screen import amount, percent, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.errors import BundleError, CheckFailed, RegistryError

if TYPE_CHECKING:
    from chain.registry.bundle import Bundle
    from chain.registry.library import Library
    from chain.registry.reports import Step, TestReport


@click.command(cls=Leaf)
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def new(session: Session, folder: Path) -> None:
    """Make FOLDER with a template that compiles, passes its check and has tests; change it into yours."""
    from chain.registry.scaffold import scaffold

    written = scaffold(folder)
    if session.json:
        session.screen.data({"folder": folder, "files": written})
        return
    for path in written:
        session.screen.line(str(path))
    session.screen.say(f"next: mz template check {folder}")


@click.command(cls=Leaf)
@click.argument("what", metavar="FOLDER|NAME")
@click.option("--set", "given", multiple=True, metavar="PARAMETER=VALUE", help="For the one use that is tried.")
@click.option("--tests/--no-tests", default=True, help="Run the folder's own tests (Python) in a sandbox.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File for the signed report.")
@click.option("--bundle", type=click.Path(path_type=Path, dir_okay=False), help="File for the bundle, when all passed.")
@click.option("--attach", metavar="NAME", help="Attach the signed report to this published template's newest version.")
@click.option("--against", metavar="NAME", help="Compare storage with this published template's newest version.")
@click.option(
    "--deployed",
    "nodes",
    multiple=True,
    metavar="URL",
    help="Check the published NAME on this node instead; may be repeated.",
)
@click.option("--version", type=click.IntRange(1), help="Of the published template, instead of the newest.")
@click.pass_obj
def check(
    session: Session,
    what: str,
    given: tuple[str, ...],
    tests: bool,
    out: Path | None,
    bundle: Path | None,
    attach: str | None,
    against: str | None,
    nodes: tuple[str, ...],
    version: int | None,
) -> None:
    """Try everything that can be tried about the template in FOLDER, and report it.

    Manifest, compilation, size, forbidden instructions, everything the manifest promises, storage of upgradeable
    versions, one use on a throw-away chain with its gas, whether declared interfaces answer, the folder's own tests in
    a sandbox, lint, static analysis. With --deployed (repeatable) the published template NAME is asked on each node:
    the same chain and terms, its bundle, and whether instances answer to the declared interfaces.

    --out and --attach sign the report with the key of --from. The file of --bundle can be published from any node's
    page, or by `mz template publish`. Exit status 1 when anything failed.
    """
    if nodes:
        from chain.registry.answering import answers_everywhere

        report = answers_everywhere(nodes, what, version)
        library = library_of(session, acting=True) if attach is not None else None
        _sign(session, report, out, library, attach, version)
        return
    _check_folder(session, Path(what), values_of_flags(given), tests, out, attach, against, version, bundle)


def _check_folder(
    session: Session,
    folder: Path,
    values: dict[str, str],
    tests: bool,
    out: Path | None,
    attach: str | None,
    against: str | None,
    version: int | None,
    bundle: Path | None,
) -> None:
    from chain.launch.dev import dev
    from chain.registry.inspection import inspect

    if not folder.is_dir():
        raise BundleError(f"there is no folder {folder}", hint="give the folder that holds template.toml")
    if tests and (folder / "tests").is_dir():
        session.screen.say("its tests are Python of its author's; they run in a sandbox, --no-tests leaves them out")
    library = library_of(session, acting=True) if attach is not None else None
    before = None
    if against is not None:
        published = library_of(session)
        before = published.bundle(published.show(against))
    elif library is not None and attach is not None:
        newest = library.show(attach)
        if newest.upgradeable and (version or newest.version) > 1:
            before = library.bundle(library.show(newest.id, (version or newest.version) - 1))
    found = inspect(folder, say=session.screen.say, stage=dev, values=values, before=before, tests=tests)
    if bundle is not None and found.bundle is not None and found.report.passed:
        bundle.write_bytes(found.bundle.data)
        session.screen.say(f"wrote {bundle}")
    _sign(session, found.report, out, library, attach, version)


def _sign(
    session: Session,
    report: TestReport,
    out: Path | None,
    library: Library | None,
    attached: str | None,
    version: int | None,
) -> None:
    """Sign the report where it is to be kept or attached, and tell what it says; raises CheckFailed."""
    from chain.registry import reports

    if out is not None or library is not None:
        signed = reports.sign(report, session.account())
        if out is not None:
            out.write_bytes(signed)
            session.screen.say(f"wrote {out}")
        if library is not None and attached is not None:
            offer = library.show(attached, version)
            reports.attach(library, offer, signed, sender=library.client.wallet.first)
            session.screen.say(
                f"attached to {offer.name} version {offer.version} as {shown(session.account().address)}"
            )
    _tell(session, list(report.steps), report)


@click.command(cls=Leaf)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def test(session: Session, folder: Path) -> None:
    """Run the tests in FOLDER/tests in a sandbox: a copy, an empty home, no network where the system allows it, limits.

    They are Python of the template's author. Nothing runs them but this command and `mz template check`.
    """
    from chain.registry.bundle import make_bundle
    from chain.registry.compiling import compile_folder
    from chain.registry.trial import try_folder

    compiled = compile_folder(folder, session.screen.say)
    session.confirm(f"run the Python in {folder / 'tests'}?")
    trial = try_folder(folder, make_bundle(folder, compiled.artifact))
    if trial is None:
        raise RegistryError(f"there is no test in {folder / 'tests'}", hint="tests are files called test_*.py")
    if session.json:
        session.screen.data({"passed": trial.passed, "summary": trial.summary, "isolated": trial.isolated})
    else:
        session.screen.say(trial.output.rstrip())
        session.screen.line(trial.summary)
    if not trial.passed:
        raise CheckFailed(f"the tests of {compiled.manifest.name} did not pass: {trial.summary}")


@click.command(cls=Leaf)
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--price", metavar="MZ", help="Of one use, instead of what the manifest proposes.")
@click.option("--share-bps", type=click.IntRange(0, 1000), help="Of every trade, in basis points.")
@click.option("--payee", metavar="ACCOUNT", help="Who is paid; you, if not given.")
@click.pass_obj
def publish(session: Session, source: Path, price: str | None, share_bps: int | None, payee: str | None) -> None:
    """Publish the template in SOURCE, a folder or a bundle file, as the next version of your template of that name.

    A folder is compiled first. Terms are for good: another price is another version. A later version of an upgradeable
    template is refused when it would not find storage where the one before it left it.
    """
    from chain.registry.units import amount as wei

    bundle = _bundle(session, source)
    proposed = bundle.manifest.terms
    price_wei = proposed.price_wei if price is None else wei(price)
    share = proposed.share_bps if share_bps is None else share_bps
    library = library_of(session, acting=True)
    sender = library.client.wallet.first
    _find_storage(library, bundle, sender.address)
    paid = None if payee is None else named_address(session, library.client, payee)
    session.confirm(
        f"publish {bundle.manifest.name} as {shown(sender.address)} at {amount(price_wei)} per use "
        f"and {percent(share)} of every trade{'' if paid is None else f', paid to {shown(paid)}'}?"
    )
    offer = library.publish(bundle, sender=sender, price=price_wei, share_bps=share, payee=paid)
    if session.json:
        session.screen.data(describe(offer))
        return
    session.screen.line(f"0x{offer.id.hex()}")
    session.screen.say(f"published {offer.name} version {offer.version} at {amount(offer.price)} per use")


def _find_storage(library: Library, bundle: Bundle, author: bytes) -> None:
    """Raise CheckFailed when instances of the author's version before would lose what they keep."""
    from chain.errors import TemplateUnknown
    from chain.registry.inspection import storage_changes

    if bundle.manifest.kind != "upgradeable":
        return
    try:
        newest = library.show(f"{shown(author)}/{bundle.manifest.name}")
    except TemplateUnknown:
        return
    if newest.upgradeable and (changes := storage_changes(bundle, library.bundle(newest))):
        lines = "\n".join(f"  {change}" for change in changes)
        raise CheckFailed(
            f"instances of {newest.name} version {newest.version} would lose data if they moved here:\n{lines}",
            hint="leave what is there in its place and append, or begin another namespace",
        )


@click.command(cls=Leaf)
@click.argument("name")
@click.argument("number", metavar="VERSION", type=click.IntRange(1))
@click.argument("quoter", metavar="[QUOTER]", required=False)
@click.pass_obj
def incentive(session: Session, name: str, number: int, quoter: str | None) -> None:
    """Have your contract QUOTER say what each user of VERSION of your template NAME pays; without one, nobody.

    It can only lower the published price; when it fails or takes more than 50,000 gas, the full price is due.
    """
    library = library_of(session, acting=True)
    address = None if quoter is None else named_address(session, library.client, quoter)
    who = "nobody" if address is None else shown(address)
    session.confirm(f"let {who} lower the price of {name} version {number}?")
    offer = library.set_incentive(name, number, address, sender=library.client.wallet.first)
    if session.json:
        session.screen.data(describe(offer) | {"incentive": None if address is None else who})
    else:
        session.screen.say(f"{offer.name} version {offer.version}: {who} may lower the price")


@click.command(cls=Leaf)
@click.argument("name")
@click.argument("report", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.pass_obj
def attach(session: Session, name: str, report: Path, version: int | None) -> None:
    """Attach the signed REPORT that `mz template check --out` wrote to a published version, in your name.

    Its file is kept at the node, its digest goes on the chain. Whoever signed it has to attach it.
    """
    from chain.registry import reports

    library = library_of(session, acting=True)
    offer, sender = library.show(name, version), library.client.wallet.first
    data = report.read_bytes()
    signed = reports.read_report(data)
    if signed.signer != shown(sender.address):
        raise RegistryError(
            f"the report was signed by {signed.signer}, not by {shown(sender.address)}: nobody would believe it",
            hint="attach it with --from the account that signed it",
        )
    session.confirm(f"vouch for {offer.name} version {offer.version} as {signed.signer}?")
    mined = reports.attach(library, offer, data, sender=sender)
    if session.json:
        told = {"signer": signed.signer, "passed": signed.report.passed, "transaction": mined.transaction_hash}
        session.screen.data(describe(offer) | told)
    else:
        session.screen.say(f"attached to {offer.name} version {offer.version} as {signed.signer}")


@click.command(cls=Leaf)
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Instead of the newest.")
@click.option("--instance", metavar="ADDRESS", help="Compare the code of this instance too.")
@click.pass_obj
def verify(session: Session, name: str, version: int | None, instance: str | None) -> None:
    """Recompile the published template NAME from its bundle's sources and compare with the code on the chain."""
    from chain.registry.compiling import matches_chain, verify_bundle

    library = library_of(session)
    offer = library.show(name, version)
    bundle = library.bundle(offer)
    match = verify_bundle(bundle, session.screen.say)
    on_chain = None
    if not offer.brings_code:
        on_chain = matches_chain(bundle.artifact, library.client.code(offer.implementation))
    of_instance = None
    if instance is not None:
        address = library.client.address_of(instance)
        made_from = library.origin(address)
        if (made_from.id, made_from.version) != (offer.id, offer.version):
            raise RegistryError(f"{instance} was made from {made_from}", hint="name that template and version")
        code = library.client.code(address)
        of_instance = matches_chain(bundle.artifact, code) if offer.brings_code else _behind(offer.implementation, code)
    facts: dict[str, Any] = {
        "template": offer.name,
        "version": offer.version,
        "bundle": bundle.cid,
        "creation_code": match.creation,
        "runtime_code": match.runtime,
        "on_chain": on_chain,
        "instance": of_instance,
        "immutables": [list(place) for place in match.immutables],
        "metadata": match.metadata,
        "differs": list(match.differs),
    }
    if session.json:
        session.screen.data(facts)
    else:
        words = {"full": "the same to the last byte", "code": "the same but for the metadata hash", "none": "different"}
        rows = [
            ("creation code", words[match.creation]),
            ("runtime code", words[match.runtime]),
            ("on the chain", words[on_chain] if on_chain else "by its hash; every user brings the code"),
            ("immutables", f"{len(match.immutables)} places that only the chain knows"),
            ("bundle", bundle.cid),
        ]
        rows += [("instance", words[of_instance])] if of_instance else []
        session.screen.table((f"{offer.name} version {offer.version}", "its sources give"), rows)
    if "none" in (match.creation, match.runtime, on_chain, of_instance):
        raise CheckFailed(
            f"{offer}: the sources in its bundle do not give its code", hint="do not use it; its author misleads"
        )


def _behind(implementation: bytes, code: bytes) -> str:
    """Whether an instance's code is a clone of the implementation, or the registry's proxy."""
    from chain.artifacts import load

    return "full" if implementation in code[:45] or load("InstanceProxy").matches(code) else "none"


def _tell(session: Session, steps: list[Step], data: Any) -> None:
    if session.json:
        session.screen.data(data)
    else:
        session.screen.table(
            ("step", "outcome", "what was found"), [(s.name, s.outcome, s.detail.partition("\n")[0]) for s in steps]
        )
        for step in steps:
            if step.outcome == "failed" and "\n" in step.detail:
                session.screen.say(f"{step.name}:\n{step.detail}")
    failed = [step.name for step in steps if step.outcome == "failed"]
    if failed:
        raise CheckFailed(f"failed: {', '.join(failed)}", hint="correct what the table says and check again")


def _bundle(session: Session, source: Path) -> Bundle:
    from chain.registry.bundle import make_bundle, open_bundle
    from chain.registry.compiling import compile_folder

    if source.is_dir():
        compiled = compile_folder(source, session.screen.say)
        for warning in compiled.warnings:
            session.screen.say(warning)
        return open_bundle(make_bundle(source, compiled.artifact))
    try:
        data = source.read_bytes()
    except OSError as problem:
        raise BundleError(f"cannot read {source}: {problem.strerror}") from problem
    return open_bundle(data)
