"""What README and docs/ tell a reader to type exists, and every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from tests.house.tree import ROOT, texts

PAGES = {name: text for name, text in texts(".md").items() if name == "README.md" or name.startswith("docs/")}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SOURCES = {name: text for name, text in texts(".py").items() if name.startswith("chain/")}
SPAN = re.compile(r"`([^`\n]+)`")
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
METHOD = re.compile(r"^(?:\| *|#+ *)`([a-z0-9]+_[A-Za-z0-9_]+)`", re.MULTILINE)


def commands(program: str) -> Iterator[tuple[str, list[str]]]:
    """(page, words) of each place that tells a reader to run `program`, in text and in examples."""
    for page, text in (PAGES | SOURCES).items():
        examples = [line for block in FENCE.findall(text) for line in block.splitlines()]
        for line in [*examples, *SPAN.findall(FENCE.sub("", text))]:
            typed = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
            if typed.startswith(f"{program} "):
                lexer = shlex.shlex(typed, posix=True, punctuation_chars="|&;>")
                lexer.whitespace_split, lexer.commenters = True, "#"
                words = list(lexer)
                end = next((i for i, word in enumerate(words) if word[0] in "|&;>…"), len(words))
                yield page, words[1:end]


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    broken = []
    for page, text in PAGES.items():
        for target in LINK.findall(FENCE.sub("", text)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, heading = target.partition("#")
            path = (ROOT / page).parent / file if file else ROOT / page
            if not path.exists() or (heading and heading not in headings(path.read_text())):
                broken.append(f"{page}: {target}")

    assert broken == []


def headings(text: str) -> set[str]:
    """Anchors as GitHub makes them."""
    titles = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_make_target_that_is_mentioned_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    mentioned = [(page, word) for page, words in commands("make") for word in words if re.fullmatch(r"[a-z-]+", word)]

    assert [(page, word) for page, word in mentioned if word not in targets] == []


def test_every_command_and_flag_that_is_mentioned_exists() -> None:
    main = pytest.importorskip("chain.cli.main")
    problems = [
        f"{page}: mz {' '.join(words)}: {said}" for page, words in commands("mz") if (said := wrong(main.mz, words))
    ]

    assert problems == []


def wrong(root: click.Command, words: list[str]) -> str | None:
    """What is wrong with a command line of ours; None when its commands and flags exist."""
    command = root
    flags = {"--help", "-h", "--version"} | options(command)
    for word in words:
        if word.startswith("-"):
            if word.partition("=")[0] not in flags:
                return f"no flag {word}"
        elif isinstance(command, click.Group):
            alternatives = [name for name in re.split(r"[|]", word) if re.fullmatch(r"[a-z-]+", name)]
            found = [command.get_command(click.Context(command), name) for name in alternatives]
            if None in found:
                return f"no command {word}"
            if not found or found[0] is None:
                return None  # a placeholder such as COMMAND
            command = found[0]
            flags |= options(command)
    return None


def options(command: click.Command) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


def test_the_reference_lists_the_methods_that_the_node_answers() -> None:
    page = PAGES.get("docs/rpc.md")
    if page is None:
        pytest.skip("docs/rpc.md is not there")
    methods = pytest.importorskip("chain.rpc.registry")

    assert sorted(METHOD.findall(page)) == sorted({*methods.handlers(), "rpc_modules"})


def test_every_test_that_is_named_as_proof_exists() -> None:
    named = [(page, *proof) for page, text in PAGES.items() for proof in PROOF.findall(text)]

    assert len(named) > 30, "they are written differently now"
    assert [one for one in named if not defined(*one[1:])] == []


def defined(file: str, test: str) -> bool:
    path = ROOT / file
    return path.is_file() and re.search(rf"^(?:async )?def {test}\(", path.read_text(), re.MULTILINE) is not None


def test_every_template_of_ours_is_in_the_guide() -> None:
    ours = {path.parent.name for path in ROOT.glob("templates/*/template.toml")}
    listed = re.findall(r"^\| \[`([\w-]+)`\]\(\.\./templates/", PAGES["docs/templates.md"], re.MULTILINE)

    assert sorted(listed) == sorted(ours)
