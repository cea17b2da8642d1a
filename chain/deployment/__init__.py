"""Rolling the platform out on a chain, once, and remembering where everything is.

params.py      what it is made with (params.toml)
book.py        the manifest file of one chain
steps.py       the roll-out, step by step
run.py         one run of it: what stays, what is made; the small `Deployer` protocol it needs
drivers.py     that protocol over our client
publishing.py  our templates, published as anybody would
"""

from chain.deployment.book import Book, Entry
from chain.deployment.drivers import ClientDeployer, book_of
from chain.deployment.params import DEFAULT_FILE, Parameters, read_parameters
from chain.deployment.publishing import publish_templates
from chain.deployment.run import Deployer, Step
from chain.deployment.steps import roll_out, verify

__all__ = [
    "DEFAULT_FILE",
    "Book",
    "ClientDeployer",
    "Deployer",
    "Entry",
    "Parameters",
    "Step",
    "book_of",
    "publish_templates",
    "read_parameters",
    "roll_out",
    "verify",
]
