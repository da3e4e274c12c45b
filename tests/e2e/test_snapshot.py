"""What gateways tell each other: each reports what it saw, and all decide by one snapshot of it."""
import json
import math
import signal
import time

import pytest

from client import ask, chat, order
from fleet import Fleet, wait_until

INSTRUCTIONS = {"role": "system", "content": "Answer as the house style asks. " * 200}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("snapshot"), gateways=2, workers=2,
               policy={"fallbacks": ["claude-haiku-4-5"]}) as running:
        running.key = running.make_key()
        yield running


def version(fleet, i):
    """The version of the snapshot that a gateway decides by, as its answers tell."""
    answer = ask(fleet.gateways[i], fleet.key, chat("claude-haiku-4-5"))
    return int(answer.must_be_good().headers["x-smartrouter-snapshot"])


def published(fleet):
    return json.loads(fleet.redis("HGET", "sr:1:{fleet}:snapshot", "text"))


def gateways(fleet):
    """What status tells of the gateways, when all of them are alive."""
    return json.loads(fleet.ctl("status", "--json", check=False))["gateways"]


def target_of(snapshot, model):
    return next((t for t in snapshot["targets"] if t["model"] == model), {})


def model_of(snapshot, model):
    return next((m for m in snapshot["models"] if m["model"] == model), {})


def converse(fleet, gateway):
    """A slow stream, a whole answer, a failure that another vendor makes good, a long prompt."""
    slow = order("openai", ttft_ms=300, chunk_ms=20, tokens=20)
    long = {"model": "qwen-plus", "messages": [INSTRUCTIONS, {"role": "user", "content": "Go."}]}
    for body in (chat("gpt-4o-mini", slow, stream=True), chat("gpt-4o-mini", slow, stream=True),
                 chat("claude-haiku-4-5"), chat("deepseek-flash", order("deepseek", error="server")),
                 long):
        ask(gateway, fleet.key, body).must_be_good()


@pytest.fixture(scope="module")
def seen(fleet):
    """The snapshot after both gateways had some traffic."""
    begin = time.monotonic()
    for gateway in fleet.gateways:
        converse(fleet, gateway)
    has_all = lambda s: (target_of(s, "openai/gpt-4o-mini").get("attempts", 0) > 3 and
                         len(s["warm"]) >= 2 and s)
    snapshot = wait_until(lambda: has_all(published(fleet)), 10, "a snapshot of both")
    assert time.monotonic() - begin < 8
    return snapshot


def test_latency_of_both_gateways_is_in_it(seen):
    latency = target_of(seen, "openai/gpt-4o-mini")["latency"]["1k"]
    assert 294 <= latency["first_p50_ms"] < 500  # right within 2 %
    assert latency["first_p50_ms"] <= latency["first_p95_ms"]
    assert 294 <= latency["first_mean_ms"] < 500
    assert 18 < latency["token_mean_ms"] < 30
    assert 3 < latency["n"] <= 4


def test_answers_that_come_whole_are_divided(seen):
    latency = target_of(seen, "anthropic/claude-haiku-4-5")["latency"]["1k"]
    assert latency["first_mean_ms"] > 10 * latency["token_mean_ms"] > 0


def test_failures_are_in_it(seen):
    target = target_of(seen, "deepseek/deepseek-flash")
    assert target["endpoint"] == "deepseek"
    assert target["failure"] == 1 and target["attempts"] > 1
    assert "latency" not in target
    assert target_of(seen, "openai/gpt-4o-mini")["failure"] == 0


def test_lengths_are_in_it(seen):
    model = model_of(seen, "openai/gpt-4o-mini")
    assert 3 < model["length"]["n"] <= 4
    assert abs(model["length"]["q50"] - math.log(21)) < 0.5
    assert sum(l["n"] for l in model["lengths"].values()) == pytest.approx(model["length"]["n"], 0.01)
    assert seen["length"]["n"] > model["length"]["n"]


def test_calibration_is_in_it(seen):
    assert 0.8 < model_of(seen, "qwen/qwen-plus")["calibration"] < 1.25


def test_warm_prefixes_are_in_it(seen):
    targets = [seen["targets"][w[1]]["model"] for w in seen["warm"]]
    assert targets == ["qwen/qwen-plus"] * 2  # the instructions, and the whole prompt
    for prefix, _, tokens, until in seen["warm"]:
        assert len(prefix) == 16 and 1024 <= tokens < 2500
        assert 200 < until - time.time() <= 301


def test_both_gateways_decide_by_the_same(fleet, seen):
    def same():
        hashes = {(g["snapshot"], g["snapshot_hash"]) for g in gateways(fleet)}
        return len(hashes) == 1 and hashes.pop()
    number, digest = wait_until(same, 10, "the same snapshot everywhere")
    assert number > 1 and len(digest) == 16 and digest != "0" * 16
    text = fleet.ctl("status", check=False)
    assert "snapshot version" in text and "SNAPSHOT" in text


def test_a_gateway_that_comes_back_has_it_at_once(fleet, seen):
    gateway = fleet.gateways[1]
    gateway.stop()
    begin = time.monotonic()
    gateway.start()
    fleet.wait_ready()
    wait_until(lambda: version(fleet, 1) > 0, 10, "the snapshot")
    assert time.monotonic() - begin < 2


def test_another_catalog_keeps_what_is_known(fleet, seen):
    def epoch(i):
        headers = ask(fleet.gateways[i], fleet.key, chat("claude-haiku-4-5")).headers
        return int(headers["x-smartrouter-epoch"]), int(headers["x-smartrouter-snapshot"])
    before = epoch(0)
    fleet.policy["max_attempts"] = 3
    fleet.write_config("coordinator0")
    fleet.coordinators[0].signal(signal.SIGHUP)
    after = wait_until(lambda: epoch(0)[0] > before[0] and epoch(0), 10, "the new epoch")
    assert after[1] >= before[1]


def test_without_a_leader_the_last_one_stays(fleet, seen):
    """And without Redis: that nobody can publish meanwhile shows that it was kept, not read again."""
    coordinator = fleet.coordinators[0]
    coordinator.stop()
    time.sleep(0.3)
    before = version(fleet, 0)
    fleet.redis_process.signal(signal.SIGSTOP)
    time.sleep(0.5)
    fleet.redis_process.signal(signal.SIGCONT)
    fleet.redis("DEL", "sr:1:{fleet}:snapshot", "sr:1:{fleet}:version")
    time.sleep(1.2)
    assert version(fleet, 0) == before
    coordinator.start()
    # its numbers begin anew: another number is another snapshot
    wait_until(lambda: 0 < version(fleet, 0) < before, 10, "the new leader's snapshot")


def test_a_text_that_cannot_be_read_changes_nothing(fleet, seen):
    coordinator = fleet.coordinators[0]
    coordinator.stop()
    time.sleep(0.3)
    before = version(fleet, 0)
    fleet.redis("HSET", "sr:1:{fleet}:snapshot", "version", "999999", "at", "1000000",
                "text", '{"targets":[5]}')
    fleet.redis("SET", "sr:1:{fleet}:version", "999999")
    gateway = fleet.gateways[0]
    wait_until(lambda: "event=snapshot_unreadable" in gateway.log(), 10, "the refusal")
    time.sleep(1.2)
    assert gateway.log().count("event=snapshot_unreadable") == 1
    assert version(fleet, 0) == before
    assert "gateway0 decides by an old snapshot" in fleet.ctl("status", check=False)
    coordinator.start()
