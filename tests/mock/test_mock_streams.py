"""Thousands of slow streams at once, each with its own answer, and what they cost."""
import json
import os
import resource
import selectors
import socket
import time

from mock_vendors import OPENAI, dechunk, events, user, wait_until

MANY = int(os.environ.get("MOCK_MANY_STREAMS", "2000"))

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def request(i):
    body = json.dumps({"model": "gpt-4o", "stream": True, "messages": user("stream %d" % i)}).encode()
    return (b"POST %s HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer k\r\nConnection: close\r\n"
            b"x-client-request-id: s-%d\r\nContent-Length: %d\r\n\r\n" % (
                OPENAI.encode(), i, len(body)) + body)


def connect(port, i):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(request(i))
    s.setblocking(False)
    return s


def read_all(sockets, seconds):
    """What each said until it was closed."""
    said = {s: b"" for s in sockets}
    waiting = selectors.DefaultSelector()
    for s in sockets:
        waiting.register(s, selectors.EVENT_READ)
    end = time.monotonic() + seconds
    while waiting.get_map():
        assert time.monotonic() < end, "%d streams did not end" % len(waiting.get_map())
        for key, _ in waiting.select(1):
            block = key.fileobj.recv(65536)
            said[key.fileobj] += block
            if not block:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
    return list(said.values())


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_many_slow_streams(start, tmp_path):
    v = start(tmp_path, "--ttft-ms", "3000", "--chunk-ms", "500", "--chunks", "4")
    sockets = [connect(v.port, i) for i in range(MANY)]
    wait_until(lambda: v.stats()["open"] == MANY, 60, "all streams to be open")
    begin = time.monotonic()
    assert v.whole(OPENAI + "?x", {"model": "gpt-4o", "messages": user("small")}, None)
    said = read_all(sockets, 90)
    took = time.monotonic() - begin
    texts = set()
    for data in said:
        head, _, body = data.partition(b"\r\n\r\n")
        body, ended = dechunk(body)
        assert head.startswith(b"HTTP/1.1 200") and ended
        stream = events(body.decode())
        assert stream[-1].done
        texts.add("".join(e.data["choices"][0]["delta"].get("content") or "" for e in stream[:-1]))
    assert len(texts) > MANY * 0.99  # each its own
    lines = {line["attempt"]: line for line in v.ledger() if line["attempt"]}
    assert len(lines) == MANY
    assert all(line["outcome"] == "complete" and line["usage"]["output"] == 16 for line in lines.values())
    assert v.stats()["most_open"] >= MANY
    print("%d streams: %.1f s, %.3f ms of CPU each" % (
        MANY, took, cpu_seconds(v.process.pid) * 1000 / MANY))
    v.stop()


def test_many_leave_at_once(start, tmp_path):
    v = start(tmp_path, "--ttft-ms", "60000")
    sockets = [connect(v.port, i) for i in range(MANY)]
    wait_until(lambda: v.stats()["open"] == MANY, 60, "all streams to be open")
    for s in sockets:
        s.close()
    wait_until(lambda: v.stats()["open"] == 0, 20, "all to be noticed")
    lines = v.ledger()
    assert len(lines) == MANY
    assert all(line["outcome"] == "client_gone" and line["usage"]["output"] == 0 for line in lines)
    v.stop()
