"""The build: only what changed is compiled, what is there is right, what is gone goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.artifacts import decode
from chain.errors import CompilationFailed
from chain.solidity import build as module
from chain.solidity import ensure_solc
from chain.solidity.build import build
from chain.solidity.compiler import Compilation, Job

HEAD = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"


class Remembering:
    """The compiler, asked once for each job: the same few sources are built in every test here."""

    kind = "remembering"

    def __init__(self) -> None:
        self._compiler = ensure_solc()
        self._known: dict[str, Compilation] = {}

    def run(self, job: Job) -> Compilation:
        if job.digest not in self._known:
            self._known[job.digest] = self._compiler.run(job)
        return self._known[job.digest]


@pytest.fixture(scope="module")
def remembering() -> Remembering:
    return Remembering()


@pytest.fixture(autouse=True)
def _remembering(remembering: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ensure_solc", lambda **_: remembering)


def silent(_message: str) -> None:
    return


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one platform contract and one template that imports its interface."""
    (tmp_path / "contracts/till").mkdir(parents=True)
    (tmp_path / "contracts/till/ITill.sol").write_text(HEAD + "interface ITill { function pay() external; }")
    (tmp_path / "templates/jar/test").mkdir(parents=True)
    (tmp_path / "templates/jar/Jar.sol").write_text(
        HEAD
        + 'import {ITill} from "contracts/till/ITill.sol";\ncontract Jar { function f(ITill t) external { t.pay(); } }'
    )
    (tmp_path / "templates/jar/test/Broken.sol").write_text("not compiled by the build")
    (tmp_path / "templates/empty").mkdir()
    return tmp_path


def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: object) -> None:
        raise AssertionError("the compiler was asked for")

    monkeypatch.setattr(module, "ensure_solc", refuse)


def artifact_names(root: Path) -> list[str]:
    folder = root / "build/artifacts"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_only_what_changed_is_compiled(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    first = build(root, root / "build", steps.append)
    assert first.compiled == ("contracts", "templates/jar")
    assert artifact_names(root) == ["ITill.json", "jar", "jar/Jar.json"]
    assert any(step.startswith("[2/2]") for step in steps)

    with monkeypatch.context() as patch:
        without_compiler(patch)
        assert build(root, root / "build", silent).unchanged == ("contracts", "templates/jar")

    jar = root / "templates/jar/Jar.sol"
    jar.write_text(jar.read_text() + "// a word")
    assert build(root, root / "build", silent).compiled == ("templates/jar",)

    (root / "build/artifacts/ITill.json").write_text("{}")
    assert build(root, root / "build", silent).compiled == ("contracts",)
    path = root / "build/artifacts/ITill.json"
    assert decode(path.read_bytes(), name="ITill").source == "contracts/till/ITill.sol"

    till = root / "contracts/till/ITill.sol"
    till.write_text(till.read_text().replace("pay()", "pay() ") + "\n")
    assert build(root, root / "build", silent).compiled == ("contracts", "templates/jar")


def test_a_template_has_the_same_bytes_wherever_it_lies(root: Path) -> None:
    (root / "templates/jar").rename(root / "templates/another-name")
    (root / "templates/jar").mkdir()
    (root / "templates/jar/Jar.sol").write_bytes((root / "templates/another-name/Jar.sol").read_bytes())

    build(root, root / "build", silent)

    folder = root / "build/artifacts"
    assert (folder / "jar/Jar.json").read_bytes() == (folder / "another-name/Jar.json").read_bytes()


def test_a_broken_template_is_reported_and_the_rest_is_built(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "templates/bad").mkdir()
    (root / "templates/bad/Bad.sol").write_text(HEAD + "contract Bad is Nobody {}")

    with pytest.raises(CompilationFailed, match="Identifier not found") as refused:
        build(root, root / "build", silent)

    assert "--> Bad.sol:3:" in refused.value.message
    assert artifact_names(root) == ["ITill.json", "jar", "jar/Jar.json"]


def test_what_no_longer_exists_is_removed_without_a_compiler(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(root, root / "build", silent)
    (root / "templates/jar/Jar.sol").unlink()
    without_compiler(monkeypatch)

    build(root, root / "build", silent)

    assert artifact_names(root) == ["ITill.json"]


def test_two_contracts_of_one_name_are_refused(root: Path) -> None:
    (root / "contracts/Other.sol").write_text(HEAD + "interface ITill { }")

    with pytest.raises(
        CompilationFailed, match=r"two contracts called ITill: in .*Other\.sol and in .*till/ITill\.sol"
    ):
        build(root, root / "build", silent)
