"""Clients that are slow, send too much or are too many. Times are measured against the settings
of conftest.TIGHT.
"""
import json
import socket
import threading
import time

import pytest

from client import must_fit
from recordings.schema import ERROR

HEADER_S, BODY_S, GRACE_S, IDLE_S = 1.0, 3.0, 1.0, 1.0
# late by what a busy machine needs; early never, but for the clocks
EARLY_S, LATE_S = 0.05, 0.8

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def key(tight):
    return tight.make_key().encode()


def post(key, *fields, body=b""):
    lines = [HEAD + b"Authorization: Bearer " + key] + list(fields)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def connect(port):
    s = socket.create_connection(("127.0.0.1", port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(20)
    return s


def listen(s):
    """What comes until the other side closes."""
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except ConnectionError:
        pass
    return got


def drip(s, data, every):
    try:
        for byte in data:
            s.send(bytes([byte]))
            time.sleep(every)
    except OSError:
        pass


def heard_for(s, data, every=0.1):
    """The seconds that a client who sends a byte now and then is heard, and what it is told."""
    begin = time.monotonic()
    sender = threading.Thread(target=drip, args=(s, data, every))
    sender.start()
    got = listen(s)
    took = time.monotonic() - begin
    sender.join()
    return took, got


def must_say(got, status, code):
    """One answer, an error in OpenAI's form, after which the connection is closed."""
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert head.startswith(b"HTTP/1.1 %d " % status), got
    assert fields["content-type"] == "application/json"
    assert int(fields["content-length"]) == len(body)
    error = must_fit(ERROR, json.loads(body))["error"]
    assert error["code"] == code
    assert fields["x-should-retry"] == ("true" if status == 503 else "false")
    return error, fields


# --- slow heads ---

def test_dripping_head_is_cut(tight):
    with connect(tight.gateways[0].port) as s:
        took, got = heard_for(s, HEAD)
    assert HEADER_S - EARLY_S < took < HEADER_S + LATE_S
    must_say(got, 408, "request_timeout")


def test_dripping_head_is_cut_by_haproxy(tight_haproxy):
    with connect(tight_haproxy.port) as s:
        took, got = heard_for(s, HEAD)
    assert HEADER_S - EARLY_S < took < HEADER_S + LATE_S
    assert got.startswith(b"HTTP/1.1 408 ")


def test_dripping_second_head_is_cut(tight):
    """On a connection that is kept, time begins with the second request's first line."""
    line, _, rest = HEAD.partition(b"\r\n")
    with connect(tight.gateways[0].port) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n")
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.5)
        s.sendall(line + b"\r\n")
        took, got = heard_for(s, rest)
    assert HEADER_S - EARLY_S < took < HEADER_S + LATE_S
    must_say(got, 408, "request_timeout")


def test_dripping_first_line_of_a_second_request_is_cut(tight):
    with connect(tight.gateways[0].port) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n")
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        took, _ = heard_for(s, b"G" * 100)
    assert IDLE_S - EARLY_S < took < IDLE_S + LATE_S


@pytest.mark.parametrize("said", [b"", b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n"])
def test_silent_connection_is_closed(tight, said):
    """Before a request by header_timeout, behind one by idle_timeout; there is nothing to tell."""
    with connect(tight.gateways[0].port) as s:
        s.sendall(said)
        begin = time.monotonic()
        got = listen(s)
        took = time.monotonic() - begin
    assert HEADER_S - EARLY_S < took < HEADER_S + LATE_S
    assert got.count(b"HTTP/1.1 ") == (1 if said else 0)


def test_many_slow_clients_do_not_keep_a_good_one_waiting(tight):
    gateway = tight.gateways[0]
    slow = [connect(gateway.port) for _ in range(300)]
    begin, slowest = time.monotonic(), 0.0
    for i in range(20):
        for s in slow:
            try:
                s.send(HEAD[i:i + 1])
            except OSError:
                pass
        asked = time.monotonic()
        assert tight.get(gateway, "/healthz")[0] == 200
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.05)
    for s in slow:
        listen(s)
        s.close()
    assert slowest < 0.5
    assert time.monotonic() - begin < 5


# --- slow bodies ---

@pytest.mark.parametrize("edge", ["tight", "tight_haproxy"])
@pytest.mark.parametrize("framing", [b"Content-Length: 999", b"Transfer-Encoding: chunked"])
def test_dripping_body_is_cut(request, tight, key, edge, framing):
    """It comes at five times the rate that it must have, and for too long."""
    edge = request.getfixturevalue(edge)
    port = edge.port if edge is not tight else tight.gateways[0].port
    with connect(port) as s:
        s.sendall(post(key, framing, body=b"3e7\r\n" if b"chunked" in framing else b""))
        took, got = heard_for(s, b"{" + b" " * 998, every=0.01)
    assert BODY_S - EARLY_S < took < BODY_S + LATE_S
    must_say(got, 408, "request_timeout")


def test_body_below_the_rate_is_cut_after_the_grace(tight, key):
    with connect(tight.gateways[0].port) as s:
        s.sendall(post(key, b"Content-Length: 999"))
        took, got = heard_for(s, b"{" + b" " * 99, every=0.25)
    # looked at each second once the grace is over
    assert GRACE_S - EARLY_S < took < GRACE_S + 1 + LATE_S
    must_say(got, 408, "request_timeout")


def test_body_within_its_time_is_answered(tight, key):
    body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi."}]}'
    with connect(tight.gateways[0].port) as s:
        s.sendall(post(key, b"Content-Length: %d" % len(body), b"Connection: close"))
        took, got = heard_for(s, body, every=0.02)
    assert took > 1 and got.startswith(b"HTTP/1.1 200 ")


# --- too much ---

def ask(port, data):
    with connect(port) as s:
        s.sendall(data)
        return listen(s)


def test_announced_body_over_the_cap(tight, key):
    """Refused before a byte of it comes."""
    error, _ = must_say(ask(tight.gateways[0].port, post(key, b"Content-Length: 65537")), 413,
                        "request_too_large")
    assert "65536" in error["message"]


def test_chunked_body_over_the_cap(tight, key):
    body = b"10001\r\n" + b" " * 0x10001 + b"\r\n0\r\n\r\n"
    must_say(ask(tight.gateways[0].port, post(key, b"Transfer-Encoding: chunked", body=body)), 413,
             "request_too_large")


def test_body_at_the_cap(tight, key):
    body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi."}]}'.ljust(65536)
    got = ask(tight.gateways[0].port,
              post(key, b"Content-Length: 65536", b"Connection: close", body=body))
    assert got.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("fields", [[b"A: b"] * 100, [b"A: " + b"a" * 8100]])
def test_too_large_head(tight, fields):
    got = ask(tight.gateways[0].port, post(b"sk-sr-x-y", *fields))
    error, _ = must_say(got, 431, "headers_too_large")
    assert "8192" in error["message"]


# --- too many ---

def test_connections_of_one_address_and_of_all(tmp_path):
    from fleet import Fleet
    caps = {"gateway.max_connections": "12", "gateway.max_connections_per_ip": "8"}
    with Fleet(tmp_path, settings=caps) as fleet:
        port = fleet.gateways[0].port
        time.sleep(0.2)  # those that asked for readiness are gone
        kept = [connect(port) for _ in range(8)]
        for s in kept:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        error, fields = must_say(ask(port, b""), 503, "overloaded")
        assert "this address" in error["message"] and fields["retry-after"] == "1"
        for address in "127.0.0.2", "127.0.0.3":
            for _ in range(2):
                s = socket.socket()
                s.bind((address, 0))
                s.connect(("127.0.0.1", port))
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n")
                assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
                kept.append(s)
        error, fields = must_say(ask(port, b""), 503, "overloaded")
        assert "as many connections" in error["message"] and fields["retry-after"] == "1"
        for s in kept:
            s.close()
        time.sleep(0.2)
        assert fleet.get(fleet.gateways[0], "/healthz")[0] == 200
