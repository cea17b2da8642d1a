"""The entrance: run the command, turn whatever it ends in into a message and an exit status.

Imports nothing heavy, so that `mz --version` and `mz --help` answer at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO

import click

from chain.cli.session import Session
from chain.cli.tree import Tree
from chain.errors import ChainError, ContractReverted, TemplateRefused

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "up": ("chain.cli.up:up", "Start a chain on this machine and serve it."),
    "demo": ("chain.cli.demo:demo", "Play the platform's story on a throw-away chain and check every figure."),
    "node": ("chain.cli.node:node", "Run a bare node for developers and tools, and look after it."),
    "db": ("chain.cli.db:db", "Check, move and shrink the chain in a data folder."),
    "account": ("chain.cli.account:account", "Make, import, list, export and use keys."),
    "tx": ("chain.cli.tx:tx", "Show, trace and send transactions."),
    "block": ("chain.cli.block:block", "Show blocks."),
    "template": ("chain.cli.template:template", "Find, publish, use, combine, upgrade and test contract templates."),
    "contract": ("chain.cli.contract:contract", "Compile, deploy, call, send to, watch, verify and type contracts."),
    "token": ("chain.cli.token:token", "Look at MZ, move it, and see what burned and what vests."),
    "fees": ("chain.cli.fees:fees", "See what a payment divides into and what the platform earned."),
    "sale": ("chain.cli.sale:sale", "Buy MZ in the public sale, claim it, or have the ether back."),
    "feed": ("chain.cli.feed:feed", "See the yuan feed, and report to it."),
    "buyback": ("chain.cli.buyback:buyback", "Open a round, sell to it, and check every round from its events."),
    "funds": ("chain.cli.treasury:funds", "See what the sale raised is used for, and send it there."),
    "vault": ("chain.cli.vault:vault", "See the treasury of five keys, sign its payments, and change a key."),
    "shares": ("chain.cli.treasury:shares", "Issue shares in an income, see them, and claim what they earned."),
    "simulate": ("chain.cli.simulate:simulate", "Play the economy through years in seconds."),
    "deploy": ("chain.cli.deploy:deploy", "Roll the platform out on any EVM chain, and check what is there."),
    "config": ("chain.cli.config:config", "Show the settings in force."),
    "bench": ("chain.cli.bench:bench", "Measure how fast this installation is, beside other chains on the PATH."),
    "doctor": ("chain.cli.doctor:doctor", "Check that everything needed is here."),
}


@click.group(
    cls=Tree,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="MZ_DEBUG=1 shows where an error came from. Settings: mz.toml, MZ_* variables, flags; see `mz config show`.",
)
def mz() -> None:
    """A chain whose contract templates pay their authors."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    debug = os.environ.get("MZ_DEBUG", "") not in ("", "0")
    try:
        status = mz.main(
            args=None if arguments is None else list(arguments), prog_name="mz", standalone_mode=False, obj=Session()
        )
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except BrokenPipeError:
        # Whoever read our output has seen enough. What is still buffered must not fail again at exit.
        _close(sys.stdout)
        _close(sys.stderr)
        return FAILED
    except Exception as problem:
        if debug:
            traceback.print_exc()
        if isinstance(problem, click.exceptions.NoArgsIsHelpError):
            problem.show()
            return MISUSED
        message, hint, status = explain(problem)
        if status == INTERRUPTED:
            click.echo(err=True)  # ends the line on which the question stands
        _tell(message, hint)
        return status
    except KeyboardInterrupt:
        _tell("interrupted", None)
        return INTERRUPTED


def explain(problem: Exception) -> tuple[str, str | None, int]:
    """What to say about an error, what to do next, and the exit status."""
    cause = problem.__cause__ if isinstance(problem, TemplateRefused) else problem
    if isinstance(problem, ChainError) and isinstance(cause, ContractReverted) and problem.hint is None:
        from chain.cli.refusals import meaning

        return problem.message, meaning(cause), problem.exit_status
    if isinstance(problem, ChainError):
        return problem.message, problem.hint, problem.exit_status
    if isinstance(problem, click.UsageError):
        where = problem.ctx.command_path if problem.ctx is not None else "mz"
        return problem.format_message(), f"see: {where} --help", MISUSED
    if isinstance(problem, click.ClickException):
        return problem.format_message(), None, problem.exit_code
    if isinstance(problem, click.Abort):
        if isinstance(problem.__context__, KeyboardInterrupt):  # at a question, where click stands in between
            return "interrupted: nothing was confirmed", None, INTERRUPTED
        return "stopped: nothing was confirmed", "add --yes to go on without being asked", FAILED
    if isinstance(problem, OSError):
        place = f"{problem.filename}: " if problem.filename else ""
        return f"{place}{problem.strerror or problem}", None, FAILED
    return (
        f"unexpected {type(problem).__name__}: {problem}",
        "this is a fault of ours; MZ_DEBUG=1 before the command shows where it happened",
        FAILED,
    )


def _tell(message: str, hint: str | None) -> None:
    try:
        click.echo(f"mz: {message}", err=True)
        if hint:
            click.echo(f"    {hint}", err=True)
    except BrokenPipeError:
        _close(sys.stderr)


def _close(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
