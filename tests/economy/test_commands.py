"""What holders, reporters, buyers and the treasury type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth_account import Account as EthAccount

from chain.economy.simulation import _travel
from chain.launch.dev import Dev
from chain.primitives import checksum, keccak
from tests.economy.conftest import Played, Said

UNIT = 10**18
DAY = 86_400
Mz = Callable[..., Said]


def done(said: Said) -> Said:
    assert said.status == 0, said.err
    return said


def test_token_show_says_what_burned_and_why(played: Played, mz: Mz) -> None:
    shown = done(mz(played.dev, "token", "show", "--json")).json

    assert int(shown["minted"]) - int(shown["supply"]) == int(shown["burned"])
    assert int(shown["burned_by_cause"]["buyback"]) == played.outcome.burned_buyback
    assert [one["tranche"] for one in shown["allocations"]][:2] == ["founders", "institutions"]
    assert "bought back" in done(mz(played.dev, "token", "show")).out


def test_burns_and_holders_are_listed(played: Played, mz: Mz) -> None:
    burns = done(mz(played.dev, "token", "burns", "--limit", "1000", "--json")).json
    holders = done(mz(played.dev, "token", "holders", "--json")).json

    assert {one["cause"] for one in burns} == {"use", "trade", "buyback"}
    assert sum(int(one["amount"]) for one in burns) == 100_000_000 * UNIT - played.outcome.supply_end
    amounts = [int(one["amount"]) for one in holders]
    assert amounts == sorted(amounts, reverse=True)
    assert sum(amounts) == played.outcome.supply_end
    assert "fees of trades" in done(mz(played.dev, "token", "burns")).out
    assert "of the supply" in done(mz(played.dev, "token", "holders")).out.lower()


def test_the_rest_is_shown_as_tables_and_json(played: Played, mz: Mz) -> None:
    revenue = done(mz(played.dev, "fees", "revenue", "--json")).json
    assert [int(one["amount"]) for one in revenue["quarters"]] == [one.revenue for one in played.outcome.quarters]
    status = done(mz(played.dev, "buyback", "status", "--json")).json
    assert (status["round"], status["ended"], status["overdue"]["round"]) == (2, False, False)
    funds = done(mz(played.dev, "funds", "status", "--json")).json
    assert [one["percent"] for one in funds] == [40, 15, 15, 30]
    assert sum(int(one["pulled"]) for one in funds) == played.simulation.ledger.raised
    vault = done(mz(played.dev, "vault", "status", "--json")).json
    assert (len(vault["seats"]), vault["nonce"], vault["rotation"]) == (5, 2, None)
    sale = done(mz(played.dev, "sale", "status", "--json")).json
    assert (sale["state"], sale["finalised"]) == ("succeeded", True)
    shares = done(mz(played.dev, "shares", "list", "dev5", "--json")).json
    assert [one["symbol"] for one in shares] == ["FILM12"]
    for words in (
        "fees revenue",
        "buyback status",
        "funds status",
        "vault status",
        "sale status",
        "shares list dev5",
        "feed status",
        "token vesting",
        "token balance dev5",
    ):
        assert done(mz(played.dev, *words.split())).out.count("\n") > 1


def test_the_audit_tells_every_round_and_is_status_1_when_something_differs(
    played: Played, mz: Mz, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = done(mz(played.dev, "buyback", "audit", "--json")).json
    assert [one["round"] for one in said["rounds"]] == [1, 2]
    assert sum(int(one["burned"]) for one in said["rounds"]) == played.outcome.burned_buyback
    assert "every figure is what the rules say" in done(mz(played.dev, "buyback", "audit")).err

    monkeypatch.setattr("chain.economy.audit.AUCTION", 71 * 3600)
    tampered = mz(played.dev, "buyback", "audit")

    assert tampered.status == 1
    assert "not 72 hours" in tampered.err


def test_mz_is_sent_and_a_mistake_is_said_before_anything_happens(fresh: Dev, mz: Mz) -> None:
    sent = done(mz(fresh, "token", "transfer", "dev9", "2.5 MZ", "--from", "dev3", "--yes", "--json")).json
    assert sent["amount"] == str(25 * UNIT // 10)
    held = done(mz(fresh, "token", "balance", "dev9", "--json")).json
    assert held["mz"] == str(1_000_002 * UNIT + UNIT // 2)

    for words, status, text in (
        (("token", "transfer", "dev9", "-1", "--yes"), 2, "No such option"),
        (("token", "transfer", "dev9", "a lot", "--yes"), 2, "'a lot' is not an amount"),
        (("token", "transfer", "dev9", "1 ETH", "--yes"), 2, "is in ETH, MZ is wanted"),
        (("token", "transfer", "nobody", "1", "--yes"), 1, "nobody"),
        (("token", "transfer", "dev9", "9999999", "--yes"), 1, "ERC20InsufficientBalance"),
        (("token", "transfer", "dev9", "1"), 2, "needs a yes"),
    ):
        said = mz(fresh, *words)
        assert (said.status, text in said.err, said.out) == (status, True, ""), said.err


def test_reporters_make_a_price_and_others_may_not(fresh: Dev, mz: Mz) -> None:
    said = mz(fresh, "feed", "report", "20000", "--from", "dev8")
    assert said.status == 1
    assert checksum(fresh.accounts[0].address) in said.err

    for reporter in ("dev0", "dev1"):
        assert "none fresh yet" in done(mz(fresh, "feed", "report", "20000", "--from", reporter)).out
    last = done(mz(fresh, "feed", "report", "20100.5", "--from", "dev2", "--json")).json

    assert (last["price"], last["fresh"]) == (str(20_000 * UNIT), True)
    shown = done(mz(fresh, "feed", "status", "--json")).json
    assert [one["price"] for one in shown["reports"]][2] == str(20_100 * UNIT + UNIT // 2)


def reported(fresh: Dev, mz: Mz) -> None:
    for reporter in ("dev0", "dev1", "dev2"):
        done(mz(fresh, "feed", "report", "20000", "--from", reporter))


def test_a_sale_that_fails_gives_back_exactly_what_was_paid(fresh: Dev, mz: Mz) -> None:
    early = mz(fresh, "sale", "buy", "1", "--yes")
    assert early.status == 1
    assert "mz feed status" in early.err
    reported(fresh, mz)

    bought = done(mz(fresh, "sale", "buy", "1.5 ETH", "--from", "dev6", "--yes", "--json")).json
    assert (bought["paid"], bought["bought"]) == (str(15 * UNIT // 10), str(4_800 * UNIT))
    assert "SaleNotSucceeded" in mz(fresh, "sale", "claim", "--from", "dev6").err
    _travel(fresh, fresh.timestamp() + 91 * DAY)
    status = done(mz(fresh, "sale", "status", "--buyer", "dev6", "--json")).json
    assert (status["state"], status["paid"]) == ("failed", bought["paid"])
    assert done(mz(fresh, "sale", "refund", "--from", "dev6", "--json")).json["refunded"] == bought["paid"]
    ended = done(mz(fresh, "sale", "finalise", "--json")).json

    assert (ended["succeeded"], ended["unsold"]) == (False, str(30_000_000 * UNIT))
    assert done(mz(fresh, "token", "show", "--json")).json["burned_by_cause"]["sale"] == ended["unsold"]


def test_fees_are_quoted_in_three_currencies(fresh: Dev, mz: Mz) -> None:
    in_mz = done(mz(fresh, "fees", "quote", "2.000000000000000001", "--json")).json
    assert (in_mz["fee"], in_mz["net"]) == ("20000000000000001", "1980000000000000000")
    assert "no fresh price" in done(mz(fresh, "fees", "quote", "1", "--token", "ETH")).out

    reported(fresh, mz)

    # 1 % of one ether are 200 yuan, at 0.35 yuan for one MZ: 571.43 MZ, rounded up
    in_ether = done(mz(fresh, "fees", "quote", "1 ETH", "--token", "ETH", "--json")).json
    assert (in_ether["fee"], in_ether["fee_in_mz"]) == (str(UNIT // 100), str(-(-200 * UNIT * 100 // 35)))
    assert mz(fresh, "fees", "quote", "1", "--token", "doge").status == 2


def test_a_round_is_opened_filled_swept_and_forwarded(fresh: Dev, mz: Mz) -> None:
    reported(fresh, mz)
    till = fresh.contract("Till", fresh.platform.till)
    till.send("pay", bytes(20), 100 * UNIT, b"\7" * 20, bytes(32), sender="dev7", value=100 * UNIT)
    swept = done(mz(fresh, "fees", "sweep", "--json")).json
    assert swept["to_buyback"] == swept["to_vault"] == str(UNIT // 2)
    refused = mz(fresh, "buyback", "open").err
    assert "BuybackTooEarly" in refused and "thrown before the 90 days are over; earliest: 20" in refused
    assert "BuybackNotEnded" in mz(fresh, "buyback", "forward").err

    _travel(fresh, fresh.timestamp() + 91 * DAY)
    reported(fresh, mz)
    opened = done(mz(fresh, "buyback", "open", "--json")).json
    sold = done(mz(fresh, "buyback", "fill", "1000", "--from", "dev6", "--yes", "--json")).json

    assert opened["lots"][0]["budget"] == str(UNIT // 2)
    assert sold["burned"] == str(1000 * UNIT)
    assert int(sold["paid"]) == int(sold["price"]) * 1000 * UNIT // 10**27
    done(mz(fresh, "buyback", "audit"))


def test_the_auditor_publishes_the_hash_of_a_file(fresh: Dev, mz: Mz, tmp_path: Path) -> None:
    (tmp_path / "record.pdf").write_bytes(b"the books")

    said = done(mz(fresh, "buyback", "attest", "record.pdf", "--from", "dev9", "--yes", "--json")).json

    assert said["record"] == "0x" + keccak(b"the books").hex()
    assert "BuybackNotAuditor" in mz(fresh, "buyback", "attest", "record.pdf", "--from", "dev8", "--yes").err
    assert mz(fresh, "buyback", "attest", "0x12", "--yes").status == 2
    assert mz(fresh, "buyback", "attest", "nothing.pdf", "--yes").status == 2


def test_a_beneficiary_takes_what_has_vested(fresh: Dev, mz: Mz) -> None:
    early = mz(fresh, "token", "release", "institutions", "--from", "dev1")
    assert early.status == 1
    assert "nothing of institutions is due" in early.err
    assert "only" in mz(fresh, "token", "release", "institutions", "--from", "dev2").err
    assert "does not vest" in mz(fresh, "token", "release", "crowdfunding").err

    _travel(fresh, fresh.timestamp() + 365 * DAY)
    released = done(mz(fresh, "token", "release", "institutions", "--from", "dev1", "--json")).json

    assert abs(int(released["released"]) - 10_000_000 * UNIT) < 10 * UNIT


def test_income_of_shares_is_claimed(fresh: Dev, mz: Mz) -> None:
    issuer = fresh.contract("SharesIssuer", fresh.platform.shares)
    holders = [fresh.accounts[5].address, fresh.accounts[6].address]
    mined = issuer.send("issue", "Film", "FILM", bytes(20), holders, [1, 2], sender="dev5")
    shares = issuer.events_in(mined, "SharesIssued")[0].arguments["shares"]
    fresh.send({"to": shares}, sender="dev7", value=100)

    said = done(mz(fresh, "shares", "claim", checksum(shares), "--from", "dev6", "--json")).json

    assert said["claimed"] == "66"
    assert done(mz(fresh, "shares", "list", "dev5", "--json")).json[0]["claimable"] == "33"


def order_of(file: Path) -> Any:
    return msgspec.json.decode(file.read_bytes())["order"]


def test_five_keys_pay_from_the_treasury_one_after_the_other_and_apart(fresh: Dev, mz: Mz, tmp_path: Path) -> None:
    vault, payee = fresh.platform.vault, fresh.accounts[9].address
    fresh.send({"to": vault}, sender="dev7", value=3 * UNIT)
    before = fresh.balance(payee)
    done(mz(fresh, "vault", "pay", "dev9", "1.5", "--out", "one.json"))
    early = mz(fresh, "vault", "send", "one.json", "--from", "dev8", "--yes")
    assert early.status == 1 and "0 of 5 have signed" in early.err
    for key in ("dev0", "dev1", "dev2"):
        done(mz(fresh, "vault", "sign", "one.json", "--from", key, "--yes"))
    (tmp_path / "two.json").write_bytes(b"%b" % (tmp_path / "one.json").read_bytes())
    done(mz(fresh, "vault", "sign", "two.json", "--from", "dev3", "--yes"))
    # The fifth key is in another wallet, which knows EIP-712 and nothing of ours.
    signed = EthAccount.sign_typed_data(fresh.accounts[4].unsafe_private_key(), full_message=order_of(Path("one.json")))
    added = done(
        mz(fresh, "vault", "sign", "one.json", "--signature", "0x" + signed.signature.hex(), "--yes", "--json")
    )
    assert added.json["missing"] == [checksum(fresh.accounts[3].address)]

    done(mz(fresh, "vault", "send", "one.json", "two.json", "--from", "dev8", "--yes"))

    assert fresh.balance(payee) - before == 15 * UNIT // 10
    assert fresh.balance(vault) == 15 * UNIT // 10
    again = mz(fresh, "vault", "send", "one.json", "two.json", "--from", "dev8", "--yes")
    assert again.status == 1 and "something else was carried out first" in again.err


def test_a_signer_is_shown_what_the_signed_data_does(fresh: Dev, mz: Mz, tmp_path: Path) -> None:
    fresh.contract("MZ", fresh.platform.mz).send("transfer", fresh.platform.vault, 9 * UNIT, sender="dev0")
    done(mz(fresh, "vault", "pay", "dev9", "7", "--token", "MZ", "--out", "order.json"))

    shown = done(mz(fresh, "vault", "show", "order.json")).out

    assert "transfer" in shown and "7 MZ" in shown and checksum(fresh.accounts[9].address) in shown
    twice = mz(fresh, "vault", "pay", "dev9", "7", "--token", "MZ", "--out", "order.json")
    assert twice.status == 2 and "order.json is there already" in twice.err
    poor = mz(fresh, "vault", "pay", "dev9", "10", "--token", "MZ", "--out", "more.json")
    assert poor.status == 1 and "ERC20InsufficientBalance" in poor.err
    assert "the vault has 0 wei" in mz(fresh, "vault", "pay", "dev9", "7", "--out", "more.json").err
    order = order_of(Path("order.json"))
    order["message"]["target"] = checksum(fresh.platform.notary)  # that it is called transfer makes it no payment of MZ
    Path("other.json").write_bytes(msgspec.json.encode({"order": order, "signatures": {}}))
    other = done(mz(fresh, "vault", "show", "other.json")).out
    assert "transfer" in other and "7 MZ" not in other
    stranger = mz(fresh, "vault", "sign", "order.json", "--from", "dev5", "--yes")
    assert stranger.status == 1 and "does not sign this order" in stranger.err
    signed = EthAccount.sign_typed_data(
        fresh.accounts[5].unsafe_private_key(), full_message=order_of(Path("order.json"))
    )
    foreign = mz(fresh, "vault", "sign", "order.json", "--signature", "0x" + signed.signature.hex())
    assert foreign.status == 1 and checksum(fresh.accounts[5].address) in foreign.err


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("primaryType", "Permit"),
        ("types", {}),
        ("domain", {"name": "MZ Vault", "version": "2", "chainId": 20261, "verifyingContract": "0x" + "11" * 20}),
        ("message", {"target": "nonsense"}),
    ],
)
def test_a_file_that_says_anything_else_is_refused(fresh: Dev, mz: Mz, part: str, value: object) -> None:
    fresh.send({"to": fresh.platform.vault}, sender="dev7", value=UNIT)
    done(mz(fresh, "vault", "pay", "dev9", "1", "--out", "order.json"))
    order = order_of(Path("order.json"))
    Path("order.json").write_bytes(msgspec.json.encode({"order": order | {part: value}, "signatures": {}}))

    said = mz(fresh, "vault", "sign", "order.json", "--yes")

    assert said.status == 2
    assert "order.json holds" in said.err


def test_a_lost_key_is_replaced_by_the_four_others_unless_it_objects(fresh: Dev, mz: Mz) -> None:
    def proposed() -> None:
        done(mz(fresh, "vault", "rotate", "2", "dev9", "--out", "order.json"))
        for key in ("dev0", "dev1", "dev3", "dev4"):
            done(mz(fresh, "vault", "sign", "order.json", "--from", key, "--yes"))
        done(mz(fresh, "vault", "send", "order.json", "--yes"))
        Path("order.json").unlink()

    proposed()
    done(mz(fresh, "vault", "object", "--from", "dev2"))
    proposed()
    assert "VaultRotationEarly" in mz(fresh, "vault", "complete").err
    _travel(fresh, fresh.timestamp() + 30 * DAY)

    done(mz(fresh, "vault", "complete"))

    status = done(mz(fresh, "vault", "status", "--json")).json
    assert (status["seats"][2], status["seat_set"]) == (checksum(fresh.accounts[9].address), 1)
    taken = mz(fresh, "vault", "rotate", "1", "dev9", "--out", "order.json")
    assert taken.status == 1 and "cannot take a seat" in taken.err


def test_shares_are_issued_and_their_income_divided(fresh: Dev, mz: Mz) -> None:
    issued = done(mz(fresh, "shares", "issue", "Film 12", "FILM12", "dev5=60", "dev6=40", "--yes", "--json")).json
    done(mz(fresh, "contract", "send", "MZ", "mz", "transfer", issued["shares"], "1", "--yes"))  # not their currency
    fresh.send({"to": bytes.fromhex(issued["shares"][2:])}, sender="dev7", value=1_000)

    assert issued["supply"] == str(100 * UNIT)
    assert [done(mz(fresh, "shares", "list", who, "--json")).json[0]["claimable"] for who in ("dev5", "dev6")] == [
        "600",
        "400",
    ]
    assert mz(fresh, "shares", "issue", "F", "F", "dev5=1", "dev5=2", "--yes").status == 2
    assert mz(fresh, "shares", "issue", "F", "F", "dev5", "--yes").status == 2
    assert "SharesIssueInvalid" in mz(fresh, "shares", "issue", "F", "F", "dev5=0", "--yes").err
