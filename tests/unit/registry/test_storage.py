from __future__ import annotations

from typing import Any

import pytest

from chain.registry.storage import layout_changes, names_implementation_slot, namespace_changes

NAMESPACE = """
  /// @custom:storage-location erc7201:shop.book
  struct Book {
    address keeper; // who is paid
    uint96 total;
  }
"""


def layout(*variables: tuple[str, str, int]) -> dict[str, Any]:
    types = {f"t_{kind}": {"label": kind} for _, kind, _ in variables}
    storage = [{"label": name, "type": f"t_{kind}", "slot": str(slot), "offset": 0} for name, kind, slot in variables]
    return {"storage": storage, "types": types}


BEFORE = layout(("owner", "address", 0), ("total", "uint256", 1))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (layout(("owner", "address", 0)), "total (uint256) is gone"),
        (layout(("total", "uint256", 0), ("owner", "address", 1)), "owner (address at slot 0, byte 0) is now total"),
        (layout(("owner", "address", 0), ("total", "uint128", 1)), "total (uint256 at slot 1, byte 0) is now total"),
        (layout(("new", "uint8", 0), ("owner", "address", 1), ("total", "uint256", 2)), "is now new (uint8"),
    ],
)
def test_what_a_later_version_would_read_wrongly_is_found(after: dict[str, Any], said: str) -> None:
    findings = list(layout_changes(BEFORE, after))

    assert any(said in finding.reason for finding in findings), findings
    assert all(finding.rule == "storage" for finding in findings)


def test_appending_and_renaming_are_fine() -> None:
    after = layout(("keeper", "address", 0), ("total", "uint256", 1), ("more", "bool", 2))

    assert list(layout_changes(BEFORE, after)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("erc7201:shop.book", "erc7201:shop.books", "the namespace shop.book is gone"),
        ("    uint96 total;\n", "", "`uint96 total` is now `nothing`"),
        ("uint96 total", "uint128 total", "`uint96 total` is now `uint128 total`"),
        ("address keeper;", "uint8 kind; address keeper;", "`address keeper` is now `uint8 kind`"),
    ],
)
def test_a_namespace_that_moved_is_found(old: str, new: str, said: str) -> None:
    assert old in NAMESPACE

    reasons = [finding.reason for finding in namespace_changes(NAMESPACE, NAMESPACE.replace(old, new, 1))]

    assert any(said in reason for reason in reasons), reasons


def test_a_namespace_may_grow_at_its_end() -> None:
    assert list(namespace_changes(NAMESPACE, NAMESPACE.replace("total;", "total;\n    uint32 more;"))) == []


def test_code_that_names_the_proxys_slot_is_noticed() -> None:
    slot = bytes.fromhex("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc")

    assert names_implementation_slot(b"\x7f" + slot + b"\x55")
    assert not names_implementation_slot(b"\x7f" + slot[:-1] + b"\x00\x55")
