"""The tests of the Till and of the registry notice when their contracts are changed: slither-mutate makes the changes.

It works in a copy of contracts and tests, so that no source is ever touched here. A mutant is caught when the tests of
its contract fail, or do not end in time; one that does not compile does not count. Where a statement can be dropped, or
replaced by a revert, unnoticed, slither-mutate tries nothing else on that line. What became of each is written to
`reports/`; `mutation.toml` says of those that change nothing anybody could see, why.

Left out are the mutators whose changes mostly do not compile or mean the same: headers, types, initial values, loops.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chain.solidity import ensure_solc
from tests.optional import ROOT, require

LEAST_SCORE = 0.9
MUTATORS = "RR,CR,AOR,ASOR,BOR,LIR,LOR,MIA,MVIE,ROR,UOR"
MUTANT_SECONDS = 600
CAMPAIGN_SECONDS = 7000
# The compiler is most of the time a mutant takes: what these tests do not need is not compiled.
NOT_NEEDED = (
    "contracts/buyback",
    "contracts/sale",
    "contracts/treasury",
    "tests/contracts/solidity/BuybackPlayers.sol",
)
TILL = ("test_till_payments", "test_till_pots", "test_till_money", "test_till_machine")
REGISTRY = ("test_templates_use", "test_templates_publish", "test_templates_compose", "test_templates_always")
NOTHING_TO_CHANGE = {"contracts/till/Till.sol"}  # puts the others together
CONTRACTS = {
    "contracts/till/TillFees.sol": TILL,
    "contracts/till/TillMoney.sol": TILL,
    "contracts/till/TillPayments.sol": TILL,
    "contracts/till/TillPots.sol": TILL,
    "contracts/registry/Catalogue.sol": REGISTRY,
    "contracts/registry/Templates.sol": REGISTRY,
}
VERDICT = re.compile(r"\[(\w+)\] Line \d+: '(.*)' ==> '(.*)' --> (CAUGHT|UNCAUGHT)$", re.MULTILINE | re.DOTALL)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_every_contract_is_mutated_and_every_explanation_is_of_one() -> None:
    folders = ("contracts/till", "contracts/registry")
    written = {path for folder in folders for path in (ROOT / folder).glob("*.sol") if not is_interface(path)}

    assert written == {ROOT / source for source in {*CONTRACTS, *NOTHING_TO_CHANGE}}
    assert set(explained()) <= {Path(source).stem for source in CONTRACTS}


@pytest.mark.deep
@pytest.mark.parametrize("source", CONTRACTS, ids=lambda source: Path(source).stem)
def test_a_changed_contract_is_noticed(source: str, tmp_path: Path) -> None:
    program = require("slither-mutate", Path(".venv-slither/bin/slither-mutate"))
    tree = copied(tmp_path / "tree")

    name = Path(source).stem
    said = campaign(program, tree, source, ROOT / "reports" / f"mutation-{name}.txt")

    assert f"Done mutating {name}." in said, said[-4000:]
    assert (tree / source).read_bytes() == (ROOT / source).read_bytes(), "slither-mutate puts every source back"
    caught, survivors = verdicts(said)
    harmless = {mutant["change"] for mutant in explained().get(name, [])}
    unexplained = [survivor for survivor in survivors if survivor not in harmless]
    assert caught > 0, said[-4000:]
    assert caught / (caught + len(unexplained)) >= LEAST_SCORE, "\n".join(unexplained)


def is_interface(path: Path) -> bool:
    return path.stem[0] == "I" and path.stem[1].isupper()


def explained() -> dict[str, list[dict[str, str]]]:
    """By contract: mutants that nobody can tell from the original, each with its reason."""
    return tomllib.loads((Path(__file__).parent / "mutation.toml").read_text("utf-8"))


def copied(tree: Path) -> Path:
    """What compiling and testing needs, apart from what is installed."""
    for folder in ("contracts", "templates", "tests/contracts"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "tests/__init__.py", "tests/optional.py"):
        shutil.copy(ROOT / file, tree / file)
    for path in NOT_NEEDED:
        shutil.rmtree(tree / path) if (tree / path).is_dir() else (tree / path).unlink()
    (tree / "node_modules").symlink_to(ROOT / "node_modules")
    # slither-mutate compiles each mutant with whatever is called solc.
    solc = tree / "bin" / "solc"
    solc.parent.mkdir()
    solc.write_text(f'#!/bin/sh\nexec {shlex.quote(str(ensure_solc().executable))} "$@"\n')
    solc.chmod(0o755)
    return tree


def campaign(program: str, tree: Path, source: str, report: Path) -> str:
    """Everything that slither-mutate says about one contract; the report grows while it goes on."""
    report.parent.mkdir(exist_ok=True)
    tests = " ".join(f"tests/contracts/{name}.py" for name in CONTRACTS[source])
    # The cache holds the compiled contracts of the mutant before. `exec`: a mutant that takes too long is ended itself.
    test = (
        f"rm -rf .pytest_cache; exec {shlex.quote(sys.executable)} -m pytest -x -q -n 0 -p no:randomly -m 'not deep' "
    )
    command = [program, source, "--test-cmd", test + tests, "--timeout", str(MUTANT_SECONDS), "--verbose"]
    command += ["--mutators-to-run", MUTATORS, "--output-dir", str(tree / "survivors")]
    command += ["--compile-force-framework", "solc", "--solc-remaps", "@openzeppelin=node_modules/@openzeppelin"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MZ_", "PYTEST_"))}
    path = os.pathsep.join((str(tree / "bin"), inherited.get("PATH", os.defpath)))
    with report.open("wb") as output:
        subprocess.run(
            command,
            cwd=tree,
            env={**inherited, "PATH": path, "NO_COLOR": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=CAMPAIGN_SECONDS,
            check=False,
        )
    return COLOUR.sub("", report.read_text("utf-8"))


def verdicts(said: str) -> tuple[int, list[str]]:
    """How many mutants were caught, and the others as `MUTATOR: before ==> after`."""
    # A compilation failure has the same beginning: each mutant is looked at by itself.
    mutants = [VERDICT.match(part) for part in re.split(r"^INFO:Slither-Mutate:(?=\[)", said, flags=re.MULTILINE)]
    found = [(mutant[4], f"{mutant[1]}: {mutant[2]} ==> {mutant[3]}") for mutant in mutants if mutant is not None]
    return sum(verdict == "CAUGHT" for verdict, _ in found), [text for verdict, text in found if verdict == "UNCAUGHT"]
