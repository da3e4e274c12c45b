"""Requests of 20 MB beside 5,000 open streams: what small requests feel of them.

Rounds come in pairs, and it is the median of their ratios that counts, because the machine has
other things to do; once most of the rounds say the same, the others are not played. The streams'
clients, and the vendors of streams and large requests, have a lower priority than the gateway:
elsewhere they are other machines.

One large request every two seconds is compared with none. At more than two a second they are a
fifth of the time, and clients, vendors and loopback alone fill two processors; so those are compared
with as many through a gateway of their own. How they compare with none is printed.
"""
import http.client
import json
import os
import statistics
import subprocess
import threading
import time

import pytest

from fleet import BINARY, BUILD, CONF, MOCK_PATHS, Fleet, Process

STREAMS = int(os.environ.get("SR_STREAMS", "5000"))
ROUNDS = int(os.environ.get("SR_ROUNDS", "7"))  # an odd number
SECONDS = 3
PROBE_US = 5000
BIG_BYTES = 20 << 20
LOAD = os.path.join(BUILD, "tests/load/load")
NICE = ["nice", "-n", "10"]


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


class Bench:
    """A gateway with one worker, so that all meet on one loop, and another beside it; each kind of
    request has a vendor of its own."""

    alone = None  # the small requests' p99 without large ones

    def __init__(self, folder):
        self.folder = str(folder)
        self.vendors = [Process(self.folder, "vendor-" + name, [*nice, BINARY, "mock-vendor",
                                "--prices", os.path.join(CONF, "prices.yaml"), *more],
                                says_url=True).start()
                        for name, nice, more in (
                            ("streams", NICE, ["--tokens", "4000", "--rules", self.paces()]),
                            ("small", [], []), ("big", NICE, []))]
        where = dict(zip(("qwen", "deepseek", "openai"), self.vendors))
        where["anthropic"] = where["openai"]
        self.fleet = Fleet(self.folder, gateways=2, workers=1, endpoints={
            v: {"base_url": where[v].url + MOCK_PATHS[v]} for v in where},
            policy={"idle_timeout": "60s", "timeout": "10m"},
            settings={"log.requests": False, "gateway.drain_calls": 0,
                      "gateway.stop_timeout": "5s", "gateway.shards": 16})

    def paces(self):
        """Streams that tick at the same pace end up ticking at the same time; so each fortieth has
        its own."""
        path = os.path.join(self.folder, "paces.json")
        with open(path, "w") as f:
            json.dump([{"every": n, "chunk_ms": 1500 + 25 * n} for n in range(40, 0, -1)], f)
        return path

    def __enter__(self):
        self.fleet.__enter__()
        self.key = self.fleet.make_key(budget="total=1000")
        self.gateway = self.fleet.gateways[0]
        self.streams = self.load("streams", "qwen-plus", [
            "hold", str(STREAMS)], stream=True, max_tokens=4000)
        assert self.streams.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *what):
        self.streams.kill()
        self.fleet.__exit__(*what)
        for vendor in self.vendors:
            vendor.stop()

    def load(self, name, model, how, **members):
        path = os.path.join(self.folder, name + ".json")
        with open(path, "w") as f:
            json.dump({"model": model, "messages": [{"role": "user", "content": "Hello?"}],
                       **members}, f)
        nice = NICE if how[0] == "hold" else []
        return subprocess.Popen([*nice, LOAD, str(self.gateway.port), self.key, path, *how],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def probe(self):
        out, _ = self.load("small", "deepseek-flash", [
            "probe", str(PROBE_US), str(SECONDS)], max_tokens=16).communicate()
        values = [int(line) for line in out.split()]
        assert len(values) == SECONDS * 1000000 // PROBE_US and min(values) > 0, values
        return values

    def end_streams(self):
        out, _ = self.streams.communicate(timeout=20)
        return [int(n) for n in out.split()]


class Big(threading.Thread):
    """Sends large requests to a gateway, with pauses, until told to stop."""

    def __init__(self, bench, gateway, pause_s):
        super().__init__()
        self.bench, self.over, self.seconds = bench, threading.Event(), []
        self.gateway, self.pause_s = gateway, pause_s
        self.bodies = [self.body(model) for model in ("gpt-4o", "claude-haiku-4-5")]
        self.failed = None

    @staticmethod
    def body(model):
        frame = json.dumps({"model": model, "max_tokens": 16, "messages": [{
            "role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,%s"}}]}]})
        return (frame % ("iVBORw0K" * ((BIG_BYTES - len(frame)) // 8))).encode()

    def run(self):
        while not self.over.is_set() and not self.failed:
            begin = time.monotonic()
            status, text = self.send(self.bodies[len(self.seconds) % len(self.bodies)])
            self.seconds.append(time.monotonic() - begin)
            if status != 200:
                self.failed = text
            self.over.wait(self.pause_s)

    def send(self, body):
        c = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
        c.request("POST", "/v1/chat/completions", body, {
            "authorization": "Bearer " + self.bench.key, "content-type": "application/json"})
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, text


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with Bench(tmp_path_factory.mktemp("bench")) as b:
        b.probe()  # warms up
        yield b


def p99_beside(bench, gateway, pause_s, times):
    """The small requests' p99 while large ones go through the gateway; their times are added."""
    big = Big(bench, gateway, pause_s)
    big.start()
    found = p99(bench.probe())
    big.over.set()
    big.join()
    assert not big.failed, big.failed
    times += big.seconds
    return found


def compare(before, after, most):
    """Plays rounds until it is sure whether the median of all would be at most `most`; both sides'
    figures."""
    befores, afters, good = [], [], 0
    while max(good, len(afters) - good) <= ROUNDS // 2:
        befores.append(before())
        afters.append(after())
        good += afters[-1] <= most * befores[-1]
    return befores, afters, good > ROUNDS // 2


def test_small_beside_one_big(bench):
    times = []
    alone, beside, good = compare(lambda: p99(bench.probe()),
                                  lambda: p99_beside(bench, bench.gateway, 1.9, times), 2)
    figures = "p99 alone %s us, beside %s us; %d requests of 20 MB, %.2f s each" % (
        alone, beside, len(times), statistics.median(times))
    print(figures)
    bench.alone = statistics.median(alone)
    assert len(times) >= 2 * len(beside)
    assert good, figures


def test_small_beside_many_big(bench):
    times, unused = [], []
    apart, beside, good = compare(
        lambda: p99_beside(bench, bench.fleet.gateways[1], 0.4, unused),
        lambda: p99_beside(bench, bench.gateway, 0.4, times), 1.5)
    figures = "p99 alone %s us, apart %s us, beside %s us" % (bench.alone, apart, beside)
    print(figures)
    assert len(times) >= 4 * len(beside)
    assert good, figures


def test_streams_are_whole(bench):
    _, ended, broken = bench.end_streams()
    assert (ended, broken) == (0, 0), "streams ended, broke off"
