"""Ethereum's specification in Python (`ethereum-execution` on PyPI) as a judge that shares no code with ours.

Its pins clash with ours, so it has an environment of its own (`make .venv-specification/.made`) and a process.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from chain.evm.genesis import genesis_accounts
from chain.model import Block
from chain.spec import Spec
from tests.optional import ROOT, require

WORKER = Path(__file__).with_name("specification_worker.py")
PYTHON = Path(".venv-specification/bin/python")


class Judge:
    """One chain, judged block by block."""

    def __init__(self, spec: Spec, first: Block) -> None:
        python = require("the Ethereum specification (make .venv-specification/.made)", PYTHON)
        self._process = subprocess.Popen(
            [python, str(WORKER)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        accounts = {
            address.hex(): {
                "nonce": account.nonce,
                "balance": str(account.balance),
                "code": account.code.hex(),
                "storage": {str(slot): str(value) for slot, value in account.storage.items()},
            }
            for address, account in genesis_accounts(spec)
        }
        self._ask(json.dumps({"chain_id": spec.chain_id, "block": first.encode().hex(), "accounts": accounts}))

    def objection(self, block: Block) -> str:
        """Empty when the specification takes this as the chain's next block: every root, the bloom, all gas agree."""
        return self._ask(block.encode().hex())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the judge ended with status {self._process.wait()}"
        return answer.strip()
