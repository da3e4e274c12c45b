"""A fleet, and the shipped HAProxy in front of it."""
import ctypes
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))

from fleet import Fleet  # noqa: E402
from haproxy import Haproxy  # noqa: E402


def library_is_old():
    """libmicrohttpd 0.9 and 1.0 share this name."""
    library = ctypes.CDLL("libmicrohttpd.so.12")
    library.MHD_get_version.restype = ctypes.c_char_p
    return library.MHD_get_version().startswith(b"0.9.")


TIGHT = {
    "gateway.header_timeout": "1s",
    "gateway.body_timeout": "3s",
    "gateway.body_grace": "1s",
    "gateway.body_rate": 20,
    "gateway.idle_timeout": "1s",
    "gateway.max_header": "8KiB",
    "gateway.max_body": "64KiB",
}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("edge")) as f:
        yield f


@pytest.fixture(scope="session")
def gateway(fleet):
    return fleet.gateways[0]


@pytest.fixture(scope="session")
def haproxy(fleet, gateway):
    h = Haproxy(fleet.folder, "127.0.0.1:%d" % gateway.port)
    yield h
    h.stop()


@pytest.fixture(scope="session")
def tight(tmp_path_factory):
    """A fleet that has little patience."""
    with Fleet(tmp_path_factory.mktemp("tight"), settings=TIGHT) as f:
        yield f


@pytest.fixture(scope="session")
def tight_haproxy(tight):
    h = Haproxy(tight.folder, "127.0.0.1:%d" % tight.gateways[0].port, SR_HEADER_TIMEOUT="1s")
    yield h
    h.stop()
