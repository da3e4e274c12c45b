"""What the fleet's breakers do to requests: two gateways, each of which learns from the other."""
import json
import os
import pathlib
import re
import time

import pytest

from client import ask, chat, order
from fleet import Fleet, wait_until

FAST = {"breakers.open_min": "300ms", "breakers.open_max": "600ms", "breakers.slow_start": "0s",
        "breakers.report_interval": "50ms", "gateway.report_interval": "200ms",
        "breakers.credential_retry": "700ms"}
BOTH = ["gpt-4o-mini", "qwen-plus"]
ONE = "gpt-4o-mini"
NAME = "openai gpt-4o-mini"


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, gateways=2, workers=1, settings=FAST) as running:
        running.key = running.make_key()
        yield running


def breakers(fleet, vendor="openai"):
    found = fleet.redis.hash("sr:1:{v:%s}:breakers" % vendor)
    return {name: text.split() for name, text in found.items() if name not in ("#", "@")}


def state(fleet, name, vendor="openai"):
    return breakers(fleet, vendor).get(name, ["closed"])[0]


def vendor_of(fleet, gateway, models=BOTH, **members):
    answer = ask(fleet.gateways[gateway], fleet.key, chat(models, **members)).must_be_good()
    return answer.headers["x-smartrouter-vendor"]


def explained(fleet, gateway, models):
    answer = ask(fleet.gateways[gateway], fleet.key, chat(models), {"x-smartrouter-explain": "1"})
    return answer, answer.json["smartrouter"]


def fail(fleet, times=8, gateway=0):
    for _ in range(times):
        ask(fleet.gateways[gateway], fleet.key, chat(BOTH, order("openai", error="server")))


def counted(fleet, name):
    gateways = json.loads(fleet.ctl("status", "--json", check=False))["gateways"]
    return sum(g["counters"][name] for g in gateways)


def wait_open(fleet, name=NAME):
    wait_until(lambda: state(fleet, name) in ("open", "half"), 5, "an open breaker")
    time.sleep(0.05)


def test_what_one_gateway_saw_the_other_knows(fleet):
    fleet.rules([{"vendor": "openai", "error": "server"}])
    fail(fleet)
    wait_open(fleet)
    answer, record = explained(fleet, 1, BOTH)
    assert answer.must_be_good().attempts == 1
    left_out = next(c for c in record["considered"] if c["vendor"] == "openai")
    assert (left_out["left_out"], left_out["standing"]) == ("open", "open")
    shown = json.loads(fleet.ctl("status", "--json", check=False))["breakers"]
    assert [(b["vendor"], b["name"], b["cause"]) for b in shown] == [
        ("openai", NAME, "failed")]
    assert NAME in fleet.ctl("status", check=False)
    request = pathlib.Path(fleet.folder, "request.json")
    request.write_text(json.dumps(chat(BOTH)))
    dry = json.loads(fleet.ctl("explain", "--fleet", "--json", str(request)))
    assert [c["standing"] for c in dry["considered"] if c.get("left_out") == "open"] == ["open"]
    assert vendor_of(fleet, 0, ["gpt-4o", "qwen-plus"], max_tokens=1) == "qwen"  # it fails by itself


def test_without_requests_probes_are_made_up_and_charged_to_nobody(fleet):
    fleet.rules([{"vendor": "openai", "error": "server"}])
    fail(fleet)
    wait_open(fleet)
    wait_until(lambda: len(fleet.probes()) >= 2, 10, "probes")
    spent = fleet.books_at_rest()
    fleet.rules([])
    wait_until(lambda: state(fleet, NAME) in ("ramp", "closed"), 10, "recovery")
    probes = fleet.probes()
    assert all(p["usage"]["output"] <= 1 for p in probes if p["outcome"] == "complete")
    spans = sorted((p["arrived"], p["time"]) for p in probes)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:]))  # one at a time
    assert fleet.books_at_rest() == spent
    assert vendor_of(fleet, 0) == vendor_of(fleet, 1) == "openai"
    wait_until(lambda: counted(fleet, "breakers_ramped") >= 1, 20, "the counter to be told")
    assert counted(fleet, "probes") >= 3
    log = "".join(g.log() for g in fleet.gateways)
    for change in ("open", "half", "ramp"):
        assert re.search('event=breaker msg="%s: %s"' % (NAME, change), log), change


