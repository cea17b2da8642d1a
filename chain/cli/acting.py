"""`mz template status|do`: what an instance says, who can do what with it now, and doing one of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chain.cli.asking import asked, is_asking, values_of_flags
from chain.cli.browsing import library_of
from chain.cli.contract import named_address
from chain.cli.screen import amount, shown
from chain.cli.session import Session
from chain.cli.tree import Leaf
from chain.cli.values import harmless
from chain.errors import UsageError

if TYPE_CHECKING:
    from chain.primitives import Address
    from chain.registry import Instance, Library, Possible, Prepared

_SET = click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A value; may be repeated.")
_LANGUAGE = click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)


@click.command(cls=Leaf)
@click.argument("instance")
@_SET
@_LANGUAGE
@click.pass_obj
def status(session: Session, instance: str, given: tuple[str, ...], language: str) -> None:
    """What INSTANCE says about itself, what the Till holds for it, and who can do what with it now.

    Values such as `--set order=2` are for what is said, and can be done, about one of several.
    """
    from chain.registry import possible, told
    from chain.registry.parameters import check_names

    library, thing = _found(session, instance)
    manifest, values = thing.bundle.manifest, values_of_flags(given)
    arguments = [one for action in manifest.actions for one in action.arguments]
    check_names([*arguments, *(one for state in manifest.states for one in state.arguments)], values)
    user = named_address(session, library.client, session.settings.sender or "dev0")  # no key is needed to look
    states = told(thing, values, user=user, language=language)
    actions = possible(thing, values, user=user, language=language)
    offer = library.origin(thing.address)
    if session.json:
        session.screen.data(
            {
                "instance": shown(thing.address),
                "template": offer.name,
                "version": offer.version,
                "share_bps": offer.share_bps,
                "states": [
                    {"name": one.name, "sentence": one.sentence, "till": one.pot, "missing": one.missing}
                    for one in states
                ],
                "actions": [_in_json(one) for one in actions],
            }
        )
        return
    session.screen.line(harmless(f"{manifest.title.in_language(language)}: {offer.name} version {offer.version}"))
    for state in states:
        if state.missing:
            session.screen.line(f"  {state.name}: give {', '.join(f'--set {name}=…' for name in state.missing)}")
            continue
        session.screen.line(harmless(f"  {state.sentence}"))
        for sentence in state.pot:
            session.screen.line(f"    {sentence}")
    session.screen.line("")
    rows = [
        (
            one.action.name,
            harmless(one.label),
            _who(one, user),
            _when(one),
            ", ".join(a.name for a in one.action.arguments),
        )
        for one in actions
    ]
    session.screen.table(("action", "what", "who", "now", "takes"), rows)
    session.screen.say(f"do one of it with: mz template do {shown(thing.address)} ACTION")


@click.command(cls=Leaf)
@click.argument("instance")
@click.argument("action", required=False)
@_SET
@click.option("--ref", metavar="HEX", help="Your own reference of a payment whose action has none.")
@click.pass_obj
def do(session: Session, instance: str, action: str | None, given: tuple[str, ...], ref: str | None) -> None:
    """Do ACTION of INSTANCE, one of those that `mz template status` lists.

    On a terminal, arguments that are not given are asked for. It is tried before: what it pays, what burns, the gas,
    and why it would be refused are said before you sign.
    """
    from chain.primitives import from_hex
    from chain.registry import gas_of_action

    library, thing = _found(session, instance, acting=True)
    names = [one.name for one in thing.bundle.manifest.actions]
    if action is None:
        hint = f"one of {', '.join(names)}; mz template status {instance} says more" if names else None
        raise UsageError("which action?", hint=hint)
    sender = library.client.wallet.first
    values = _values(session, thing, action, values_of_flags(given), sender.address)
    reference = bytes(32) if ref is None else from_hex(ref, length=32, name="--ref")
    prepared = thing.prepare(action, values, sender=sender, ref=reference)
    gas = gas_of_action(library, prepared, sender=sender)
    if not (session.json and session.yes):
        _show(session, library, thing, prepared, gas)
    session.confirm(f"{harmless(_label(thing, prepared))}, as {shown(sender.address)}?")
    done = thing.carry_out(prepared, sender=sender)
    used = sum(mined.gas_used for mined in done)
    if session.json:
        session.screen.data(
            {
                "instance": shown(thing.address),
                "action": action,
                "spent": [
                    {"token": shown(one.token), "amount": str(one.gross), "waits": one.how == "hold"}
                    for one in prepared.spent
                ],
                "transactions": [mined.transaction_hash for mined in done],
                "gas_used": used,
            }
        )
        return
    for mined in done:
        session.screen.line(f"0x{mined.transaction_hash.hex()}")
    session.screen.say(f"done, with {used:,} gas; mz template status {shown(thing.address)} shows how it stands now")


def _found(session: Session, instance: str, *, acting: bool = False) -> tuple[Library, Instance]:
    from chain.registry import Instance

    library = library_of(session, acting=acting)
    return library, Instance.at(library, library.client.address_of(instance))


def _values(session: Session, thing: Instance, action: str, given: dict[str, str], user: Address) -> dict[str, str]:
    from chain.registry.parameters import check_names

    chosen = next((one for one in thing.bundle.manifest.actions if one.name == action), None)
    if chosen is None:
        return given  # the instance itself says which there are
    check_names(chosen.arguments, given)
    if not is_asking(session):
        return given
    scene = thing.scene(user)
    return asked(
        session,
        chosen.arguments,
        given,
        lambda values: scene,
        lambda argument, values: thing.options(action, argument.name, user, values),
    )


def _show(session: Session, library: Library, thing: Instance, prepared: Prepared, gas: int) -> None:
    """What is about to be signed."""
    from chain.registry.parameters import shown_values

    action, till = prepared.action, library.client.contract("Till", library.platform.till)
    rows: list[tuple[str, str]] = [] if action.help is None else [("note", action.help.en)]
    values = shown_values(action.arguments, prepared.values, prepared.scene)
    rows += [(one.label.en, values[one.name]) for one in action.arguments]
    if len(prepared.moves) > 1:
        rows += [(f"step {number}", move.label.en) for number, move in enumerate(prepared.moves, 1)]
    for spent in prepared.spent:
        money = spent.money.show
        if spent.how == "hold":
            rows.append(("deposit", f"{money(spent.gross)} wait in the Till; a fee is due only when they are paid out"))
        elif spent.how == "transfer":
            rows.append(("transfer", f"{money(spent.gross)}, for nothing in return, and without a fee"))
        else:
            fee, share, _, net = till.call("quote", spent.gross, thing.address)
            rows.append(("payment", f"{money(spent.gross)}, of which {money(fee)} are the fee"))
            rows.append(("from it", f"{money(share)} to the template's author, {money(net)} to the contract"))
    price = int(library.client.rpc("eth_gasPrice"), 16)
    cost = f"about {gas:,}, {amount(gas * price, 'ETH')} at today's price" if gas else "this node cannot say"
    rows.append(("gas", cost))
    safe = [(harmless(name), harmless(value)) for name, value in rows]
    session.screen.table((harmless(_label(thing, prepared)), ""), safe, aside=True)


def _label(thing: Instance, prepared: Prepared) -> str:
    from chain.registry.overview import filled

    return filled(thing, prepared.action, prepared.values, user=prepared.scene.user)


def _who(one: Possible, user: Address) -> str:
    if one.parties is None:
        return "depends on " + ", ".join(one.missing)
    if one.parties.anyone:
        return "anyone"
    others = [shown(account) for account in one.parties.accounts if account != user and any(account)]
    return " or ".join((["you"] if one.parties.includes_user else []) + others) or "nobody now"


def _when(one: Possible) -> str:
    if one.now is None:
        return "depends on " + ", ".join(one.missing)
    return "yes" if one.now else "no"


def _in_json(one: Possible) -> dict[str, Any]:
    parties = one.parties
    return {
        "name": one.action.name,
        "label": one.label,
        "help": one.action.help.en if one.action.help else None,
        "who": None if parties is None else "anyone" if parties.anyone else [shown(who) for who in parties.accounts],
        "you": None if parties is None else parties.includes_user,
        "now": one.now,
        "missing": one.missing,
        "arguments": [
            {"name": a.name, "type": a.type, "unit": a.unit, "label": a.label.en, "default": a.default}
            | {"min": a.min, "max": a.max}
            for a in one.action.arguments
        ],
    }
