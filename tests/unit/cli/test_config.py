"""`mz config show`: every setting, its meaning, and where its value came from."""

from __future__ import annotations

import re

from chain import settings
from chain.cli.main import COMMANDS
from tests.optional import ROOT


def test_every_setting_is_shown_with_value_origin_and_meaning(mz, place):
    (place / "mz.toml").write_text("[node]\nblock_time = 2\n")

    said = mz("config", "show", "--json", "--data-dir", "d", MZ_NODE_PORT="1")

    assert list(said.json) == list(settings.names())
    assert said.json["node.port"] == {
        "value": 1,
        "origin": "environment MZ_NODE_PORT",
        "meaning": settings.meaning("node.port"),
    }
    assert said.json["node.block_time"]["origin"] == f"file {place / 'mz.toml'}"
    assert said.json["data_dir"] == {
        "value": str(place / "d"),
        "origin": "flag --data-dir",
        "meaning": settings.meaning("data_dir"),
    }


def test_every_setting_has_a_meaning():
    assert all(settings.meaning(name) for name in settings.names())


def test_the_plain_table_has_one_line_per_setting(mz):
    lines = mz("config", "show").out.splitlines()

    assert len(lines) == len(settings.names()) + 1
    assert lines[0].startswith("SETTING")


def test_a_mistake_in_the_file_stops_every_command_with_status_2(mz, place):
    (place / "mz.toml").write_text("[node]\nprot = 1\n")

    for words in (("config", "show"), ("account", "list"), ("doctor",)):
        said = mz(*words)
        assert said.status == 2
        assert "did you mean node.port?" in said.err


def test_the_reference_lists_every_setting_with_its_variable_and_every_command():
    reference = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    told = re.findall(r"^\| `([a-z_.]+)` \| `(MZ_[A-Z_]+)` \|", reference, re.MULTILINE)

    assert told == [(name, settings.variable_of(name)) for name in settings.names()]
    assert all(f"`mz {name}" in reference for name in COMMANDS)
