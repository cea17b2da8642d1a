"""The WebAssembly compiler's command line, judged by the npm package's own driver and by what native solc says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from chain.solidity import install
from chain.solidity.node import find_node

ROOT = Path(__file__).resolve().parents[3]
SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\ncontract A { uint256 public x = 1; }\n"


@pytest.fixture(scope="module")
def solc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our program beside the real compiler file, as the installer lays them out."""
    folder = tmp_path_factory.mktemp("wasm")
    (folder / "soljson.js").symlink_to(ROOT / "node_modules/solc/soljson.js")
    (folder / "solc.js").write_bytes(install._SHIM.read_bytes())
    return folder / "solc.js"


def run(solc: Path, *words: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(find_node().executable), "--preserve-symlinks", str(solc), *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=cwd, check=False)


def standard_input(**sources: str) -> str:
    contents = {f"{name}.sol": {"content": text} for name, text in sources.items()}
    outputs = {"*": {"*": ["abi", "metadata", "evm.bytecode"], "": ["ast"]}}
    return json.dumps({"language": "Solidity", "sources": contents, "settings": {"outputSelection": outputs}})


def test_the_version_is_printed_as_native_solc_prints_it(solc: Path) -> None:
    answer = run(solc, "--version")

    assert answer.stdout.splitlines()[1] == "Version: 0.8.37+commit.f401782d.Emscripten.clang"


def test_standard_json_gives_what_the_npm_driver_gives(solc: Path) -> None:
    big = SOURCE + "".join(
        f"contract B{i} {{ function f{i}() external pure returns (uint256) {{ return {i}; }} }}\n" for i in range(40)
    )
    document = standard_input(A=big)
    script = "const s=require('solc');process.stdout.write(s.compile(require('fs').readFileSync(0,'utf8')))"
    judge = subprocess.run(
        [find_node().executable, "-e", script], input=document, capture_output=True, text=True, cwd=ROOT, check=True
    )

    ours = run(solc, "--standard-json", stdin=document)

    assert json.loads(ours.stdout) == json.loads(judge.stdout)
    assert len(ours.stdout) > 2 * 65536  # several times what a pipe holds: nothing was cut off


def test_combined_json_is_what_the_analysers_expect(solc: Path, tmp_path: Path) -> None:
    (tmp_path / "A.sol").write_text(SOURCE)

    answer = run(solc, "A.sol", "--combined-json", "abi,bin,srcmap,ast,hashes", "--optimize", cwd=tmp_path)

    combined = json.loads(answer.stdout)
    assert set(combined["contracts"]["A.sol:A"]) == {"abi", "bin", "srcmap", "hashes"}
    assert combined["contracts"]["A.sol:A"]["hashes"] == {"x()": "0c55699c"}
    assert combined["sourceList"] == ["A.sol"]
    assert combined["sources"]["A.sol"]["AST"]["nodeType"] == "SourceUnit"


def test_imports_are_read_from_base_and_include_paths_through_remappings(solc: Path, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "more/lib").mkdir(parents=True)
    (tmp_path / "base/A.sol").write_text('import "@lib/B.sol"; contract A is B {}')
    (tmp_path / "more/lib/B.sol").write_text(SOURCE.replace("A", "B"))

    answer = run(
        solc, "@lib=lib", "A.sol", "--base-path=.", "--include-path", "../more", "--bin", cwd=tmp_path / "base"
    )

    assert answer.returncode == 0, answer.stderr
    assert "======= A.sol:A =======\nBinary:\n" in answer.stdout


@pytest.mark.parametrize("allowed", [True, False])
def test_a_link_that_leads_outside_is_followed_only_where_allowed(solc: Path, tmp_path: Path, allowed: bool) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/B.sol").write_text(SOURCE)
    (tmp_path / "base/link").symlink_to(tmp_path / "outside")
    (tmp_path / "base/C.sol").write_text('import "link/B.sol";')
    extra = ("--allow-paths", str(tmp_path / "outside")) if allowed else ()

    answer = run(solc, "C.sol", "--bin", *extra, cwd=tmp_path / "base")

    assert answer.returncode == (0 if allowed else 1)
    assert allowed or "File outside of allowed directories" in answer.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--output-dir", "x"), "unrecognised option '--output-dir'"),
        (("--evm-version",), "the required argument for option '--evm-version' is missing"),
        (("gone.sol",), '"gone.sol" is not found.'),
        ((), "No input files given."),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(
    solc: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    answer = run(solc, *words, cwd=tmp_path)

    assert (answer.returncode, answer.stderr) == (1, said + "\n")


def test_an_error_in_the_source_goes_to_stderr_with_its_place(solc: Path, tmp_path: Path) -> None:
    (tmp_path / "A.sol").write_text(SOURCE + "contract A {}")

    answer = run(solc, "A.sol", "--bin", cwd=tmp_path)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "--> A.sol:4:1" in answer.stderr
