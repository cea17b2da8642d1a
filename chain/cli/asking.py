"""Values of a template's parameters and of an action's arguments: from flags, and asked for on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from chain.cli.session import Session
from chain.cli.values import harmless
from chain.errors import ParameterError, UsageError

if TYPE_CHECKING:
    from chain.registry.manifest import Parameter
    from chain.registry.units import Scene


def values_of_flags(given: Iterable[str]) -> dict[str, str]:
    """PARAMETER=VALUE flags by name."""
    values: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"not a parameter: {one}", hint="write --set name=value")
        if name in values:
            raise UsageError(f"{name} is given twice", hint="give each parameter once")
        values[name] = value
    return values


def is_asking(session: Session) -> bool:
    """Whether somebody is there to be asked, and wants to be."""
    return sys.stdin.isatty() and not session.yes


def asked(
    session: Session,
    parameters: Sequence[Parameter],
    given: Mapping[str, str],
    scene_of: Callable[[Mapping[str, str]], Scene],
    options_of: Callable[[Parameter, Mapping[str, str]], Sequence[str]] = lambda parameter, values: (),
) -> dict[str, str]:
    """The values given, and those still missing, each checked as it is typed; `scene_of` and `options_of` are told what
    is known so far.

    What was given is looked at first: nobody answers ten questions to hear that a flag was wrong.
    """
    from chain.registry.parameters import check_names, value_of

    check_names(parameters, given)
    values = dict(given)
    for parameter in parameters:
        if parameter.name in values:
            value_of(parameter, values[parameter.name], scene_of(values))
    for parameter in parameters:
        if parameter.name in values:
            continue
        scene = scene_of(values)
        for line in _question(parameter, options_of(parameter, values)):
            session.screen.say(harmless(line))
        while True:
            text = click.prompt(
                harmless(parameter.label.en), default=parameter.default, err=True, show_default=bool(parameter.default)
            )
            try:
                value_of(parameter, text, scene)
            except ParameterError as problem:
                session.screen.say(problem.message if not problem.hint else f"{problem.message}; {problem.hint}")
                continue
            values[parameter.name] = text
            break
    return values


def _question(parameter: Parameter, options: Sequence[str]) -> list[str]:
    """What one should know before answering, a line for each fact."""
    from chain.registry.parameters import written

    lines = ["", parameter.help.en] if parameter.help else [""]
    if parameter.choices:
        return [*lines, *(f"  {choice.value}: {choice.en}" for choice in parameter.choices)]
    lines.append(f"  {parameter.name}: {written(parameter)}")
    return [*lines, f"  at present: {', '.join(options)}"] if options else lines