def test_other_breakers_under_the_same_number_are_seen(fleet):
    """So many changes the new primary may have counted as well, after a failover."""
    key, until = "sr:1:{v:openai}:breakers", int((time.time() + 3600) * 1e6)
    fleet.redis("HSET", key, NAME, "open failed %d 1 1 0 0 0" % until, "#", 5)
    wait_until(lambda: vendor_of(fleet, 0) == "qwen", 20, "the open breaker")
    fleet.redis("HDEL", key, NAME)
    wait_until(lambda: vendor_of(fleet, 0) == "openai", 20, "its end")


def test_where_nobody_is_well_all_are_tried(fleet):
    fleet.rules([{"vendor": "openai", "error": "server"}])
    fail(fleet)
    wait_open(fleet)
    fleet.rules([])
    answer, record = explained(fleet, 1, ONE)
    assert answer.must_be_good().headers["x-smartrouter-vendor"] == "openai"
    assert record.get("panic") or record["considered"][0]["standing"] == "probe"


def test_who_cannot_pay_for_those_that_are_well_gets_the_others(fleet):
    """gpt-4o stands well and costs up to a cent; gpt-4o-mini does not, and is within the budget."""
    until = int((time.time() + 3600) * 1e6)
    fleet.redis("HSET", "sr:1:{v:openai}:breakers", NAME, "open failed %d 1 1 0 0 0" % until, "#", 1)
    models = ["gpt-4o-mini", "gpt-4o"]
    wait_until(lambda: explained(fleet, 0, models)[1]["considered"][0].get("left_out") == "open", 20,
               "the open breaker")
    fleet.key = fleet.make_key(budget="total=0.005", **{"without-redis": "closed"})
    answer = ask(fleet.gateways[0], fleet.key, chat(models, max_tokens=1000),
                 {"x-smartrouter-explain": "1"}).must_be_good()
    assert answer.headers["x-smartrouter-model"] == "gpt-4o-mini"
    assert answer.json["smartrouter"]["panic"]
    ask(fleet.gateways[0], fleet.key, chat(models, max_tokens=16000)).must_fail(
        402, "budget_exceeded")
    time.sleep(0.5)
    said = json.loads(fleet.ctl("replay", "--json", os.path.join(
        fleet.folder, "state-gateway0", "decisions")))
    assert said["records"] == said["equal"] > 0


def test_an_endpoint_that_nobody_reaches_is_out_with_all_its_models(tmp_path):
    with Fleet(tmp_path, gateways=2, workers=1, settings={**FAST, "breakers.active_probes": False},
               endpoints={"openai": {"base_url": "http://127.0.0.1:9"}}) as fleet:
        fleet.key = fleet.make_key()
        for _ in range(8):
            ask(fleet.gateways[0], fleet.key, chat(BOTH))
        wait_open(fleet, "openai")
        assert state(fleet, NAME) == "closed"
        answer, record = explained(fleet, 1, ["gpt-4o", "qwen-plus"])
        assert answer.must_be_good().attempts == 1


