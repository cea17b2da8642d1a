"""Collect settings from their four sources and remember where each value came from."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from chain.errors import SettingsError
from chain.model import Record
from chain.settings.records import Settings

FILE_NAME = "mz.toml"
PREFIX = "MZ_"
# Under the same prefix but read elsewhere: `mz config show` must never show a password, and tests have their own.
NOT_SETTINGS = frozenset({"MZ_CONFIG", "MZ_PASSWORD", "MZ_PASSWORD_FILE", "MZ_DEBUG", "MZ_REQUIRE_ALL"})

Source = Literal["default", "file", "environment", "flag"]


class Origin(Record):
    """Where a value came from: the source and its place (a path, a variable, a flag)."""

    source: Source
    place: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.place}".rstrip()


class Loaded(Record):
    """The settings in force, and for each dotted name its origin."""

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None

    def rows(self) -> Iterator[tuple[str, Any, Origin]]:
        """Dotted name, value and origin of every setting, in the order they are declared."""
        for name in names():
            value: Any = self.settings
            for part in name.split("."):
                value = getattr(value, part)
            yield name, value, self.origins[name]


def names() -> tuple[str, ...]:
    """The dotted names of all settings."""
    return tuple(_names(Settings, ""))


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    file: Path | None = None,
) -> Loaded:
    """The settings in force for a process in `folder` (default: the working directory).

    `flags` maps dotted names to values; None means that the flag was not given. `file` (or `MZ_CONFIG`) replaces the
    `mz.toml` of the folder and must then exist. Paths in a file count from the file's own folder. Raises SettingsError.
    """
    where = folder if folder is not None else Path.cwd()
    values: dict[str, Any] = {}
    origins = {name: Origin(source="default") for name in names()}
    path = _file(where, file, environ)
    if path is not None:
        for name, value in _flatten(_read(path), path, ""):
            _known(name, f"{path}")
            values[name] = _from_file(name, value, path)
            origins[name] = Origin(source="file", place=str(path))
    for variable, text in sorted(environ.items()):
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            name = _of_variable(variable)
            values[name] = _checked(name, text, variable, strict=False)
            origins[name] = Origin(source="environment", place=variable)
    for name, value in (flags or {}).items():
        if value is not None:
            _known(name, "flags")
            option = "--" + name.rsplit(".", 1)[-1].replace("_", "-")
            values[name] = _checked(name, value, option, strict=True)
            origins[name] = Origin(source="flag", place=option)
    settings = _assemble(values)
    return Loaded(settings=_absolute(settings, where), origins=origins, file=path)


def variable_of(name: str) -> str:
    """The environment variable of a dotted name."""
    return PREFIX + name.replace(".", "_").upper()


def _file(folder: Path, given: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = given if given is not None else Path(environ["MZ_CONFIG"]) if environ.get("MZ_CONFIG") else None
    if named is None:
        usual = folder / FILE_NAME
        return usual if usual.exists() else None
    path = folder / named
    if not path.is_file():
        raise SettingsError(f"there is no settings file {path}", hint="create it, or leave MZ_CONFIG and --config out")
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path} is not TOML: {problem}", hint="correct the line that it names") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"cannot read {path}: {problem}") from problem


def _flatten(table: Mapping[str, Any], path: Path, prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = prefix + key
        if isinstance(value, dict):
            if not any(other.startswith(name + ".") for other in names()):
                raise _unknown(name, str(path), [other.rpartition(".")[0] for other in names() if "." in other])
            yield from _flatten(value, path, name + ".")
        else:
            yield name, value


def _from_file(name: str, value: Any, path: Path) -> Any:
    checked = _checked(name, value, str(path), strict=True)
    return path.parent / checked if isinstance(checked, Path) else checked


def _checked(name: str, value: Any, place: str, *, strict: bool) -> Any:
    _, kind = _field(name)
    if isinstance(value, Path):
        value = str(value)
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as problem:
        reason = str(problem).split(" - at ")[0]
        raise SettingsError(
            f"{name} = {value!r} in {place}: {reason[:1].lower()}{reason[1:]}",
            hint="`mz config show` lists every setting with its meaning",
        ) from problem


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value).expanduser()
    raise ValueError(f"expected a {kind.__name__.lower()}, got {value!r}")


def _assemble(values: Mapping[str, Any]) -> Settings:
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        group, _, field = name.rpartition(".")
        groups.setdefault(group, {})[field] = value
    top = groups.pop("", {})
    for group, fields in groups.items():
        top[group] = type(getattr(Settings(), group))(**fields)
    return Settings(**top)


def _absolute(settings: Settings, folder: Path) -> Settings:
    return msgspec.structs.replace(settings, data_dir=folder / settings.data_dir.expanduser())


def _known(name: str, place: str) -> None:
    if name not in names():
        raise _unknown(name, place, list(names()))


def _of_variable(variable: str) -> str:
    by_variable = {variable_of(name): name for name in names()}
    if variable not in by_variable:
        raise _unknown(variable, "the environment", list(by_variable))
    return by_variable[variable]


def _unknown(name: str, place: str, known: list[str]) -> SettingsError:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:  # the right word in the wrong group
        close = [other for other in known if other.rpartition(".")[2] == name.rpartition(".")[2]][:1]
    return SettingsError(
        f"unknown setting {name} in {place}",
        hint=f"did you mean {close[0]}?" if close else "`mz config show` lists every setting",
    )


def _names(record: type[Record], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        if isinstance(field.type, type) and issubclass(field.type, Record):
            yield from _names(field.type, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


def _field(name: str) -> tuple[msgspec.structs.FieldInfo, Any]:
    record: type[Record] = Settings
    *groups, last = name.split(".")
    for group in groups:
        record = next(field.type for field in msgspec.structs.fields(record) if field.name == group)
    found = next(field for field in msgspec.structs.fields(record) if field.name == last)
    return found, found.type


def meaning(name: str) -> str:
    """What a setting is for, in one line."""
    _, kind = _field(name)
    described = next((part for part in kind.__metadata__ if part.description), None)
    return described.description or "" if described is not None else ""
