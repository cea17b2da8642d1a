"""Commands by name, imported only when they are called; and the flags that every command takes.

The tree holds one line of help per command, so that `mz --help` imports none of them.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from chain.cli.session import Session
from chain.version import VERSION


def _remember(field: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        if value not in (None, False):
            setattr(context.ensure_object(Session), field, value)
        return value

    return callback


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"mz v{VERSION}")
        context.exit()


def everywhere() -> list[click.Parameter]:
    """The flags that every command takes, before or after its name."""
    return [
        click.Option(["--rpc"], metavar="URL", expose_value=False, callback=_remember("rpc"), help="Node to talk to."),
        click.Option(
            ["--data-dir"],
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            expose_value=False,
            callback=_remember("data_dir"),
            help="Folder of the chain and the keys.",
        ),
        click.Option(["--from"], metavar="ACCOUNT", expose_value=False, callback=_remember("sender"), help="Who acts."),
        click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_remember("json"), help="Answer in JSON on stdout."
        ),
        click.Option(["--yes"], is_flag=True, expose_value=False, callback=_remember("yes"), help="Ask nothing."),
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
        ),
    ]


class Leaf(click.Command):
    """A command with the flags that every command takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {option for parameter in self.params for option in parameter.opts}
        self.params += [parameter for parameter in everywhere() if not own & set(parameter.opts)]


class Branch(click.Group):
    """A noun with its verbs; a misspelt verb is answered with the nearest one."""

    command_class = Leaf

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += everywhere()

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the next word names."""
        name = args[0]
        if not name.startswith("-") and self.get_command(context, name) is None:
            close = difflib.get_close_matches(name, self.list_commands(context), n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"there is no command `{context.command_path} {name}`{meant}", context)
        return super().resolve_command(context, args)


class Tree(Branch):
    """The root: its commands are modules that are imported when they are called."""

    def __init__(self, *args: Any, commands_at: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = commands_at

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order in which a newcomer needs them."""
        return list(self._commands_at)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import the command; None if there is none of that name."""
        if name not in self._commands_at:
            return None
        module, _, attribute = self._commands_at[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, from the table instead of the modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._commands_at.items()])
