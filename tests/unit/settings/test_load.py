"""Where settings come from, which source wins, and how a mistake is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain import settings
from chain.errors import SettingsError


def load(folder, text=None, environ=None, **flags):
    if text is not None:
        (folder / "mz.toml").write_text(text)
    return settings.load(
        flags={name.replace("__", "."): value for name, value in flags.items()}, environ=environ or {}, folder=folder
    )


def test_without_any_source_the_defaults_hold(tmp_path):
    loaded = load(tmp_path)

    assert loaded.settings == settings.Settings(data_dir=tmp_path / ".mz")
    assert {str(origin) for origin in loaded.origins.values()} == {"default"}


def test_the_later_source_wins_and_is_remembered(tmp_path):
    text = "[node]\nport = 1\nchain_id = 6\nblock_time = 5\n"
    environ = {"MZ_NODE_PORT": "2", "MZ_NODE_CHAIN_ID": "7"}

    loaded = load(tmp_path, text, environ, node__port=3)

    node = loaded.settings.node
    assert (node.port, node.chain_id, node.block_time, node.one_tx_per_block) == (3, 7, 5, False)
    assert str(loaded.origins["node.port"]) == "flag --port"
    assert str(loaded.origins["node.chain_id"]) == "environment MZ_NODE_CHAIN_ID"
    assert str(loaded.origins["node.block_time"]) == f"file {tmp_path / 'mz.toml'}"
    assert str(loaded.origins["node.one_tx_per_block"]) == "default"


def test_a_flag_that_was_not_given_changes_nothing(tmp_path):
    assert load(tmp_path, environ={"MZ_NODE_PORT": "2"}, node__port=None).settings.node.port == 2


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("[node]\nprot = 1", "node.prot", "node.port"),
        ("datadir = 'x'", "datadir", "data_dir"),
        ("port = 1", "port", "node.port"),
        ("[nodes]\nport = 1", "nodes", "node"),
        ("[node]\none_tx_per_blok = true", "node.one_tx_per_blok", "node.one_tx_per_block"),
    ],
)
def test_an_unknown_setting_in_the_file_is_refused_with_the_one_that_was_meant(tmp_path, text, name, meant):
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, text)

    assert str(refusal.value) == f"unknown setting {name} in {tmp_path / 'mz.toml'}"
    assert refusal.value.hint == f"did you mean {meant}?"
    assert refusal.value.exit_status == 2


def test_an_unknown_variable_is_refused_with_the_one_that_was_meant(tmp_path):
    with pytest.raises(SettingsError, match="MZ_DATADIR") as refusal:
        load(tmp_path, environ={"MZ_DATADIR": "x"})

    assert refusal.value.hint == "did you mean MZ_DATA_DIR?"


def test_other_variables_under_the_prefix_and_of_other_programs_are_left_alone(tmp_path):
    load(tmp_path, environ={"MZ_PASSWORD": "secret", "MZ_DEBUG": "1", "HOME": "/", "MZX": "1"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[node]\nport = '8545'", "node.port = '8545'"),
        ("[node]\nport = 65536", "65535"),
        ("[node]\nblock_time = -1", "block_time = -1"),
        ("rpc = 'localhost:8545'", "rpc = 'localhost:8545'"),
        ("data_dir = ''", "data_dir"),
        ("data_dir = 5", "data_dir = 5"),
        ("node = 5", "unknown setting node"),
        ("[node\n", "not TOML"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_place(tmp_path, text, said):
    with pytest.raises(SettingsError, match=r"mz\.toml") as refusal:
        load(tmp_path, text)

    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("MZ_NODE_ONE_TX_PER_BLOCK", "true", True),
        ("MZ_NODE_ONE_TX_PER_BLOCK", "0", False),
        ("MZ_NODE_BLOCK_TIME", "0.5", 0.5),
    ],
)
def test_the_environment_is_read_as_text(tmp_path, variable, text, value):
    name = variable.removeprefix("MZ_NODE_").lower()

    assert getattr(load(tmp_path, environ={variable: text}).settings.node, name) == value


def test_a_value_in_the_environment_that_does_not_fit_names_the_variable(tmp_path):
    with pytest.raises(SettingsError, match="MZ_NODE_PORT"):
        load(tmp_path, environ={"MZ_NODE_PORT": "eighty"})


def test_a_path_in_a_file_counts_from_the_file_and_others_from_the_working_folder(tmp_path):
    elsewhere = tmp_path / "etc"
    elsewhere.mkdir()
    (elsewhere / "my.toml").write_text("data_dir = 'data'")

    by_file = settings.load(environ={"MZ_CONFIG": "etc/my.toml"}, folder=tmp_path)
    by_flag = settings.load({"data_dir": Path("d")}, environ={}, folder=tmp_path)

    assert by_file.settings.data_dir == elsewhere / "data"
    assert by_file.file == elsewhere / "my.toml"
    assert by_flag.settings.data_dir == tmp_path / "d"


def test_a_named_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"no settings file"):
        settings.load(environ={}, folder=tmp_path, file=Path("gone.toml"))


def test_every_setting_can_be_told_in_a_row_with_its_origin(tmp_path):
    rows = list(load(tmp_path, node__port=9).rows())

    assert [name for name, _, _ in rows] == list(settings.names())
    assert ("node.port", 9, "flag --port") in [(name, value, str(origin)) for name, value, origin in rows]
