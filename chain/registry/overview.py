"""An instance at one look: everything it says about itself now, and everything somebody could do with it.

For one reader, at one moment. What is shown of money comes from the Till, the rest from the contract in the author's
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from chain.client.client import Who
from chain.errors import ChainError, ClientError, ParameterError
from chain.model import Record
from chain.registry.instance import Instance
from chain.registry.moves import Parties
from chain.registry.parameters import shown_value, values_of
from chain.registry.tables import Action, Parameter

_T = TypeVar("_T")


class Told(Record):
    """A state that holds now."""

    name: str
    sentence: str
    pot: tuple[str, ...]  # what the Till says about its money; nothing for a state without a pot
    missing: tuple[str, ...] = ()  # values that have to be given before it says anything


class Possible(Record):
    """An action, and who can do it when."""

    action: Action
    label: str
    parties: Parties | None  # None: it depends on a value that is missing
    now: bool | None  # None: likewise
    missing: tuple[str, ...]  # arguments that have neither been given nor a default


def told(
    instance: Instance,
    values: Mapping[str, Any] | None = None,
    *,
    user: Who | None = None,
    language: str = "en",
) -> list[Told]:
    """Every state that holds now, in the manifest's order. `values` are for those states that have such an argument.

    A state about something that is not there yet, an item with a number nobody has sold, is left out. Raises
    NodeUnreachable: what could not be asked is not left out as if it did not hold.
    """
    found = []
    for state in instance.bundle.manifest.states:
        given, missing = _for(state.arguments, values or {})
        if missing:
            found.append(Told(name=state.name, sentence="", pot=(), missing=missing))
            continue
        try:
            if not instance.holds(state.name, given, user=user):
                continue
            sentence = instance.tell(state.name, given, user=user, language=language)
            pot = instance.pot(state.name, given, user=user)
        except (ParameterError, ClientError):
            raise
        except ChainError:  # a contract's refusal comes as many errors, as nodes differ
            continue
        sentences = () if pot is None else tuple(pot.sentences(language))
        found.append(Told(name=state.name, sentence=sentence, pot=sentences))
    return found


def possible(
    instance: Instance,
    values: Mapping[str, Any] | None = None,
    *,
    user: Who | None = None,
    language: str = "en",
) -> list[Possible]:
    """Every action of the manifest, in its order. `values` are for those actions that have such an argument."""
    found = []
    for action in instance.bundle.manifest.actions:
        given, missing = _for(action.arguments, values or {})
        found.append(
            Possible(
                action=action,
                label=filled(instance, action, given, user=user, language=language),
                parties=_answer(partial(instance.parties, action.name, given, user=user), missing),
                now=_answer(partial(instance.is_now, action.name, given, user=user), missing),
                missing=missing,
            )
        )
    return found


def filled(
    instance: Instance, action: Action, values: Mapping[str, Any], *, user: Who | None = None, language: str = "en"
) -> str:
    """An action's label with its values; those that are not known yet stay as their name, in brackets."""
    words, scene = action.label.in_language(language), instance.scene(user)
    for argument in action.arguments:
        known = argument.name in values or argument.default is not None
        shown = f"<{argument.name}>"
        if known and f"{{{argument.name}}}" in words:
            typed = values_of([argument], _only(values, [argument.name]), scene=scene)
            shown = shown_value(argument, typed[argument.name], scene)
        words = words.replace(f"{{{argument.name}}}", shown)
    return words


def _for(arguments: Iterable[Parameter], values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is given of these arguments, and what is missing."""
    listed = list(arguments)
    missing = tuple(one.name for one in listed if one.name not in values and one.default is None)
    return _only(values, [one.name for one in listed]), missing


def _only(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _answer(ask: Callable[[], _T], missing: tuple[str, ...]) -> _T | None:
    """None where a value for it is missing, or the contract knows nothing of that number."""
    try:
        return ask()
    except ParameterError:
        if not missing:
            raise
        return None
    except ClientError:
        raise
    except ChainError:
        return None
