"""Clients that leave. The vendor's answer is read to its end where there is room for that, else the
call is closed; either way the attempt is settled once and the books hold what was billed.
"""
import signal
import socket
import time

import pytest

from accounts import Accounts, make_key
from client import Client, ask, chat, order
from faults import DIALECTS, FaultFleet
from fleet import wait_until

DRAIN_S = 2
MODES = ("whole", "stream")
SLOW_START = {"ttft_ms": 1200, "headers_ms": 0, "tokens": 20}
SLOW_WHOLE = {"chunk_ms": 60, "tokens": 20}   # 1.2 s in all
ENDLESS = {"chunk_ms": 100, "tokens": 1000}


def make_fleet(folder, drain_calls):
    return FaultFleet(folder, settings={"gateway.drain_calls": drain_calls,
                                        "gateway.drain_timeout": "%ds" % DRAIN_S})


@pytest.fixture(scope="module")
def draining(tmp_path_factory):
    with make_fleet(tmp_path_factory.mktemp("draining"), 64) as f:
        f.key, f.accounts = make_key(f), Accounts(f)
        yield f


@pytest.fixture(scope="module")
def cutting(tmp_path_factory):
    with make_fleet(tmp_path_factory.mktemp("cutting"), 0) as f:
        f.key, f.accounts = make_key(f), Accounts(f)
        yield f


