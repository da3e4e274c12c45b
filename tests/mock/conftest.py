"""A mock vendor of its own for each test file."""
import pytest

from mock_vendors import Vendors


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    v = Vendors(tmp_path_factory.mktemp("mock"))
    yield v
    v.stop()


@pytest.fixture
def start():
    """Starts more of them, each in a folder; what a failed test leaves running is ended."""
    started = []

    def one(folder, *options):
        started.append(Vendors(folder, *options))
        return started[-1]
    yield one
    for v in started:
        v.process.kill()


@pytest.fixture(autouse=True)
def no_rules(request):
    """A test's rules are its own."""
    yield
    if "vendors" in request.fixturenames:
        v = request.getfixturevalue("vendors")
        v.rules()
        v.reset()
