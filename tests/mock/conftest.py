"""A mock vendor of its own for each test file."""
import pytest

from mock_vendors import Vendors


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    v = Vendors(tmp_path_factory.mktemp("mock"))
    yield v
    v.stop()


@pytest.fixture(autouse=True)
def no_rules(request):
    """A test's rules are its own."""
    yield
    if "vendors" in request.fixturenames:
        v = request.getfixturevalue("vendors")
        v.rules()
        v.reset()
