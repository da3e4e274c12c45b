"""One fleet for all tests of the official clients: a gateway, and mock vendors behind it."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from fleet import Fleet  # noqa: E402

ENDPOINTS = {
    "qwen": {"models": ["qwen-plus", "qwen3.7-plus"]},
    "native": {"vendor": "qwen", "dialect": "qwen_native",
               "models": ["qwen-max", "qwen3.6-plus"]},
}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("sdk"), endpoints=ENDPOINTS,
               settings={"breakers.keep": False}) as fleet:  # each vendor is made to fail often
        yield fleet


@pytest.fixture(scope="session")
def base_url(fleet):
    return fleet.gateways[0].url + "/v1"


@pytest.fixture(scope="session")
def key(fleet):
    """A key that can pay for all tests."""
    return fleet.make_key(budget="total=1000")
