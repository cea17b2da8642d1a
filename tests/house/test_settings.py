"""Said in one place: where a file must repeat what another one says, both say the same."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml

from chain.solidity import EVM_VERSION, OPTIMIZER_RUNS, REMAPPINGS, SOLC_VERSION
from tests.house.tree import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def test_brownie_and_forge_compile_as_we_do() -> None:
    brownie = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]
    forge = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]

    assert brownie == {
        "evm_version": EVM_VERSION,
        "solc": {
            "version": SOLC_VERSION,
            "optimizer": {"enabled": True, "runs": OPTIMIZER_RUNS},
            "remappings": list(REMAPPINGS),
        },
    }
    assert forge["solc"].endswith(f"solc-v{SOLC_VERSION}")
    assert (forge["evm_version"], forge["optimizer_runs"]) == (EVM_VERSION, OPTIMIZER_RUNS)
    assert forge["remappings"] == list(REMAPPINGS)


def test_the_npm_compiler_has_our_version() -> None:
    assert json.loads((ROOT / "package.json").read_text())["dependencies"]["solc"] == SOLC_VERSION


def test_the_npm_lock_fits_its_list_and_pins_contents() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    root = packages.pop("")

    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    assert [root[kind] for kind in kinds] == [wanted[kind] for kind in kinds]
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_python_lock_pins_every_package_by_hash(lock: Any) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE).strip())

    loose = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert loose == []


@pytest.mark.parametrize(
    ("lock", "group"), [("run", None), *((path.stem, path.stem) for path in LOCKS if path.stem != "run")]
)
def test_a_python_lock_fits_its_list(lock: str, group: str | None) -> None:
    wanted = PROJECT["project"]["dependencies"] if group is None else PROJECT["dependency-groups"][group]
    names = {normal(re.split(r"[\s<>=!~;\[]", entry)[0]) for entry in wanted if isinstance(entry, str)}
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()

    assert names - {normal(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)} == set()


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
