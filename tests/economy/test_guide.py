"""docs/economy.md: every figure of its examples, worked out by the ledger or asked of the contracts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from chain.abi import encode_call
from chain.deployment import DEFAULT_FILE, read_parameters
from chain.deployment.params import Schedule as Terms
from chain.economy.audit import AUCTION, ONE, Result, price_after
from chain.economy.ledger import UNIT, Income, Ledger, Schedule
from chain.launch.dev import Dev
from chain.primitives import ZERO_ADDRESS, keccak, to_hex
from chain.wallet import dev_accounts
from tests.contracts.stage import ROOT

GUIDE = (ROOT / "docs" / "economy.md").read_text(encoding="utf-8")
DAY = 86_400
A, B, C = (bytes([number]) * 20 for number in (1, 2, 3))


def figures(heading: str) -> list[str]:
    """What stands in bold under a heading."""
    section = GUIDE.split(f"## {heading}")[1].split("\n## ")[0]
    return [re.sub(r"[^0-9.]", "", bold) for bold in re.findall(r"\*\*(.+?)\*\*", section, re.DOTALL)]


def whole(value: int) -> str:
    return f"{Decimal(value) / UNIT:f}".rstrip("0").rstrip(".") if value % UNIT else str(value // UNIT)


def test_the_issue(fresh: Dev) -> None:
    parameters = read_parameters(DEFAULT_FILE, {one.name or "": one.address for one in dev_accounts()}, 0)
    terms = parameters.founders
    assert isinstance(terms, Terms)
    schedule = Schedule(A, 0, terms.cliff, terms.length, 40_000_000 * UNIT)

    assert schedule.due(364 * DAY) == 0
    assert figures("The issue") == [whole(schedule.due(365 * DAY))]
    assert schedule.due(730 * DAY) == 2 * schedule.due(365 * DAY)
    assert parameters.sale.soft_cap == 3_000_000 * UNIT
    assert parameters.sale.closes - parameters.sale.opens == 90 * DAY
    funds = fresh.contract("FundUse", fresh.platform.fund_use)
    assert figures("What was raised") == [str(funds.call("partOf", 3, 101))]
    assert [funds.call("partOf", use, 101) for use in range(3)] == [40, 15, 15]


def test_the_sale_and_a_trade(fresh: Dev) -> None:
    platform = fresh.platform
    ledger = Ledger(platform, fresh.contract("Till", platform.till).call("feeBps"))
    rate = fresh.contract("PublicSale", platform.sale).call("terms")["mzPerYuan"]

    bought = ledger.buy(A, 0, 15 * UNIT // 10, 20_000 * UNIT, rate, 10**30)
    ledger.pay(platform.mz, A, 3 * UNIT, B, quarter=0, share_bps=250, payee=C)
    burned, author, receiver = (ledger.burned["trade"], ledger.mz[C], ledger.mz[B])
    ledger.pay(ZERO_ADDRESS, A, UNIT, B, quarter=0, yuan=20_000 * UNIT)

    assert figures("The sale") == [whole(rate), whole(bought)]
    instead = ledger.burned["trade"] - burned
    assert figures("A trade") == [whole(burned), whole(author), whole(receiver), whole(instead)]
    assert ledger.fee(1) == 1


def test_a_use_and_the_treasury(fresh: Dev) -> None:
    ledger = Ledger(fresh.platform, fresh.contract("Templates", fresh.platform.templates).call("feeBps"))
    ledger.use(A, B, 2 * UNIT)
    ledger.use(A, C, 7)
    delay = fresh.contract("Vault", fresh.platform.vault).call("ROTATION_DELAY")

    assert ledger.burned["use"] - 1 == UNIT * 2 // 100
    assert figures("A template's use") == [whole(ledger.burned["use"] - 1), whole(ledger.mz[B]), str(ledger.mz[C])]
    assert figures("The treasury") == [str(delay // DAY)]


def test_money_that_can_still_go_back(fresh: Dev) -> None:
    till, mz = fresh.contract("Till", fresh.platform.till), fresh.contract("MZ", fresh.platform.mz)
    instance, ref, payers = b"\x77" * 20, bytes(32), fresh.accounts[5:7]
    answer = keccak(b"onHold(address,address,uint256,bytes32,bytes)")[:4].ljust(32, b"\0")
    expiry = (fresh.timestamp() + DAY).to_bytes(32, "big")
    # mstore(0, answer), mstore(32, expiry), return 64 bytes
    fresh.rpc(
        "anvil_setCode",
        to_hex(instance),
        to_hex(b"\x7f" + answer + b"\x5f\x52\x7f" + expiry + b"\x60\x20\x52\x60\x40\x5f\xf3"),
    )
    fresh.rpc("anvil_setBalance", to_hex(instance), hex(UNIT))
    fresh.rpc("anvil_impersonateAccount", to_hex(instance))
    for payer, amount in zip(payers, (10, 20), strict=True):
        mz.send("approve", till.address, 2**255, sender=payer)
        till.send("hold", mz.address, amount * UNIT, instance, ref, b"", sender=payer)

    def decide(function: str, *arguments: Any) -> None:
        data = to_hex(encode_call(till.abi, function, [mz.address, ref, *arguments]))
        sent = fresh.rpc("eth_sendTransaction", {"from": to_hex(instance), "to": to_hex(till.address), "data": data})
        assert fresh.rpc("eth_getTransactionReceipt", sent)["status"] == "0x1"

    def refunded() -> list[str]:
        before = [mz.call("balanceOf", payer.address) for payer in payers]
        for payer in payers:
            decide("refund", payer.address)
        return [whole(mz.call("balanceOf", payer.address) - had) for payer, had in zip(payers, before, strict=True)]

    snapshot = fresh.rpc("evm_snapshot")
    untouched = refunded()
    fresh.rpc("evm_revert", snapshot)
    decide("release", 12 * UNIT, C)

    assert figures("Money that can still go back") == [*untouched, *refunded()]


def test_revenue_and_shares(fresh: Dev) -> None:
    ledger = Ledger(fresh.platform, 100)
    ledger.unswept = 3
    ledger.sweep()
    income = Income({A: 1, B: 2}, received=100)

    assert figures("Revenue") == [str(ledger.ether[fresh.platform.buyback]), str((100 - 11 + 1) // 2)]
    assert figures("Shares in an income") == [str(income.claimable(A)), str(income.claimable(B))]


def test_the_buyback() -> None:
    anchor = ONE * 35 // 100 // 20_000

    def shown(price: int) -> str:
        return f"{Decimal(round(price * 10**9 / ONE)) / 10**9:f}".rstrip("0")

    def sold(spent: int, bought: int) -> int:
        return Result(
            round=1, opened=0, currency=ZERO_ADDRESS, budget=10 * UNIT, anchor=anchor, spent=spent, bought=bought,
            fills=1, lowest=0, highest=0,
        ).next_anchor  # fmt: skip

    assert figures("The buyback") == [
        shown(price_after(0, anchor)),
        shown(price_after(AUCTION // 2, anchor)),
        shown(price_after(AUCTION, anchor)),
        shown(sold(5 * UNIT, 500_000 * UNIT)),
        shown(sold(UNIT // 2, 50_000 * UNIT)),
    ]
