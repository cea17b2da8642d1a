import pytest

from deploy.rollout import platform


@pytest.fixture(scope="module", autouse=True)
def rolled_out(module_isolation, tmp_path_factory):
    """The platform, once for all tests of a file; its manifest goes when the chain is taken back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MZ_MANIFESTS", str(tmp_path_factory.mktemp("manifests")))
        yield platform()


@pytest.fixture(autouse=True)
def isolated(fn_isolation):
    """Each test sees the chain as the roll-out left it."""
