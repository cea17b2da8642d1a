"""The entrance: exit statuses, messages instead of tracebacks, and how fast it answers."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from chain.cli import main as entrance
from chain.errors import ChainError, ContractReverted, DataFolderForeign, SettingsError
from chain.version import VERSION
from tests.optional import ROOT


def test_the_version_is_one_line(mz):
    said = mz("--version")

    assert (said.status, said.out, said.err) == (0, f"mz v{VERSION}\n", "")


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_version_and_help_answer_at_once_because_nothing_heavy_is_imported(flag):
    program = (
        "import sys; from chain.cli.main import main; status = main([sys.argv[1]])\n"
        "heavy = {'web3', 'eth', 'eth_account', 'rich', 'msgspec', 'rocksdict', 'asyncio'} & set(sys.modules)\n"
        "sys.exit(status or bool(heavy))"
    )

    done = subprocess.run([sys.executable, "-c", program, flag], cwd=ROOT, capture_output=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_help_names_every_command_that_there_is(mz):
    said = mz("--help")

    assert said.status == 0
    for name in entrance.COMMANDS:
        assert f"\n  {name} " in said.out


@pytest.mark.parametrize("name", list(entrance.COMMANDS))
def test_every_command_can_be_loaded_and_explains_itself(mz, name):
    said = mz(name, "--help")

    assert said.status == 0
    assert said.out.startswith(f"Usage: mz {name}")
    for flag in ("--rpc", "--data-dir", "--json", "--yes", "--from"):
        assert flag in said.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("accuont", "list"), "did you mean account?"),
        (("account", "lst"), "did you mean list?"),
        (("account", "new"), "Missing argument 'NAME'"),
        (("up", "--prot", "1"), "No such option"),
        (("up", "--port", "eighty"), "eighty"),
        (("zzz",), "there is no command `mz zzz`"),
    ],
)
def test_a_mistake_in_the_command_line_is_status_2_with_a_hint(mz, words, said):
    answer = mz(*words)

    assert answer.status == 2
    assert answer.out == ""
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_flags_count_before_and_after_the_command_and_the_later_wins(mz, place):
    early = mz("--data-dir", "one", "--json", "config", "show")
    late = mz("--data-dir", "one", "config", "show", "--json", "--data-dir", "two")

    assert early.json["data_dir"]["value"] == str(place / "one")
    assert late.json["data_dir"]["value"] == str(place / "two")


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (ChainError("it broke", hint="mend it"), 1),
        (DataFolderForeign("another chain"), 2),
        (SettingsError("unknown setting"), 2),
        (click.UsageError("so not"), 2),
        (OSError(28, "No space left on device"), 1),
        (KeyError("inner"), 1),
    ],
)
def test_every_error_becomes_a_message_and_its_status(problem, status):
    message, _, answered = entrance.explain(problem)

    assert answered == status
    assert message


def test_a_fault_of_ours_is_said_without_a_traceback_unless_asked_for(mz, monkeypatch):
    def broken(*_words, **_options):
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(entrance.mz, "main", broken)

    quiet, loud = mz("doctor"), mz("doctor", MZ_DEBUG="1")

    assert quiet.status == 1
    assert "a wheel came off" in quiet.err
    assert "Traceback" not in quiet.err
    assert "MZ_DEBUG=1" in quiet.err
    assert "Traceback" in loud.err


def test_an_interrupt_is_quiet(mz, monkeypatch):
    def interrupted(*_words, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(entrance.mz, "main", interrupted)

    said = mz("doctor")

    assert said.status == 130
    assert "Traceback" not in said.err


def test_a_reader_that_goes_away_is_no_error_to_talk_about(place):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MZ_")}
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from chain.cli.main import main; sys.exit(main(['config', 'show']))"],
        cwd=place,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()

    err = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 1
    assert err == b""


@pytest.mark.parametrize(
    ("refusal", "meant"),
    [
        (("SaleNotSucceeded", {}), "thrown when MZ are claimed from a sale that is open or has failed"),
        (("Elsewhere", {"deadline": 1_803_065_967, "amount": 5}), "deadline: 2027-02-19T19:39:27Z"),
        (("Elsewhere", {"deadline": 2**48 - 1}), None),
        (("", {}), None),
    ],
)
def test_what_a_contract_refuses_is_told_in_its_authors_words_and_with_dates(refusal, meant):
    name, arguments = refusal

    told = entrance.explain(ContractReverted("the contract reverted", name=name, arguments=arguments))

    assert told == ("the contract reverted", meant, 1)
