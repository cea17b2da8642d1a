"""Typed sources of ABIs, judged by the type checkers that their users run."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chain import artifacts
from chain.abi import python, typescript
from chain.artifacts import types
from tests.optional import ROOT, require

ODD = [
    {"type": "function", "name": "import", "stateMutability": "view", "inputs": [], "outputs": []},
    {
        "type": "function",
        "name": "put",
        "stateMutability": "payable",
        "inputs": [
            {"name": "sender", "type": "address"},
            {"name": "", "type": "uint8[2][]"},
            {
                "name": "what",
                "type": "tuple[]",
                "internalType": "struct Odd.Thing[]",
                "components": [{"name": "from", "type": "bytes"}, {"name": "sums", "type": "uint256[]"}],
            },
        ],
        "outputs": [],
    },
    {"type": "function", "name": "put", "stateMutability": "nonpayable", "inputs": [], "outputs": []},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the wheel carries, and an ABI full of traps."""
    place = tmp_path_factory.mktemp("types")
    types.write(place / "all")
    (place / "all" / "python" / "Odd.py").write_text(python.module("Odd", ODD))
    return place


def test_every_contract_has_its_types(folder):
    written = {path.stem for path in (folder / "all" / "npm").glob("*.d.ts")}

    assert {"Till.d", "MZ.d", "Templates.d", "index.d"} <= written
    for name in artifacts.names():
        if artifacts.load(name).abi:
            assert (folder / "all" / "npm" / f"{name}.js").is_file()
            assert (folder / "all" / "python" / f"{name.replace('-', '_')}.py").is_file()


def test_python_classes_satisfy_a_strict_checker_and_their_misuse_does_not(folder):
    good = "from Till import Till\n\ndef ask(till: Till) -> int:\n    return till.feeOn(MONEY)\n\nMONEY = 10**18\n"
    bad = 'from Till import Till\n\ndef ask(till: Till) -> str:\n    return till.feeOn("much")\n'
    python_folder = folder / "all" / "python"
    (python_folder / "good.py").write_text(good.replace("feeOn(MONEY)", "MAX_TERM()"))
    (python_folder / "bad.py").write_text(bad.replace('feeOn("much")', 'MAX_TERM("much")'))

    # With the project's own settings and cache: most of the time is reading web3.py.
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    command = [sys.executable, "-m", "mypy", *options, *(path.name for path in python_folder.glob("*.py"))]
    said = subprocess.run(command, cwd=python_folder, capture_output=True, text=True, check=False)

    wrong = [line for line in said.stdout.splitlines() if "error:" in line]
    assert [line.partition(":")[0] for line in wrong] == ["bad.py", "bad.py"], said.stdout


def test_a_class_calls_what_the_abi_says(folder):
    spec = importlib.util.spec_from_file_location("Odd", folder / "all" / "python" / "Odd.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = []

    class Contract:
        def call(self, *words, **options):
            asked.append(("call", words, options))

        def send(self, *words, **options):
            asked.append(("send", words, options))

    odd = module.Odd(Contract())
    odd.import_()
    odd.put("0x00", [[1, 2]], [{"from": b"", "sums": [3]}], sender="alice", value=5)
    odd.put_2(sender="bob", gas=9)

    assert asked == [
        ("call", ("import()",), {"sender": None, "block": "latest"}),
        (
            "send",
            ("put(address,uint8[2][],(bytes,uint256[])[])", "0x00", [[1, 2]], [{"from": b"", "sums": [3]}]),
            {"sender": "alice", "value": 5, "gas": None},
        ),
        ("send", ("put()",), {"sender": "bob", "gas": 9}),
    ]


def test_typescript_knows_the_names_of_functions(folder):
    tsc = require("tsc", Path("node_modules/.bin/tsc"))
    (folder / "Till.ts").write_text(typescript.module("Till", artifacts.load("Till").abi))
    (folder / "user.ts").write_text(
        """
        import { tillAbi } from "./all/npm/index.js";
        import { tillAbi as copied } from "./Till.js";
        type Names = Extract<(typeof tillAbi)[number], { type: "function" }>["name"];
        type Copied = Extract<(typeof copied)[number], { type: "function" }>["name"];
        export const good: [Names, Copied] = ["payAndCall", "payAndCall"];
        // @ts-expect-error there is no such function
        export const bad: Names = "payAndCoil";
        // @ts-expect-error there is no such function
        export const alsoBad: Copied = "payAndCoil";
        """
    )

    options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022"]
    said = subprocess.run(
        [tsc, *options, "user.ts"], cwd=folder, capture_output=True, text=True, check=False, env=with_node()
    )

    assert (said.returncode, said.stdout) == (0, "")


def test_a_script_is_the_abi_itself(folder):
    node = require("node", Path(".venv/bin/node"))
    show = "import('./index.js').then(all => console.log(JSON.stringify(all.mzAbi)))"

    said = subprocess.run(
        [node, "-e", show],
        cwd=folder / "all" / "npm",
        capture_output=True,
        text=True,
        check=True,
        env=with_node(),
    )

    assert msgspec.json.decode(said.stdout) == list(artifacts.load("MZ").abi)


@pytest.mark.parametrize(
    ("name", "constant"), [("Till", "tillAbi"), ("MZ", "mzAbi"), ("ITill", "iTillAbi"), ("IMZ", "imzAbi")]
)
def test_a_constant_is_named_after_its_contract(name, constant):
    assert typescript.constant(name) == constant


def with_node() -> dict[str, str]:
    return os.environ | {"PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
