"""`mz template`: find, publish, use, combine, upgrade and test contract templates.

Everything goes through the library over JSON-RPC, as any program's would; the platform's own templates have no other
way in. Prices are in MZ, `2.5` or `2.5 MZ`; in JSON amounts are decimal strings in wei of MZ.
"""

from __future__ import annotations

import click

from chain.cli import acting, authoring, browsing, owning, using
from chain.cli.tree import Branch


@click.group(cls=Branch)
def template() -> None:
    """Find, publish, use, combine, upgrade and test contract templates."""


for _command in (
    browsing.find,
    browsing.search,
    browsing.show,
    using.use,
    using.compose,
    acting.status,
    acting.do,
    owning.instances,
    owning.upgrade,
    owning.retire,
    owning.hand_over,
    owning.accept,
    owning.freeze,
    authoring.new,
    authoring.check,
    authoring.test,
    authoring.publish,
    authoring.incentive,
    authoring.attach,
    authoring.verify,
    browsing.earnings,
):
    template.add_command(_command)
