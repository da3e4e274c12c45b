"""Usage: counted by the leading coordinator, read with `smartrouter usage`."""
import json
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from client import ask, chat
from fleet import Fleet, wait_until


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("usage"), gateways=2, coordinators=2,
               settings={"coordinator.rollup_interval": "200ms",
                         "coordinator.rollup_batch": "2"}) as running:
        yield running


def usage(fleet, *options):
    return json.loads(fleet.ctl("usage", "--json", *options))["rows"]


def requests(rows):
    return sum(row["requests"] for row in rows)


def test_usage_is_what_vendors_billed(fleet):
    web, app = fleet.make_key(), fleet.make_key(team="beta/apps")
    for i in range(6):
        gateway = fleet.gateways[i % 2]
        assert ask(gateway, web, chat("gpt-4o-mini", "hello %d" % i)).status == 200
    assert ask(fleet.gateways[0], app, chat("gpt-4o", "hello")).status == 200
    fleet.rules([{"status": 400}])
    assert ask(fleet.gateways[0], app, chat("gpt-4o", "hello")).status >= 400
    fleet.rules([])
    wait_until(lambda: requests(usage(fleet)) == 8, 30, "all to be counted")

    rows = {row["model"]: row for row in usage(fleet)}
    billed = {}
    for line in fleet.ledger():
        billed[line["model"]] = billed.get(line["model"], 0) + line["billed_nanos"]
    assert sum(row["spent_nanos"] for row in rows.values()) == sum(billed.values()) > 0
    assert rows["gpt-4o-mini"]["requests"] == rows["gpt-4o-mini"]["attempts"] == 6
    assert rows["gpt-4o-mini"]["failed"] == 0 and rows["gpt-4o-mini"]["output_tokens"] > 0
    assert sum(row["failed"] for row in rows.values()) == 1

    # the same, looked at from other sides
    assert {r["org"]: r["requests"] for r in usage(fleet, "--by", "org")} == {"acme": 6, "beta": 2}
    assert requests(usage(fleet, "--org", "beta", "--by", "hour,key", "--since", "1h")) == 2
    assert requests(usage(fleet, "--team", "beta/apps", "--by", "day")) == 2
    key = fleet.public_id(web)
    assert [(r["key"], r["requests"]) for r in usage(fleet, "--key", key, "--by", "key")] == [(key, 6)]
    assert requests(usage(fleet, "--model", "gpt-4o-mini")) == 6
    table = fleet.ctl("usage", "--by", "team,model")
    assert "beta/apps" in table and "REQUESTS" in table


def test_a_request_for_which_no_vendor_was_called_is_not_counted(fleet):
    """Redis may have admitted it and does not answer: its gateway gives up, and then settles it."""
    key, other = fleet.make_key(team="delta/apps"), fleet.make_key(team="delta/apps")
    gateway = fleet.gateways[0]
    fleet.ctl("key", "set", fleet.public_id(key), "--without-redis", "closed")
    assert ask(gateway, key, chat("gpt-4o-mini", "known to the gateway")).status == 200
    os.kill(fleet.redis_process.pid, signal.SIGSTOP)
    try:
        assert ask(gateway, key, chat("gpt-4o-mini", "nobody answers")).status == 503
    finally:
        os.kill(fleet.redis_process.pid, signal.SIGCONT)
    fleet.wait_quiet("delta", 30)
    assert ask(gateway, other, chat("gpt-4o-mini", "the last")).status == 200
    wait_until(lambda: requests(usage(fleet, "--key", fleet.public_id(other))), 30, "the last to be counted")
    ended = [e for e in fleet.redis("XRANGE", "sr:1:{o:delta}:ledger", "-", "+") if "unbegun" in e[1]]
    assert len(ended) == 1, "it was settled, and the ledger says that nobody was called"
    assert [(r["model"], r["requests"]) for r in usage(fleet, "--org", "delta")] == [("gpt-4o-mini", 2)]


def test_another_leader_goes_on_where_the_first_ended(fleet):
    key = fleet.make_key(team="gamma/apps")
    gateway = fleet.gateways[0]

    def counted():
        return requests(usage(fleet, "--org", "gamma"))

    for i in range(5):
        assert ask(gateway, key, chat("gpt-4o-mini", "before %d" % i)).status == 200
    wait_until(lambda: counted() == 5, 30, "them to be counted")
    for coordinator in fleet.coordinators:
        coordinator.kill()
    for i in range(5):
        assert ask(gateway, key, chat("gpt-4o-mini", "after %d" % i)).status == 200
    for coordinator in fleet.coordinators:
        coordinator.start()
    wait_until(lambda: counted() >= 10, 30, "the rest to be counted")
    fleet.wait_quiet("gamma", 30)
    assert counted() == 10


@pytest.mark.parametrize("options", [
    ("--by", "year"), ("--since", "tomorrow"), ("--since", "2090-01-01"),
    ("--org", "acme", "--team", "beta/apps")])
def test_what_cannot_be_asked(fleet, options):
    assert fleet.ctl("usage", "--json", *options, check=False) == ""
