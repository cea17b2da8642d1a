"""What the compiler gives out: the same bytes everywhere, solc's own words, and addresses of immutables."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chain.errors import CompilationFailed, CompilerUnavailable
from chain.solidity import Compiler, ensure_solc
from chain.solidity.canary import sings
from chain.solidity.compiler import SOLC_LONG_VERSION, prepare

HEAD = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return ensure_solc()


def test_the_installed_compiler_gives_the_known_bytes(compiler: Compiler) -> None:
    assert sings(compiler)


def test_two_folders_give_the_same_bytes(compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"Coin.sol": HEAD + 'import {Base} from "@openzeppelin/contracts/Base.sol";\ncontract Coin is Base {}'}
    results = []
    for name in ("here", "somewhere/else entirely"):
        library = tmp_path / name / "node_modules/@openzeppelin/contracts"
        library.mkdir(parents=True)
        (library / "Base.sol").write_text(HEAD + "contract Base { uint256 public total = 1; }")
        monkeypatch.chdir(tmp_path / name)
        results.append(compiler.compile(sources, libraries=tmp_path / name))

    assert results[0] == results[1]
    assert list(results[0].artifacts) == ["Coin.sol:Coin"]
    assert str(tmp_path) not in results[0].artifacts["Coin.sol:Coin"].metadata


def test_an_artifact_carries_all_that_a_deployment_needs(compiler: Compiler) -> None:
    body = "contract Box { uint256 private immutable _A; uint64 public held; constructor(uint256 a) { _A = a; }"
    source = HEAD + body + " function get() external view returns (uint256) { return _A; } }"

    artifact = compiler.compile({"Box.sol": source}).artifacts["Box.sol:Box"]

    assert (artifact.name, artifact.source, artifact.compiler) == ("Box", "Box.sol", SOLC_LONG_VERSION)
    assert [entry["label"] for entry in artifact.layout["storage"]] == ["held"]
    settings = json.loads(artifact.metadata)["settings"]
    assert (settings["evmVersion"], settings["optimizer"]) == ("prague", {"enabled": True, "runs": 200})
    assert artifact.bytecode.endswith(artifact.runtime)
    ((offset, length),) = artifact.immutables
    deployed = artifact.runtime[:offset] + b"\x07" * length + artifact.runtime[offset + length :]
    assert artifact.matches(deployed)
    assert not artifact.matches(deployed[:-1] + b"\x00")
    assert not artifact.matches(deployed + b"\x00")


def test_an_interface_has_no_code_and_matches_nothing(compiler: Compiler) -> None:
    artifact = compiler.compile({"I.sol": HEAD + "interface I { function f() external; }"}).artifacts["I.sol:I"]

    assert (artifact.bytecode, artifact.runtime) == (b"", b"")
    assert not artifact.matches(b"")


def test_an_error_is_told_in_the_words_of_solc(compiler: Compiler) -> None:
    with pytest.raises(CompilationFailed) as refused:
        compiler.compile({"Bad.sol": HEAD + 'import "./Missing.sol";\ncontract Bad {}'}, libraries=Path.cwd())

    assert 'Source "Missing.sol" not found' in refused.value.message
    assert "--> Bad.sol:3:1" in refused.value.message


def test_the_compiler_itself_reads_no_file(compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Secret.sol").write_text(HEAD + "contract Secret {}")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CompilationFailed, match=r'Source "Secret\.sol" not found'):
        compiler.compile({"A.sol": HEAD + 'import "Secret.sol";\ncontract A {}'})


def test_a_warning_is_handed_on_and_does_not_fail(compiler: Compiler) -> None:
    compilation = compiler.compile({"W.sol": HEAD + "contract W { function f() external pure { uint256 idle; } }"})

    assert len(compilation.warnings) == 1
    assert "Unused local variable" in compilation.warnings[0]


def test_a_warning_about_a_library_is_not_the_authors(compiler: Compiler, tmp_path: Path) -> None:
    (tmp_path / "Lib.sol").write_text(HEAD + "library Lib { function f() internal pure { uint256 idle; } }")

    compilation = compiler.compile({"W.sol": HEAD + 'import "Lib.sol";\ncontract W {}'}, libraries=tmp_path)

    assert compilation.warnings == ()


def test_a_contract_that_needs_linking_is_refused_with_the_way_out(compiler: Compiler) -> None:
    library = "library L { function f() public pure returns (uint256) { return 1; } }"
    user = "contract C { function g() external pure returns (uint256) { return L.f(); } }"

    with pytest.raises(CompilationFailed, match=r"C\.sol:C calls functions of libraries .*: L") as refused:
        compiler.compile({"C.sol": HEAD + library + user})

    assert "internal" in str(refused.value.hint)


def test_nothing_to_compile_is_an_error(compiler: Compiler) -> None:
    with pytest.raises(CompilationFailed, match="nothing to compile"):
        compiler.compile({})


def test_a_compiler_that_does_not_run_says_what_to_do(tmp_path: Path) -> None:
    executable = tmp_path / "solc-v0.8.37"
    executable.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    executable.chmod(0o755)

    with pytest.raises(CompilerUnavailable, match="solc does not work") as refused:
        Compiler(executable=executable, kind="native").compile({"A.sol": HEAD})

    assert str(executable) in str(refused.value.hint)
    assert os.access(executable, os.X_OK)  # the hint asks the user to remove it; we do not


def test_the_digest_follows_sources_and_libraries_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "lib.sol").write_text("one")
    source = {"A.sol": 'import "lib.sol";'}
    first = prepare(source, libraries=tmp_path)

    assert prepare(dict(source), libraries=tmp_path) == first
    assert prepare(source | {"B.sol": ""}, libraries=tmp_path).digest != first.digest
    (tmp_path / "lib.sol").write_text("two")
    assert prepare(source, libraries=tmp_path).digest != first.digest
