"""The unix socket of a node with a data folder."""

from __future__ import annotations

import json
import socket

import pytest

from chain.launch import NodeOptions, start
from chain.server import fits


def test_a_node_listens_in_its_data_folder(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("n")
    running = start(NodeOptions(data_dir=folder), port=0)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(folder / "mz.ipc"))
            client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
            assert json.loads(client.recv(4096))["result"] == hex(running.chain_id)
    finally:
        running.stop()
    assert not (folder / "mz.ipc").exists()


def test_a_data_folder_with_a_long_path_is_served_without(tmp_path, caplog):
    folder = tmp_path / ("long" * 30)
    assert not fits(folder / "mz.ipc")

    running = start(NodeOptions(data_dir=folder), port=0)
    try:
        assert not (folder / "mz.ipc").exists()
        assert f"the path {folder / 'mz.ipc'} is too long for a unix socket" in caplog.text
    finally:
        running.stop()
