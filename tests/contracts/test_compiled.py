"""What contract tests run on is what the sources say now, wherever it was compiled."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from chain.artifacts import Artifact, encode
from chain.solidity.compiler import prepare
from tests.contracts.compiled import Shelf

LAMP = "contract Lamp {}"


def built(root: Path, prefix: str, source: str) -> Artifact:
    """Writes a source and what a build has made of it."""
    folder = root / ("contracts" if not prefix else f"templates/{prefix}")
    folder.mkdir(parents=True)
    (folder / "Lamp.sol").write_text(LAMP)
    digest = prepare({source: LAMP}, libraries=root).digest
    made = Artifact("Lamp", source, (), b"\x01", b"\x02", (), {}, "{}", "0.8.37", digest)
    (root / "build/artifacts" / prefix).mkdir(parents=True)
    (root / "build/artifacts" / prefix / "Lamp.json").write_bytes(encode(made))
    return made


@pytest.mark.parametrize(
    ("prefix", "source", "unit"),
    [("", "contracts/Lamp.sol", "contracts/Lamp.sol"), ("lamp", "Lamp.sol", "templates/lamp/Lamp.sol")],
)
def test_what_the_build_made_is_taken_until_its_source_changes(
    tmp_path: Path, prefix: str, source: str, unit: str
) -> None:
    made = built(tmp_path, prefix, source)
    shelf = Shelf(tmp_path / "shelf", tmp_path)

    shelf.stock()
    assert shelf.job() is None
    assert shelf.artifacts(lambda _: pytest.fail("compiled again")) == {
        "Lamp": msgspec.structs.replace(made, source=unit)
    }

    (tmp_path / unit).write_text("contract Lamp { uint256 public on; }")
    shelf.stock()
    job = shelf.job()
    assert job is not None and list(job.document["settings"]["outputSelection"]) == [unit]
