"""gateway.ca_file: by which certificates vendors behind TLS are known, from the start and from a
reload on."""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from client import ask, chat
from fleet import MOCK_PATHS, Fleet, wait_until

MODEL = "gpt-4o-mini"


class TlsDoor:
    """TLS in front of the mock, with a certificate of its own in the file `ca`."""

    def __init__(self, folder):
        self.ca, key = os.path.join(folder, "door.crt"), os.path.join(folder, "door.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=vendor", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", self.ca], check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.ca, key)
        self.behind = None  # (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "https://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()
            except OSError:
                return

    def _serve(self, client):
        try:
            client = self.tls.wrap_socket(client, server_side=True)
            vendor = socket.create_connection(self.behind)
        except OSError:  # it does not trust us
            return
        threading.Thread(target=self._pass_on, args=(vendor, client), daemon=True).start()
        self._pass_on(client, vendor)

    @staticmethod
    def _pass_on(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.listener.close()


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    running = TlsDoor(str(tmp_path_factory.mktemp("door")))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory, door):
    """At first with the certificate of somebody else."""
    folder = tmp_path_factory.mktemp("fleet")
    other = TlsDoor(str(tmp_path_factory.mktemp("other")))
    other.stop()
    ca = shutil.copy(other.ca, folder / "ca.pem")
    with Fleet(folder, settings={"gateway.ca_file": str(ca)},
               endpoints={"openai": {"base_url": door.url + MOCK_PATHS["openai"]}},
               policy={"order": [MODEL], "fallbacks": []}) as running:
        running.ca = ca
        host, port = running.mock.url[len("http://"):].split(":")
        door.behind = (host, int(port))
        yield running


def reload(gateway, event):
    seen = gateway.log().count("event=" + event)
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: gateway.log().count("event=" + event) > seen, 30, event)


@pytest.fixture
def known(fleet, door):
    """The gateway knows the vendor."""
    shutil.copy(door.ca, fleet.ca)
    reload(fleet.gateways[0], "reloaded")
    return fleet


def test_a_vendor_is_known_from_a_reload_on(fleet, request):
    gateway, key = fleet.gateways[0], fleet.make_key()
    assert ask(gateway, key, chat(MODEL)).status == 502
    request.getfixturevalue("known")
    wait_until(lambda: ask(gateway, key, chat(MODEL)).status == 200, 30, "trust")


@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_a_reload_with_a_bad_file_changes_nothing(known, text):
    gateway, key = known.gateways[0], known.make_key()
    os.unlink(known.ca)
    if text is not None:
        known.ca.write_text(text)
    reload(gateway, "reload_failed")
    assert "gateway.ca_file %s: " % known.ca in gateway.log()
    wait_until(lambda: ask(gateway, key, chat(MODEL)).status == 200, 30, "trust")


def test_a_gateway_does_not_start_with_a_bad_file(fleet):
    os.unlink(fleet.ca)
    with pytest.raises(AssertionError, match="gateway.ca_file .*: No such file"):
        fleet.add_gateway()
    fleet.gateways.pop()
