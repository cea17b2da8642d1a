"""`mz template check` with the tools that look at a template's sources: slither, where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.registry.inspection import inspect
from chain.registry.scaffold import scaffold
from tests.optional import require

DUES = """
  mapping(address account => uint256) private _dues;

  /// @notice Takes ether
  function pledge() external payable {
    _dues[msg.sender] += msg.value;
  }

  /// @notice Gives it back, and notes it too late
  function recall() external {
    uint256 due = _dues[msg.sender];
    // solhint-disable-next-line avoid-low-level-calls
    (bool ok, ) = msg.sender.call{value: due}("");
    require(ok);
    _dues[msg.sender] = 0;
  }
}
"""


def outcomes(folder: Path) -> dict[str, str]:
    report = inspect(folder, say=lambda _: None, tests=False).report
    return {step.name: step.outcome for step in report.steps}


@pytest.fixture
def guestbook(tmp_path: Path) -> Path:
    """A new template as it is made for an author."""
    require("slither", Path(".venv-slither/bin/slither"))
    made = tmp_path / "guestbook"
    scaffold(made)
    return made


def test_a_payment_that_is_noted_too_late_is_found(guestbook: Path) -> None:
    contract = guestbook / "Guestbook.sol"
    contract.write_text(contract.read_text().rstrip().removesuffix("}") + DUES)

    found = outcomes(guestbook)

    assert (found["re-entrancy"], found["slither"]) == ("failed", "passed")
