"""Finding what a source imports: solc's own rules, and nothing outside of what was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.solidity.imports import closure, import_paths, unit_name

REMAPPINGS = ("@lib=node_modules/@lib", "@lib/special=elsewhere")


def test_every_form_of_import_statement_is_found_and_nothing_else() -> None:
    text = """
        import "a.sol";
        import "b.sol" as B;
        import * as C from 'c.sol';
        import {X, Y as Z} from
            "d.sol";
        // import "no.sol";
        /* import "no.sol"; */
        string constant words = "import 'no.sol'; // http://x";
        function important() { emit("no.sol"); }
        import {Last} from /* why */ "e.sol";
    """

    assert list(import_paths(text)) == ["a.sol", "b.sol", "c.sol", "d.sol", "e.sol"]


@pytest.mark.parametrize(
    ("path", "importer", "unit"),
    [
        ("./b.sol", "x/a.sol", "x/b.sol"),
        ("../b.sol", "x/y/a.sol", "x/b.sol"),
        ("./../b.sol", "x/y/a.sol", "x/b.sol"),
        ("x/b.sol", "y/a.sol", "x/b.sol"),
        ("@lib/b.sol", "a.sol", "node_modules/@lib/b.sol"),
        ("@lib/special/b.sol", "a.sol", "elsewhere/b.sol"),
        ("./b.sol", "a.sol", "b.sol"),
    ],
)
def test_a_path_names_the_unit_that_solc_says(path: str, importer: str, unit: str) -> None:
    assert unit_name(path, importer, REMAPPINGS) == unit


def test_the_closure_holds_what_is_imported_over_several_steps(tmp_path: Path) -> None:
    (tmp_path / "node_modules/@lib").mkdir(parents=True)
    (tmp_path / "node_modules/@lib/one.sol").write_text('import "./two.sol";')
    (tmp_path / "node_modules/@lib/two.sol").write_text('import "./one.sol";')

    units = closure({"a.sol": 'import "@lib/one.sol";'}, REMAPPINGS, tmp_path)

    assert sorted(units) == ["a.sol", "node_modules/@lib/one.sol", "node_modules/@lib/two.sol"]


@pytest.mark.parametrize(
    "path", ["../secret.sol", "x/../../secret.sol", "{outside}/secret.sol", "inside.txt", "folder.sol"]
)
def test_nothing_outside_the_libraries_and_nothing_but_solidity_is_read(tmp_path: Path, path: str) -> None:
    libraries = tmp_path / "libraries"
    (libraries / "folder.sol").mkdir(parents=True)
    (libraries / "inside.txt").write_text("words")
    (tmp_path / "secret.sol").write_text("contract Secret {}")

    units = closure({"a.sol": f'import "{path.format(outside=tmp_path)}";'}, (), libraries)

    assert sorted(units) == ["a.sol"]
