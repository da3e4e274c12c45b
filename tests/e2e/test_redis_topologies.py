"""The same program on Redis with Sentinels and as a Cluster: requests, commands, news, and primaries
that go. SR_FAILOVERS=30 does more of the last than the one that is enough for every day."""
import os
import threading
import time

import pytest

from client import ask, chat
from fleet import Fleet, wait_until

FAILOVERS = int(os.environ.get("SR_FAILOVERS", "1"))
MODEL = "gpt-4o-mini"
CLIENTS = 4
ENDS = ("killed", "stopped") if FAILOVERS > 1 else ("killed",)


@pytest.fixture(scope="module", params=["sentinel", "cluster"])
def fleet(request, tmp_path_factory):
    # the settings for Redis that users have
    with Fleet(tmp_path_factory.mktemp(request.param), redis=request.param, gateways=2,
               settings={"redis.command_timeout": "500ms", "redis.admit_window": "1s"}) as running:
        yield running


def tag(org):
    return "{o:%s}" % org


class Load:
    """Clients that ask without a pause; when each answer came, and its status."""

    def __init__(self, fleet, key):
        self.fleet, self.key = fleet, key
        self.answers, self.over = [], False
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(CLIENTS)]

    def _run(self, i):
        gateway = self.fleet.gateways[i % len(self.fleet.gateways)]
        while not self.over:
            begin = time.monotonic()
            answer = ask(gateway, self.key, chat(MODEL))
            self.answers.append((begin, time.monotonic(), answer.status))
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.answers) > 2 * CLIENTS, 10, "answers")
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()

    def statuses(self):
        return {status for _, _, status in self.answers}

    def good_since(self, moment):
        return [end for begin, end, status in list(self.answers) if status == 200 and begin > moment]


def test_a_request_is_served_and_paid(fleet):
    key = fleet.make_key("first/apps", budget="total=1")
    for gateway in fleet.gateways:
        ask(gateway, key, chat(MODEL)).must_be_good()
    fleet.wait_quiet("first")
    spent = {level: c["spent"] for (level, _, _), c in fleet.books("first").items()}
    assert spent == {"key": 2 * 11100}


def test_orgs_lie_in_all_parts_of_a_cluster(fleet):
    """Commands find each of them, and so does whoever lists them."""
    orgs = ["org%d" % i for i in range(4)]
    for org in orgs:
        key = fleet.make_key(org + "/apps", budget="total=1")
        ask(fleet.gateways[0], key, chat(MODEL)).must_be_good()
    if len(fleet.servers.primaries()) > 1:
        assert len({fleet.servers.primary(tag(org)).name for org in orgs}) > 1
    listed = fleet.ctl("org", "list")
    assert all(org in listed for org in orgs)
    wait_until(lambda: "all is well" in fleet.ctl("status", check=False), 10, "signs of life")


def test_a_revoked_key_is_refused_at_once(fleet):
    key = fleet.make_key("revoked/apps")
    for gateway in fleet.gateways:
        ask(gateway, key, chat(MODEL)).must_be_good()
    fleet.ctl("key", "block", fleet.public_id(key))
    time.sleep(1)
    for gateway in fleet.gateways:
        assert ask(gateway, key, chat(MODEL)).status in (401, 403)


def test_scripts_come_back_after_they_are_flushed(fleet):
    key = fleet.make_key("flushed/apps")
    for server in fleet.servers.primaries():
        server("SCRIPT", "FLUSH")
    ask(fleet.gateways[0], key, chat(MODEL)).must_be_good()


@pytest.mark.parametrize("nth", range(FAILOVERS))
def test_primary_turned_over_by_hand(fleet, nth):
    """Nothing breaks, so nobody waits for more than the moment it takes."""
    org = "hand%d" % nth
    if nth:
        fleet.servers.wait_in_step(tag(org))
    key = fleet.make_key(org + "/apps", budget="total=10")
    with Load(fleet, key) as load:
        fleet.servers.failover(tag(org))
        done = time.monotonic()
        wait_until(lambda: load.good_since(done), 5, "an answer after it")
        assert min(load.good_since(done)) - done < 1
    assert load.statuses() <= {200, 503}


@pytest.mark.parametrize("nth", range(FAILOVERS))
@pytest.mark.parametrize("end", ENDS)
def test_primary_gone(fleet, nth, end):
    """Service is back within a second after there is another primary. One that is stopped refuses
    nothing, and here it takes a Sentinel with it."""
    servers, org = fleet.servers, "%s%d" % (end, nth)
    if FAILOVERS > 1:
        servers.wait_in_step(tag(org))
    key = fleet.make_key(org + "/apps", budget="total=10")
    old = servers.primary(tag(org))
    made = old("ROLE")[1]  # a key that no replica has yet would be lost with its primary
    wait_until(lambda: any(int(replica[2]) >= made for replica in old("ROLE")[2]), 20,
               "a replica to have the key")
    with Load(fleet, key) as load:
        begin = time.monotonic()
        stopped = [old, *servers.sentinels[2:]] if end == "stopped" else []
        for process in stopped:
            process.stop()
        if not stopped:
            old.kill()
        new = servers.wait_new_primary(old, tag(org), 30)
        turned = time.monotonic()
        wait_until(lambda: load.good_since(turned), 5, "an answer after it")
        back = min(load.good_since(turned))
    print("%s: failover %.2f s, service back %.2f s later, primary %s" % (
        end, turned - begin, back - turned, new.name))
    assert back - turned < 1
    assert load.statuses() <= {200, 503}
    slow = [end - begin for begin, end, _ in load.answers if end - begin > 2]
    assert not slow, "answers took %s s" % slow
    for process in stopped:
        process.cont()
    if not stopped:
        old.start()


def test_nobody_was_refused_a_right(fleet):
    assert fleet.servers.refused() == []