def test_retry_after_is_kept_by_all(fleet):
    """Told once, to one gateway; where nobody else is left the client gets the rest of the time."""
    ask(fleet.gateways[0], fleet.key,
        chat(BOTH, order("openai", error="rate_limit", retry_after="3"))).must_be_good()
    told = time.monotonic()
    wait_until(lambda: breakers(fleet), 2, "the block")
    time.sleep(0.1)
    before = len(fleet.ledger())
    answer, record = explained(fleet, 1, BOTH)
    assert answer.must_be_good().attempts == 1
    assert next(c for c in record["considered"] if c["vendor"] == "openai")["left_out"] == "blocked"
    refused = ask(fleet.gateways[1], fleet.key, chat(ONE))
    refused.must_fail(429, "vendor_rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 4
    assert all(line["vendor"] != "openai" for line in fleet.ledger()[before:])
    wait_until(lambda: vendor_of(fleet, 1) == "openai", 10, "the end of the block")
    assert time.monotonic() - told >= 2.9


def test_limits_that_are_used_up_are_kept(fleet):
    """20 s until the bucket is full again: a second for a twentieth of it."""
    ask(fleet.gateways[0], fleet.key, chat(BOTH, order("openai", headers={
        "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20s"}))).must_be_good()
    wait_until(lambda: breakers(fleet), 2, "the block")
    time.sleep(0.1)
    assert vendor_of(fleet, 1) == "qwen"
    wait_until(lambda: vendor_of(fleet, 1) == "openai", 5, "the end of the block")


@pytest.mark.parametrize("error", ["rate_limit", "rate_limit_tokens", "burst"])
def test_one_429_without_retry_after_locks_nobody_out(fleet, error):
    """Its limits' headers, if any, say that it is over soon: who wants this model only gets it."""
    ask(fleet.gateways[0], fleet.key, chat(ONE, order("openai", error=error))).must_fail(
        429, "vendor_rate_limited")
    time.sleep(1)
    for gateway in range(2):
        assert vendor_of(fleet, gateway, ONE) == "openai"


def credentials(fleet):
    """The breakers of credentials, at the endpoint called openai."""
    return {name: b for name, b in breakers(fleet).items() if name.startswith("openai #")}


def left_out(fleet, gateway):
    answer, record = explained(fleet, gateway, ONE)
    assert answer.must_be_good().attempts == 1
    return {c["endpoint"]: c.get("left_out") for c in record["considered"]}


def test_a_refused_credential_takes_out_its_endpoint_only(tmp_path):
    """Of two endpoints of a vendor one has a bad key. Who has a good one is back at once, and what
    comes of it changes nothing for those who have not."""
    with Fleet(tmp_path, gateways=2, workers=1, settings={**FAST, "breakers.credential_retry": "1h"},
               mock_args=["--key", "openai=" + Fleet.credential]) as fleet:
        bad = tmp_path / "bad"
        bad.write_text("sk-wrong")
        fleet.endpoints["openai"] = {"api_key": "file:%s" % bad, "models": ["gpt-4o-mini"]}
        fleet.endpoints["second"] = {"vendor": "openai", "models": ["gpt-4o-mini"],
                                     "base_url": fleet.mock.url + "/openai/v1"}
        for process in fleet.coordinators:
            fleet.write_config(process.name)
            process.signal(1)
        fleet.key = fleet.make_key()
        wait_until(lambda: asks_both(fleet), 10, "both endpoints")
        wait_until(lambda: credentials(fleet), 20, "the refused credential")
        assert {b[1] for b in breakers(fleet).values()} == {"credential"}
        out, fine = [{"openai": state, "second": None} for state in ("credential_out", None)]
        for gateway in (0, 1):
            wait_until(lambda: left_out(fleet, gateway) == out, 20, "the news")
        bad.write_text(Fleet.credential)
        restart(fleet, 0)
        number = fleet.redis("HGET", "sr:1:{v:openai}:breakers", "#")
        for _ in range(20):
            assert (left_out(fleet, 0), left_out(fleet, 1)) == (fine, out)
            time.sleep(0.05)
        assert fleet.redis("HGET", "sr:1:{v:openai}:breakers", "#") == number
        assert len(credentials(fleet)) == 1
        restart(fleet, 1)
        assert left_out(fleet, 1) == fine


def test_money_that_is_there_again_is_noticed(tmp_path):
    """By probes under the credential that was out, while nobody asks for anything."""
    with Fleet(tmp_path, gateways=2, workers=1, settings=FAST) as fleet:
        fleet.key = fleet.make_key()
        fleet.rules([{"vendor": "openai", "error": "no_money"}])
        assert vendor_of(fleet, 0) == "qwen"
        wait_until(lambda: credentials(fleet), 20, "the refused credential")
        wait_until(lambda: fleet.probes(), 20, "a probe")
        assert credentials(fleet) and vendor_of(fleet, 1) == "qwen"
        fleet.rules([])
        wait_until(lambda: not breakers(fleet), 30, "the end of it")
        assert vendor_of(fleet, 0) == vendor_of(fleet, 1) == "openai"


def restart(fleet, gateway):
    process = fleet.gateways[gateway]
    process.stop()
    process.start()
    fleet.wait_ready()


def test_what_a_made_up_probe_is_told_holds_for_all(fleet):
    """It is no client's request, and yet nobody else needs to ask."""
    fleet.rules([{"vendor": "openai", "error": "server"}])
    fail(fleet)
    wait_open(fleet)
    fleet.rules([{"vendor": "openai", "error": "rate_limit", "retry_after": "60"}])
    wait_until(lambda: int(breakers(fleet)[NAME][7]) > time.time() * 1e6 + 30e6, 20, "the block")
    before = len(fleet.probes())
    time.sleep(2)
    assert len(fleet.probes()) == before


def test_an_answer_may_take_longer_than_a_probe(tmp_path):
    """Its place is over, and the request goes on."""
    settings = {**FAST, "breakers.active_probes": False, "breakers.probe_timeout": "300ms"}
    with Fleet(tmp_path, workers=1, settings=settings) as fleet:
        fleet.key = fleet.make_key()
        fleet.rules([{"vendor": "openai", "headers_ms": 2000}])
        past = int(time.time() * 1e6)
        fleet.redis("HSET", "sr:1:{v:openai}:breakers", NAME, "open failed %d 1 1 0 0 0" % past)
        wait_until(lambda: state(fleet, NAME) == "half", 20, "somebody who probes")
        answer, record = explained(fleet, 0, BOTH)
        assert answer.must_be_good().headers["x-smartrouter-vendor"] == "openai"
        assert answer.attempts == 1 and record["considered"][0]["standing"] == "probe"


def asks_both(fleet):
    """Some request has met the bad key."""
    answer = ask(fleet.gateways[0], fleet.key, chat(ONE, "Say %f." % time.monotonic()))
    return answer.status == 200 and (answer.attempts > 1 or breakers(fleet))


def test_client_errors_count_for_nobody(fleet):
    for error in ("bad_request", "context_length", "model_not_found", "content_policy"):
        for _ in range(9):
            ask(fleet.gateways[0], fleet.key, chat(ONE, order("openai", error=error)))
    time.sleep(0.5)
    assert not breakers(fleet)
    assert vendor_of(fleet, 1) == "openai"


def test_decisions_under_breakers_replay(fleet):
    fleet.rules([{"vendor": "openai", "error": "server", "percent": 50, "seed": 3}])
    for i in range(60):
        ask(fleet.gateways[i % 2], fleet.key, chat(BOTH if i % 3 else ONE))
        time.sleep(0.02)
    time.sleep(0.5)
    folders = [str(p) for p in pathlib.Path(fleet.folder).glob("state-*/decisions")]
    said = json.loads(fleet.ctl("replay", "--json", *folders))
    assert said["records"] == said["equal"] == 60
    records = [json.loads(line)["decision"] for folder in folders
               for path in pathlib.Path(folder).glob("*.ndjson")
               for line in path.read_text().splitlines() if line.startswith('{"decision"')]
    assert any(c.get("standing") for r in records for c in r["considered"])


def test_every_answer_tells_its_epoch(fleet):
    epoch = fleet.redis("GET", "sr:1:{fleet}:epoch")
    good, bad = fleet.key, "sk-sr-acme_k0000000000-" + "0" * 43
    answers = [ask(fleet.gateways[0], good, chat(ONE)),
               ask(fleet.gateways[0], good, chat(ONE, stream=True)),
               ask(fleet.gateways[0], good, chat("no-such-model")),
               ask(fleet.gateways[0], good, b"{"),
               ask(fleet.gateways[0], bad, chat(ONE)), ask(fleet.gateways[0], None, chat(ONE)),
               ask(fleet.gateways[0], good, None, method="GET", path="/v1/models"),
               ask(fleet.gateways[0], good, None, method="GET", path="/nowhere")]
    assert [a.headers.get("x-smartrouter-epoch") for a in answers] == [epoch] * len(answers)
