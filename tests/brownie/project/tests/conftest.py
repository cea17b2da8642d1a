import pytest


@pytest.fixture(scope="module")
def vault(accounts, Vault):
    return accounts[0].deploy(Vault, 1000)


@pytest.fixture(autouse=True)
def isolated(module_isolation, fn_isolation):
    """Each test sees the chain as the module's fixtures left it."""