class Watch:
    """What the vendors write down from now on."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.first, self.asked = len(fleet.ledger()), fleet.mock_stats()["requests"]

    def wait_asked(self, n=1):
        wait_until(lambda: self.fleet.mock_stats()["requests"] >= self.asked + n, 5, "a call")

    def lines(self, n=1, seconds=5):
        """The n lines that come; no more come when the vendors are left."""
        wait_until(lambda: len(self.fleet.ledger()) >= self.first + n, seconds, "the ledger")
        lines = self.fleet.ledger()[self.first:]
        assert len(lines) == n, lines
        return lines

    def booked(self, line):
        """The attempts of the request that a line of the ledger belongs to, all settled."""
        accounts = self.fleet.accounts
        accounts.wait_settled()
        attempts = accounts.attempts(line["attempt"].rsplit("-", 1)[0])
        assert "open" not in [a.kind for a in attempts]
        return attempts


def body(dialect, mode, how):
    vendor, model, _ = DIALECTS[dialect]
    return chat(model, "Tell me. " + order(vendor, **how), stream=mode == "stream", max_tokens=2000)


def leave_before_the_answer(fleet, request, watch):
    client = Client(fleet.gateways[0].port, fleet.key)
    client.post_only(request)
    watch.wait_asked()
    client.close()


def leave_in_the_stream(fleet, request):
    client = Client(fleet.gateways[0].port, fleet.key)
    response = client.send("POST", "/v1/chat/completions", request)
    assert response.status == 200 and response.read1(1)
    client.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_left_before_the_first_byte_and_read_to_the_end(draining, dialect, mode):
    watch = Watch(draining)
    how = SLOW_START if mode == "stream" else SLOW_WHOLE
    leave_before_the_answer(draining, body(dialect, mode, how), watch)
    line, = watch.lines()
    assert line["outcome"] == "complete"
    attempt, = watch.booked(line)
    assert (attempt.kind, attempt.cost) == ("exact", line["billed_nanos"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_left_in_the_stream_and_read_to_the_end(draining, dialect):
    watch = Watch(draining)
    leave_in_the_stream(draining, body(dialect, "stream", SLOW_WHOLE))
    line, = watch.lines()
    assert line["outcome"] == "complete"
    attempt, = watch.booked(line)
    assert (attempt.kind, attempt.cost) == ("exact", line["billed_nanos"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_left_before_the_first_byte_and_cut(cutting, dialect, mode):
    watch, begin = Watch(cutting), time.monotonic()
    how = {**ENDLESS, "ttft_ms": 60000} if mode == "stream" else ENDLESS
    leave_before_the_answer(cutting, body(dialect, mode, how), watch)
    line, = watch.lines()
    assert line["outcome"] == "client_gone" and time.monotonic() - begin < 2
    attempt, = watch.booked(line)
    # Anthropic's stream begins with what the input counts
    tells = dialect == "anthropic" and mode == "stream"
    assert attempt.kind == ("estimated" if tells else "unknown")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_left_in_the_stream_and_cut(cutting, dialect):
    watch, begin = Watch(cutting), time.monotonic()
    leave_in_the_stream(cutting, body(dialect, "stream", ENDLESS))
    line, = watch.lines()
    assert line["outcome"] == "client_gone" and time.monotonic() - begin < 2
    attempt, = watch.booked(line)
    assert attempt.kind == "estimated" and attempt.cost > 0


@pytest.mark.parametrize("how", [{"stall": True, "at": "start"}, ENDLESS], ids=["silent", "endless"])
def test_nobody_is_read_for_ever(draining, how):
    watch, begin = Watch(draining), time.monotonic()
    if "stall" in how:
        leave_before_the_answer(draining, body("openai", "stream", how), watch)
    else:
        leave_in_the_stream(draining, body("openai", "stream", how))
    line, = watch.lines()
    assert line["outcome"] == "client_gone" and DRAIN_S - 0.1 < time.monotonic() - begin < DRAIN_S + 1.5
    attempt, = watch.booked(line)
    assert attempt.kind == ("unknown" if "stall" in how else "estimated")


def test_only_so_many_are_read_on(tmp_path):
    with make_fleet(tmp_path, 2) as fleet:
        fleet.key, fleet.accounts = make_key(fleet), Accounts(fleet)
        watch = Watch(fleet)
        for _ in range(6):
            leave_in_the_stream(fleet, body("openai", "stream", SLOW_WHOLE))
        outcomes = sorted(line["outcome"] for line in watch.lines(6))
        assert outcomes == ["client_gone"] * 4 + ["complete"] * 2
        fleet.accounts.must_balance()


def test_left_while_a_vendor_rests(draining):
    """Between two attempts nothing runs: the request ends, and asks nobody any more."""
    watch = Watch(draining)
    how = {"error": "rate_limit", "retry_after": "2"}
    leave_before_the_answer(draining, body("openai", "whole", how), watch)
    line, = watch.lines()
    attempt, = watch.booked(line)
    assert (attempt.kind, attempt.cost) == ("exact", 0)
    time.sleep(2.5)
    watch.lines()


def test_left_while_the_other_candidate_is_asked(draining):
    """The failover has happened already; what it asks for is read to its end."""
    watch = Watch(draining)
    request = chat(["gpt-4o-mini", "qwen-plus"], "%s %s" % (
        order("openai", error="server"), order("qwen", **SLOW_START)), stream=True)
    client = Client(draining.gateways[0].port, draining.key)
    client.post_only(request)
    watch.wait_asked(2)
    client.close()
    lines = watch.lines(2)
    assert [line["outcome"] for line in lines] == ["refused", "complete"]
    assert [(a.kind, a.cost) for a in watch.booked(lines[0])] == [
        ("exact", line["billed_nanos"]) for line in lines]


def test_left_while_redis_hangs(draining):
    """What an admission came to is not known when its client leaves: it is undone."""
    # escrow would serve it
    strict = draining.make_key(budget="total=1000", **{"without-redis": "closed"})
    watch = Watch(draining)
    ask(draining.gateways[0], strict, chat("gpt-4o-mini")).must_be_good()
    watch.lines(1)
    watch = Watch(draining)
    client = Client(draining.gateways[0].port, strict)
    draining.redis_process.signal(signal.SIGSTOP)
    client.post_only(chat("gpt-4o-mini"))
    time.sleep(0.3)
    client.close()
    time.sleep(0.2)
    draining.redis_process.signal(signal.SIGCONT)
    ask(draining.gateways[0], draining.key, chat("gpt-4o-mini")).must_be_good()
    watch.lines(1)  # only the second one's
    draining.accounts.wait_settled()


@pytest.mark.parametrize("sent", [0.0, 0.5, 1.0])
def test_left_while_it_asks(draining, sent):
    """Nothing is held for a request that never came whole."""
    watch, text = Watch(draining), b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}'
    with socket.create_connection(("127.0.0.1", draining.gateways[0].port)) as s:
        s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                  b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (
                      draining.key.encode(), len(text) + 1, text[:int(len(text) * sent)]))
        time.sleep(0.1)
    ask(draining.gateways[0], draining.key, chat("gpt-4o-mini")).must_be_good()
    watch.lines(1)


def test_a_client_that_does_not_read_is_cut(tmp_path):
    """It holds the vendor back for as long as it may, then the call ends."""
    with FaultFleet(tmp_path, settings={"gateway.drain_calls": 0, "gateway.stream_stall": "1s",
                                        "gateway.stream_high": "8KiB",
                                        "gateway.stream_low": "4KiB"}) as fleet:
        fleet.key, fleet.accounts = make_key(fleet), Accounts(fleet)
        watch = Watch(fleet)
        client = Client(fleet.gateways[0].port, fleet.key)
        client.connection.connect()
        client.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.post_only(chat("deepseek-flash", order("deepseek", tokens=300000, chunks=30000),
                              stream=True, max_tokens=390000))
        line, = watch.lines(seconds=15)
        assert line["outcome"] == "client_gone"
        client.close()
        attempt, = watch.booked(line)
        assert attempt.kind == "estimated"
        fleet.accounts.must_balance()


@pytest.mark.parametrize("fleet", ["draining", "cutting"])
def test_the_books_are_the_vendors_ledger(request, fleet):
    request.getfixturevalue(fleet).accounts.must_balance()
