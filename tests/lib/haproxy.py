"""haproxy.py -- docker/haproxy.cfg as it is shipped, told by its environment where things are."""
import os
import socket

from client import raw
from process import Process, wait_until

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Haproxy:
    """addresses: of the gateways, as "HOST:PORT"."""

    def __init__(self, folder, *addresses, **settings):
        self.port = free_port()
        self.env = {
            "SR_LISTEN": "127.0.0.1:%d" % self.port,
            "SR_MAXCONN": "1000",
            "SR_STRICT": os.path.join(TOP, "docker/haproxy-strict.lua"),
            **{"SR_GATEWAY_%d" % (i + 1): address for i, address in enumerate(addresses)},
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
