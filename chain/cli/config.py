"""`mz config show`: every setting in force, what it means and where its value came from."""

from __future__ import annotations

import click

from chain import settings
from chain.cli.session import Session
from chain.cli.tree import Branch


@click.group(cls=Branch)
def config() -> None:
    """Show the settings in force."""


@config.command()
@click.pass_obj
def show(session: Session) -> None:
    """Every setting with its value, its meaning and its origin.

    Later wins: defaults, mz.toml in the working folder, MZ_* variables, flags.
    """
    rows = list(session.loaded.rows())
    if session.json:
        session.screen.data(
            {
                name: {"value": value, "origin": str(origin), "meaning": settings.meaning(name)}
                for name, value, origin in rows
            }
        )
        return
    session.screen.table(
        ("setting", "value", "from", "meaning"),
        [(name, _text(value), str(origin), settings.meaning(name)) for name, value, origin in rows],
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" else "none"
