"""Start the small servers of this folder, and see that they leave nothing behind."""
import json
import os
import resource
import socket
import subprocess
import time

import pytest

BUILD = os.path.join(os.environ["SR_BUILD"], "tests/io")

# two descriptors for each of the many clients
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


class Server:
    def __init__(self, options):
        args = [os.path.join(BUILD, "front_server")] + ["%s=%d" % o for o in options.items()]
        # freed memory must not look like used memory
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1:" +
                   os.environ.get("ASAN_OPTIONS", ""))
        self.process = subprocess.Popen(args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read())
        self.port = int(line)
        self.stats()
        self.fds_at_start = self.settled_fds()

    def connect(self, receive_buffer=None):
        s = socket.socket()
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.connect(("127.0.0.1", self.port))
        s.settimeout(20)
        return s

    def ask(self, raw):
        """What comes until the server closes, or until the one answer is whole."""
        with self.connect() as s:
            s.sendall(raw)
            return read_answer(s)

    def get(self, path):
        return self.ask(get(path))

    def stats(self):
        return json.loads(self.get("/stats")[2])

    def fds(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def settled_fds(self):
        time.sleep(0.05)
        return self.fds()

    def wait(self, key, value, seconds=10):
        """until a counter has a value; the seconds it took"""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            now = self.stats()[key]
            if now == value:
                return time.monotonic() - begin
            time.sleep(0.01)
        raise AssertionError("%s is %s, not %s, after %s s" % (key, now, value, seconds))

    def quiesce(self):
        self.process.stdin.write("quiesce\n")
        self.process.stdin.flush()

    def stop(self):
        """How many requests were told that their client is gone, in all."""
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        # what the sanitizers have to say
        assert err == "", err
        return int(out.split()[-1])


def get(path, *headers, version="HTTP/1.1"):
    lines = ["GET %s %s" % (path, version), "Host: x"] + list(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path, body, *headers):
    lines = ["POST %s HTTP/1.1" % path, "Host: x", "Content-Length: %d" % len(body)]
    return ("\r\n".join(lines + list(headers)) + "\r\n\r\n").encode() + body


def read_head(s, rest=b""):
    while b"\r\n\r\n" not in rest:
        piece = s.recv(65536)
        if not piece:
            break
        rest += piece
    head, _, rest = rest.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict((k.lower(), v) for k, v in (h.split(": ", 1) for h in lines[1:]))
    return int(lines[0].split()[1]) if lines[0] else 0, headers, rest


def read_chunks(s, rest):
    """All data, whether the last chunk came, and what follows it."""
    data = []

    def more():
        nonlocal rest
        piece = s.recv(1 << 20)
        rest += piece
        return bool(piece)

    while True:
        while b"\r\n" not in rest:
            if not more():
                return b"".join(data), False, rest
        line, _, rest = rest.partition(b"\r\n")
        n = int(line, 16)
        while len(rest) < n + 2:
            if not more():
                return b"".join(data), False, rest
        assert rest[n:n + 2] == b"\r\n"
        data.append(rest[:n])
        rest = rest[n + 2:]
        if n == 0:
            return b"".join(data), True, rest


def read_answer(s, rest=b"", head_only=False):
    """status, headers, body, what follows"""
    status, headers, rest = read_head(s, rest)
    if head_only or not status:
        return status, headers, b"", rest
    if headers.get("transfer-encoding") == "chunked":
        body, whole, rest = read_chunks(s, rest)
        assert whole
        return status, headers, body, rest
    n = int(headers["content-length"]) if "content-length" in headers else None
    while n is None or len(rest) < n:
        piece = s.recv(1 << 20)
        if not piece:
            break
        rest += piece
    n = len(rest) if n is None else n
    return status, headers, rest[:n], rest[n:]


class Probe:
    """The program that makes calls, and what it has told so far."""

    def __init__(self, options):
        args = [os.path.join(BUILD, "upstream_probe")] + ["%s=%s" % o for o in options.items()]
        env = dict(os.environ, no_proxy="", http_proxy="http://127.0.0.1:1/",
                   ASAN_OPTIONS="quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", ""))
        self.process = subprocess.Popen(args, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ids = 0
        self.fds_at_start = self.stats()["fds"]

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def event(self):
        return json.loads(self.process.stdout.readline())

    def stats(self):
        self.send("stats")
        while True:
            event = self.event()
            if event["event"] == "stats":
                return event

    def start(self, url, **options):
        self.ids += 1
        self.send("start id=%d url=%s %s" % (self.ids, url,
                                             " ".join("%s=%s" % o for o in options.items())))
        return self.ids

    def until_done(self, *ids):
        """The last event of each, and the heads."""
        ends, heads = {}, {}
        while len(ends) < len(ids):
            event = self.event()
            if event["event"] == "head":
                heads[event["id"]] = event
            elif event["event"] in ("done", "cancelled", "full"):
                assert event["id"] in ids and event["id"] not in ends
                ends[event["id"]] = event
        return ends, heads

    def call(self, url, **options):
        """One call, from start to end: its last event, with its head's status."""
        i = self.start(url, **options)
        ends, heads = self.until_done(i)
        return dict(ends[i], head=heads.get(i))

    def stop(self):
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        assert err == "", err


@pytest.fixture
def probe():
    probes = []

    def start(**options):
        probes.append(Probe(options))
        return probes[-1]

    yield start
    for p in probes:
        p.stop()


@pytest.fixture
def serve():
    servers = []

    def start(**options):
        servers.append(Server(options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
