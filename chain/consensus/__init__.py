"""How a chain agrees on its next block, chosen by the spec (N5).

A consensus answers four questions: with which header fields is the next block made (`prepare`), may this header follow
that one (`verify`), which of two heads wins (`choose`), and what can no longer change (`finality`). No room above this
one may assume anything else about how a block is agreed on.
"""

from __future__ import annotations

from chain.consensus.instant import Instant
from chain.consensus.rules import Attributes, Consensus, Finality
from chain.errors import SettingsError
from chain.primitives import Address
from chain.spec import Spec

__all__ = ["Attributes", "Consensus", "Finality", "Instant", "consensus_of"]


def consensus_of(spec: Spec, coinbase: Address) -> Consensus:
    """The consensus that `spec` names; blocks made here pay `coinbase`."""
    if spec.consensus != "instant":
        raise SettingsError(
            f"consensus {spec.consensus!r} is not known",
            hint="this version makes blocks with consensus 'instant'",
        )
    return Instant(spec, coinbase)
