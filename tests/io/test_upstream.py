"""HTTP out: calls to vendors that answer, and to vendors that do not."""
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

# libcurl opens these for each multi, to be woken by other threads
MULTI_FDS = 2

PATTERN = bytes(range(251)) * 4096


def fnv(data):
    n = 2166136261
    for byte in data:
        n = ((n ^ byte) * 16777619) & 0xffffffff
    return n


def pattern(n):
    return (PATTERN * (n // len(PATTERN) + 1))[:n]


class Request:
    def __init__(self, head, body):
        lines = head.decode().split("\r\n")
        self.method, self.path, _ = lines[0].split()
        self.headers = {k.lower(): v for k, v in (h.split(": ", 1) for h in lines[1:] if h)}
        self.body = body


class Vendor:
    """Each path is a way to behave; runs in threads and remembers what it was asked."""

    def __init__(self, tls=None):
        self.requests, self.connections, self.gone, self.closed = [], 0, 0, 0
        self.resumed = 0  # connections that went on with the TLS session of an earlier one
        self.open = []
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2000)
        self.port = self.listener.getsockname()[1]
        self.url = "http%s://127.0.0.1:%d" % ("s" if tls else "", self.port)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def stop(self):
        self.listener.close()
        for s in self.open:
            s.close()

    def serve(self, s):
        self.open.append(s)
        try:
            if self.tls:
                s = self.tls.wrap_socket(s, server_side=True)
                self.resumed += s.session_reused
            while self.one(s):
                pass
        except OSError:
            self.gone += 1
        s.close()
        self.closed += 1

    def one(self, s):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = s.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = int((re.search(rb"(?i)\r\ncontent-length: (\d+)", head) or [0, 0])[1])
        while len(body) < length:
            piece = s.recv(1 << 20)
            if not piece:
                return False
            body += piece
        request = Request(head, body)
        self.requests.append(request)
        name, *args = request.path.strip("/").split("/")
        return getattr(self, name)(s, request, *args)

    @staticmethod
    def answer(s, body, *headers, status="200 OK"):
        lines = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body)] + list(headers)
        s.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        return True

    def plain(self, s, request):
        return self.answer(s, b"hello", "Content-Type: application/json", "Retry-After: 7",
                           "Request-Id: req-1")

    def length(self, s, request, n):
        return self.answer(s, pattern(int(n)))

    def chunked(self, s, request, n, size="1000"):
        data = pattern(int(n))
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(0, len(data), int(size)):
            piece = data[i:i + int(size)]
            s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        s.sendall(b"0\r\nX-Trailer: late\r\n\r\n")
        return True

    def interim(self, s, request):
        s.sendall(b"HTTP/1.1 103 Early Hints\r\nContent-Type: wrong/early\r\n\r\n")
        return self.answer(s, b"late", "Content-Type: text/plain")

    def status(self, s, request, code):
        return self.answer(s, b"no", status=code + " Whatever")

    def redirect(self, s, request):
        return self.answer(s, b"", "Location: %s/plain" % self.url, status="302 Found")

    def cut(self, s, request, n):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + pattern(int(n)))
        return False

    def cut_chunked(self, s, request):
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        return False

    def nothing(self, s, request):
        return False

    def half_a_head(self, s, request, end):
        """It ends in good order, as a proxy's does whose vendor has gone."""
        s.sendall({"status": b"HTTP/1.1 200 OK\r\n",
                   "field": b"HTTP/1.1 200 OK\r\nContent-Type: applica"}[end])
        return False

    def garbage(self, s, request):
        s.sendall(b"\x16\x03\x01 what is this\r\n\r\n")
        return False

    def stall(self, s, request):
        s.recv(1)
        self.gone += 1
        return False

    def drip(self, s, request, n, ms):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % int(n))
        for _ in range(int(n)):
            time.sleep(int(ms) / 1000)
            s.sendall(b"x")
        return True

    def headers(self, s, request, n):
        return self.answer(s, b"", *["X-%d: %s" % (i, "y" * 100) for i in range(int(n))])

    def endless(self, s, request):
        s.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            s.sendall(PATTERN)

    def close_after(self, s, request):
        """says nothing of it, so that the connection looks good for the next"""
        self.answer(s, b"bye")
        return False

    def hold(self, s, request, ms):
        time.sleep(int(ms) / 1000)
        return self.answer(s, b"held")


