"""FundUse and Vault: see treasury.tree."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.stage import ETHER, Chain, Contract

DAY = 86_400
KEYS = [f"0x{number:064x}" for number in range(0x51, 0x5C)]
FOREVER = 2**40
PAYMENT = {
    "target": "address",
    "value": "uint256",
    "data": "bytes",
    "deadline": "uint256",
    "nonce": "uint256",
    "seatSet": "uint256",
}
ROTATION = {
    "seat": "uint256",
    "replacement": "address",
    "deadline": "uint256",
    "nonce": "uint256",
    "seatSet": "uint256",
}
NOTHING = [b""] * 5
Other = dict[str, object] | None


def give(chain: Chain, contract: Contract, amount: int) -> None:
    """Sends ether without a call."""
    chain.send(chain.fields(None, contract.address, "0x", amount))


# --- FundUse ----------------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(st.integers(1, 30), st.integers(1, 10**18)), min_size=1, max_size=5))
def test_every_wei_is_divided_40_15_15_and_the_rest(chain: Chain, incomes: list[int]) -> None:
    people = [chain.fresh() for _ in range(4)]
    funds = chain.deploy("FundUse", people)

    for income in incomes:
        give(chain, funds, income)

    due = [sum(income * part // 100 for income in incomes) for part in (40, 15, 15)]
    due.append(sum(incomes) - sum(due))
    assert [funds.due(use).read() for use in range(4)] == due
    for use in range(4):
        if due[use]:
            funds.pull(use).send()
        assert chain.balance(people[use]) == due[use]
        funds.pull(use).refuses("FundUseNothingDue", use)
    assert chain.balance(funds) == 0


def test_the_division_is_announced(chain: Chain) -> None:
    people = [chain.fresh() for _ in range(4)]
    funds = chain.deploy("FundUse", people)
    divided = chain.send(chain.fields(None, funds.address, "0x", 101)).only("Divided")

    assert list(divided.values()) == [101, 40, 15, 15, 31]
    assert [funds.recipientOf(use).read() for use in range(4)] == people
    assert funds.pull(3).send().only("Pulled")["amount"] == 31


def test_a_recipient_that_refuses_holds_up_nobody(chain: Chain) -> None:
    bad, good = chain.deploy("Actor"), chain.fresh()
    funds = chain.deploy("FundUse", [bad, good, good, good])
    bad.takeEther(1).send()
    give(chain, funds, 100)

    funds.pull(0).refuses("FundUseSendRefused", 0, bad, 40)

    for use in (1, 2, 3):
        funds.pull(use).send()
    assert chain.balance(good) == 60
    bad.takeEther(0).send()
    funds.pull(0).send()
    assert chain.balance(bad) == 40


def test_a_recipient_that_pulls_again_from_inside_gets_nothing_twice(chain: Chain) -> None:
    thief = chain.deploy("Actor")
    funds = chain.deploy("FundUse", [thief] * 4)
    give(chain, funds, 100)
    thief.takeEther(3).send()
    thief.plan([(funds.address, bytes.fromhex(funds.pull(0).data[2:]))]).send()

    funds.pull(0).refuses("FundUseSendRefused", 0, thief, 40)


def test_forced_ether_belongs_to_nobody(chain: Chain) -> None:
    funds = chain.deploy("FundUse", [chain.fresh()] * 4)
    give(chain, funds, 100)
    chain.deploy("ForcedEther", funds, value=7)

    assert [funds.due(use).read() for use in range(4)] == [40, 15, 15, 30]
    assert chain.balance(funds) == 107


@pytest.mark.parametrize("use", range(4))
def test_money_is_not_sent_nowhere(chain: Chain, use: int) -> None:
    people = [chain.fresh() for _ in range(4)]
    people[use] = ETHER

    chain.refuses_deployment("FundUseRecipientInvalid", "FundUse", people)


# --- Vault ------------------------------------------------------------------------------------------------------------


@dataclass
class Board:
    """A vault and the keys of its five seats."""

    chain: Chain
    vault: Contract
    keys: list[str] = field(default_factory=lambda: list(KEYS[:5]))

    def sign(
        self, kind: str, message: dict[str, object], keys: list[str] | None = None, other: Other = None
    ) -> list[bytes]:
        """What a wallet signs; `other` replaces a part of the message or of the domain."""
        domain = {"name": "MZ Vault", "version": "1", "chainId": self.chain.chain_id}
        domain |= {"verifyingContract": self.vault.address_checksum}
        bound = {"nonce": self.vault.nonce().read(), "seatSet": self.vault.seatSet().read()}
        fields = PAYMENT if kind == "Payment" else ROTATION
        signable = encode_typed_data(
            domain | {name: value for name, value in (other or {}).items() if name in domain},
            {kind: [{"name": name, "type": type_} for name, type_ in fields.items()]},
            message | bound | {name: value for name, value in (other or {}).items() if name in fields},
        )
        return [bytes(Account.sign_message(signable, key).signature) for key in keys or self.keys]

    def payment(
        self, to: str | Contract, value: int, data: str = "0x", deadline: int = FOREVER, other: Other = None
    ) -> list[bytes]:
        """All five over a payment."""
        target = to.address if isinstance(to, Contract) else to
        content = {"target": target, "value": value, "data": bytes.fromhex(data[2:]), "deadline": deadline}
        return self.sign("Payment", content, other=other)

    def rotation(self, seat: int, replacement: str, other: Other = None) -> list[bytes]:
        """The word of the other four; the seat's own place stays empty."""
        content = {"seat": seat, "replacement": replacement, "deadline": FOREVER}
        signatures = self.sign("Rotation", content, other=other)
        signatures[seat] = b""
        return signatures

    def pay(self, to: str | Contract, value: int, data: str = "0x") -> None:
        """A payment all five want."""
        signatures = self.payment(to, value, data)
        self.vault.execute(to, value, bytes.fromhex(data[2:]), FOREVER, signatures).send()

    def wait(self, seconds: int) -> None:
        self.chain.travel(self.chain.now() + seconds)


