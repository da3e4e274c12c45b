#!/usr/bin/env python3
"""What the bare front costs: CPU a request beside sleeping streams, CPU a chunk of a stream.

usage: SR_BUILD=build/release measure.py [STREAMS]

A build without sanitizers, with its test programs; wrk makes the load. Only ratios within one run
mean anything: machines differ, and so do their neighbours.
"""
import os
import statistics
import subprocess
import sys
import time

from conftest import Server, get, read_head

STREAMS = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
ROUNDS = 4


def open_streams(server, n, version):
    clients = []
    for _ in range(n):
        s = server.connect()
        s.sendall(get("/hold", version=version))
        clients.append(s)
    for s in clients:
        read_head(s)
    return clients


def drain(clients):
    for s in clients:
        s.setblocking(False)
        try:
            while s.recv(65536):
                pass
        except BlockingIOError:
            pass
        s.setblocking(True)
        s.settimeout(20)


def request_cost(server, path):
    """CPU microseconds of the server, for each request"""
    before = server.stats()
    subprocess.run(["wrk", "-t1", "-c64", "-d2", "http://127.0.0.1:%d%s" % (server.port, path)],
                   check=True, capture_output=True)
    after = server.stats()
    return (after["cpu_us"] - before["cpu_us"]) / (after["requests"] - before["requests"])


def chunk_cost(server, clients):
    before = server.stats()
    for _ in range(10):
        server.get("/push?bytes=200")
        time.sleep(0.05)
    after = server.stats()
    drain(clients)
    return (after["cpu_us"] - before["cpu_us"]) / (10 * len(clients))


def lonely_chunk_cost(server, version, n):
    """one chunk of one stream a turn, while all others sleep"""
    with server.connect() as s:
        before = server.stats()
        s.sendall(get("/stream?n=%d&bytes=200&ms=1" % n, "Connection: close", version=version))
        while s.recv(65536):
            pass
        return (server.stats()["cpu_us"] - before["cpu_us"]) / n


def show(name, values):
    print("%-58s %6.1f us   (%.1f .. %.1f)" % (name, statistics.median(values), min(values),
                                            max(values)))


def main():
    options = dict(shards=int(os.environ.get("SHARDS", "16")), max_connections=20000)
    empty, full, old = Server(options), Server(options), Server(options)
    held = open_streams(full, STREAMS, "HTTP/1.1")
    held_old = open_streams(old, STREAMS, "HTTP/1.0")
    costs = {}
    for _ in range(ROUNDS):
        for path in "/healthz", "/later?ms=0":
            for name, server in ("0", empty), ("%d" % STREAMS, full):
                key = "request %s beside %s streams" % (path, name)
                costs.setdefault(key, []).append(request_cost(server, path))
        for name, server, clients in (("past libmicrohttpd", full, held),
                                      ("by its reader (HTTP/1.0)", old, held_old)):
            key = "chunk on each of %d streams, %s" % (STREAMS, name)
            costs.setdefault(key, []).append(chunk_cost(server, clients))
        for count, server in ("0", empty), ("%d" % STREAMS, full):
            for name, version in ("past", "HTTP/1.1"), ("reader", "HTTP/1.0"):
                key = "chunk on one stream beside %s that sleep, %s" % (count, name)
                costs.setdefault(key, []).append(lonely_chunk_cost(server, version, 500))
    for name, values in costs.items():
        show(name, values)
    for s in held + held_old:
        s.close()
    for server in empty, full, old:
        server.stop()


if __name__ == "__main__":
    main()
