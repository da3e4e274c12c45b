"""Errors that a real Redis gives: nobody is served who cannot be charged, nobody is charged twice, and
service is back when the error is gone. Keys are strict here: nothing is served from escrow."""
import itertools
import threading
import time

import pytest

from client import ask, chat
from fleet import Fleet, wait_until
from redis_fleet import RespError

MODEL = "gpt-4o-mini"
COST = 11100


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("errors"), redis_options={
            "tcp": True, "persist": True, "options": ["enable-debug-command yes"]},
               settings={"redis.command_timeout": "500ms", "redis.admit_window": "1s",
                         "escrow.without_redis": "closed"}) as running:
        yield running


orgs = ("org%d" % n for n in itertools.count())


@pytest.fixture
def key(fleet):
    return fleet.make_key(next(orgs) + "/apps", budget="total=1")


def served(fleet, key):
    return ask(fleet.gateways[0], key, chat(MODEL)).status == 200


def must_be_refused(fleet, key):
    """With 503, soon, and with a hint when to come back."""
    answer = ask(fleet.gateways[0], key, chat(MODEL))
    answer.must_fail(503, "store_unavailable")
    assert answer.seconds < 2 and int(answer.headers["retry-after"]) >= 1


def must_be_back(fleet, key):
    wait_until(lambda: served(fleet, key), 5, "service to be back")


def spent(fleet, key):
    org = fleet.public_id(key).split("_")[0]
    fleet.wait_quiet(org)
    return fleet.books(org)["key", fleet.public_id(key).split("_")[1], "t"]["spent"]


# name, value while it fails, value after
SETTINGS = [
    ("maxmemory", "1", "0"),                    # OOM
    ("min-replicas-to-write", "1", "0"),        # NOREPLICAS
]


@pytest.mark.parametrize("name, bad, good", SETTINGS, ids=[s[0] for s in SETTINGS])
def test_writes_are_refused(fleet, key, name, bad, good):
    redis = fleet.servers.primary()
    assert served(fleet, key)
    before = spent(fleet, key)
    redis("CONFIG", "SET", name, bad)
    try:
        for _ in range(3):
            must_be_refused(fleet, key)
    finally:
        redis("CONFIG", "SET", name, good)
    must_be_back(fleet, key)
    assert spent(fleet, key) == before + COST


def test_settled_when_writes_are_taken_again(fleet, key):
    """OOM between admission and settling: what the answer cost is charged once, later."""
    redis = fleet.servers.primary()
    answers = []
    fleet.rules([{"ttft_ms": 800}])
    asking = threading.Thread(target=lambda: answers.append(
        ask(fleet.gateways[0], key, chat(MODEL))))
    asking.start()
    org = fleet.public_id(key).split("_")[0]
    wait_until(lambda: fleet.open_reservations(org) == 1, 5, "an admission")
    redis("CONFIG", "SET", "maxmemory", "1")
    asking.join()
    time.sleep(1)
    assert answers[0].status == 200 and fleet.open_reservations(org) == 1
    redis("CONFIG", "SET", "maxmemory", "0")
    fleet.rules([])
    assert spent(fleet, key) == COST


def test_it_has_become_a_replica(fleet, key):
    """READONLY: the connection is left, and nothing is up until there is a primary."""
    redis, gateway = fleet.servers.primary(), fleet.gateways[0]
    assert served(fleet, key)
    redis("REPLICAOF", "127.0.0.1", "1")
    try:
        must_be_refused(fleet, key)
        wait_until(lambda: fleet.get(gateway, "/readyz")[0] == 503, 5, "the gateway to notice")
        must_be_refused(fleet, key)
        assert "it is a replica" in gateway.log() or "not the primary" in gateway.log()
    finally:
        redis("REPLICAOF", "NO", "ONE")
    must_be_back(fleet, key)
    assert spent(fleet, key) == 2 * COST


def test_noticed_while_nobody_asks(fleet, key):
    """A connection that is idle is tried."""
    redis, gateway = fleet.servers.primary(), fleet.gateways[0]
    redis("REPLICAOF", "127.0.0.1", "1")
    try:
        wait_until(lambda: fleet.get(gateway, "/readyz")[0] == 503, 5, "the gateway to notice")
    finally:
        redis("REPLICAOF", "NO", "ONE")
    must_be_back(fleet, key)


def test_a_script_runs_for_too_long(fleet, key):
    """BUSY"""
    redis = fleet.servers.primary()
    redis("CONFIG", "SET", "busy-reply-threshold", "10")
    other = redis.connect(30)

    def hog():
        with pytest.raises(RespError):
            other("EVAL", "while true do end", "0")

    hogging = threading.Thread(target=hog)
    hogging.start()
    try:
        time.sleep(0.3)
        must_be_refused(fleet, key)
    finally:
        redis("SCRIPT", "KILL")
        hogging.join()
        other.close()
    must_be_back(fleet, key)
    assert spent(fleet, key) == COST


def test_scripts_are_flushed(fleet, key):
    """NOSCRIPT: in no answer to be seen."""
    for _ in range(3):
        fleet.servers.primary()("SCRIPT", "FLUSH")
        assert served(fleet, key)
    assert spent(fleet, key) == 3 * COST


def test_it_sleeps(fleet, key):
    """Longer than a command may take: what was asked meanwhile is not charged."""
    redis = fleet.servers.primary()
    sleeping = threading.Thread(target=redis, args=("DEBUG", "SLEEP", "2"))
    assert served(fleet, key)
    before = spent(fleet, key)
    sleeping.start()
    time.sleep(0.2)
    must_be_refused(fleet, key)
    sleeping.join()
    must_be_back(fleet, key)
    assert spent(fleet, key) == before + COST


def test_killed_and_started_again(fleet, key):
    """LOADING, and what it had said to have written is there: the append-only file is replayed
    under the users that are shipped."""
    redis = fleet.servers.primary()
    assert served(fleet, key)
    before = spent(fleet, key)
    redis.kill()
    must_be_refused(fleet, key)
    redis.start()
    must_be_back(fleet, key)
    assert spent(fleet, key) == before + COST


def test_a_right_is_missing(fleet, key):
    """NOPERM: refused, and the log says which right."""
    redis, gateway = fleet.servers.primary(), fleet.gateways[0]
    redis("ACL", "SETUSER", "gateway", "-evalsha")
    try:
        must_be_refused(fleet, key)
        assert "NOPERM" in gateway.log() and "'evalsha'" in gateway.log()
    finally:
        redis("ACL", "SETUSER", "gateway", "+evalsha")
        redis("ACL", "LOG", "RESET")
    must_be_back(fleet, key)
