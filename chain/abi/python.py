"""A contract's ABI as a Python class whose methods have the contract's names, arguments and types.

    till = Till(client.contract("Till", address))
    fee: int = till.feeOn(10**18)
    till.pay(token, gross, instance, ref, sender=alice)

What only reads returns its value; what writes signs, sends and waits. Names stay Solidity's: what is in the ABI is what
is in the docs. Overloaded functions are told apart by a suffix with their position.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chain.abi.types import Abi, signature

_ARRAY = re.compile(r"^(.*)\[\d*\]$")
_RESERVED = frozenset({"self", "sender", "value", "block", "contract", "address"})


def module(name: str, abi: Abi) -> str:
    """One file: the structs as TypedDicts, and the class `name`."""
    structs: dict[str, str] = {}
    functions = [item for item in abi if item["type"] == "function"]
    methods = [_method(item, label, structs) for item, label in zip(functions, _labels(functions), strict=True)]
    text = "\n".join((*methods, *structs.values()))
    from_typing = [word for word in ("Any", "TypedDict", "cast") if re.search(rf"\b{word}\b", text)]
    writes = any(not _reads(item) for item in functions)
    lines = [
        f'"""{name}, typed. Generated from its ABI; do not edit."""',
        "",
        "from __future__ import annotations",
        "",
        *(["from collections.abc import Sequence"] if "Sequence[" in text else []),
        *([f"from typing import {', '.join(from_typing)}"] if from_typing else []),
        "",
        f"from chain.client import Contract{', Mined' if writes else ''}",
        *(["from chain.client.client import Who"] if functions else []),
        *structs.values(),
        "",
        "",
        f"class {name}:",
        f'    """A {name} at an address."""',
        "",
        "    def __init__(self, contract: Contract) -> None:",
        "        self.contract = contract",
        *methods,
    ]
    return "\n".join(lines) + "\n"


def _labels(functions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A method name each; the second of an overloaded name is `name_2`."""
    seen: Counter[str] = Counter()
    for item in functions:
        name = str(item["name"])
        seen[name] += 1
        label = name if seen[name] == 1 else f"{name}_{seen[name]}"
        yield f"{label}_" if keyword.iskeyword(label) or label == "contract" else label


def _method(item: Mapping[str, Any], label: str, structs: dict[str, str]) -> str:
    names = _names(item.get("inputs", ()))
    typed = [f"{name}: {_taken(p, structs)}" for name, p in zip(names, item.get("inputs", ()), strict=True)]
    given = ", ".join([f'"{signature(item)}"', *names])
    doc = f'        """`{signature(item)}`{_words(item)}"""'
    if _reads(item):
        returned = _returned(item.get("outputs", ()), structs)
        options = ["*", "sender: Who | None = None", 'block: int | str = "latest"']
        head = f"    def {label}({', '.join(['self', *typed, *options])}) -> {returned}:"
        body = f'        return cast("{returned}", self.contract.call({given}, sender=sender, block=block))'
    else:
        payable = item.get("stateMutability") == "payable"
        options = ["*", "sender: Who", *(["value: int = 0"] if payable else []), "gas: int | None = None"]
        head = f"    def {label}({', '.join(['self', *typed, *options])}) -> Mined:"
        body = f"        return self.contract.send({given}, sender=sender{', value=value' if payable else ''}, gas=gas)"
    return "\n".join(["", head, doc, body])


def _names(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for index, parameter in enumerate(parameters):
        name = str(parameter.get("name") or f"arg{index}")
        found.append(f"{name}_" if keyword.iskeyword(name) or name in _RESERVED | {"gas"} else name)
    return found


def _reads(item: Mapping[str, Any]) -> bool:
    return item.get("stateMutability") in ("view", "pure")


def _words(item: Mapping[str, Any]) -> str:
    return "; takes ether" if item.get("stateMutability") == "payable" else ""


def _taken(parameter: Mapping[str, Any], structs: dict[str, str]) -> str:
    """What a caller may give: addresses also as hex, lists as any sequence."""
    kind = str(parameter["type"])
    if array := _ARRAY.match(kind):
        return f"Sequence[{_taken({**parameter, 'type': array[1]}, structs)}]"
    return "bytes | str" if kind == "address" else _type(parameter, structs)


def _returned(outputs: Sequence[Mapping[str, Any]], structs: dict[str, str]) -> str:
    if not outputs:
        return "None"
    if len(outputs) == 1:
        return _type(outputs[0], structs)
    return f"tuple[{', '.join(_type(output, structs) for output in outputs)}]"


def _type(parameter: Mapping[str, Any], structs: dict[str, str]) -> str:
    kind = str(parameter["type"])
    if array := _ARRAY.match(kind):
        return f"tuple[{_type({**parameter, 'type': array[1]}, structs)}, ...]"
    if kind == "tuple":
        return _struct(parameter, structs)
    if kind == "address" or kind.startswith("bytes"):
        return "bytes"
    if kind == "bool":
        return "bool"
    if kind == "string":
        return "str"
    return "int" if kind.startswith(("uint", "int")) else "Any"


def _field(parameter: Mapping[str, Any], structs: dict[str, str]) -> str:
    """Structs go both ways: a list in one is given as any sequence, and comes back as a tuple."""
    kind = str(parameter["type"])
    if array := _ARRAY.match(kind):
        return f"Sequence[{_field({**parameter, 'type': array[1]}, structs)}]"
    return _type(parameter, structs)


def _struct(parameter: Mapping[str, Any], structs: dict[str, str]) -> str:
    """The name of a struct's TypedDict, written down at its first use."""
    declared = re.sub(r"\[\d*\]", "", str(parameter.get("internalType", "")).removeprefix("struct "))
    name = declared.replace(".", "") or f"Struct{len(structs) + 1}"
    if name not in structs:
        structs[name] = ""  # takes its place before its own fields' structs ask
        fields = {str(p.get("name", "")): _field(p, structs) for p in parameter["components"]}
        listed = "".join(f"\n    {field!r}: {kind!r}," for field, kind in fields.items())
        plain = all(field.isidentifier() and not keyword.iskeyword(field) for field in fields)
        if plain:
            body = "\n".join(f"    {field}: {kind}" for field, kind in fields.items())
            structs[name] = f'\n\nclass {name}(TypedDict):\n    """`{declared or name}`."""\n\n{body}'
        else:
            structs[name] = f"\n\n{name} = TypedDict({name!r}, {{{listed}\n}})"
    return name
