from __future__ import annotations

from pathlib import Path

from chain.registry.trial import try_folder

TESTS = """
import os, socket
import pytest

def test_the_bundle_is_handed_over():
    assert open(os.environ["MZ_BUNDLE"], "rb").read() == b"bundle"

def test_the_home_is_empty_and_ours_are_not_told():
    assert os.listdir(os.environ["HOME"]) != [] and os.environ["HOME"] == os.getcwd()
    assert "MZ_PASSWORD" not in os.environ and "SECRET_OF_OURS" not in os.environ

def test_there_is_no_network():
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", %d), timeout=2)

def test_a_file_cannot_grow_without_end():
    with pytest.raises(OSError):
        with open("big", "wb") as out:
            for _ in range(300):
                out.write(bytes(1024 * 1024))
"""


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(text)
    return tmp_path


def test_tests_run_in_a_home_of_their_own_within_limits(tmp_path: Path, monkeypatch) -> None:
    import socket

    monkeypatch.setenv("MZ_PASSWORD", "secret")
    monkeypatch.setenv("SECRET_OF_OURS", "secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        trial = try_folder(folder_with(tmp_path, TESTS % server.getsockname()[1]), b"bundle")

    assert trial is not None
    if trial.isolated:
        assert trial.passed, trial.output
        assert "4 passed" in trial.summary
    else:
        assert "1 failed, 3 passed" in trial.summary


def test_a_test_that_never_ends_is_stopped(tmp_path: Path) -> None:
    trial = try_folder(folder_with(tmp_path, "def test_on_and_on():\n    while True: pass\n"), b"", seconds=5)

    assert trial is not None
    assert not trial.passed
    assert "stopped" in trial.summary


def test_no_tests_are_no_success(tmp_path: Path) -> None:
    assert try_folder(tmp_path, b"") is None
    trial = try_folder(folder_with(tmp_path, "x = 1\n"), b"")
    assert trial is not None
    assert not trial.passed
