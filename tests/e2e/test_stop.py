"""A gateway that is told to stop: it says so before it refuses anybody, lets streams end or tells
them that it could not, and settles. While Redis owes it answers it ends in time all the same, and
what it could not settle is settled by its next life."""
import json
import signal
import socket
import threading
import time

import pytest

from client import Client, ask, chat
from fleet import Fleet, wait_until

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


# --- leaving ---

@pytest.fixture
def leaving(tmp_path):
    """It takes two seconds to leave, and streams have one more."""
    with Fleet(tmp_path, settings={"gateway.drain_delay": "2s",
                                   "gateway.stop_timeout": "1s"}) as running:
        yield running


def begin_stream(fleet, client):
    body = json.dumps(chat("gpt-4o-mini", "hello", stream=True))
    response = client.send("POST", "/v1/chat/completions", body)
    assert response.status == 200
    return response


def test_readiness_goes_before_anything_else(leaving):
    gateway, key = leaving.gateways[0], leaving.make_key()
    with Client(gateway.port, key) as kept:
        assert "connection" not in kept.call("GET", "/readyz").headers
        gateway.signal(signal.SIGTERM)
        wait_until(lambda: ask(gateway, None, None, method="GET", path="/readyz").status == 503,
                   1, "readiness to go")
        assert ask(gateway, None, None, method="GET", path="/healthz").status == 200
        ask(gateway, key, chat("gpt-4o-mini", "hello")).must_be_good()  # on a new connection
        last = kept.call("POST", "/v1/chat/completions", chat("gpt-4o-mini", "hello"))
        assert last.must_be_good().headers["connection"].lower() == "close"
    assert gateway.process.wait(10) == 0


def test_who_waits_to_be_accepted_is_served(fleet):
    """More at once than are accepted in a turn, in the moment when the gateway closes its door."""
    gateway = fleet.gateways[0]
    gateway.signal(signal.SIGSTOP)
    waiting = [socket.create_connection(("127.0.0.1", gateway.port), 10) for _ in range(500)]
    for one in waiting:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    gateway.signal(signal.SIGTERM)
    gateway.signal(signal.SIGCONT)
    answers = [one.recv(4096) for one in waiting]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert sum(b"Connection: close" in answer for answer in answers) > 0
    assert gateway.process.wait(10) == 0


def test_a_stream_that_takes_too_long_is_told_so_and_settled(leaving):
    gateway, key = leaving.gateways[0], leaving.make_key(budget="total=1.00")
    leaving.rules([{"stall": True, "at": "middle"}])
    begin = time.monotonic()
    with Client(gateway.port, key) as client:
        threading.Timer(0.5, gateway.signal, [signal.SIGTERM]).start()
        answer = client.call("POST", "/v1/chat/completions",
                             chat("gpt-4o-mini", "hello", stream=True))
    answer.must_break("draining")
    assert gateway.process.wait(10) == 0
    assert 3 < time.monotonic() - begin < 8
    (counters,) = leaving.books().values()
    assert counters["reserved"] == 0 and counters["spent"] > 0 and not counters.get("suspense")


def test_whoever_has_heard_nothing_yet_gets_an_error(leaving):
    gateway, key = leaving.gateways[0], leaving.make_key()
    leaving.rules([{"stall": True, "at": "headers"}])
    threading.Timer(0.2, gateway.signal, [signal.SIGTERM]).start()
    ask(gateway, key, chat("gpt-4o-mini", "hello")).must_fail(503, "draining")
    assert gateway.process.wait(10) == 0


def knock(gateway, key, ends, over):
    while not over.is_set():
        try:
            ends.append(ask(gateway, key, chat("gpt-4o-mini", "hello")).status)
        except OSError as e:
            ends.append(e)


def test_nobody_is_refused_while_it_starts_anew(fleet):
    """The socket is somebody else's, as systemd's is, and outlives the gateway."""
    gateway, key, ends, over = fleet.gateways[0], fleet.make_key(), [], threading.Event()
    gateway.stop()
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as gateway.door:
        assert gateway.start().port == gateway.door.getsockname()[1]
        threads = [threading.Thread(target=knock, args=(gateway, key, ends, over))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            time.sleep(0.3)
            assert gateway.stop() == 0
            time.sleep(0.2)  # nobody is there
            gateway.start()
        over.set()
        for thread in threads:
            thread.join()
    assert len(ends) > 20 and set(ends) == {200}, [e for e in ends if e != 200]


def test_told_twice_it_ends_at_once(leaving):
    gateway, key = leaving.gateways[0], leaving.make_key()
    leaving.rules([{"stall": True, "at": "middle"}])
    with Client(gateway.port, key) as client:
        begin_stream(leaving, client)
        gateway.signal(signal.SIGTERM)
        wait_until(lambda: "event=stopping" in gateway.log(), 5, "it to hear")
        gateway.signal(signal.SIGTERM)
        assert gateway.process.wait(1.5) == 0
