"""Everything that can be tried about a template before it is published (R6), step by step.

Pure checks first, which anybody can repeat; then what needs tools and time: the bundle's own tests in a process of
their own, one use on a throw-away chain, linters, static analysis. A step whose tool is not here is said to be skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from chain.artifacts import checkout, sources_folder
from chain.client import Client
from chain.errors import ChainError, ParameterError
from chain.model import Record
from chain.registry.answering import answers
from chain.registry.bundle import Bundle, make_bundle, open_bundle
from chain.registry.check import check
from chain.registry.compiling import Compiled, compile_folder
from chain.registry.findings import Finding
from chain.registry.library import Library
from chain.registry.reports import Step, TestReport
from chain.registry.storage import layout_changes, names_implementation_slot, namespace_changes
from chain.registry.trial import try_folder

Stage = Callable[[], AbstractContextManager[Client]]
"""Opens a throw-away chain with the platform on it."""

_TOOL_SECONDS = 300
_GRAVE = ("High", "Medium")


class Inspection(Record):
    """A report, and the bundle if one could be made."""

    report: TestReport
    bundle: Bundle | None


def inspect(
    folder: Path,
    *,
    say: Callable[[str], None],
    stage: Stage | None = None,
    values: Mapping[str, str] | None = None,
    before: Bundle | None = None,
    tests: bool = True,
    tools: bool = True,
) -> Inspection:
    """Try everything. `before` is the version that an upgradeable one follows;
    `values` are for the one use that is made; `tests` and `tools` False leave out its own tests, and linters.
    Nothing is raised for what is wrong with the template: the report says it.
    """
    steps: list[Step] = []
    gas: dict[str, int] = {}
    try:
        compiled = compile_folder(folder, say)
    except ChainError as problem:
        return Inspection(report=_report(folder.name, "", "", [_failed("compile", problem.message)], gas), bundle=None)
    manifest, artifact = compiled.manifest, compiled.artifact
    warned = f"{len(compiled.warnings)} warnings" if compiled.warnings else ""
    steps += [_passed("manifest"), _passed("compile", warned)]
    steps += _by_rule(check(manifest, artifact, compiled.files).findings)
    size = f"{len(artifact.runtime)} bytes of code, {len(artifact.bytecode)} to create it"
    steps = [Step(name=s.name, outcome=s.outcome, detail=s.detail or size) if s.name == "size" else s for s in steps]
    steps.append(upgrade_safety(compiled, before))
    try:
        bundle = open_bundle(make_bundle(folder, artifact))
    except ChainError as problem:
        steps.append(_failed("bundle", problem.message))
        return Inspection(report=_report(manifest.name, manifest.version, "", steps, gas), bundle=None)
    if stage is not None:
        say("using it once on a throw-away chain")
        steps += _used(bundle, stage, values or {}, gas)
    if tests:
        say("running its own tests")
        steps.append(_tests(folder, bundle))
    if tools:
        say("linting")
        steps += [_solhint(compiled), *_slither(compiled)]
    return Inspection(report=_report(manifest.name, manifest.version, bundle.cid, steps, gas), bundle=bundle)


def _report(name: str, version: str, cid: str, steps: Iterable[Step], gas: Mapping[str, int]) -> TestReport:
    return TestReport(
        template=name, source_version=version, bundle=cid, steps=tuple(steps), gas=gas, made_at=int(time.time())
    )


def _by_rule(findings: Iterable[Finding]) -> list[Step]:
    """The pure check's findings, one step per rule."""
    rules = ("artifact", "size", "opcodes", "constructor", "interface", "function", "state", "text")
    found: dict[str, list[str]] = {rule: [] for rule in rules}
    for finding in findings:
        found.setdefault(finding.rule, []).append(f"{finding.place}: {finding.reason}")
    return [_failed(rule, "; ".join(told)) if told else _passed(rule) for rule, told in found.items()]


def upgrade_safety(found: Compiled | Bundle, before: Bundle | None) -> Step:
    """Whether instances of the version `before` can be moved to this one: its storage is where it was."""
    name, artifact = "storage", found.artifact
    if names_implementation_slot(artifact.runtime):
        return _failed(name, "the code names ERC-1967's slot: it could move instances out of what was published")
    if found.manifest.kind != "upgradeable":
        return Step(name=name, outcome="skipped", detail="instances cannot be upgraded")
    if before is None:
        return _passed(name, "a first version: nothing to compare with")
    changes = storage_changes(found, before)
    return _failed(name, "; ".join(map(str, changes))) if changes else _passed(name, "as the version before left it")


def storage_changes(after: Compiled | Bundle, before: Bundle) -> list[Finding]:
    """What instances of one version would not find, or find as something else, once they have moved to a later one."""
    changes = [
        *layout_changes(before.artifact.layout, after.artifact.layout),
        *namespace_changes(_solidity(before.files), _solidity(after.files)),
    ]
    if not any(item.get("name") == "migrate" for item in after.artifact.abi):
        changes.append(Finding(rule="storage", place="migrate", reason="a later version needs migrate(uint32,bytes)"))
    return changes


def _solidity(files: Mapping[str, bytes]) -> str:
    return "\n".join(data.decode("utf-8", "replace") for path, data in sorted(files.items()) if path.endswith(".sol"))


