"""HTTP in: requests, answers, deadlines and clients that behave badly."""
import os
import socket
import struct
import threading
import time

import pytest

from conftest import get, post, read_answer, read_chunks, read_head

MANY = int(os.environ.get("IO_MANY_CLIENTS", "2000"))
SLEEPERS = int(os.environ.get("IO_SLEEPERS", "9500"))


def closed(s):
    """The other side has closed or reset it; False: it waits."""
    s.settimeout(1)
    try:
        while s.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


# late by what a busy machine needs; early never, but for the clocks
EARLY_S, LATE_S = 0.05, 0.3


def is_about(seconds, took):
    return seconds - EARLY_S < took < seconds + LATE_S


def seconds_until_closed(s, begin=None):
    """begin: when the clock began to run; the time of the call unless given."""
    begin = begin or time.monotonic()
    s.settimeout(20)
    got = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
    except ConnectionError:
        pass
    return time.monotonic() - begin, got


# --- requests and answers ---

def test_whole_answers(serve):
    server = serve()
    status, headers, body, _ = server.get("/healthz")
    assert (status, body) == (200, b"ok\n")
    assert headers["content-type"] == "text/plain"
    assert server.get("/nothing/here")[0] == 404
    assert server.get("/later?ms=30")[:1] == (200,)
    assert server.ask(b"DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 404


def test_header_value_with_line_end_is_left_out(serve):
    _, headers, _, _ = serve().get("/healthz")
    assert "x-split" not in headers and "x-injected" not in headers


def test_escaped_path_is_resolved(serve):
    assert serve().get("/health%7A")[0] == 200


def test_query_of_many_parts(serve):
    assert serve().get("/healthz?" + "a=b&" * 2000)[0] == 200


@pytest.mark.parametrize("most", [4096, 8192, 65536])
@pytest.mark.parametrize("others", [0, 98])
def test_head_may_be_as_large_as_is_allowed(serve, most, others):
    server = serve(header_bytes=most)
    fields = ["X-%02d: 0123456789" % i for i in range(others)]
    frame = len(get("/healthz", *fields, "A: "))
    assert server.ask(get("/healthz", *fields, "A: " + "a" * (most - frame)))[0] == 200
    status, _, body, _ = server.ask(get("/healthz", *fields, "A: " + "a" * (most + 1 - frame)))
    assert status == 431 and b"%d bytes" % most in body


def test_head_has_no_body(serve):
    server = serve()
    with server.connect() as s:
        s.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + get("/healthz"))
        status, headers, _, rest = read_answer(s, head_only=True)
        assert (status, headers["content-length"]) == (200, "3")
        assert read_answer(s, rest)[2] == b"ok\n"


def test_keep_alive_and_pipelining_keep_the_order(serve):
    server = serve()
    with server.connect() as s:
        for _ in range(3):
            s.sendall(get("/healthz"))
            assert read_answer(s)[2] == b"ok\n"
        s.sendall(get("/later?ms=50") + get("/healthz") + get("/stream?n=3&bytes=4") +
                  post("/echo", b"last"))
        rest, bodies = b"", []
        for _ in range(4):
            _, _, body, rest = read_answer(s, rest)
            bodies.append(body)
        assert bodies == [b"later\n", b"ok\n", b"x" * 12, b"last"]


def test_chunk_that_is_flushed_does_not_wait_for_the_turn(serve):
    server = serve(workers=1)
    with server.connect() as held, server.connect() as pusher:
        held.sendall(get("/hold"))
        rest = read_head(held)[2]
        while not rest.endswith(b"held\n\r\n"):
            rest += held.recv(65536)
        pusher.sendall(get("/push?bytes=10&flush=1&busy_ms=3000"))
        assert held.recv(65536) == b"a\r\nxxxxxxxxxx\r\n"
        pusher.setblocking(False)
        with pytest.raises(BlockingIOError):
            pusher.recv(1)  # the turn goes on
        pusher.setblocking(True)
        assert read_answer(pusher)[0] == 200


