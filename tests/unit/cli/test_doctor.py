"""`mz doctor`: tells what is missing, and only that makes it fail."""

from __future__ import annotations

import socket

from chain.cli import doctor
from chain.cli.doctor import Finding


def verdicts(said):
    return {finding["name"]: finding["verdict"] for finding in said.json}


def test_everything_that_matters_is_looked_at(mz):
    said = mz("doctor", "--json")

    assert {"python", "keccak", "signatures", "rlp", "compiler", "node", "data folder", "disk", "port"} <= set(
        verdicts(said)
    )
    assert verdicts(said)["signatures"] == "ok"


def test_something_missing_is_status_1_with_advice_on_stderr(mz, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda _: [Finding("python", "missing", "2.7", "install Python 3.11")])

    said = mz("doctor")

    assert said.status == 1
    assert "missing" in said.out
    assert "install Python 3.11" in said.err


def test_a_warning_alone_is_status_0(mz, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda _: [Finding("disk", "warning", "little", "make room")])

    assert mz("doctor").status == 0


def test_a_taken_port_is_a_warning(mz):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        said = mz("doctor", "--json", MZ_NODE_PORT=str(other.getsockname()[1]))

    assert verdicts(said)["port"] == "warning"


def test_a_data_folder_that_is_a_file_is_named(mz, place):
    (place / "file").write_text("")

    said = mz("doctor", "--json", MZ_DATA_DIR="file")

    assert said.status == 1
    assert verdicts(said)["data folder"] == "missing"


def test_an_absent_library_is_a_finding_and_not_a_crash():
    finding = doctor._library("rlp", "no_such_module", "rusty-rlp", optional="slower")

    assert finding.verdict == "warning"
    assert "pip install rusty-rlp" in finding.advice
