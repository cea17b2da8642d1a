from __future__ import annotations

import pytest

from chain.errors import ManifestError
from chain.registry.combination import read_plan

PLAN = """
name = "fan-club"

[[part]]
name = "shop"
template = "merch-shop"
values = { price = "3 MZ", jar = "{jar}" }

[[part]]
name = "jar"
template = "tip-jar"
version = 2
init = { function = "link", arguments = ["{shop}", "5"] }
"""


def test_a_plan_names_its_parts_and_how_they_point_at_each_other() -> None:
    plan = read_plan(PLAN.encode())

    assert [part.name for part in plan.parts] == ["shop", "jar"]
    assert plan.parts[0].values["jar"] == "{jar}"
    assert plan.parts[1].init is not None
    assert plan.parts[1].init.arguments == ("{shop}", "5")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"{jar}"', '"{jra}"', "shop: there is no part jra"),
        ('"{shop}"', '"{shpo}"', "jar: there is no part shpo"),
        ('name = "jar"', 'name = "shop"', "part 'shop' is there twice"),
        ('name = "jar"', 'name = "the jar"', "part 'the jar'"),
        ("version = 2", 'version = "2"', "Expected `int"),
        ("version = 2", "edition = 2", "edition"),
        ('name = "fan-club"', "name = ", "combination.toml: "),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(old: str, new: str, said: str) -> None:
    assert old in PLAN

    with pytest.raises(ManifestError) as caught:
        read_plan(PLAN.replace(old, new, 1).encode())

    assert said in caught.value.message


@pytest.mark.parametrize("count", [0, 17])
def test_a_transaction_combines_one_to_sixteen_parts(count: int) -> None:
    parts = "".join(f'[[part]]\nname = "p{i}"\ntemplate = "tip-jar"\n' for i in range(count))

    with pytest.raises(ManifestError):
        read_plan(f'name = "many"\n{parts or "part = []"}\n'.encode())