def test_http_1_0(serve):
    server = serve()
    assert server.ask(b"GET /healthz HTTP/1.0\r\n\r\n")[2] == b"ok\n"
    status, headers, body, _ = server.ask(b"GET /stream?n=5&bytes=7 HTTP/1.0\r\n\r\n")
    assert (status, body) == (200, b"x" * 35)
    assert "transfer-encoding" not in headers
    with server.connect() as s:
        s.sendall(b"GET /stream?n=5&bytes=7&end=broken HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while s.recv(4096):
                pass


# --- bodies ---

def test_large_body(serve):
    server = serve()
    body = os.urandom(20 << 20)
    assert server.ask(post("/echo", body))[2] == body


def test_body_in_single_bytes(serve):
    server = serve()
    with server.connect() as s:
        for byte in post("/echo", b"hello"):
            s.send(bytes([byte]))
        assert read_answer(s)[2] == b"hello"


def test_chunked_body_is_the_last_of_its_connection(serve):
    server = serve()
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  b"".join(b"%x\r\n%s\r\n" % (n, b"y" * n) for n in range(1, 400)) +
                  b"0\r\n\r\n" + get("/healthz"))
        status, headers, body, rest = read_answer(s)
        assert (status, len(body)) == (200, sum(range(400)))
        assert headers["connection"] == "close"
        assert rest == b"" and closed(s)


def test_expect_continue(serve):
    server = serve()
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                  b"Expect: 100-continue\r\n\r\n")
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"hello")
        assert read_answer(s)[2] == b"hello"


def test_too_large_body_is_refused_before_it_comes(serve):
    server = serve(body_bytes=1000)
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        status, _, body, _ = read_answer(s)
        assert (status, body) == (413, b'{"error": "the body is larger than 1000 bytes"}\n')
    assert server.ask(post("/echo", b"z" * 1000))[0] == 200


def test_refusal_reaches_a_client_that_is_still_sending(serve):
    server = serve(body_bytes=1000)
    for path in "/echo", "/refuse":
        with server.connect() as s:
            body = b"z" * (8 << 20 if path == "/echo" else 999)
            sender = threading.Thread(target=s.sendall, args=(post(path, body),))
            sender.start()
            sender.join()
            assert read_answer(s)[0] == (413 if path == "/echo" else 401)


def test_too_large_chunked_body(serve):
    server = serve(body_bytes=1000)
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  b"3e9\r\n" + b"z" * 1001 + b"\r\n0\r\n\r\n")
        assert read_answer(s)[0] == 413
        assert closed(s)


CHUNKED_REFUSAL = b"POST /refuse HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_refused_chunked_request_is_read_to_its_end(serve):
    """Whether it is well formed shows there; nothing of it is kept."""
    server = serve(body_bytes=1 << 20, bodies_bytes=4096)
    with server.connect() as s:
        s.sendall(CHUNKED_REFUSAL + b"fffff\r\n" + b"z" * 0xfffff)
        time.sleep(0.1)
        s.sendall(b"\r\n0\r\n\r\n" + get("/healthz"))
        assert read_answer(s)[0] == 401
        assert closed(s)


@pytest.mark.parametrize("fault", ["size", "end", "length"])
def test_refused_chunked_request_may_be_malformed_besides(serve, fault):
    body, status = {
        "size": (b"-5\r\nhello\r\n0\r\n\r\n", 400),
        "end": (b"5\r\nhelloXX0\r\n\r\n", 400),
        "length": (b"100001\r\n" + b"z" * 0x100001, 413),
    }[fault]
    server = serve(body_bytes=1 << 20)
    with server.connect() as s:
        s.sendall(CHUNKED_REFUSAL + body)
        assert read_answer(s)[0] == status
        assert closed(s)


def test_all_bodies_together_are_bounded(serve):
    server = serve(body_bytes=1000, bodies_bytes=1500)
    with server.connect() as first:
        first.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        server.wait("exchanges", 2)
        status, headers, _, _ = server.ask(post("/echo", b"z" * 600))
        assert (status, headers["retry-after"]) == (503, "1")
        first.sendall(b"z" * 1000)
        assert read_answer(first)[0] == 200
        assert server.ask(post("/echo", b"z" * 600))[0] == 200


# --- heads that two parsers may read differently ---