@pytest.fixture
def vendor():
    v = Vendor()
    yield v
    v.stop()


# --- answers ---

def test_head_and_body(vendor, probe):
    r = probe().call(vendor.url + "/plain", body=10)
    assert (r["end"], r["bytes"], r["sum"]) == ("done", 5, fnv(b"hello"))
    assert r["head"] == dict(r["head"], status=200, type="application/json", retry_after="7",
                             request_id="req-1")
    asked = vendor.requests[0]
    assert (asked.method, asked.body) == ("POST", pattern(10))
    assert asked.headers["authorization"] == "Bearer canary-5d2f"
    assert asked.headers["content-type"] == "application/json"
    assert "expect" not in asked.headers


def test_get(vendor, probe):
    p = probe()
    assert p.call(vendor.url + "/plain")["end"] == "done"
    assert p.call(vendor.url + "/plain", body=0)["end"] == "done"
    assert p.call(vendor.url + "/plain")["end"] == "done"
    assert [r.method for r in vendor.requests] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("n", [0, 1, 16384, 1000000])
def test_lengths_and_chunks(vendor, probe, n):
    p = probe()
    for kind in "length", "chunked":
        r = p.call("%s/%s/%d" % (vendor.url, kind, n))
        assert (r["end"], r["bytes"], r["sum"]) == ("done", n, fnv(pattern(n)))


def test_interim_answers_and_statuses(vendor, probe):
    p = probe()
    r = p.call(vendor.url + "/interim")
    assert (r["head"]["status"], r["head"]["type"], r["bytes"]) == (200, "text/plain", 4)
    for status in 204, 400, 429, 500, 529:
        assert p.call("%s/status/%d" % (vendor.url, status))["head"]["status"] == status


def test_redirects_are_not_followed(vendor, probe):
    r = probe().call(vendor.url + "/redirect")
    assert r["head"]["status"] == 302 and len(vendor.requests) == 1


@pytest.mark.parametrize("n", [16384, 16385, 20 << 20])
def test_bodies_small_and_large(vendor, probe, n):
    assert probe().call(vendor.url + "/plain", body=n)["end"] == "done"
    assert vendor.requests[0].body == pattern(n)


# --- connections ---

def test_connections_are_kept(vendor, probe):
    p = probe()
    for _ in range(20):
        assert p.call(vendor.url + "/plain", body=100)["end"] == "done"
        fds = p.stats()["fds"]
    assert vendor.connections == 1
    assert fds == p.fds_at_start + 1 + MULTI_FDS


@pytest.mark.parametrize("n", [10, 1 << 20])
def test_dead_kept_connection_is_replaced(vendor, probe, n):
    p = probe()
    assert p.call(vendor.url + "/close_after", body=n)["end"] == "done"
    time.sleep(0.1)
    before = p.stats()["cpu_us"]
    time.sleep(0.3)
    assert p.stats()["cpu_us"] - before < 50000  # the closed connection does not keep it awake
    assert p.call(vendor.url + "/plain", body=n)["end"] == "done"
    assert vendor.requests[1].body == pattern(n) and vendor.connections == 2


def test_request_is_not_sent_twice(vendor, probe):
    """Its kept connection dies without an answer: the vendor may have begun, and bills it."""
    p = probe()
    assert p.call(vendor.url + "/plain", body=10)["end"] == "done"
    r = p.call(vendor.url + "/nothing", body=10)
    assert (r["end"], r["unsent"]) == ("the connection broke", 0)
    assert [r.path for r in vendor.requests] == ["/plain", "/nothing"]


