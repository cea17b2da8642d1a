"""Rolling the platform out on a chain, once, and remembering where everything is.

params.py      what it is made with (params.toml)
book.py        the manifest file of one chain
steps.py       the roll-out over a small `Deployer` protocol
drivers.py     that protocol over our client
publishing.py  our templates, published as anybody would
"""

from chain.deployment.book import Book, Entry
from chain.deployment.drivers import ClientDeployer, book_of
from chain.deployment.params import DEFAULT_FILE, Parameters, read_parameters
from chain.deployment.publishing import publish_templates
from chain.deployment.steps import Deployer, Step, roll_out, verify

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
