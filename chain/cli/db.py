"""`mz db`: the chain in a data folder, while nobody serves it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from chain.cli.session import Session
from chain.cli.tree import Branch
from chain.errors import StoreError, UsageError

if TYPE_CHECKING:
    from chain.launch import NodeOptions


@click.group(cls=Branch)
def db() -> None:
    """Check, move and shrink the chain in a data folder, while no node serves it."""


@db.command()
@click.pass_obj
def verify(session: Session) -> None:
    """Execute every block again from genesis and compare everything that is stored with what comes out."""
    from chain.launch import open_offline, verify_chain

    with open_offline(_options(session)) as offline, session.screen.count("verifying blocks") as progress:
        offline.index.start()
        begun = time.monotonic()
        verified = verify_chain(offline, progress)
    _show(session, {"sound": True, **msgspec.structs.asdict(verified), "seconds": round(time.monotonic() - begun, 2)})


@db.command()
@click.pass_obj
def rebuild(session: Session) -> None:
    """Make the SQL index anew from the blocks."""
    from chain.launch import open_offline

    with open_offline(_options(session)) as offline, session.screen.count("indexing blocks") as progress:
        if offline.store.read_only:
            raise StoreError(
                f"{session.settings.data_dir} cannot be written", hint="free disk space or mend its rights, then repeat"
            )
        offline.index.rebuild(progress)
        head = offline.store.head.number
    _show(session, {"blocks": head + 1, "index": session.settings.data_dir / "chain" / "index.sqlite"})


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "first", metavar="N", type=click.IntRange(0), default=0, help="First block (0).")
@click.option("--to", "last", metavar="N", type=click.IntRange(0), help="Last block (the head).")
@click.pass_obj
def export(session: Session, /, file: Path, first: int, last: int | None) -> None:
    """Write blocks to FILE in RLP, as geth reads them; compressed if its name ends in .gz."""
    from chain.launch import export_chain, open_offline

    with open_offline(_options(session)) as offline, session.screen.count("writing blocks") as progress:
        exported = export_chain(offline.store, file, first, last, progress)
    _show(session, {"file": file, **msgspec.structs.asdict(exported)})


@db.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--skip-seals", is_flag=True, help="Believe proofs of work; everything else is checked all the same.")
@click.pass_obj
def bring(session: Session, /, file: Path, skip_seals: bool) -> None:
    """Verify and take the blocks of FILE, which geth or `mz db export` wrote; goes on where it was stopped."""
    from chain.launch import import_chain, open_node

    folder = session.settings.data_dir
    if not (folder / "chain" / "format").is_file():
        raise UsageError(
            f"there is no chain in {folder} that blocks could follow",
            hint="begin it with the file's own genesis: mz node init --genesis FILE",
        )
    opened = open_node(_options(session, seals=not skip_seals))
    begun = time.monotonic()
    try:
        with session.screen.count("reading the file") as progress:
            imported = import_chain(opened.node, file, progress)
    finally:
        opened.node.close()
    _show(session, {**msgspec.structs.asdict(imported), "seconds": round(time.monotonic() - begun, 2)})


@db.command()
@click.option("--keep", metavar="N", type=click.IntRange(1), required=True, help="Blocks whose state stays.")
@click.pass_obj
def prune(session: Session, keep: int) -> None:
    """Forget the state of all but the last N blocks; blocks, receipts and logs stay.

    The database is copied, so there must be room for the copy. Calls, proofs and traces of older blocks are no longer
    answered afterwards, and `mz db verify` begins at the oldest state.
    """
    from chain.launch import open_offline
    from chain.store import prune as prune_store

    session.confirm(f"forget the state of all but the last {keep} blocks in {session.settings.data_dir}?")
    with open_offline(_options(session)) as offline, session.screen.count("copying") as progress:
        pruned = prune_store(offline.store, keep, progress)
    _show(session, msgspec.structs.asdict(pruned))


def _options(session: Session, *, seals: bool = True) -> NodeOptions:
    from chain.launch import NodeOptions

    settings = session.settings
    return NodeOptions(data_dir=settings.data_dir, engine=settings.node.engine, seals=seals)


def _show(session: Session, facts: dict[str, Any]) -> None:
    if session.json:
        session.screen.data(facts)
        return
    rows = [(name.replace("_", " "), _text(value)) for name, value in facts.items()]
    session.screen.table(("what", "which"), rows)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
