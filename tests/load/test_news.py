"""How fast eight gateways hear what has changed: a catalog, a breaker, a revoked key; and how fast when
the message is lost.

A catalog changes by its coordinator. A breaker is changed here, as the scripts do it, so that the
message can be left out. When a gateway has taken it over its log tells, to the millisecond; that it
acts by it then, its answers. SR_NEWS=N makes N changes of each kind instead of 8.
"""
import datetime
import http.client
import json
import os
import re
import signal
import sys
import time

import pytest

from fleet import Fleet, wait_until

GATEWAYS = 8
CHANGES = int(os.environ.get("SR_NEWS", "8"))
TOLD_S, LOST_S, REVOKED_S = 0.1, 1.1, 1.0
BREAKERS, NAME = "sr:1:{v:openai}:breakers", "openai gpt-4o-mini"
ASK = json.dumps({"models": ["gpt-4o-mini", "qwen-plus"], "max_tokens": 2,
                  "messages": [{"role": "user", "content": "Hi"}]})


class Gateway:
    """A connection that is kept: asking takes some milliseconds."""

    def __init__(self, process, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=10)
        self.key = key

    def call(self, method, path, body=None):
        self.connection.request(method, path, body, {
            "authorization": "Bearer " + self.key, "content-type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def epoch(self):
        return int(self.call("GET", "/v1/nowhere").headers["x-smartrouter-epoch"])

    def vendor(self):
        return self.call("POST", "/v1/chat/completions", ASK).headers["x-smartrouter-vendor"]

    def status(self):
        return self.call("POST", "/v1/chat/completions", ASK).status


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("news"), gateways=GATEWAYS, workers=1,
               settings={"log.requests": False, "log.level": "debug",
                         "breakers.active_probes": False,
                         "breakers.slow_start": "0s"}) as running:
        running.key = running.make_key()
        running.ends = [Gateway(p, running.key) for p in running.gateways]
        for end in running.ends:
            assert end.vendor() == "openai"
        yield running


def delays(fleet, since, has_heard):
    """Of each gateway: seconds from `since` until it is seen to know."""
    waiting, found = list(fleet.ends), []
    while waiting:
        assert time.time() < since + 10, "%d gateways never heard" % len(waiting)
        for end in list(waiting):
            if has_heard(end):
                found.append(time.time() - since)
                waiting.remove(end)
    return found


def logged(fleet, since, pattern):
    """Of each gateway: seconds from `since` until its log has a line that matches."""
    def when(process):
        found = re.findall(r"^ts=(\S+) .*" + pattern, process.log(), re.M)
        return found and datetime.datetime.fromisoformat(found[0].replace("Z", "+00:00")).timestamp()
    wait_until(lambda: all(when(p) for p in fleet.gateways), 10, pattern)
    return [when(p) - since for p in fleet.gateways]


def tell(what, found, most):
    found = sorted(found)
    p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
    print("%s: %d, p50 %.1f ms, p99 %.1f ms, most %.1f ms" % (
        what, len(found), found[len(found) // 2] * 1000, p99 * 1000, found[-1] * 1000),
        file=sys.stderr)
    assert p99 <= most, what


def test_a_catalog_is_everywhere_at_once(fleet):
    found = []
    for i in range(CHANGES):
        before = int(fleet.redis("GET", "sr:1:{fleet}:epoch"))
        fleet.policy["max_attempts"] = 2 + i % 6
        fleet.write_config("coordinator0")
        fleet.coordinators[0].signal(signal.SIGHUP)
        wait_until(lambda: int(fleet.redis("GET", "sr:1:{fleet}:epoch")) > before, 10, "an epoch")
        at = int(fleet.redis("HGET", "sr:1:{fleet}:catalog", "at")) / 1e6
        found += logged(fleet, at, r"event=catalog msg=\"epoch %d," % (before + 1))
        assert all(end.epoch() == before + 1 for end in fleet.ends)
    tell("catalog, told", found, TOLD_S)


def change(fleet, is_open, is_told):
    """The openai breaker, for everybody; when that was."""
    if is_open:
        until = int((time.time() + 3600) * 1e6)
        fleet.redis("HSET", BREAKERS, NAME, "open failed %d 1 1 0 0 0" % until)
    else:
        fleet.redis("HDEL", BREAKERS, NAME)
    number = fleet.redis("HINCRBY", BREAKERS, "#", 1)
    since = time.time()
    if is_told:
        fleet.redis("PUBLISH", "sr:1:{fleet}:news", "breakers:openai %d" % number)
    return since, number


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "lost"])
def test_a_breaker_is_known_everywhere(fleet, is_told):
    found = []
    for i in range(CHANGES if is_told else (CHANGES + 1) // 2):
        is_open = i % 2 == 0
        since, number = change(fleet, is_open, is_told)
        found += logged(fleet, since, r"event=breakers msg=\"openai, change %d\"" % number)
        assert {end.vendor() for end in fleet.ends} == {"qwen" if is_open else "openai"}
    change(fleet, False, True)
    tell("breaker, " + ("told" if is_told else "not told"), found, TOLD_S if is_told else LOST_S)


def test_a_revoked_key_is_refused_everywhere(fleet):
    found = []
    for _ in range((CHANGES + 1) // 2):
        key = fleet.make_key()
        for end in fleet.ends:
            end.key = key
            assert end.status() == 200
        fleet.ctl("key", "block", fleet.public_id(key))
        since = time.time()
        found += delays(fleet, since, lambda end: end.status() == 403)
    for end in fleet.ends:
        end.key = fleet.key
    tell("key, revoked", found, REVOKED_S)
    assert max(found) <= REVOKED_S
