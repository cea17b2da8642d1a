"""`mz demo`, as a newcomer runs it: every figure is worked out here once more, from the rules in the whitepaper."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.serving import MZ

UNIT = 10**18
KEYS = {
    "allocations",
    "supply_start",
    "template",
    "instance",
    "author_paid_on_use",
    "creator_paid",
    "author_paid_on_trade",
    "burned",
    "unused_earned",
    "supply_end",
    "refused",
}
LONGEST_SECONDS = 60


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MZ_")}
    return subprocess.run(
        [str(MZ), "demo", *words], cwd=cwd, env=inherited | variables, capture_output=True, text=True, timeout=180
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One run with --json: how it ended, how long it took, what it printed, and the folder it ran in."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "temporary").mkdir()
    begin = time.monotonic()
    done = run("--json", cwd=folder, TMPDIR=str(folder / "temporary"))
    seconds = time.monotonic() - begin
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done, seconds, folder


def test_it_prints_one_object_with_every_promised_key(played):
    document, *_ = played

    assert set(document) >= KEYS


def test_amounts_are_decimal_strings_in_wei(played):
    document, *_ = played

    amounts = [document[key] for key in KEYS - {"allocations", "template", "instance", "refused"}]
    for text in [*amounts, *document["allocations"].values()]:
        assert isinstance(text, str)
        assert str(int(text)) == text


def test_mz_is_issued_once_in_the_five_allocations_of_the_table(played):
    document, *_ = played

    assert {name: int(value) // UNIT for name, value in document["allocations"].items()} == {
        "founders": 40_000_000,
        "institutions": 20_000_000,
        "public_offering": 10_000_000,
        "private_placement": 10_000_000,
        "crowdfunding": 20_000_000,
    }
    assert int(document["supply_start"]) == 100_000_000 * UNIT


def test_everybody_is_paid_what_the_published_terms_say(played):
    document, *_ = played
    price, share_bps = int(document["template"]["price"]), document["template"]["share_bps"]
    gross, fee_bps = int(document["reader_spent"]), document["fee_bps"]

    use_fee = (price * fee_bps + 9_999) // 10_000
    trade_fee = (gross * fee_bps + 9_999) // 10_000
    share = gross * share_bps // 10_000

    assert 50 <= fee_bps <= 100
    assert int(document["creator_spent"]) == price
    assert int(document["author_paid_on_use"]) == price - use_fee
    assert int(document["author_paid_on_trade"]) == share
    assert int(document["creator_paid"]) == gross - trade_fee - share
    assert int(document["burned"]) == use_fee + trade_fee
    assert int(document["supply_start"]) - int(document["supply_end"]) == int(document["burned"])


def test_the_terms_do_not_come_out_even_so_that_rounding_shows(played):
    document, *_ = played

    assert int(document["template"]["price"]) * document["fee_bps"] % 10_000
    assert int(document["reader_spent"]) * document["fee_bps"] % 10_000
    assert int(document["reader_spent"]) * document["template"]["share_bps"] % 10_000


def test_the_author_is_neither_the_deployer_nor_a_founder(played):
    document, *_ = played

    unused = {one["author"] for one in document["unused"]}
    assert document["template"]["author"] not in unused
    assert document["template"]["author"] != "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_what_nobody_used_has_earned_nothing_the_founders_templates_included(played):
    document, *_ = played

    assert document["unused_earned"] == "0"
    assert {(one["uses"], one["earned"]) for one in document["unused"]} == {(0, "0")}
    assert "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" in {one["author"] for one in document["unused"]}
    assert len({one["author"] for one in document["unused"]}) == 2


def test_every_attempt_that_must_fail_was_refused_by_a_named_error(played):
    document, *_ = played

    errors = {one["attempt"]: one["error"] for one in document["refused"]}
    assert errors == {
        "use on terms other than those published": "TemplatesTermsMismatch",
        "use at a price that was raised in flight": "TemplatesTermsMismatch",
        "use a retired version": "TemplatesVersionRetired",
        "bring other bytecode for a published hash": "TemplatesCodeMismatch",
        "buy without an allowance": "ERC20InsufficientAllowance",
        "buy at a price that was raised in flight": "LicencePriceMismatch",
    }
    assert len({one["transaction"] for one in document["refused"]}) == len(errors)
    assert document["moved_by_refused"] == "0"


def test_it_tells_its_progress_on_stderr_and_is_done_within_a_minute(played):
    _, done, seconds, _ = played

    assert "the creator registers a work" in done.stderr
    assert "figures are what the rules say" in done.stderr
    assert seconds < LONGEST_SECONDS


def test_it_leaves_no_trace(played):
    *_, folder = played

    assert [path.name for path in folder.rglob("*")] == ["temporary"]


def test_without_json_it_ends_with_a_table_for_people(tmp_path):
    done = run(cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    for words in ("founders", "author", "creator", "reader", "burned", "TemplatesVersionRetired", "MZ left"):
        assert words in done.stdout
    assert "WRONG" not in done.stdout + done.stderr