def _used(bundle: Bundle, stage: Stage, values: Mapping[str, str], gas: dict[str, int]) -> list[Step]:
    """Publish and use it as anybody would, then ask the instance."""
    with stage() as client:
        library = Library(client)
        author, user = client.wallet.first, list(client.wallet)[1]
        try:
            offer = library.publish(bundle, sender=author)
            wish = library.prepare(offer.id, dict(values), sender=user)
        except ParameterError as problem:
            return [Step(name="use", outcome="skipped", detail=f"{problem.message}; give it with --set")]
        except ChainError as problem:
            return [_failed("use", problem.message)]
        try:
            used = library.carry_out(wish, sender=user)
        except ChainError as problem:
            # A template may want something first, such as a registered work; what it said is worth reading.
            return [Step(name="use", outcome="skipped", detail=f"it refused with these values: {problem.message}")]
        receipt = client.rpc("eth_getTransactionReceipt", "0x" + used.transaction_hash.hex())
        gas["use"] = int(receipt["gasUsed"], 16)
        return [_passed("use", f"{gas['use']} gas"), *answers(client, bundle, used.instance)]


def _tests(folder: Path, bundle: Bundle) -> Step:
    trial = try_folder(folder, bundle.data)
    if trial is None:
        return Step(name="tests", outcome="skipped", detail="there is no tests/test_*.py")
    where = "without network" if trial.isolated else "with network: this system could not take it away"
    told = f"{trial.summary} ({where})"
    return _passed("tests", told) if trial.passed else _failed("tests", f"{told}\n{trial.output}")


def _solhint(compiled: Compiled) -> Step:
    tool = _tool("solhint", "node_modules/.bin/solhint")
    if tool is None:
        return Step(name="lint", outcome="skipped", detail="solhint is not installed")
    rules = {"compiler-version": ["error", "0.8.37"], "func-visibility": ["error", {"ignoreConstructors": True}]}
    with _written(compiled) as folder:
        config = folder / ".solhint.json"
        config.write_text(json.dumps({"extends": "solhint:recommended", "rules": rules}))
        command = [*tool, "--noPoster", "--formatter", "json", "--config", str(config), "**/*.sol"]
        ran = _ran(command, folder)
    problems = []
    try:
        for item in json.loads(ran.stdout or "[]"):
            if str(item.get("severity", "")).lower() == "error":
                problems.append(f"{item.get('filePath')}:{item.get('line')}: {item.get('message')}")
    except ValueError:
        return Step(name="lint", outcome="skipped", detail=f"solhint said: {(ran.stdout + ran.stderr)[:200]}")
    return _failed("lint", "\n".join(problems)) if problems else _passed("lint")


def _slither(compiled: Compiled) -> list[Step]:
    tool = _tool("slither", ".venv-slither/bin/slither")
    names = ("re-entrancy", "slither")
    if tool is None:
        return [Step(name=name, outcome="skipped", detail="slither is not installed") for name in names]
    from chain.solidity import ensure_solc

    with _written(compiled) as folder:
        for name in ("node_modules", "contracts"):
            (folder / name).symlink_to(sources_folder() / name)
        command = [*tool, compiled.manifest.source, "--json", "-", "--solc", str(ensure_solc().executable)]
        command += ["--compile-force-framework", "solc", "--filter-paths", "node_modules|contracts/"]
        command += ["--solc-remaps", "@openzeppelin=node_modules/@openzeppelin"]
        command += ["--exclude", "uninitialized-local"]  # it is zero, and meant to be
        # The links lead out of the folder, where solc reads nothing unless it is told.
        outside = sources_folder().resolve()
        command += ["--solc-args", f"--evm-version prague --base-path . --allow-paths {outside}"]
        ran = _ran(command, folder)
    try:
        found = json.loads(ran.stdout)["results"].get("detectors", [])
    except (ValueError, KeyError, AttributeError):
        told = f"slither ended with {ran.returncode}: {(ran.stderr or ran.stdout)[-300:] or 'it said nothing'}"
        return [Step(name=name, outcome="skipped", detail=told) for name in names]
    grave = [item for item in found if item["impact"] in _GRAVE]
    both = [
        [i for i in grave if i["check"].startswith("reentrancy")],
        [i for i in grave if "reentrancy" not in i["check"]],
    ]
    return [
        _failed(name, "\n".join(i["description"].strip() for i in items)) if items else _passed(name)
        for name, items in zip(names, both, strict=True)
    ]


def _tool(name: str, inside: str) -> list[str] | None:
    """A program of the checkout, or on the PATH."""
    root = checkout()
    if root is not None and (root / inside).exists():
        return [str(root / inside)]
    found = shutil.which(name)
    return None if found is None else [found]


class _written:
    """A compiled template's sources in a folder for tools that read files."""

    def __init__(self, compiled: Compiled) -> None:
        self._files = {path: data for path, data in compiled.files.items() if path.endswith(".sol")}
        self._folder = tempfile.TemporaryDirectory(prefix="mz-lint-")

    def __enter__(self) -> Path:
        root = Path(self._folder.name)
        for path, data in self._files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environ_path = str(Path(sys.executable).parent)
    try:
        return subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TOOL_SECONDS,
            check=False,
            env=_with_path(environ_path),
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return subprocess.CompletedProcess(command, 1, "", str(problem))


def _with_path(first: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{first}{os.pathsep}{os.environ.get('PATH', '')}"}


def _passed(name: str, detail: str = "") -> Step:
    return Step(name=name, outcome="passed", detail=detail)


def _failed(name: str, detail: str) -> Step:
    return Step(name=name, outcome="failed", detail=detail)
