"""Redis that answers late, in pieces, in part, or not at all; Sentinels and Clusters that err."""
import json
import os
import subprocess
import threading

import pytest
from conftest import BUILD

from fake_redis import FakeRedis
from process import wait_until

PATIENCE = 30
FOREVER = 20000  # ms: a test that waits for it fails


class RedisProbe:
    """The program that asks, and what it has told so far."""

    def __init__(self, **options):
        args = [os.path.join(BUILD, "redis_probe")] + ["%s=%s" % o for o in options.items()]
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.events, self.ids = [], 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def call(self, *words):
        self.ids += 1
        self.send("call %d %s" % (self.ids, " ".join(words)))
        return self.ids

    def seen(self, **wanted):
        return [e for e in list(self.events) if wanted.items() <= e.items()]

    def wait(self, n=1, **wanted):
        """Until n such events were told; the last of them."""
        wait_until(lambda: len(self.seen(**wanted)) >= n, PATIENCE, str(wanted))
        return self.seen(**wanted)[-1]

    def answer(self, i):
        return self.wait(id=i)

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        assert self.process.stderr.read() == ""


@pytest.fixture
def start():
    started = []

    def begin(**options):
        started.append(RedisProbe(**options))
        return started[-1]

    yield begin
    for probe in started:
        probe.stop()


@pytest.fixture
def fake(tmp_path):
    fakes = []

    def begin(**answers):
        fakes.append(FakeRedis(str(tmp_path), "r%d" % len(fakes), answers))
        return fakes[-1]

    yield begin
    for one in fakes:
        one.stop()


def url_of(*fakes, kind="redis", path=""):
    return "%s://%s%s" % (kind, ",".join("%s:%d" % f.place for f in fakes), path)


# --- one connection ---


def test_an_answer_that_came_while_we_were_late_counts(fake, start):
    """However many pieces it has."""
    asked, go = threading.Event(), threading.Event()

    def get(*_):
        asked.set()
        assert go.wait(PATIENCE)
        return "x" * 100000

    redis = fake(GET=get)
    probe = start(url="unix://" + redis.path, command=4000, check=FOREVER)
    probe.wait(event="up")
    i = probe.call("GET", "k")
    assert asked.wait(PATIENCE)
    probe.send("sleep 4500")
    probe.wait(event="sleeping")
    go.set()
    assert probe.answer(i) == {"event": "reply", "id": i, "bytes": 100000}


@pytest.mark.parametrize("from_the_start", [True, False])
def test_a_subscription_that_is_not_confirmed_is_left(fake, start, from_the_start):
    redis = fake()
    if from_the_start:
        redis.answers["SUBSCRIBE"] = []
    probe = start(url="unix://" + redis.path, channel="news", command=1000, connect=2000)
    probe.wait(event="up")
    if not from_the_start:
        wait_until(lambda: "news" in redis.channels, PATIENCE, "a subscription")
        redis.silent = True
    assert "not confirmed" in probe.wait(event="down")["why"]
    redis.answers["SUBSCRIBE"], redis.silent = redis._subscribe, False
    probe.wait(n=2, event="up")
    redis.channels.clear()
    wait_until(lambda: redis.channels, PATIENCE, "another subscription")
    redis.say("news", "again")
    probe.wait(event="message", text="again")


def test_a_subscription_that_is_confirmed_is_kept(fake, start):
    redis = fake()
    probe = start(url="unix://" + redis.path, channel="news", check=20)
    wait_until(lambda: len(redis.times("SUBSCRIBE")) > 5, PATIENCE, "several looks")
    redis.say("news", "one")
    probe.wait(event="message", text="one")
    redis.say("news", "two")
    probe.wait(event="message", text="two")
    assert len(probe.seen(event="message")) == 2
    assert not probe.seen(event="down")


# --- a Cluster ---


def cluster_map(*fakes):
    """Each has its share of the slots."""
    share = 16384 // len(fakes)
    return [[i * share, (i + 1) * share - 1, [f.place[0], f.place[1], "id"]]
            for i, f in enumerate(fakes)]