def address(key: str) -> str:
    return str(Account.from_key(key).address).lower()


@pytest.fixture(scope="module")
def vault(chain: Chain) -> Contract:
    made = chain.deploy("Vault", [address(key) for key in KEYS[:5]])
    give(chain, made, 1000)
    return made


@pytest.fixture
def board(chain: Chain, vault: Contract) -> Board:
    return Board(chain, vault)


@pytest.mark.parametrize("seat", range(5))
def test_five_different_seats_make_a_vault(chain: Chain, seat: int) -> None:
    keys = [address(key) for key in KEYS[:5]]
    for wrong in (ETHER, keys[seat - 1]):
        chain.refuses_deployment("VaultSeatInvalid", "Vault", [*keys[:seat], wrong, *keys[seat + 1 :]])


def test_all_five_sign_and_it_pays(board: Board) -> None:
    to, vault = board.chain.fresh(), board.vault
    assert vault.digestOf(to, 7, b"", 9).read() != vault.digestOf(to, 7, b"", 10).read()

    receipt = vault.execute(to, 7, b"", FOREVER, board.payment(to, 7)).send(board.chain.accounts[3])

    assert receipt.only("Executed")["nonce"] == 0
    assert board.chain.balance(to) == 7
    assert (vault.nonce().read(), vault.seatSet().read()) == (1, 0)
    assert list(vault.seats().read()) == [address(key) for key in board.keys]


def test_it_calls_contracts_and_holds_tokens(board: Board) -> None:
    coin, to = board.chain.deploy("Coin", 18), board.chain.fresh()
    coin.mint(board.vault, 50).send()

    board.pay(coin, 0, coin.transfer(to, 20).data)

    assert coin.balanceOf(to).read() == 20


