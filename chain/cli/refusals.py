"""What a contract's refusal means, in the words that its author put beside the error."""

from __future__ import annotations

import json
from typing import Any

from chain import artifacts
from chain.artifacts import Artifact
from chain.cli.money import moment
from chain.errors import ArtifactError, ContractReverted

_TIMES = {"closes", "deadline", "earliest", "expiry", "latest", "opens"}  # arguments in Unix seconds
_LAST_TIME = 2**40  # later ones stand for never


def meaning(refusal: ContractReverted) -> str | None:
    """The @notice of its custom error among our contracts, and its times as dates; None where there is neither."""
    parts = [notice] if (notice := _notice(refusal.name)) else []
    parts += [
        f"{name}: {moment(value)}"
        for name, value in refusal.arguments.items()
        if name in _TIMES and isinstance(value, int) and 0 < value < _LAST_TIME
    ]
    return "; ".join(parts) or None


def _notice(error: str) -> str | None:
    if not error:
        return None
    try:
        compiled = map(artifacts.load, artifacts.names())
        told = next((text for one in compiled if (text := _told(one, error)) is not None), None)
    except ArtifactError:
        return None  # not built
    return None if told is None else told[0].lower() + told[1:]


def _told(artifact: Artifact, error: str) -> str | None:
    if not any(item.get("type") == "error" and item.get("name") == error for item in artifact.abi):
        return None
    documented: dict[str, list[dict[str, Any]]] = json.loads(artifact.metadata)["output"]["userdoc"].get("errors", {})
    found = [notes for signature, notes in documented.items() if signature.partition("(")[0] == error]
    return found[0][0].get("notice") if found and found[0] else None
