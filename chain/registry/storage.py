"""Is a later version's storage where the earlier one left it? By solc's layouts, and by ERC-7201 structs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chain.registry.findings import Finding

_ERC1967 = "360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
_NAMESPACE = re.compile(
    r"@custom:storage-location\s+erc7201:([A-Za-z0-9._:-]+)\s*\*?/?\s*\n?\s*struct\s+(\w+)\s*{([^}]*)}", re.S
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def layout_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding for each variable of `before` that `after` has moved, retyped or left out; appending is fine."""
    later = [_spelled(item, after) for item in after.get("storage", ())]
    for place, item in enumerate(before.get("storage", ())):
        label, where, kind = _spelled(item, before)
        if place >= len(later):
            yield _found(label, f"{label} ({kind}) is gone; its value would be lost")
        elif later[place][1:] != (where, kind):
            name, moved, other = later[place]
            yield _found(label, f"{label} ({kind} at {where}) is now {name} ({other} at {moved})")


def namespace_changes(before: str, after: str) -> Iterator[Finding]:
    """The same for structs under `@custom:storage-location erc7201:…` (ERC-7201), which solc's layout does not list."""
    new = _namespaces(after)
    for name, fields in _namespaces(before).items():
        if name not in new:
            yield _found(name, f"the namespace {name} is gone; its values would be lost")
            continue
        for place, field in enumerate(fields):
            if place >= len(new[name]) or new[name][place].split()[:-1] != field.split()[:-1]:
                now = new[name][place] if place < len(new[name]) else "nothing"
                yield _found(name, f"in {name}, `{field}` is now `{now}`; only append to a namespace's struct")


def unnamed_storage(layout: Mapping[str, Any]) -> Iterator[Finding]:
    """Variables outside any namespace: every base contract that later grows one would move those after it."""
    for item in layout.get("storage", ()):
        yield _found(item["label"], f"{item['label']} is not in an ERC-7201 namespace")


def names_implementation_slot(runtime: bytes) -> bool:
    """Whether code mentions ERC-1967's slot, as it must to move itself to code of no published version."""
    return bytes.fromhex(_ERC1967) in runtime


def _namespaces(source: str) -> dict[str, list[str]]:
    found = {}
    for name, _, body in _NAMESPACE.findall(source):
        fields = [" ".join(part.split()) for part in _COMMENT.sub("", body).split(";")]
        found[name] = [field for field in fields if field]
    return found


def _spelled(item: Mapping[str, Any], layout: Mapping[str, Any]) -> tuple[str, str, str]:
    """Label, place and type; identifiers of structs differ between compilations, their members' types do not."""
    types = layout.get("types") or {}

    def kind(name: str) -> str:
        described = types.get(name, {})
        members = described.get("members")
        if members:
            return f"{described['label']}{{{', '.join(kind(m['type']) for m in members)}}}"
        if "key" in described:
            return f"mapping({kind(described['key'])} => {kind(described['value'])})"
        if "base" in described:
            return f"{kind(described['base'])}[{described.get('label', '').rpartition('[')[2]}"
        return str(described.get("label", name))

    return str(item["label"]), f"slot {item['slot']}, byte {item['offset']}", kind(item["type"])


def _found(place: str, reason: str) -> Finding:
    return Finding(rule="storage", place=place, reason=reason)
