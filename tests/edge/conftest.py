"""A fleet, and the shipped HAProxy in front of it."""
import ctypes
import os
import socket
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))

from fleet import Fleet, Process, wait_until  # noqa: E402
from client import raw  # noqa: E402


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def library_is_old():
    """libmicrohttpd 0.9 and 1.0 share this name."""
    library = ctypes.CDLL("libmicrohttpd.so.12")
    library.MHD_get_version.restype = ctypes.c_char_p
    return library.MHD_get_version().startswith(b"0.9.")


class Haproxy:
    """docker/haproxy.cfg as it is shipped, told by its environment where things are."""

    def __init__(self, folder, gateway, **settings):
        self.port = free_port()
        self.env = {
            "SR_LISTEN": "127.0.0.1:%d" % self.port,
            "SR_GATEWAY": "127.0.0.1:%d" % gateway.port,
            "SR_GATEWAYS": "1",
            "SR_MAXCONN": "1000",
            "SR_STRICT": os.path.join(TOP, "docker/haproxy-strict.lua"),
            **settings,
        }
        self.process = Process(folder, "haproxy-%d" % self.port, [
            "haproxy", "-db", "-f", os.path.join(TOP, "docker/haproxy.cfg")], self.env).start()
        wait_until(self._serves, 15, "haproxy: " + self.process.log())

    def _serves(self):
        try:
            return raw(self.port, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def stop(self):
        self.process.kill()


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
    h = Haproxy(fleet.folder, gateway)
    yield h
    h.stop()


@pytest.fixture(scope="session")
def tight(tmp_path_factory):
    """A fleet that has little patience."""
    with Fleet(tmp_path_factory.mktemp("tight"), settings=TIGHT) as f:
        yield f


@pytest.fixture(scope="session")
def tight_haproxy(tight):
    h = Haproxy(tight.folder, tight.gateways[0], SR_HEADER_TIMEOUT="1s")
    yield h
    h.stop()
