"""What a check finds."""

from __future__ import annotations

from chain.model import Record


class Finding(Record):
    """Something that is not as it must be; `rule` names the kind of fault."""

    rule: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} [{self.rule}]"
