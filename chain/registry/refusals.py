"""What the registry's refusals mean for whoever was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chain.errors import ContractReverted, TemplateRefused, TransactionFailed

HINTS = {
    "ERC20InsufficientBalance": "the account needs more MZ: have some sent to it, or act as another one",
    "TemplatesTermsMismatch": "look at the template again: what is published is not what was agreed to",
    "TemplatesVersionRetired": "choose another version: `mz template show` lists them",
    "TemplatesInstanceExists": "choose another salt",
    "TemplatesNotAuthor": "only the account that published it can do this",
    "TemplatesNotOwner": "only the instance's owner can do this; whoever made it claims it first",
    "TemplatesNotMaker": "only the account that made an instance can claim it",
    "TemplatesVersionNotLater": "upgrades lead to later versions only",
    "TemplatesNotUpgradeable": "make a new instance instead, and name it the successor of the old one",
    "TemplatesInstanceEnded": "it was retired or replaced: nothing is left to decide about it",
    "TemplatesInstanceRefused": "the instance's own code does not agree",
    "TemplatesGasTooLow": "send it with more gas",
}


@contextmanager
def refusals() -> Iterator[None]:
    """A revert becomes a TemplateRefused that names the contract's error."""
    try:
        yield
    except (ContractReverted, TransactionFailed) as problem:
        raise TemplateRefused(problem.message, hint=HINTS.get(problem.name), data=problem.name) from problem