def test_each_call_goes_to_its_own_url(vendor, probe):
    """Transfers are used again; also one whose last URL was none."""
    p = probe()
    other = Vendor()
    urls = [vendor.url + "/plain", vendor.url + "/length/3", "http://127.0.0.1:port/plain",
            other.url + "/plain", vendor.url + "/plain"]
    ends = [p.call(url, body=10)["end"] for url in urls]
    other.stop()
    assert ends == ["done", "done", "no connection", "done", "done"]
    assert [r.path for r in vendor.requests] == ["/plain", "/length/3", "/plain"]
    assert [r.headers["host"] for r in other.requests] == ["127.0.0.1:%d" % other.port]


def test_a_call_cancelled_at_once_leaves_no_url(vendor, probe):
    """Its transfer is the next call's, whose credential the other vendor must not see."""
    p = probe()
    other = Vendor()
    assert p.call(vendor.url + "/plain", body=10)["end"] == "done"
    assert p.call(other.url + "/plain", body=10, cancel="start")["event"] == "cancelled"
    assert p.call(vendor.url + "/plain", body=10)["end"] == "done"
    other.stop()
    assert (len(vendor.requests), len(other.requests)) == (2, 0)


def test_a_fresh_connection_on_demand(vendor, probe):
    p = probe()
    for fresh in (0, 1, 0):
        assert p.call(vendor.url + "/plain", body=10, fresh=fresh)["end"] == "done"
    assert vendor.connections == 2


def test_a_thousand_at_once_over_ten_multis(vendor, probe):
    p = probe(max_calls=1000, per_multi=100)
    for again in range(2):
        ids = [p.start(vendor.url + "/hold/500", body=50, connect=20000, idle=20000)
               for _ in range(1000)]
        ends, _ = p.until_done(*ids)
        assert all(e["end"] == "done" and e["bytes"] == 4 for e in ends.values())
    assert vendor.connections == 1000
    assert p.stats()["calls"] == 0


def test_more_than_the_most_is_refused(vendor, probe):
    p = probe(max_calls=2, per_multi=1)
    ids = [p.start(vendor.url + "/hold/200") for _ in range(3)]
    ends, _ = p.until_done(*ids)
    assert [ends[i]["event"] for i in ids] == ["done", "done", "full"]


def test_new_calls_from_the_end_of_others(vendor, probe):
    p = probe(max_calls=10, per_multi=3)
    for _ in range(10):
        p.start(vendor.url + "/plain", body=10, again=19)
    for _ in range(200):
        while True:
            event = p.event()
            if event["event"] == "done":
                break
        assert event["end"] == "done"
    assert p.stats()["calls"] == 0


# --- vendors that do not answer ---

def test_no_connection(vendor, probe):
    p = probe()
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    r = p.call("http://127.0.0.1:%d/" % port, body=10)
    assert (r["end"], r["unsent"]) == ("no connection", 1)
    r = p.call("http://nobody.invalid/", body=10)
    assert (r["end"], r["unsent"]) == ("no connection", 1)
    for url in "ftp://127.0.0.1/", "file:///etc/passwd", "nonsense":
        assert p.call(url)["end"] == "no connection"


def test_name_with_an_address_that_refuses(vendor, probe):
    """The second try may get the descriptor of the first."""
    p = probe()
    for n in range(20):
        r = p.call("http://localhost:%d/close_after" % vendor.port, body=10)
        assert r["end"] == "done" and r["ms"] < 1000
        while vendor.closed <= n:  # a connection that looks good may be taken once more
            time.sleep(0.001)


@pytest.mark.parametrize("address", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]",
                                     "224.0.0.1", "[ff02::1]"])
def test_link_local_is_refused(probe, address):
    r = probe().call("http://%s/latest/meta-data/" % address)
    assert (r["end"], r["unsent"]) == ("no connection", 1)
    assert r["ms"] < 1000


def test_connect_timeout(probe):
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = listener.getsockname()[1]
    full = []
    for _ in range(4):  # nobody accepts: the rest is not answered at all
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        full.append(s)
    r = probe().call("http://127.0.0.1:%d/" % port, body=10, connect=300)
    assert (r["end"], r["unsent"]) == ("no connection in time", 1)
    assert 290 <= r["ms"] < 600
    listener.close()