def test_news_are_not_heard_from_a_node_that_left_the_cluster(fake, start):
    a, b = fake(), fake()
    a.answers["CLUSTER"] = b.answers["CLUSTER"] = cluster_map(a, b)
    start(url=url_of(a, b, kind="redis+cluster"), channel="news", check=50)
    wait_until(lambda: a.channels or b.channels, PATIENCE, "a subscription")
    left, kept = (a, b) if a.channels else (b, a)
    a.answers["CLUSTER"] = b.answers["CLUSTER"] = cluster_map(kept)
    wait_until(lambda: kept.channels, PATIENCE, "a subscription elsewhere")
    assert left.channels


def test_a_map_that_is_not_whole_is_asked_for_at_odd_times(fake, start):
    """So many gateways that lost the same node do not ask together for ever."""
    redis = fake()
    redis.answers["CLUSTER"] = [[0, 100, [*redis.place, "id"]]]
    start(url=url_of(redis, kind="redis+cluster"), retry_max=200, retry_min=10, seed=1)
    wait_until(lambda: len(redis.times("CLUSTER")) > 12, PATIENCE, "looks at the map")
    at = redis.times("CLUSTER")[2:]
    assert min(b - a for a, b in zip(at, at[1:])) < 0.18


# --- Sentinels ---


class Promotion:
    """Two servers, and two Sentinels: one tells, the other is asked who the primary is. That one is
    behind, and names the old one `times` more after the promotion, which still calls itself one."""

    def __init__(self, fake, start, times):
        self.old, self.new = fake(GET="old"), fake(GET="newer")
        self.times, self.asked_since, self.promoted = times, 0, threading.Event()
        asked, self.teller = fake(SENTINEL=self._name), fake(SENTINEL=self._name)
        self.probe = start(url=url_of(asked, self.teller, kind="redis+sentinel", path="/books"),
                           seed=0, check=FOREVER, retry_max=50)
        self.probe.wait(event="up")
        wait_until(lambda: self.teller.channels, PATIENCE, "a subscription")
        assert self.who_answers() is self.old

    def _name(self, *_):
        self.asked_since += self.promoted.is_set()
        return self._words(self.new if self.asked_since > self.times else self.old)

    @staticmethod
    def _words(server):
        return [server.place[0], str(server.place[1])]

    def tell_promoted(self):
        self.promoted.set()
        self.teller.say("+promoted-slave", "slave 127.0.0.1:1 127.0.0.1 1 @ books 127.0.0.1 2")

    def tell_switched(self):
        self.promoted.set()
        self.teller.say("+switch-master", " ".join(
            ["books", *self._words(self.old), *self._words(self.new)]))

    def who_answers(self):
        answer = self.probe.answer(self.probe.call("GET", "k"))
        return {len("old"): self.old, len("newer"): self.new}[answer["bytes"]]


def test_a_sentinel_that_is_behind_is_asked_again(fake, start):
    promotion = Promotion(fake, start, times=3)
    promotion.tell_promoted()
    promotion.probe.wait(n=2, event="up")
    assert promotion.who_answers() is promotion.new


def test_a_sentinel_that_is_behind_does_not_bring_back_who_was_deposed(fake, start):
    promotion = Promotion(fake, start, times=10)
    promotion.tell_switched()
    promotion.probe.wait(n=2, event="up")
    wait_until(lambda: promotion.asked_since > 5, PATIENCE, "questions")
    assert promotion.who_answers() is promotion.new
    assert len(promotion.probe.seen(event="down")) == 1


def test_what_was_told_while_nobody_listened_is_asked_for_until_it_is_settled(fake, start):
    promotion = Promotion(fake, start, times=3)
    promotion.promoted.set()
    promotion.teller.cut()
    promotion.probe.wait(n=2, event="up")
    assert promotion.who_answers() is promotion.new