BAD_HEADS = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 0\r\n",
    "length with a sign": b"Content-Length: +5\r\n",
    "length that is a list": b"Content-Length: 5, 5\r\n",
    "length beyond 2^64": b"Content-Length: 18446744073709551621\r\n",
    "length and chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "unknown encoding": b"Transfer-Encoding: xchunked\r\n",
    "space before the colon": b"Transfer-Encoding : chunked\r\n",
    "bare LF": b"A: b\nC: d\r\n",
    "bare CR": b"A: b\rC: d\r\n",
    "NUL in a value": b"A: b\0c\r\n",
    "NUL in a name": b"A\0: b\r\n",
    "folded line": b"A: b\r\n Content-Length: 5\r\n",
    "empty name": b": v\r\n",
    "no colon": b"foobar\r\n",
    "two hosts": b"Host: y\r\n",
    "long header": b"A: " + b"a" * 40000 + b"\r\n",
    "many headers": b"A: b\r\n" * 101,
}


@pytest.mark.parametrize("turn", ["first", "second"])
def test_ambiguous_heads_are_refused(serve, turn):
    server = serve()
    for name, headers in BAD_HEADS.items():
        with server.connect() as s:
            if turn == "second":
                s.sendall(get("/healthz"))
                assert read_answer(s)[2] == b"ok\n"
            s.sendall(b"POST /v1/models HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\nhello" +
                      get("/healthz"))
            _, got = seconds_until_closed(s)
            # reset before it was read: libmicrohttpd's own refusals do not linger
            assert got.count(b"HTTP/1.1 ") <= 1, name
            assert got == b"" or got.split()[1][:1] == b"4", name
    assert server.stats()["requests"] <= 2 + (len(BAD_HEADS) if turn == "second" else 0)


# --- deadlines ---

def drip(s, data, every=0.1):
    """Byte by byte until it is over or the other side has closed."""
    try:
        for byte in data:
            s.send(bytes([byte]))
            time.sleep(every)
    except OSError:
        pass


def cut_after(server, first, rest, kept=None):
    """The seconds that a dripping client was heard, and what it was told."""
    with kept or server.connect() as s:
        begin = time.monotonic()
        s.sendall(first)
        t = threading.Thread(target=drip, args=(s, rest))
        t.start()
        took, got = seconds_until_closed(s, begin)
        t.join()
        return took, got


def test_slow_head_is_cut(serve):
    took, got = cut_after(serve(header_ms=500), b"", get("/healthz") * 3)
    assert is_about(0.5, took)
    assert got.startswith(b"HTTP/1.1 408 ") and b'{"error": ' in got


def test_slow_head_is_cut_on_a_used_connection(serve):
    server = serve(header_ms=500)
    s = server.connect()
    s.sendall(get("/healthz"))
    read_answer(s)
    time.sleep(0.7)  # idle is not slow
    took, got = cut_after(server, b"GET /healthz HTTP/1.1\r\n", b"A: " + b"a" * 50, kept=s)
    assert is_about(0.5, took)
    assert got.startswith(b"HTTP/1.1 408 ")


def test_silent_connection_is_cut_without_a_word(serve):
    server = serve(header_ms=300)
    with server.connect() as s:
        took, got = seconds_until_closed(s)
        assert is_about(0.3, took) and got == b""


def test_slow_body_is_cut(serve):
    server = serve(body_ms=600, body_grace_ms=10000)
    took, got = cut_after(server, post("/echo", b"")[:-4].replace(b": 0", b": 99") + b"\r\n\r\n",
                          b"z" * 50)
    assert is_about(0.6, took)
    assert got.startswith(b"HTTP/1.1 408 ")


def test_body_below_the_rate_is_cut(serve):
    server = serve(body_ms=60000, body_grace_ms=300, body_rate=1000)
    took, got = cut_after(server, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n",
                          b"z" * 50)
    assert 1.2 < took < 1.7
    assert got.startswith(b"HTTP/1.1 408 ")


def test_idle_connection_is_cut(serve):
    server = serve(idle_ms=300)
    with server.connect() as s:
        begin = time.monotonic()
        s.sendall(get("/healthz"))
        read_answer(s)
        took, _ = seconds_until_closed(s, begin)
        assert is_about(0.3, took)


def test_connection_that_waits_for_its_answer_is_not_cut(serve):
    server = serve(idle_ms=100, header_ms=100, body_ms=100, stream_stall_ms=100)
    assert server.get("/later?ms=500")[0] == 200
    assert server.get("/stream?n=2&ms=300")[0] == 200