def test_idle_timeout(vendor, probe):
    p = probe()
    r = p.call(vendor.url + "/stall", body=10, idle=300)
    assert (r["end"], r["unsent"]) == ("silent for too long", 0)
    assert 290 <= r["ms"] < 600
    # a byte now and then is not silence
    assert p.call(vendor.url + "/drip/8/100", idle=300)["end"] == "done"
    assert p.call(vendor.url + "/drip/2/800", idle=300)["end"] == "silent for too long"


def test_total_timeout(vendor, probe):
    r = probe().call(vendor.url + "/drip/100/50", idle=300, total=500)
    assert (r["end"], r["unsent"]) == ("not done in time", 0)
    assert 490 <= r["ms"] < 800


def make_certificate(folder, name):
    ca, key = str(folder / name), str(folder / (name + ".key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                    "-subj", "/CN=vendor", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", ca], check=True, capture_output=True)
    return ca, key


@pytest.fixture
def tls_vendor(tmp_path):
    """Behind TLS, and known by the certificate in the file .ca."""
    ca, key = make_certificate(tmp_path, "cert")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, key)
    v = Vendor(tls=context)
    v.ca = ca
    yield v
    v.stop()


def test_no_trust(tls_vendor, probe):
    """By the system's certificates."""
    r = probe().call(tls_vendor.url + "/plain", body=10)
    assert (r["end"], r["unsent"]) == ("no trust", 1)
    assert tls_vendor.requests == []


def test_certificates_are_read_once_for_all_connections(tls_vendor, probe):
    """They take long, and all calls of the loop wait."""
    p = probe(ca=tls_vendor.ca, per_multi=4)
    os.unlink(tls_vendor.ca)
    calls = [p.start(tls_vendor.url + "/plain", connect=20000) for _ in range(32)]
    ends, _ = p.until_done(*calls)
    assert [e["end"] for e in ends.values()] == ["done"] * 32
    assert tls_vendor.connections == 32


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("fresh", [0, 1])
def test_who_is_trusted_no_more_is_not_called(tls_vendor, probe, tmp_path, version, fresh):
    """Not on a connection that is kept, nor on a new one that resumes an earlier session."""
    url = tls_vendor.url + "/plain"
    tls_vendor.tls.maximum_version = version
    p = probe(ca=tls_vendor.ca)
    for resumed in (0, fresh):
        assert p.call(url, fresh=fresh, connect=20000)["end"] == "done"
        assert tls_vendor.resumed == resumed
    p.send("trust ca=" + make_certificate(tmp_path, "other")[0])
    assert p.call(url, fresh=fresh, connect=20000)["end"] == "no trust"
    p.send("trust ca=" + tls_vendor.ca)
    assert p.call(url, fresh=fresh, connect=20000)["end"] == "done"


@pytest.mark.parametrize("path", ["/cut/0", "/cut/500", "/cut_chunked", "/nothing", "/garbage",
                                  "/half_a_head/status", "/half_a_head/field"])
def test_broken_answers(vendor, probe, path):
    r = probe().call(vendor.url + path, body=10)
    assert (r["end"], r["unsent"]) == ("the connection broke", 0)
    assert r["bytes"] == {"/cut/500": 500, "/cut_chunked": 5}.get(path, 0)


def test_too_many_headers(vendor, probe):
    p = probe()
    assert p.call(vendor.url + "/headers/100")["end"] == "done"
    r = p.call(vendor.url + "/headers/200")
    assert r["end"] == "headers too large" and r["head"] is None


# --- pause, stop, cancel ---

def test_pause_and_resume_lose_nothing(vendor, probe):
    p = probe()
    for url in "/length/200000", "/chunked/200000/777":
        r = p.call(vendor.url + url, pause=20000, resume=20)
        assert (r["end"], r["bytes"], r["sum"]) == ("done", 200000, fnv(pattern(200000)))
        assert r["ms"] >= 100


def test_paused_call_is_not_idle(vendor, probe):
    r = probe().call(vendor.url + "/length/50000", pause=10000, resume=400, idle=200)
    assert (r["end"], r["bytes"]) == ("done", 50000)


