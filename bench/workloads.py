"""workloads.py -- what is asked of the targets: a table at the end, and above it the few ways to
measure. Each measurement is one row: a target, a round, and figures by name (report.py says what
they mean).
"""
import http.client
import json
import os
import subprocess
import threading
import time

import measure
from targets import BUILD, SLOW_GAP_US

LOAD = os.path.join(BUILD, "tests/load/load")
WORDS = "The customer wrote on 12 May that order 48213 had not arrived, though it was paid. "


def chat(size, words=WORDS, **members):
    """A body whose prompt has so many bytes; the model's name is the target's."""
    text = (words * (size // len(words) + 1))[:size]
    return {"model": None, "max_tokens": 64, **members,
            "messages": [{"role": "user", "content": text}]}


class Load:
    """The load generator against one target (tests/load/load.c says what it prints)."""

    def __init__(self, target, body, *how):
        path = os.path.join(target.folder, "body.json")
        with open(path, "w") as f:
            json.dump({**body, "model": target.model}, f, separators=(",", ":"))
        self.process = subprocess.Popen(
            [LOAD, str(target.port), target.key, path, *map(str, how)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        out, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError("the load generator ended with %d" % self.process.returncode)
        return out

    def numbers(self):
        return [int(n) for n in self.end().split()]


def closed(target, body, clients, seconds):
    """Clients that ask again when they are answered: figures of one round."""
    use = measure.RedisUse(target.redis) if hasattr(target, "redis") else None
    cpu, written, began = cpu_of(target), writes_of(target), time.monotonic()
    n, failed, p50, p99, _ = Load(target, body, "closed", clients, seconds).numbers()
    row = {"requests": n, "failed": failed, "seen_per_s": n / (time.monotonic() - began)}
    if n:
        row.update(p50_us=p50, p99_us=p99)
    if target.pid and n:
        row["cpu_us"] = (cpu_of(target) - cpu) / n
    if use and n:
        row.update(use.per_request(n), writes=(writes_of(target) - written) / n)
    return row


def cpu_of(target):
    return measure.cpu_us(target.pid) if target.pid else 0


def writes_of(target):
    return measure.writes(target.pid) if target.pid else 0


def quantile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


# --- ways to measure: each yields (target's name, round, figures) ---

def rounds(bench, one):
    """one(target) -> figures, in turn: what the machine does meanwhile hits all of them."""
    for target in bench.targets:
        one(target, warm=True)
    for i in range(bench.rounds):
        for target in bench.targets:
            yield target.name, i, one(target, warm=False)


def plain(bench, load):
    def one(target, warm):
        seconds = load.get("warm_s", 1) if warm else bench.seconds
        return closed(target, load["body"], load["clients"], seconds)
    return rounds(bench, one)


def paced(bench, load):
    """Requests at a fixed rate: half of what SmartRouter can."""
    most = 0
    for target in bench.targets:
        row = closed(target, load["body"], 64, 1)
        if target.name == "smartrouter":
            most = row["seen_per_s"]
    every_us = int(2e6 / most) if most else 1000

    def one(target, warm):
        cpu = cpu_of(target)
        times = [int(t) for t in Load(target, load["body"], "probe", every_us,
                                      bench.seconds).end().split()]
        good = [t for t in times if t >= 0]
        row = {"requests": len(good), "failed": len(times) - len(good),
               "p50_us": quantile(good, .5), "p99_us": quantile(good, .99),
               "seen_per_s": 1e6 / every_us}
        if target.pid:
            row["cpu_us"] = (cpu_of(target) - cpu) / len(good)
        return row
    return rounds(bench, one)


def stream(bench, load):
    """Figures are of chunks; the cost of a stream's begin and end is spread over its chunks."""
    def one(target, warm):
        cpu = cpu_of(target)
        n, failed, p50, p99, ended = Load(target, load["body"], "chunks", load["clients"],
                                          2 if warm else bench.seconds + 1).numbers()
        row = {"requests": n, "failed": failed, "streams": ended}
        if n:
            row.update(p50_us=p50, p99_us=p99)
        if target.pid and n:
            row["cpu_us"] = (cpu_of(target) - cpu) / n
        return row
    return rounds(bench, one)


def many_open(bench, load):
    """Plain requests with none, and then with all the streams open; what the streams take by
    themselves is measured beside and taken off."""
    for target in bench.targets:
        if not target.pid:
            continue
        plain_body = load["body"]
        closed(target, plain_body, 64, 1)
        alone = [closed(target, plain_body, 64, bench.seconds) for _ in range(bench.rounds)]
        before = measure.memory_kb(target.pid)
        held = Load(target, load["stream"], "hold", bench.streams)
        if held.process.stdout.readline() != "ready\n":
            raise RuntimeError("streams did not open")
        kb = (measure.memory_kb(target.pid) - before) / bench.streams
        idle = cpu_of(target)
        time.sleep(SLOW_GAP_US / 1e6)  # a chunk of each stream
        idle = (cpu_of(target) - idle) / SLOW_GAP_US * 1e6  # of a second
        for i in range(bench.rounds):
            row = closed(target, plain_body, 64, bench.seconds)
            row["cpu_us"] -= idle / row["seen_per_s"]
            row["streams_us_per_s"] = idle
            row["kb_per_stream"] = kb
            row["to_none"] = row["cpu_us"] / alone[i]["cpu_us"]
            yield target.name, i, row
        _, ended, broken = [int(n) for n in held.end().split()]
        time.sleep(load["settle_s"])
        yield target.name, bench.rounds, {
            "broken": ended + broken,
            "kb_kept": measure.memory_kb(target.pid) - before}


def image(bench, load):
    """A probe every 5 ms, without and with large requests beside it."""
    for target in bench.targets:
        closed(target, load["body"], 8, 1)
        for i in range(bench.rounds):
            alone = probe_worst(target, load["body"], bench.seconds)
            big = Big(target, load["bytes"])
            if target.pid:
                before = measure.memory_kb(target.pid)
                measure.forget_peak(target.pid)
            big.start()
            beside = probe_worst(target, load["body"], bench.seconds + 1)
            big.over.set()
            big.join()
            row = {"requests": len(big.seconds), "failed": big.failed,
                   "worst_alone_us": alone, "worst_us": beside,
                   "p50_us": quantile(big.seconds, .5) * 1e6 if big.seconds else 0}
            if target.pid:
                row["peak_to_body"] = (measure.peak_kb(target.pid) - before) * 1024 / load["bytes"]
                row["cpu_us"] = big.cpu_us
            yield target.name, i, row


def probe_worst(target, body, seconds):
    times = [int(t) for t in Load(target, body, "probe", 5000, seconds).end().split()]
    return max(times) if times and min(times) >= 0 else -1


class Big(threading.Thread):
    """Large requests, one after another with pauses, until told to stop."""

    def __init__(self, target, size):
        super().__init__()
        self.target, self.over = target, threading.Event()
        self.seconds, self.failed, self.cpu_us = [], 0, 0
        frame = json.dumps({"model": target.model, "max_tokens": 16, "messages": [{
            "role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,%s"}}]}]})
        self.body = (frame % ("iVBORw0K" * ((size - len(frame)) // 8))).encode()

    def run(self):
        while not self.over.is_set():
            began, cpu = time.monotonic(), cpu_of(self.target)
            try:
                good = self.send() == 200
            except OSError:
                good = False
            self.seconds.append(time.monotonic() - began)
            self.cpu_us = cpu_of(self.target) - cpu
            self.failed += not good
            self.over.wait(0.5)

    def send(self):
        first, *more = self.target.key.split("\r\n")
        headers = {"authorization": "Bearer " + first, "content-type": "application/json",
                   **dict(line.split(": ", 1) for line in more)}
        c = http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=30)
        c.request("POST", "/v1/chat/completions", self.body, headers)
        answer = c.getresponse()
        answer.read()
        c.close()
        return answer.status


def cold(bench, load):
    """From the start of the process to its first answer, with Redis and catalog there already."""
    for target in bench.targets:
        target.process.says_url = False  # the port is known; do not wait for it
        for i in range(bench.rounds):
            target.process.stop()
            began = time.monotonic()
            target.process.start()
            while not answered(target):
                time.sleep(0.002)
            yield target.name, i, {"first_ms": (time.monotonic() - began) * 1000}
        target.repin()
        time.sleep(2)
        yield target.name, bench.rounds, {"idle_mb": measure.memory_kb(target.pid) / 1024}


def answered(target):
    try:
        return target.ask() == 200
    except OSError:
        return False


# --- the table ---

class Workload:
    """text: what is done; how: the function above; load: its arguments; targets: those besides the
    usual ones, or instead of them (only); per: what a figure of cost is one of."""

    def __init__(self, name, text, how, load, only=None, per="request"):
        self.name, self.text, self.how, self.load = name, text, how, load
        self.only, self.per = only, per


KB1 = chat(900)
OWN = ("direct", "nginx", "smartrouter")
ALL = [
    Workload("plain", "1 KB request, 0.6 KB answer, 64 clients", plain,
             {"body": KB1, "clients": 64}),
    Workload("single", "1 KB request, one client", plain, {"body": KB1, "clients": 1}),
    Workload("half", "1 KB request at half of what SmartRouter can", paced, {"body": KB1},
             only=OWN),
    Workload("prompt", "8 KB request, 64 clients", plain, {"body": chat(8000), "clients": 64}),
    Workload("stream", "32 streams of 100 chunks, one each 10 ms", stream,
             {"body": chat(900, stream=True, max_tokens=100), "clients": 32}, per="chunk"),
    Workload("open", "plain requests beside many open streams", many_open,
             {"body": KB1, "settle_s": 60,
              "stream": chat(40, "Count slowly. ", stream=True, max_tokens=400)}, only=OWN),
    Workload("image", "20 MB request beside small ones", image,
             {"body": KB1, "bytes": 20 << 20}, only=OWN),
    Workload("tls", "1 KB request, the vendor speaks TLS", plain,
             {"body": KB1, "clients": 64}, only=("nginx-tls", "smartrouter-tls")),
    Workload("workers", "two workers against one, 64 clients", plain,
             {"body": KB1, "clients": 64}, only=("smartrouter", "two-workers")),
    Workload("many", "10,000 keys and 100 targets against one key and twelve", plain,
             {"body": KB1, "clients": 64, "warm_s": 5},
             only=("nginx", "smartrouter", "smartrouter-many")),
    Workload("cold", "cold start to the first answer, idle memory", cold, {},
             only=("nginx", "smartrouter")),
]
