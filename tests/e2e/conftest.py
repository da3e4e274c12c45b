"""What whole-process tests share: tests/lib, and names for the parts of their module's fleet."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from client import ask


@pytest.fixture(scope="module")
def gateway(fleet):
    return fleet.gateways[0]


@pytest.fixture(scope="module")
def key(fleet):
    return fleet.make_key(budget="total=1000")


@pytest.fixture
def call(gateway, key):
    """Asks with the key of most tests."""
    return lambda body, **more: ask(gateway, key, body, **more)
