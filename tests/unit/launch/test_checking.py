"""What a node checks for an author: our own templates pass, and what is wrong is named."""

from __future__ import annotations

import pytest

from chain.errors import BundleError
from chain.launch.checking import check_files
from chain.registry.bundle import open_bundle
from chain.registry.scaffold import scaffold


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A folder as a browser sends it: with its own name in front, and with what no bundle holds."""
    folder = tmp_path_factory.mktemp("author") / "my-template"
    scaffold(folder)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in paths} | {
        "my-template/.git/config": b"hidden",
        "my-template/tests/data.json": b"{}",
    }


def test_a_folder_becomes_the_bundle_that_the_command_line_makes(files: dict[str, bytes]) -> None:
    said: list[str] = []

    found = check_files(files, said.append)
    again = check_files({"my-template.bundle": found.bundle or b""}, said.append)

    assert {outcome for _, outcome, _ in found.steps} <= {"passed", "skipped"}
    assert found.bundle is not None
    assert open_bundle(found.bundle).manifest.name == "my-template"
    assert again.bundle == found.bundle
    assert ("compile", "passed", "its sources give exactly its code") in again.steps
    assert said


def test_a_broken_manifest_is_a_failed_step_and_a_folder_without_one_is_refused(files: dict[str, bytes]) -> None:
    broken = {**files, "my-template/template.toml": b'name = "my-template"\nunknown = 1\n'}
    bare = {path: data for path, data in files.items() if not path.endswith(".toml")}

    found = check_files(broken, lambda _: None)

    assert [(name, outcome) for name, outcome, _ in found.steps] == [("manifest", "failed")]
    assert found.bundle is None
    with pytest.raises(BundleError, match=r"template\.toml is missing"):
        check_files(bare, lambda _: None)


def test_no_path_leads_out_of_the_folder(files: dict[str, bytes]) -> None:
    with pytest.raises(BundleError, match="cannot be in a bundle"):
        check_files({**files, "my-template//evil.sol": b""}, lambda _: None)

    found = check_files({**files, "my-template/../../evil.sol": b"not Solidity"}, lambda _: None)

    assert found.bundle is not None and "not Solidity" not in found.bundle.decode("latin-1")
