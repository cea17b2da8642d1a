"""Somebody at a terminal: `mz template use` asks, refuses nonsense, shows what it costs, and stops at Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chain import Client, Template, Wallet, economy
from chain.primitives import checksum
from chain.registry import Library
from tests.e2e.serving import MZ, Served, environment, served

CTRL_C = "\x03"
SECONDS = 60
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Seat:
    """A command on a terminal of its own; only its result goes elsewhere, as with `> file`."""

    def __init__(self, *words: str, cwd: Path) -> None:
        self._screen, keyboard = pty.openpty()
        self.heard = ""
        self.process = subprocess.Popen(
            [str(MZ), *words],
            stdin=keyboard,
            stdout=subprocess.PIPE,
            stderr=keyboard,
            cwd=cwd,
            env=environment() | {"COLUMNS": "120"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
        )
        os.close(keyboard)

    def hears(self, words: str, *, impatience: float | None = None) -> str:
        """Waits for these words, and returns all that was shown since the last answer; `impatience`: presses Ctrl-C
        again whenever it has waited for so many seconds."""
        deadline = time.monotonic() + SECONDS
        while words not in self.heard:
            left = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([self._screen], [], [], left if impatience is None else min(left, impatience))
            if not ready and left and impatience is not None:
                os.write(self._screen, CTRL_C.encode())
                continue
            assert ready, f"{words!r} was not shown, but:\n{self.heard}"
            try:
                shown = os.read(self._screen, 65_536)
            except OSError:  # the other end is closed
                shown = b""
            assert shown, f"it ended without {words!r}:\n{self.heard}"
            self.heard += _COLOURS.sub("", shown.decode()).replace("\r", "")
        return self.heard

    def types(self, text: str) -> None:
        self.heard = ""
        os.write(self._screen, text.encode())

    def ends(self) -> tuple[int, str]:
        """Status and result."""
        result, _ = self.process.communicate(timeout=SECONDS)
        os.close(self._screen)
        return self.process.returncode, result.decode()


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Callable[..., Seat]]:
    """Takes a seat; nobody is left sitting."""
    seats: list[Seat] = []

    def take(*words: str) -> Seat:
        seats.append(Seat(*words, cwd=tmp_path))
        return seats[-1]

    yield take
    for seat in seats:
        if seat.process.poll() is None:
            seat.process.kill()
            seat.process.communicate(timeout=SECONDS)


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("terminal") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


def test_a_person_is_asked_told_the_price_and_pays_only_after_a_yes(node: Served, sit: Callable[..., Seat]) -> None:
    at = ("--rpc", node.url, "--data-dir", str(node.folder), "--from", "dev1")
    client = Client(node.url, Wallet.dev())
    buyer = client.address_of("dev1")

    # A wrong flag is said before anything is asked.
    hasty = sit("template", "use", "tip-jar", "--set", "lesat=1", *at)
    assert "did you mean least?" in hasty.hears("did you mean")
    assert hasty.ends() == (2, "")

    seat = sit("template", "use", "tip-jar", *at)
    asked = seat.hears("For this person [user]:")
    assert (
        "Who receives the tips" in asked
        and "person: an address, the name of an account here, or user for yourself" in asked
    )
    seat.types("nobody\n")
    assert "nobody" in seat.hears("For this person [user]:").removeprefix("nobody\n")
    seat.types("\n")
    seat.hears("Or for this work:")
    seat.types("\n")
    assert "least: in MZ, such as 2.5; from 0 MZ up to 1000000 MZ" in seat.hears("Smallest tip [0.01 MZ]:")
    for nonsense, said in (("much", "much"), ("-1", "-1"), ("2000000", "is not between 0 MZ and 1000000 MZ")):
        seat.types(f"{nonsense}\n")
        assert said in seat.hears("Smallest tip [0.01 MZ]:").removeprefix(f"{nonsense}\n")
    seat.types("0.5\n")
    shown = seat.hears("[y/N]:")
    for fact in ("0.5 MZ", "1 MZ, of which 0.01 MZ burn as the fee", "0.5 %", "ETH at today's price"):
        assert fact in shown
    (gas,) = re.findall(r"about ([0-9,]+), ", shown)
    (foretold,) = re.findall(r"address +(0x[0-9a-fA-F]{40})", shown)
    before = economy.balance(client, client.platform, buyer)

    # No.
    seat.types("n\n")
    assert "nothing was confirmed" in seat.hears("nothing was confirmed")
    assert seat.ends() == (1, "") and economy.balance(client, client.platform, buyer) == before

    # Ctrl-C at a question.
    seat = sit("template", "use", "tip-jar", "--set", "least=0.5", *at)
    seat.hears("For this person [user]:")
    # A signal in the moment before Python waits for the line is noticed with the next one.
    seat.types(CTRL_C)
    assert "\nmz: interrupted" in seat.hears("mz: interrupted", impatience=5)
    assert seat.ends() == (130, "") and economy.balance(client, client.platform, buyer) == before

    # Yes.
    seat = sit("template", "use", "tip-jar", "--set", "least=0.5", "--set", "work=", *at)
    seat.hears("For this person [user]:")
    seat.types("\n")
    seat.hears("[y/N]:")
    seat.types("y\n")
    seat.hears("burned")
    status, result = seat.ends()
    made = result.strip()
    assert status == 0 and re.fullmatch(r"0x[0-9a-fA-F]{40}", made) and made != foretold
    assert before - economy.balance(client, client.platform, buyer) == 10**18
    use = Library(client).registry.events("Used", {"user": buyer})[-1]
    spent = client.w3.eth.get_transaction_receipt(use.transaction_hash)["gasUsed"]
    assert 0.9 < int(gas.replace(",", "")) / spent < 1.2


def test_with_yes_nothing_is_asked_also_on_a_terminal(node: Served, sit: Callable[..., Seat]) -> None:
    at = ("--rpc", node.url, "--data-dir", str(node.folder), "--from", "dev1", "--yes")

    lacking = sit("template", "use", "loyalty-points", *at)

    assert "a value is missing for" in lacking.hears("a value is missing for")
    assert lacking.ends() == (2, "")


def test_an_action_is_asked_for_shown_and_done_only_after_a_yes(node: Served, sit: Callable[..., Seat]) -> None:
    client = Client(node.url, Wallet.dev())
    jar = Template("tip-jar").use(client, sender="dev4", least="0.5 MZ")
    words = ("template", "do", checksum(jar.address), "tip")
    at = ("--rpc", node.url, "--data-dir", str(node.folder), "--from", "dev1")

    seat = sit(*words, *at)
    assert "amount: in MZ, such as 2.5; from 0.01 MZ up to 1000000 MZ" in seat.hears("How much:")
    seat.types("much\n")
    seat.hears("How much:")
    seat.types("2\n")
    seat.hears("Memo, at most 280 bytes")
    seat.types("\n")
    shown = seat.hears("[y/N]:")
    for fact in ("2 MZ, of which 0.02 MZ are the fee", "0.01 MZ to the template's author, 1.97 MZ to the contract"):
        assert fact in shown
    assert re.search(r"about [0-9,]+, 0\.[0-9]+ ETH at today's price", shown) and "Tip 2 MZ, as 0x" in shown
    seat.types("n\n")
    seat.hears("nothing was confirmed")
    assert seat.ends() == (1, "") and jar.tell("tips") == "0 tips so far, 0 MZ in all."

    # A refusal is told before there is anything to confirm.
    seat = sit(*words, "--set", "amount=0.1", "--set", "memo=", *at)
    assert "TipTooSmall" in seat.hears("TipTooSmall")
    assert "[y/N]" not in seat.heard and seat.ends()[0] == 1

    seat = sit(*words, "--set", "amount=2", "--set", "memo=", *at)
    seat.hears("[y/N]:")
    seat.types("y\n")
    seat.hears("shows how it stands now")
    assert re.fullmatch(r"0x[0-9a-f]{64}\n", seat.ends()[1]) and jar.tell("tips") == "1 tips so far, 2 MZ in all."
