"""Proofs about the contracts that hold money: halmos executes them with unknowns instead of examples.

A property of `*.t.sol` holds for every input that it allows, or halmos finds one for which it does not. What bounds the
inputs stands at the property. Not proved, because no solver gets through it, is what multiplies two unknowns: how a
vesting schedule grows, the price of a buyback; the machines of tests/contracts try these.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from chain.solidity import ensure_solc
from tests.optional import ROOT, require

SOURCES = ROOT / "tests/proofs"
BIN = ROOT / ".venv-halmos/bin"
# Arithmetic is cvc5's; storage and control flow are yices's, which halmos takes by itself.
BY_CVC5 = ["--solver-command", f"{BIN / 'python'} {SOURCES / 'solver.py'}"]
SOLVERS = {
    "BuybackProof": [],
    "FundUseMoneyProof": [],
    "FundUseProof": BY_CVC5,
    "MZProof": [],
    "NotaryProof": [],
    "TillBooksProof": [],
    "TillProof": BY_CVC5,
    "VaultProof": [],
    "VestingProof": [],
    "VestingTimeProof": [],
}
LOOPS = "6"  # rounds of a loop that are followed; five seats have to sign
PROVED, REFUTED = 0, 1
BY_LINE = re.compile(r"^  function (check_\w+)\(", re.MULTILINE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where forge, which halmos runs, compiles: each worker has its own, two at once would write the same files."""
    return tmp_path_factory.mktemp("proofs")


def verdicts(contract: str, folder: Path) -> dict[str, int]:
    """halmos's exit code of each property of `contract`; skips without halmos or forge."""
    halmos = require("halmos", BIN.relative_to(ROOT) / "halmos")
    forge = require("forge", Path("node_modules/.bin/forge"))
    answers = folder / "answers.json"
    environment = os.environ | {
        "FOUNDRY_PROFILE": "proofs",
        "FOUNDRY_OUT": str(folder / "out"),
        "FOUNDRY_CACHE_PATH": str(folder / "cache"),
        "FOUNDRY_SOLC": str(ensure_solc().executable),
        "PATH": os.pathsep.join([str(Path(forge).parent), os.environ["PATH"]]),
    }
    options = ["--root", str(ROOT), "--forge-build-out", str(folder / "out"), "--contract", contract, "--no-status"]
    options += [
        "--loop",
        LOOPS,
        "--solver-timeout-assertion",
        "10m",
        "--json-output",
        str(answers),
        *SOLVERS.get(contract, []),
    ]
    told = subprocess.run([halmos, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answers.exists(), told.stdout + told.stderr
    (results,) = json.loads(answers.read_text())["test_results"].values()
    assert [result["name"] for result in results if result["num_bounded_loops"]] == [], "a loop went on unseen"
    return {result["name"].partition("(")[0]: result["exitcode"] for result in results}


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("contract", sorted(SOLVERS))
def test_every_property_is_proved(contract: str, built: Path) -> None:
    assert verdicts(contract, built) == dict.fromkeys(properties()[contract], PROVED)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_something_untrue_is_refuted(built: Path) -> None:
    assert verdicts("Control", built) == {"check_a_digest_is_never_seen": REFUTED}


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_the_solver_for_arithmetic_refutes_what_is_untrue(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOLVERS, "TillControl", BY_CVC5)

    assert verdicts("TillControl", built) == {"check_the_fee_is_rounded_down": REFUTED}


def test_no_proof_is_forgotten() -> None:
    assert properties().keys() == SOLVERS.keys() | {"Control", "TillControl"}


def properties() -> dict[str, list[str]]:
    """Names of the properties by contract, as the sources have them."""
    found = {}
    for path in SOURCES.glob("*.t.sol"):
        for text in re.split(r"^contract ", path.read_text(), flags=re.MULTILINE)[1:]:
            if names := BY_LINE.findall(text):
                found[text.split()[0]] = names
    return found
