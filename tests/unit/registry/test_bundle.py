from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chain import artifacts
from chain.artifacts import Artifact
from chain.blobs import cid_of, digest_of
from chain.errors import BundleError, CheckFailed, ManifestError
from chain.registry import make_bundle, open_bundle
from chain.registry.archive import pack, unpack
from chain.registry.build import build
from tests.unit.registry.sample import MANIFEST, artifact_of


def test_a_bundle_holds_the_folder_the_artifact_and_the_report(folder: Path, artifact: Artifact) -> None:
    bundle = open_bundle(make_bundle(folder, artifact))

    assert sorted(bundle.files) == ["README.md", "Stall.sol", "artifact.json", "check.json", "template.toml"]
    assert bundle.manifest.name == "stall"
    assert bundle.artifact == artifact
    assert bundle.report.passed
    assert bundle.readme == "# Stall\n"
    assert bundle.cid == cid_of(bundle.data)
    assert bundle.digest == digest_of(bundle.cid)


def test_the_same_folder_gives_the_same_bytes_whatever_surrounds_it(
    folder: Path, artifact: Artifact, tmp_path: Path
) -> None:
    first = make_bundle(folder, artifact)
    copy = tmp_path / "elsewhere" / "stall"
    shutil.copytree(folder, copy)
    (copy / "tests").mkdir()
    (copy / "tests" / "test_stall.py").write_text("raise SystemExit")
    (copy / ".git").mkdir()
    (copy / ".DS_Store").write_bytes(b"x")
    (copy / "Stall.sol").chmod(0o755)
    os.utime(copy / "README.md", (1, 1))

    assert make_bundle(copy, artifact) == first


@pytest.mark.parametrize("missing", ["README.md", "template.toml"])
def test_what_every_bundle_needs_is_asked_for(folder: Path, artifact: Artifact, missing: str) -> None:
    (folder / missing).unlink()

    with pytest.raises(BundleError, match=f"{missing} is missing"):
        make_bundle(folder, artifact)


@pytest.mark.parametrize("name", ["setup.py", "lib.so", "artifact.json", "check.json", "stall.exe"])
def test_what_does_not_belong_into_a_bundle_is_refused(folder: Path, artifact: Artifact, name: str) -> None:
    (folder / name).write_text("x")

    with pytest.raises(BundleError, match=name):
        make_bundle(folder, artifact)


def test_links_are_refused(folder: Path, artifact: Artifact, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "notes.txt").symlink_to(tmp_path / "secret.txt")

    with pytest.raises(BundleError, match=r"notes\.txt is a link"):
        make_bundle(folder, artifact)

    (folder / "notes.txt").unlink()
    (folder / "more").symlink_to(tmp_path)
    with pytest.raises(BundleError, match="more is a link"):
        make_bundle(folder, artifact)


def test_a_folder_of_another_name_is_refused(folder: Path, artifact: Artifact) -> None:
    with pytest.raises(BundleError, match="the template is called stall, its folder booth"):
        make_bundle(folder.rename(folder.with_name("booth")), artifact)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path, artifact: Artifact) -> None:
    with pytest.raises(BundleError, match="there is no template folder"):
        make_bundle(tmp_path / "nothing", artifact)


def test_a_template_that_fails_the_check_makes_no_bundle(folder: Path) -> None:
    with pytest.raises(CheckFailed, match="SELFDESTRUCT"):
        make_bundle(folder, artifact_of(runtime=b"\xff"))


def forged(folder: Path, artifact: Artifact, **changes: bytes | None) -> bytes:
    files = unpack(make_bundle(folder, artifact))
    for name, content in changes.items():
        path = name.replace("__", ".")
        if content is None:
            del files[path]
        else:
            files[path] = content
    return pack(files)


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"artifact__json": None}, BundleError, "artifact.json is missing"),
        ({"check__json": None}, BundleError, "check.json is missing"),
        ({"README__md": None}, BundleError, "README.md is missing"),
        ({"check__json": b"{}"}, BundleError, "damaged"),
        ({"artifact__json": b"{}"}, BundleError, "damaged"),
        ({"evil__py": b""}, BundleError, "evil.py does not belong"),
        ({"artifact__json": artifacts.encode(artifact_of([{"name": "x"}]))}, BundleError, "ABI .* is malformed"),
        ({"artifact__json": b"[" * 100_000}, BundleError, "damaged"),
        ({"template__toml": b""}, ManifestError, "missing required field"),
        ({"artifact__json": artifacts.encode(artifact_of(runtime=b"\xf4"))}, CheckFailed, "DELEGATECALL"),
        ({"artifact__json": artifacts.encode(artifact_of(runtime=b"\x60\x01"))}, BundleError, "something else"),
        ({"template__toml": MANIFEST.replace("1.2.3", "9.9.9").encode()}, BundleError, "something else"),
    ],
)
def test_a_forged_bundle_is_refused(
    folder: Path, artifact: Artifact, changes: dict[str, bytes | None], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        open_bundle(forged(folder, artifact, **changes))


def test_the_build_writes_one_file_per_template_and_only_what_changed(
    folder: Path, artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "load", {"stall/Stall": artifact}.__getitem__)
    output = tmp_path / "bundles"
    output.mkdir()
    (output / "gone.bundle").write_bytes(b"")

    (made,) = build(folder.parent, output)
    before = made.stat().st_mtime_ns
    build(folder.parent, output)

    assert made == output / "stall.bundle"
    assert made.stat().st_mtime_ns == before
    assert made.read_bytes() == make_bundle(folder, artifact)
    assert sorted(path.name for path in output.iterdir()) == ["stall.bundle"]
