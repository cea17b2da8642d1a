"""The tests of Till, registry and buyback notice when their contracts are changed: slither-mutate makes the changes.

It works in a copy of contracts and tests, so that no source is ever touched here. A mutant is caught when the tests of
its contract fail, or do not end in time (`judge`); one that does not compile does not count. Where a statement can be
dropped, or replaced by a revert, unnoticed, slither-mutate tries nothing else on that line. What became of each is
written to `reports/`; `mutation.toml` says of those that change nothing anybody could see, why.

Left out are the mutators whose changes mostly do not compile or mean the same: headers, types, initial values, loops.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts import judge
from tests.contracts.stage import CODE_SIZE
from tests.optional import ROOT, require

LEAST_SCORE = 0.9
MUTATORS = "RR,CR,AOR,ASOR,BOR,LIR,LOR,MIA,MVIE,ROR,UOR"
MUTANT_SECONDS = 240
CAMPAIGN_SECONDS = 7000
TILL = ("test_till_payments", "test_till_pots", "test_till_money", "test_till_machine")
REGISTRY = ("test_templates_use", "test_templates_publish", "test_templates_compose", "test_templates_always")
TENURES = ("test_templates_tenures", "test_templates_incentives")
BUYBACK = ("test_buyback", "test_buyback_end", "test_buyback_machine")
NOTHING_TO_CHANGE = {"contracts/till/Till.sol"}  # puts the others together
CONTRACTS = {
    "contracts/till/TillFees.sol": TILL,
    "contracts/till/TillMoney.sol": TILL,
    "contracts/till/TillPayments.sol": TILL,
    "contracts/till/TillPots.sol": TILL,
    "contracts/registry/Catalogue.sol": (*REGISTRY, *TENURES),
    "contracts/registry/Charges.sol": (*REGISTRY, *TENURES),
    "contracts/registry/InstanceProxy.sol": TENURES,
    "contracts/registry/Templates.sol": (*REGISTRY, *TENURES),
    "contracts/registry/Tenures.sol": (*REGISTRY, *TENURES),
    "contracts/buyback/Buyback.sol": BUYBACK,
    "contracts/buyback/BuybackPrices.sol": BUYBACK,
    "contracts/buyback/BuybackReports.sol": BUYBACK,
}
VERDICT = re.compile(r"\[(\w+)\] Line \d+: '(.*)' ==> '(.*)' --> (CAUGHT|UNCAUGHT)$", re.MULTILINE | re.DOTALL)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_every_contract_is_mutated_and_every_explanation_is_of_one() -> None:
    folders = ("contracts/till", "contracts/registry", "contracts/buyback")
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
    (tree / "node_modules").symlink_to(ROOT / "node_modules")
    return tree


def campaign(program: str, tree: Path, source: str, report: Path) -> str:
    """Everything that slither-mutate says about one contract; the report grows while it goes on."""
    report.parent.mkdir(exist_ok=True)
    with judging(tree, source, report.with_suffix(".tsv")) as ask, report.open("wb") as output:
        command = [program, source, "--test-cmd", f"{ask} test", "--timeout", str(2 * MUTANT_SECONDS), "--verbose"]
        command += ["--mutators-to-run", MUTATORS, "--output-dir", str(tree / "survivors")]
        command += ["--compile-force-framework", "solc", "--solc-remaps", "@openzeppelin=node_modules/@openzeppelin"]
        # slither-mutate compiles each mutant with whatever is called solc.
        solc = tree / "bin" / "solc"
        solc.parent.mkdir()
        solc.write_text(f'#!/bin/sh\nexec {ask} solc "$@"\n')
        solc.chmod(0o755)
        path = os.pathsep.join((str(solc.parent), os.environ.get("PATH", os.defpath)))
        subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PATH": path, "NO_COLOR": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=CAMPAIGN_SECONDS,
            check=False,
        )
    return COLOUR.sub("", report.read_text("utf-8"))


@contextmanager
def judging(tree: Path, source: str, log: Path) -> Iterator[str]:
    """The command that asks the judge of mutants, which has all loaded that compiling and testing one needs."""
    log.unlink(missing_ok=True)
    tests = [f"tests/contracts/{name}.py" for name in CONTRACTS[source]]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MZ_", "PYTEST_"))}
    inherited[CODE_SIZE] = "40960"
    with tempfile.TemporaryDirectory(prefix="mz-judge-") as folder:  # the path of a socket has to be short
        door, asking = Path(folder) / "door", Path(folder) / "ask.py"
        asking.write_text(judge.ASK)
        command = [sys.executable, "-m", "tests.contracts.judge", str(door), str(log), str(MUTANT_SECONDS), *tests]
        with subprocess.Popen(command, cwd=tree, env=inherited, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                assert "ready\n" in process.stdout, "the judge did not start"
                threading.Thread(target=process.stdout.read, daemon=True).start()  # a full pipe would stop it
                yield shlex.join([sys.executable, "-I", "-S", str(asking), str(door)])
            finally:
                process.terminate()


def verdicts(said: str) -> tuple[int, list[str]]:
    """How many mutants were caught, and the others as `MUTATOR: before ==> after`."""
    # A compilation failure has the same beginning: each mutant is looked at by itself.
    mutants = [VERDICT.match(part) for part in re.split(r"^INFO:Slither-Mutate:(?=\[)", said, flags=re.MULTILINE)]
    found = [(mutant[4], f"{mutant[1]}: {mutant[2]} ==> {mutant[3]}") for mutant in mutants if mutant is not None]
    return sum(verdict == "CAUGHT" for verdict, _ in found), [text for verdict, text in found if verdict == "UNCAUGHT"]
