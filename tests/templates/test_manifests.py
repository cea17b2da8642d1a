"""Our own template folders, held to what every author's is held to, and to a little more. See templates.tree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from chain.artifacts import Artifact
from chain.registry.bundle import read_folder
from chain.registry.check import check
from chain.registry.manifest import Manifest, read_manifest
from tests.contracts.stage import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "templates").glob("*/template.toml"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def manifest(folder: Path) -> Manifest:
    return read_manifest((folder / "template.toml").read_bytes())


def test_the_check_that_publishing_runs_finds_nothing(
    folder: Path, manifest: Manifest, artifacts: dict[str, Artifact]
) -> None:
    compiled = artifacts[manifest.contract_name]
    assert compiled.source == f"templates/{folder.name}/{manifest.source}"

    report = check(manifest, msgspec.structs.replace(compiled, source=manifest.source), read_folder(folder))

    assert [str(finding) for finding in report.findings] == []


def test_a_clone_decodes_its_parameters_in_the_manifests_order(folder: Path, manifest: Manifest) -> None:
    if manifest.kind != "clone":
        return  # the check compares constructors
    sources = "".join(path.read_text("utf-8") for path in folder.glob("*.sol"))
    declared = re.search(r"struct Arguments {(.*?)}", sources, re.DOTALL)

    assert declared is not None
    # Structs are named by their contract, and tuples in a manifest.
    fields = [(re.sub(r"^[A-Z]\w*", "tuple", kind), name) for kind, name in re.findall(r"(\S+) (\w+);", declared[1])]
    parameters = [(parameter.type, parameter.name) for parameter in manifest.parameters]
    if manifest.encoding == "packed" and ("bytes", "encoded") in fields:
        fields.remove(("bytes", "encoded"))  # lists are read out of it when they are needed
        parameters = [one for one in parameters if not one[0].endswith("[]")]
    assert fields == parameters


def test_everything_is_said_in_both_languages(folder: Path) -> None:
    document = tomllib.loads((folder / "template.toml").read_text("utf-8"))

    def texts(value: object) -> list[dict[str, str]]:
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        if isinstance(value, dict):
            return [value] if "en" in value else [text for item in value.values() for text in texts(item)]
        return []

    assert len(texts(document)) > 5
    assert [text for text in texts(document) if not (text["en"].strip() and text.get("zh", "").strip())] == []


def test_errors_named_in_a_readme_exist(folder: Path, artifacts: dict[str, Artifact]) -> None:
    readme = (folder / "README.md").read_text("utf-8")
    known = {item["name"] for artifact in artifacts.values() for item in artifact.abi if item["type"] == "error"}

    named = set(re.findall(r"^\| `(\w+)\(", readme, re.MULTILINE))

    assert named and named <= known
