"""How amounts, tables and JSON look."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from chain.cli.screen import Screen, amount, percent


@pytest.mark.parametrize(
    ("wei", "text"),
    [
        (0, "0 MZ"),
        (1, "0.000000000000000001 MZ"),
        (10**18, "1 MZ"),
        (1_234_567 * 10**18 + 5 * 10**17, "1,234,567.5 MZ"),
        (-(10**17), "-0.1 MZ"),
    ],
)
def test_amounts_lose_nothing(wei, text):
    assert amount(wei) == text


@pytest.mark.parametrize(("basis_points", "text"), [(0, "0 %"), (50, "0.5 %"), (250, "2.5 %"), (1000, "10 %")])
def test_basis_points_are_shown_as_per_cent(basis_points, text):
    assert percent(basis_points) == text


def test_a_table_in_a_pipe_is_plain_columns(capsys):
    Screen().table(("name", "value"), [("a", 1), ("longer", "[red]x")])

    assert capsys.readouterr().out == "NAME    VALUE\na       1\nlonger  [red]x\n"


def test_a_table_aside_leaves_stdout_to_the_result(capsys):
    Screen().table(("name", "value"), [("a", 1)], title="Before you sign", aside=True)

    assert capsys.readouterr() == ("", "Before you sign\nNAME  VALUE\na     1\n")


def test_a_table_on_a_terminal_shows_text_as_it_is(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    Screen().table(("name", "value"), [("a", "[red]x[/red]")], title="Title")

    drawn = capsys.readouterr().out
    assert "[red]x[/red]" in drawn
    assert "Title" in drawn


def test_json_has_bytes_as_hex_and_paths_as_text(capsys):
    Screen(json=True).data({"hash": b"\x01\xff", "path": Path("/x"), "rows": (1, None, True, "t")})

    assert msgspec.json.decode(capsys.readouterr().out) == {
        "hash": "0x01ff",
        "path": "/x",
        "rows": [1, None, True, "t"],
    }


def test_progress_without_a_terminal_is_a_line_per_step_on_stderr(capsys):
    with Screen().progress(2) as steps:
        steps.next("first")
        steps.next("second")

    written = capsys.readouterr()
    assert written.err == "first\nsecond\n"
    assert written.out == ""