def test_paused_vendor_is_held_back(vendor, probe):
    p = probe()
    i = p.start(vendor.url + "/endless", pause=100000, resume=1500, stop=40 << 20)
    time.sleep(0.5)
    before = p.stats()
    time.sleep(0.6)
    after = p.stats()
    assert after["rss_kb"] < before["rss_kb"] + 1000
    assert after["cpu_us"] - before["cpu_us"] < 100000  # it does not spin
    p.send("start id=99 url=%s/plain cancel=other" % vendor.url)
    ends, _ = p.until_done(i, 99)
    assert ends[i]["event"] == "cancelled"


def test_stop(vendor, probe):
    p = probe()
    r = p.call(vendor.url + "/endless", stop=1 << 20)
    assert r["end"] == "stopped" and r["bytes"] >= 1 << 20
    r = p.call(vendor.url + "/length/100000", stop=1)
    assert r["end"] == "stopped"
    # also when what comes was held back
    r = p.call(vendor.url + "/length/90000", pause=30000, resume=20, stop=80000)
    assert r["end"] == "stopped"
    for _ in range(50):
        if vendor.gone:
            break
        time.sleep(0.1)
    assert vendor.gone >= 1


@pytest.mark.parametrize("where", ["start", "head", "data"])
@pytest.mark.parametrize("path", ["/plain", "/endless", "/chunked/100000"])
def test_cancel(vendor, probe, where, path):
    p = probe()
    for n in 10, 1 << 20:
        i = p.start(vendor.url + path, body=n, cancel=where)
        ends, heads = p.until_done(i)
        assert ends[i]["event"] == "cancelled" and ends[i]["sent"] == (where != "start")
        assert (i in heads) == (where != "start")
    assert p.call(vendor.url + "/plain")["end"] == "done"
    stats = p.stats()
    assert stats["calls"] == 0 and stats["fds"] <= p.fds_at_start + 1 + MULTI_FDS


def test_cancel_while_connecting_and_sending_and_waiting(vendor, probe):
    p = probe()
    ids = [p.start(vendor.url + "/stall", body=10) for _ in range(50)]
    ids += [p.start("http://nobody.invalid/", body=10) for _ in range(3)]
    sink = socket.create_server(("127.0.0.1", 0))
    ids += [p.start("http://127.0.0.1:%d/" % sink.getsockname()[1], body=20 << 20)
            for _ in range(3)]
    time.sleep(0.3)
    canceller = p.start(vendor.url + "/plain", cancel="other")
    ends, _ = p.until_done(canceller, *ids)
    assert ends[canceller]["end"] == "done"
    told = {"cancelled", "done"}  # the unknown name may be known as such by now
    assert {ends[i]["event"] for i in ids} <= told
    for _ in range(50):
        if vendor.gone >= 50:
            break
        time.sleep(0.1)
    assert vendor.gone == 50
    stats = p.stats()
    assert stats["calls"] == 0 and stats["fds"] <= p.fds_at_start + 1 + MULTI_FDS
    sink.close()


def test_stop_of_the_program_with_calls_under_way(vendor, probe):
    p = probe()
    for path in ["/stall", "/endless", "/drip/100/50"] * 20:
        p.start(vendor.url + path, body=1000, pause=50000, resume=50)
    p.start("http://nobody.invalid/")
    time.sleep(0.3)
    # the fixture ends it, and the sanitizers speak


def test_credential_is_not_in_memory_afterwards(vendor, probe):
    p = probe()
    for _ in range(5):
        assert p.call(vendor.url + "/plain", body=100)["end"] == "done"
    p.call("http://127.0.0.1:1/")  # uses libcurl's own buffers again
    found = 0
    with open("/proc/%d/maps" % p.process.pid) as maps, \
            open("/proc/%d/mem" % p.process.pid, "rb") as mem:
        for line in maps:
            span, mode, _, _, inode, *name = line.split()
            begin, end = (int(x, 16) for x in span.split("-"))
            # of the sanitizers' giant tables only what is small
            if not mode.startswith("rw") or inode != "0" or end - begin > 64 << 20:
                continue
            mem.seek(begin)
            if name in ([], ["[heap]"]):
                found += mem.read(end - begin).count(b"canary-5d2f")
    assert found == 0
