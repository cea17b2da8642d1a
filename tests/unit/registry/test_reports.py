from __future__ import annotations

import msgspec
import pytest

from chain.errors import RegistryError
from chain.primitives import checksum
from chain.registry.reports import Badge, Step, TestReport, read_report, sign
from chain.wallet import Account

REPORT = TestReport(
    template="stall",
    source_version="1.0.0",
    bundle="bafkreifhoge5pyrddhkgy5zzaqbkvcxullq3whtxhpfg64hbocfpyjpaxy",
    steps=(Step(name="compile", outcome="passed"), Step(name="lint", outcome="skipped", detail="no solhint")),
    gas={"use": 140_000},
    made_at=1_800_000_000,
)


def test_a_signed_report_is_read_back_with_its_signer() -> None:
    account = Account.create()

    signed = read_report(sign(REPORT, account))

    assert signed.report == REPORT
    assert signed.signer == checksum(account.address)
    assert signed.report.passed


@pytest.mark.parametrize(
    "change",
    [
        {"steps": (Step(name="compile", outcome="failed"),)},
        {"gas": {"use": 1}},
        {"bundle": "bafkreicp4o2kp3doy6su2234a6onvgeosdhrd3phsexa5xtqj7hyvdgm3q"},
        {"made_at": 1},
    ],
)
def test_whatever_is_changed_afterwards_is_noticed(change: dict[str, object]) -> None:
    document = msgspec.json.decode(sign(REPORT, Account.create()))
    document["report"] |= msgspec.to_builtins(change)

    with pytest.raises(RegistryError, match="is not signed by"):
        read_report(msgspec.json.encode(document))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"x" * 2_000_000])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(RegistryError, match="no signed test report"):
        read_report(data)


def test_a_step_that_failed_fails_the_report_and_a_skipped_one_is_told() -> None:
    failed = msgspec.structs.replace(REPORT, steps=(*REPORT.steps, Step(name="tests", outcome="failed")))
    badge = Badge(signer=bytes(20), report=bytes(32), passed=True, steps={s.name: s.outcome for s in REPORT.steps})

    assert not failed.passed
    assert str(badge).endswith("1 passed, 1 skipped")
