"""A mock vendor of its own for each test file, and how to talk to it."""
import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from fleet import BINARY, CONF, Process  # noqa: E402

import wire  # noqa: E402


class Vendors(wire.Caller):
    """The process, its ledger, its rules."""

    def __init__(self, folder, *options):
        self.folder = str(folder)
        self.ledger_path = os.path.join(self.folder, "ledger.jsonl")
        self.process = Process(self.folder, "mock", [
            BINARY, "mock-vendor", "--ledger", self.ledger_path,
            "--prices", os.path.join(CONF, "prices.yaml"), *options], says_url=True).start()
        super().__init__(self.process.port)

    def ledger(self):
        with open(self.ledger_path) as lines:
            return [json.loads(line) for line in lines]

    def rules(self, *rules):
        status, _, text = self.call("POST", "/_mock/rules", json.dumps(list(rules)))
        assert status == 200, text

    def reset(self):
        assert self.call("POST", "/_mock/reset", "")[0] == 200

    def stats(self):
        return json.loads(self.call("GET", "/_mock/stats")[2])

    def stop(self):
        assert self.process.stop() == 0, self.process.log()


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
