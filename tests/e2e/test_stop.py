"""A gateway that is told to stop while Redis owes it answers: it ends in time, without a fault, and
what it could not settle is settled by its next life."""
import json
import signal
import time

import pytest

from client import Client, ask, chat
from fleet import Fleet

SETTINGS = {"gateway.follow_interval": "100ms", "gateway.stop_timeout": "300ms",
            "redis.command_timeout": "10s", "redis.admit_window": "10s"}


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, settings=SETTINGS) as running:
        yield running


def must_stop(gateway):
    begin = time.monotonic()
    assert gateway.stop() == 0, gateway.log()[-3000:]
    assert time.monotonic() - begin < 5


def test_stop_while_redis_hangs(fleet):
    key = fleet.make_key(budget="total=1.00")
    ask(fleet.gateways[0], key, chat("gpt-4o-mini", "hello")).must_be_good()
    fleet.redis_process.signal(signal.SIGSTOP)
    try:
        time.sleep(0.4)  # by now the epoch has been asked for
        must_stop(fleet.gateways[0])
    finally:
        fleet.redis_process.signal(signal.SIGCONT)


def test_stop_while_the_journal_is_settled(fleet):
    gateway = fleet.gateways[0]
    key = fleet.make_key(budget="total=1.00")
    fleet.rules([{"stall": True, "at": "middle"}])
    with Client(gateway.port, key) as client:
        body = json.dumps(chat("gpt-4o-mini", "hello", stream=True))
        client.send("POST", "/v1/chat/completions", body).read1(1)
        gateway.kill()
    fleet.redis("CLIENT", "PAUSE", 60000, "WRITE")
    gateway.start()
    time.sleep(0.5)  # by now it has asked for the settle
    must_stop(gateway)
    fleet.redis("CLIENT", "UNPAUSE")
    gateway.start()
    fleet.wait_quiet()
    (counters,) = fleet.books().values()  # the key's: nobody knows what the vendor billed
    assert counters["reserved"] == 0 and counters["suspense"] > 0
