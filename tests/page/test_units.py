"""The page's own unit tests, and what they share with the Python side."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from chain.artifacts import load
from chain.registry.units import UNITS
from tests.optional import ROOT, require

INTERFACES = {
    "TEMPLATES": "ITemplates",
    "TILL": "ITill",
    "WORKS": "IWorks",
    "NOTARY": "INotary",
    "BUYBACK": "IBuyback",
    "FEED": "IYuanReports",
    "SALE": "IPublicSale",
    "FUND_USE": "IFundUse",
}


def test_the_units_of_the_page_pass() -> None:
    vitest = require("vitest", Path("node_modules/.bin/vitest"))

    done = subprocess.run(
        [vitest, "run", "--root", "web", "--no-isolate", "--maxWorkers", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_knows_every_unit_of_the_manifests() -> None:
    source = (ROOT / "web/src/gallery/units.ts").read_text()

    assert {unit for unit in UNITS if f'case "{unit}":' not in source} == set()


def test_what_the_page_says_to_the_platform_is_in_the_contracts_interfaces() -> None:
    source = (ROOT / "web/src/net/abi.ts").read_text()
    for name, interface in INTERFACES.items():
        [listed] = re.findall(rf"export const {name} = parseAbi\(\[(.*?)\]\);", source, re.DOTALL)
        known = {(item["type"], item["name"]) for item in load(interface).abi if "name" in item}

        said = set(re.findall(r'"(function|event|error) (\w+)\(', listed))

        assert said - known - {("error", "FailedCall")} == set(), name