@pytest.mark.parametrize("path", ["/flood?mb=80", "/echo"])
def test_reader_that_takes_nothing_is_cut(serve, path):
    server = serve(stream_stall_ms=500)
    body = b"z" * (20 << 20) if path == "/echo" else b""
    with server.connect(receive_buffer=4096) as s:
        begin = time.monotonic()
        s.sendall(post(path, body))
        server.wait("exchanges", 1, seconds=20)  # that of the question itself
        assert time.monotonic() - begin > 0.4
    assert server.stats()["gone"] == (0 if path == "/echo" else 1)


def test_slow_reader_is_not_cut(serve):
    server = serve(stream_stall_ms=500)
    with server.connect(receive_buffer=65536) as s:
        s.sendall(get("/flood?mb=4"))
        got = 0
        while got < 4 << 20:
            piece = s.recv(200000)
            assert piece
            got += len(piece)
            time.sleep(0.05)


# --- streams ---

def test_clean_end_has_the_last_chunk_and_the_connection_goes_on(serve):
    server = serve()
    with server.connect() as s:
        for n in range(1, 30, 7):
            s.sendall(get("/stream?n=%d&bytes=100&ms=2" % n))
            assert read_answer(s)[2] == b"x" * 100 * n
        s.sendall(get("/healthz"))
        assert read_answer(s)[2] == b"ok\n"


def test_broken_end_is_seen_as_broken(serve):
    server = serve()
    for ms in 0, 5:  # before and after libmicrohttpd looks away
        with server.connect() as s:
            s.sendall(get("/stream?n=3&bytes=100&ms=%d&end=broken" % ms))
            _, _, rest = read_head(s)
            data, whole, _ = read_chunks(s, rest)
            assert data == b"x" * 300 and not whole


def test_chunks_arrive_one_by_one(serve):
    """Written past libmicrohttpd, they must look like its own."""
    with serve().connect() as s:
        s.sendall(get("/stream?n=4&bytes=300&ms=30"))
        _, _, rest = read_head(s)
        pieces = []
        while b"0\r\n\r\n" not in b"".join(pieces):
            pieces.append(s.recv(65536))
        assert rest + b"".join(pieces) == (b"12c\r\n" + b"x" * 300 + b"\r\n") * 4 + b"0\r\n\r\n"
        assert len(pieces) >= 4


@pytest.mark.parametrize("buffer", [2048, 16384, 1 << 20])
def test_short_writes_keep_the_framing(serve, buffer):
    server = serve()
    with server.connect(receive_buffer=buffer) as s:
        s.sendall(get("/flood?mb=6") + get("/healthz"))
        _, _, data, rest = read_answer(s)
        assert len(data) == 6 << 20 and data.count(b"x") == len(data)
        assert read_answer(s, rest)[2] == b"ok\n"
    assert server.stats()["drained"] > 0


def test_back_pressure_keeps_memory_flat(serve):
    server = serve()
    with server.connect() as s:
        s.sendall(get("/flood?mb=80"))
        time.sleep(0.5)  # the kernel's buffers are full now
        before = server.stats()
        time.sleep(1)
        after = server.stats()
        assert after["waits"] == before["waits"] > 0
        assert after["rss_kb"] < before["rss_kb"] + 2000
        assert after["cpu_us"] - before["cpu_us"] < 200000  # it does not spin
        _, _, data, _ = read_answer(s)
        assert len(data) == 80 << 20
    assert server.stats()["rss_kb"] < before["rss_kb"] + 4000


# --- clients that leave ---

def test_clients_that_leave_are_noticed_while_suspended(serve):
    server = serve(shards=16)
    clients = []
    for i in range(MANY):
        s = server.connect()
        s.sendall(get("/hold" if i % 2 else "/never"))
        clients.append(s)
    server.wait("exchanges", MANY + 1, seconds=30)
    time.sleep(0.2)
    for i, s in enumerate(clients):
        if i % 3 == 0:  # a reset, not an end
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    took = server.wait("gone", MANY)
    print("%d clients noticed after %.2f s" % (MANY, took))
    server.wait("connections", 1)
    assert server.settled_fds() == server.fds_at_start
    assert server.stop() == MANY