@pytest.mark.parametrize("seat", range(5))
@pytest.mark.parametrize("how", ["empty", "twice", "stranger", "damaged"])
def test_four_of_five_are_not_enough(board: Board, seat: int, how: str) -> None:
    to = board.chain.fresh()
    signatures = board.payment(to, 7)
    content = {"target": to, "value": 7, "data": b"", "deadline": FOREVER}
    signatures[seat] = {
        "empty": b"",
        "twice": signatures[seat - 1],
        "stranger": board.sign("Payment", content, keys=[KEYS[9]])[0],
        "damaged": signatures[seat][:-1] + b"\0",
    }[how]

    board.vault.execute(to, 7, b"", FOREVER, signatures).refuses(
        "VaultSignatureInvalid", seat, address(board.keys[seat])
    )


def test_signatures_stand_in_the_order_of_seats(board: Board) -> None:
    to = board.chain.fresh()
    signatures = board.payment(to, 7)

    board.vault.execute(to, 7, b"", FOREVER, signatures[::-1]).refuses(
        "VaultSignatureInvalid", 0, address(board.keys[0])
    )


@pytest.mark.parametrize(
    "other",
    [
        {"chainId": 1},
        {"verifyingContract": "0x" + "12" * 20},
        {"nonce": 1},
        {"seatSet": 1},
        {"target": "0x" + "34" * 20},
        {"value": 8},
        {"data": b"\0"},
        {"deadline": FOREVER - 1},
        {"version": "2"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_signature_for_something_else_is_worth_nothing(board: Board, other: dict[str, object]) -> None:
    to = board.chain.fresh()
    board.vault.execute(to, 7, b"", FOREVER, board.payment(to, 7, other=other)).refuses(
        "VaultSignatureInvalid", 0, address(board.keys[0])
    )
    board.vault.execute(to, 7, b"", FOREVER, board.payment(to, 7)).send()


def test_a_payment_cannot_be_replayed(board: Board) -> None:
    to = board.chain.fresh()
    again = board.vault.execute(to, 7, b"", FOREVER, board.payment(to, 7))
    again.send()

    again.refuses("VaultSignatureInvalid", 0, address(board.keys[0]))


def test_a_call_that_re_enters_finds_its_signatures_used(board: Board) -> None:
    thief = board.chain.deploy("Actor")
    call = board.vault.execute(thief, 7, b"", FOREVER, board.payment(thief, 7))
    thief.takeEther(3).send()
    thief.plan([(board.vault.address, bytes.fromhex(call.data[2:]))]).send()

    call.refuses("VaultCallFailed")


def test_a_payment_has_a_deadline(board: Board) -> None:
    to, now = board.chain.fresh(), board.chain.now()
    call = board.vault.execute(to, 7, b"", now + 10, board.payment(to, 7, deadline=now + 10))

    board.chain.travel(now + 11)
    call.refuses("VaultExpired", now + 10)


def test_a_call_that_fails_uses_nothing_up(board: Board) -> None:
    bad = board.chain.deploy("Actor")
    call = board.vault.execute(bad, 7, b"", FOREVER, board.payment(bad, 7))
    bad.takeEther(1).send()

    call.refuses("VaultCallFailed")

    bad.takeEther(0).send()
    call.send()


def test_four_seats_replace_a_lost_key_in_thirty_days(board: Board) -> None:
    vault, chain, new = board.vault, board.chain, address(KEYS[5])
    vault.completeRotation().refuses("VaultRotationMissing")

    proposed = vault.proposeRotation(2, new, FOREVER, board.rotation(2, new)).send()
    ready = chain.now() + 30 * DAY
    assert proposed.only("SeatRotationProposed")["ready"] == ready
    assert vault.rotation().read() == (2, new, ready)
    chain.travel(ready - 1)
    vault.completeRotation().refuses("VaultRotationEarly", ready)
    chain.travel(ready)
    old = board.payment(chain.accounts[1], 1)
    vault.completeRotation().send(chain.accounts[7])

    assert vault.seats().read()[2] == new
    assert vault.seatSet().read() == 1
    vault.execute(chain.accounts[1], 1, b"", FOREVER, old).refuses("VaultSignatureInvalid", 0, address(board.keys[0]))
    vault.execute(chain.accounts[1], 1, b"", FOREVER, board.payment(chain.accounts[1], 1)).refuses(
        "VaultSignatureInvalid", 2, new
    )
    board.keys[2] = KEYS[5]
    board.pay(chain.accounts[1], 1)
    vault.completeRotation().refuses("VaultRotationMissing")


@pytest.mark.parametrize(
    ("seat", "missing"), [(seat, m) for seat, m in itertools.product(range(5), range(5)) if seat != m]
)
def test_three_seats_replace_nobody(board: Board, seat: int, missing: int) -> None:
    new = address(KEYS[5])
    signatures = board.rotation(seat, new)
    signatures[missing] = b""

    board.vault.proposeRotation(seat, new, FOREVER, signatures).refuses(
        "VaultSignatureInvalid", missing, address(board.keys[missing])
    )


@pytest.mark.parametrize("other", [{"seat": 3}, {"replacement": "0x" + "12" * 20}, {"nonce": 1}, {"chainId": 5}])
def test_a_word_for_another_rotation_is_worth_nothing(board: Board, other: dict[str, object]) -> None:
    new = address(KEYS[5])
    board.vault.proposeRotation(2, new, FOREVER, board.rotation(2, new, other)).refuses(
        "VaultSignatureInvalid", 0, address(board.keys[0])
    )


def test_the_seats_are_not_rotated_all_at_once(board: Board) -> None:
    vault, first, second = board.vault, address(KEYS[5]), address(KEYS[6])
    vault.proposeRotation(0, first, FOREVER, board.rotation(0, first)).send()
    vault.proposeRotation(1, second, FOREVER, board.rotation(1, second)).refuses("VaultRotationPending")

    board.wait(30 * DAY)
    vault.proposeRotation(1, second, FOREVER, board.rotation(1, second)).refuses("VaultRotationPending")
    vault.completeRotation().send()
    board.keys[0] = KEYS[5]
    vault.proposeRotation(1, second, FOREVER, board.rotation(1, second)).send()
    vault.completeRotation().refuses("VaultRotationEarly")


def test_a_seat_that_signs_a_payment_meanwhile_stays(board: Board) -> None:
    vault, new = board.vault, address(KEYS[5])
    signatures = board.rotation(4, new)
    vault.proposeRotation(4, new, FOREVER, signatures).send()
    board.wait(29 * DAY)

    board.pay(board.chain.fresh(), 1)

    board.wait(2 * DAY)
    vault.completeRotation().refuses("VaultRotationMissing")
    vault.proposeRotation(4, new, FOREVER, signatures).refuses("VaultSignatureInvalid", 0, address(board.keys[0]))


def test_a_seat_that_objects_stays_and_nobody_objects_for_it(chain: Chain) -> None:
    seats = [address(KEYS[0]), address(KEYS[1]), chain.accounts[5], address(KEYS[3]), address(KEYS[4])]
    board = Board(chain, chain.deploy("Vault", seats))
    vault, new = board.vault, address(KEYS[5])
    vault.object().refuses("VaultRotationMissing", sender=chain.accounts[5])
    signatures = board.rotation(2, new)
    vault.proposeRotation(2, new, FOREVER, signatures).send()

    for other in (chain.accounts[0], address(KEYS[0])):
        vault.object().refuses("VaultNotSeat", other, sender=other)
    receipt = vault.object().send(chain.accounts[5])

    assert receipt.only("SeatRotationVoided")["seat"] == 2
    board.wait(31 * DAY)
    vault.completeRotation().refuses("VaultRotationMissing")
    vault.proposeRotation(2, new, FOREVER, signatures).refuses("VaultSignatureInvalid", 0, address(board.keys[0]))


def test_a_seat_gets_a_key_that_makes_sense(board: Board) -> None:
    for wrong in (ETHER, board.vault.address, address(KEYS[0]), address(KEYS[4])):
        call = board.vault.proposeRotation(0, wrong, FOREVER, NOTHING)
        call.refuses("VaultSeatInvalid", 0, wrong)
    new = address(KEYS[5])
    board.vault.proposeRotation(5, new, FOREVER, NOTHING).refuses("VaultSeatInvalid", 5, new)
    now = board.chain.now()
    board.vault.proposeRotation(0, new, now - 1, NOTHING).refuses("VaultExpired", now - 1)
