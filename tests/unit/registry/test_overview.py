"""What is left out of an instance's overview: what its contract knows nothing of, and never what could not be asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chain.errors import ContractReverted, NodeUnreachable
from chain.registry import possible, told
from chain.registry.tables import Text

GONE, NOT_THERE = NodeUnreachable("nobody answers at the node"), ContractReverted("NoSuchItem(7)")


def instance(problem: Exception) -> Any:
    """Says that two things hold, and cannot be asked about the second or about who may act."""

    def holds(name: str, values: Any, *, user: Any) -> bool:
        if name == "second":
            raise problem
        return True

    def refuse(*asked: Any, **more: Any) -> Any:
        raise problem

    states = [SimpleNamespace(name=name, arguments=()) for name in ("first", "second")]
    action = SimpleNamespace(name="tip", arguments=(), label=Text(en="Tip", zh="Tip"))
    return SimpleNamespace(
        bundle=SimpleNamespace(manifest=SimpleNamespace(states=states, actions=[action])),
        holds=holds,
        tell=lambda *asked, **more: "It holds.",
        pot=lambda *asked, **more: None,
        scene=lambda user: None,
        parties=refuse,
        is_now=refuse,
    )


def test_what_the_contract_refuses_to_tell_is_left_out() -> None:
    assert [one.name for one in told(instance(NOT_THERE))] == ["first"]
    assert [(one.parties, one.now) for one in possible(instance(NOT_THERE))] == [(None, None)]


@pytest.mark.parametrize("look", [told, possible])
def test_a_node_that_is_gone_is_not_taken_for_a_contract_that_says_no(look: Any) -> None:
    with pytest.raises(NodeUnreachable):
        look(instance(GONE))