def test_half_closed_client_gets_what_is_ready(serve):
    server = serve()
    with server.connect() as s:
        s.sendall(get("/healthz"))
        s.shutdown(socket.SHUT_WR)
        assert read_answer(s)[2] == b"ok\n"
    with server.connect() as s:
        s.sendall(get("/never"))
        s.shutdown(socket.SHUT_WR)
        assert closed(s)
    server.wait("gone", 1)


def test_client_that_leaves_in_the_middle_of_its_request(serve):
    server = serve()
    for part in get("/healthz")[:-2], post("/echo", b"z" * 100)[:-1], b"GET /":
        s = server.connect()
        s.sendall(part)
        time.sleep(0.05)
        s.close()
    server.wait("connections", 1)
    assert server.settled_fds() == server.fds_at_start


def test_one_that_is_awake_is_not_starved_by_those_that_sleep(serve):
    """libmicrohttpd before 1.0.3 may skip ready connections while others are suspended."""
    server = serve(shards=16)
    sleepers = []
    for _ in range(SLEEPERS):
        s = server.connect()
        s.sendall(get("/never"))
        sleepers.append(s)
    server.wait("exchanges", SLEEPERS + 1, seconds=60)
    slowest = 0
    with server.connect() as s:
        for _ in range(300):
            begin = time.monotonic()
            s.sendall(get("/later?ms=0"))
            assert read_answer(s)[0] == 200
            slowest = max(slowest, time.monotonic() - begin)
            # one more falls asleep and one awakes at the same time
            sleepers.pop().close()
    print("slowest of 300 beside %d that sleep: %.1f ms" % (SLEEPERS, slowest * 1000))
    assert slowest < 0.5
    for s in sleepers:
        s.close()
    server.wait("connections", 1, seconds=30)


# --- limits and the end ---

def test_limit_of_one_address(serve):
    server = serve(max_per_ip=3)
    kept = [server.connect() for _ in range(3)]
    for s in kept:
        s.sendall(get("/healthz"))
        assert read_answer(s)[0] == 200
    status, headers, body, _ = server.get("/healthz")
    assert (status, headers["retry-after"]) == (503, "1") and b"this address" in body
    kept.pop().close()
    time.sleep(0.1)
    assert server.get("/healthz")[0] == 200
    for s in kept:
        s.close()


def test_limit_of_all_connections(serve):
    server = serve(max_connections=5)
    kept = [server.connect() for _ in range(5)]
    for s in kept:
        s.sendall(get("/healthz"))
        assert read_answer(s)[0] == 200
    assert server.get("/healthz")[0] == 503
    for s in kept:
        s.close()
    time.sleep(0.1)
    assert server.get("/healthz")[0] == 200


def test_quiesce_lets_what_runs_end(serve):
    server = serve()
    idle, busy = server.connect(), server.connect()
    idle.sendall(get("/healthz"))
    read_answer(idle)
    busy.sendall(get("/later?ms=500"))
    server.wait("exchanges", 2)
    server.quiesce()
    assert closed(idle)
    with pytest.raises(ConnectionError):
        server.connect()
    status, headers, _, _ = read_answer(busy)
    assert (status, headers["connection"]) == (200, "close")
    assert closed(busy)
    idle.close()
    busy.close()


def test_stop_tells_those_that_wait(serve):
    server = serve()
    clients = [server.connect() for _ in range(20)]
    for i, s in enumerate(clients):
        s.sendall(get(["/never", "/hold", "/flood?mb=80", "/stream?n=99&ms=1000"][i % 4]))
    server.wait("exchanges", 21)
    time.sleep(0.2)
    assert server.stop() == 20
    for s in clients:
        assert closed(s)
        s.close()


def test_two_workers_share_a_port(serve):
    server = serve(workers=2, shards=3)
    errors = []

    def client():
        try:
            for i in range(30):
                with server.connect() as s:
                    s.sendall(get("/later?ms=1") + get("/stream?n=3&ms=1") + get("/flood?mb=1"))
                    rest = b""
                    for _ in range(3):
                        status, _, _, rest = read_answer(s, rest)
                        assert status == 200
        except Exception as e:
            errors.append(e)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert errors == []
