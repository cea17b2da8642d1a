"""How a chain agrees on its next block, chosen by the spec (N5).

A consensus answers five questions: with which header fields is the next block made (`prepare`), may this header follow
that one (`verify`), may a branch begin there (`admits`), which of two heads wins (`choose`), and what can no longer
change (`finality`). No room above this
one may assume anything else about how a block is agreed on.
"""

from __future__ import annotations

from collections.abc import Callable

from chain.consensus.ethereum import Ethereum
from chain.consensus.instant import Instant
from chain.consensus.rules import Attributes, Consensus, Finality
from chain.errors import SettingsError
from chain.model import Header
from chain.primitives import Address
from chain.spec import Spec

__all__ = ["Attributes", "Consensus", "Ethereum", "Finality", "Instant", "consensus_of"]


def consensus_of(
    spec: Spec, coinbase: Address, *, work: Callable[[Header], int] = lambda header: 0, may_rewind: bool = False
) -> Consensus:
    """The consensus that `spec` names; blocks made here pay `coinbase`.

    `work`: the sum of difficulties up to a stored block. `may_rewind`: a development chain, which can be taken back.
    """
    match spec.consensus:
        case "instant":
            return Instant(spec, coinbase, may_rewind=may_rewind)
        case "ethereum":
            return Ethereum(spec, coinbase, work)
    raise SettingsError(
        f"consensus {spec.consensus!r} is not known", hint="this version knows 'instant' and 'ethereum'"
    )
