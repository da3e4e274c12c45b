"""The operator's commands: money in suspense, reconciling, the state of the fleet."""
import json
import os
import re
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from operator_cli import FAILED, USAGE, Books, Cli, Redis

CONF = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../conf"))


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def cli(redis, tmp_path):
    redis.command("FLUSHALL")
    cli = Cli(redis, tmp_path)
    cli.key("acme/apps", id="k1")
    cli.key("beta/apps", id="k1")
    return cli


@pytest.fixture
def books(redis):
    return Books(redis.command)


# --- suspense ---

def test_suspense_is_listed_oldest_first(cli, redis, books):
    books.reservation("r-old", [("S", 5, False), ("X", 700, False)], age_s=7300)
    books.reservation("r-new", [("X", 30, False)], age_s=10)
    Books(redis.command, "beta").reservation("r-beta", [("X", 1, False)])
    rows = cli.json("budget", "suspense", "acme")
    assert [(r["request"], r["attempt"], r["suspense_nanos"], r["key"], r["team"]) for r in rows] == [
        ("r-old", 2, 700, "acme_k1", "acme/apps"), ("r-new", 1, 30, "acme_k1", "acme/apps")]
    assert 7300 <= rows[0]["age_s"] < 7400
    assert len(cli.json("budget", "suspense")) == 3
    table = cli.out("budget", "suspense")
    assert "2h 1m" in table and "3 attempts in suspense, 0.000000731 USD" in table
    cli.run("org", "create", "idle")
    assert "0 attempts in suspense, 0.00 USD" in cli.out("budget", "suspense", "idle")


def test_suspense_of_many(cli, redis, books):
    for i in range(257):
        books.reservation("r-%03d" % i, [("X", i, False)], age_s=1000 - i)
    rows = cli.json("budget", "suspense")
    assert [r["request"] for r in rows] == ["r-%03d" % i for i in range(257)]


def test_an_operator_charges_what_it_did_cost(cli, books):
    books.reservation("r-1", [("X", 1000, False), ("X", 500, False)])
    done = cli.json("budget", "resolve", "r-1", 1, "--charge", "0.0000004", "--why", "invoice 17")
    assert done["held_nanos"] == 1000 and done["charged_nanos"] == 400
    for scope, identity in (("org", "acme"), ("key", "k1")):
        assert books.budget(scope, identity) == {"spent": 400, "suspense": 500}
    note, charge = books.ledger()
    assert note["why"] == "invoice 17" and "@" in note["operator"] and note["resolved"] == "400"
    assert (charge["rid"], charge["attempt"], charge["cost"]) == ("r-1", "1", "400")
    assert [r["attempt"] for r in cli.json("budget", "suspense")] == [2]
    assert "0.0000004 USD" in cli.err("budget", "resolve", "r-1", 1, "--release", "--why", "again",
                                      code=FAILED)
    cli.run("budget", "resolve", "r-1", 2, "--release", "--why", "never sent", "--org", "acme")
    assert books.budget("org", "acme") == {"spent": 400, "suspense": 0}
    assert cli.json("budget", "suspense") == []


def test_what_cannot_be_resolved(cli, books):
    books.reservation("r-1", [("X", 1000, False)])
    books.command("HSET", books.name("res:r-1"), "n", 2, "s2", "O", "r2", 5)
    resolve = ("budget", "resolve", "r-1", 1)
    assert "--charge" in cli.err(*resolve, "--why", "x", code=USAGE)
    assert "--charge" in cli.err(*resolve, "--charge", "1", "--release", "--why", "x", code=USAGE)
    assert "--why" in cli.err(*resolve, "--release", code=USAGE)
    cli.err(*resolve, "--release", "--why", "", code=USAGE)
    cli.err(*resolve, "--charge", "-1", "--why", "x", code=USAGE)
    for attempt in ("0", "9", "one"):
        cli.err("budget", "resolve", "r-1", attempt, "--release", "--why", "x", code=USAGE)
    assert "still open" in cli.err("budget", "resolve", "r-1", 2, "--release", "--why", "x",
                                   code=FAILED)
    assert "no attempt 3" in cli.err("budget", "resolve", "r-1", 3, "--release", "--why", "x",
                                     code=FAILED)
    cli.err("budget", "resolve", "r-2", 1, "--release", "--why", "x", code=FAILED)
    cli.err(*resolve, "--release", "--why", "x", "--org", "beta", code=FAILED)
    assert books.budget("org", "acme") == {"suspense": 1000} and books.ledger() == []


# --- reconcile ---

def records(cli, *lines, name="records.jsonl"):
    path = os.path.join(cli.folder, name)
    with open(path, "w") as f:
        for line in lines:
            f.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    return path


def results(done):
    return {(a["request"], a["attempt"]): (a["was"], a["held_nanos"], a["charged_nanos"], a["result"])
            for a in done["attempts"]}


def test_reconcile_settles_and_corrects(cli, books):
    books.reservation("r-est", [("S", 800, True)], age_s=900)
    books.reservation("r-kept", [("S", 50, True)], age_s=800)
    books.reservation("r-x", [("X", 1000, False), ("X", 300, False)], age_s=60)
    before = books.budget("org", "acme")
    assert before == {"spent": 850, "suspense": 1300}
    path = records(
        cli, {"attempt": "r-x-1", "billed_nanos": 640, "usage": {"input": 5, "output": 7},
              "model": "gpt-4o", "time": 1795353285, "unknown": [1]},
        {"attempt": "r-est-1", "billed_nanos": 790}, {"attempt": "r-nobody-1", "billed_nanos": 1},
        {"somebody": "else"}, "")
    dry = cli.json("reconcile", "--records", path, "--dry-run", code=FAILED)
    assert dry["dry_run"] and books.budget("org", "acme") == before
    done = cli.json("reconcile", "--records", path, code=FAILED)
    assert results(done) == results(dry) == {
        ("r-x", 1): ("suspense", 1000, 640, "settled"),
        ("r-x", 2): ("suspense", 300, 0, "left"),
        ("r-est", 1): ("estimated", 800, 790, "corrected")}
    assert done["records"] == {"read": 4, "others": 1, "faulty": 0}
    assert (done["left"], done["left_nanos"], done["estimates"]) == (1, 300, 1)
    assert done["charged_nanos"] == 640 - 10
    for scope, identity in (("org", "acme"), ("key", "k1")):
        assert books.budget(scope, identity) == {"spent": 850 + 640 - 10, "suspense": 300}
    entry = books.ledger()[-1] if books.ledger()[-1]["rid"] == "r-x" else books.ledger()[-2]
    assert (entry["cost"], entry["input"], entry["output"], entry["model"]) == (
        "640", "5", "7", "gpt-4o")

    again = cli.json("reconcile", "--records", path, code=FAILED)
    assert results(again) == {("r-x", 2): ("suspense", 300, 0, "left")}
    assert books.budget("org", "acme") == {"spent": 1480, "suspense": 300}

    final = cli.json("reconcile", "--records", path, "--complete-until", "30s")
    assert results(final)["r-x", 2] == ("suspense", 300, 0, "released")
    assert results(final)["r-kept", 1] == ("estimated", 50, 0, "released")
    assert books.budget("org", "acme") == {"spent": 1430, "suspense": 0}
    assert results(cli.json("reconcile", "--records", path, "--complete-until", "now")) == {}


def test_only_what_is_older_than_the_records_is_released(cli, books):
    books.reservation("r-old", [("X", 10, False)], age_s=3 * 3600)
    books.reservation("r-was", [("S", 30, True)], age_s=3 * 3600)
    books.reservation("r-is", [("S", 40, True)], age_s=3600)
    books.reservation("r-new", [("X", 20, False)], age_s=3600)
    path = records(cli)
    done = cli.json("reconcile", "--records", path, "--complete-until", "2h", code=FAILED)
    assert results(done) == {("r-old", 1): ("suspense", 10, 0, "released"),
                             ("r-was", 1): ("estimated", 30, 0, "released"),
                             ("r-new", 1): ("suspense", 20, 0, "left")}
    assert done["estimates"] == 1
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    done = cli.json("reconcile", "--records", path, "--complete-until", stamp)
    assert results(done) == {("r-new", 1): ("suspense", 20, 0, "released"),
                             ("r-is", 1): ("estimated", 40, 0, "released")}


def test_each_attempt_is_judged_by_its_own_time(cli, books):
    """The second went to suspense after the time until which the records are complete."""
    books.reservation("r-1", [("X", 10, False), ("X", 20, False)], age_s=3 * 3600,
                      x2=int((time.time() - 60) * 1e6))
    done = cli.json("reconcile", "--records", records(cli), "--complete-until", "2h", code=FAILED)
    assert results(done) == {("r-1", 1): ("suspense", 10, 0, "released"),
                             ("r-1", 2): ("suspense", 20, 0, "left")}
    assert [r["age_s"] // 60 for r in cli.json("budget", "suspense")] == [1]


def test_what_may_still_run_is_left(cli, books):
    """A gateway that is cut off from Redis ends a long answer, and then settles: gateway.request_timeout
    and gateway.drain_timeout are 11 minutes."""
    books.reservation("r-cut", [("X", 20, False)], age_s=10 * 60, ended=False)
    books.reservation("r-ended", [("X", 30, False)], age_s=10 * 60)
    books.reservation("r-lost", [("X", 40, False)], age_s=12 * 60, ended=False)
    half = cli.json("reconcile", "--records", records(cli), "--complete-until", "4m", "--dry-run",
                    code=FAILED)
    assert (half["released"], half["left"], half["running"], half["left_nanos"]) == (1, 2, 2, 60)
    done = cli.json("reconcile", "--records", records(cli), "--complete-until", "now", code=FAILED)
    assert results(done) == {("r-cut", 1): ("suspense", 20, 0, "may still run"),
                             ("r-ended", 1): ("suspense", 30, 0, "released"),
                             ("r-lost", 1): ("suspense", 40, 0, "released")}
    assert (done["left"], done["running"], done["left_nanos"]) == (1, 1, 20)
    assert books.budget("org", "acme") == {"suspense": 20}
    told = cli.out("reconcile", "--records", records(cli), "--complete-until", "now", code=FAILED)
    assert "of these may still run: 1" in told
    bill = records(cli, {"attempt": "r-cut-1", "billed_nanos": 15})
    assert results(cli.json("reconcile", "--records", bill)) == {
        ("r-cut", 1): ("suspense", 20, 15, "settled")}


def test_a_call_may_run_as_long_as_the_slowest_gateway_says(cli, redis, books):
    """The operator's own configuration may know nothing of it, and that gateway may be cut off since."""
    member(redis, "gateways", "slow", age_s=7200, longest_call_ms=3600000)
    member(redis, "gateways", "quick", longest_call_ms=1000)
    redis.command("HSET", "sr:1:{fleet}:gateways", "odd", "{")
    books.reservation("r-cut", [("X", 20, False)], age_s=59 * 60, ended=False)
    books.reservation("r-lost", [("X", 40, False)], age_s=61 * 60, ended=False)
    done = cli.json("reconcile", "--records", records(cli), "--complete-until", "now", code=FAILED)
    assert results(done) == {("r-cut", 1): ("suspense", 20, 0, "may still run"),
                             ("r-lost", 1): ("suspense", 40, 0, "released")}


def test_a_slice_is_released_only_when_its_gateway_has_ended_it(cli, books):
    """Records tell nothing of slices, and a gateway that is cut off pays from them."""
    books.reservation("gw-e0", [("X", 500, False)], age_s=3600, slice=1, ended=False)
    books.reservation("gw-e1", [("X", 30, False)], age_s=3600, slice=1)
    assert {(r["request"], r["slice"]) for r in cli.json("budget", "suspense")} == {
        ("gw-e0", True), ("gw-e1", True)}
    done = cli.json("reconcile", "--records", records(cli), "--complete-until", "now")
    assert results(done) == {("gw-e1", 1): ("suspense", 30, 0, "released")}
    assert (done["left"], done["slices"], done["slices_nanos"]) == (0, 1, 500)
    assert books.budget("org", "acme") == {"suspense": 500}
    cli.run("budget", "resolve", "gw-e0", 1, "--release", "--why", "its machine burnt down")
    assert books.budget("org", "acme") == {"suspense": 0}


@pytest.mark.parametrize("line,why", [
    ("{", ":1: "), ("[]", "not a JSON object"), ('{"attempt": "r-1-1"}', "neither"),
    ('{"attempt": "r-1-1", "billed_nanos": -1}', "no amount"),
    ('{"attempt": "r-1-1", "billed_nanos": 1.5}', "no amount"),
    ('{"attempt": "r-1-1", "billed_nanos": 9000000000000001}', "no amount"),
    ('{"attempt": "r-1-1", "billed_nanos": "5"}', "no amount"),
    ('{"attempt": "r-1-1", "billed_nanos": 5, "usage": {"input": "many"}}', "usage"),
    ('{"attempt": "r-1-1", "usage": {"input": 1}, "time": 1}', "no model"),
    pytest.param('{"attempt": "r-1-1", "a": "%s"}' % ("x" * (1 << 20)), "too long", id="long"),
])
def test_records_that_make_no_sense_release_nothing(cli, books, line, why):
    books.reservation("r-1", [("X", 10, False)], age_s=60)
    done = cli.run("reconcile", "--records", records(cli, line), "--complete-until", "now", "--json",
                   code=FAILED)
    assert why in done.stderr and "not complete" in done.stderr
    found = json.loads(done.stdout)
    assert found["records"]["faulty"] == 1 and found["left"] == 1
    assert books.budget("org", "acme") == {"suspense": 10}


def test_records_without_an_amount_are_priced(cli, books):
    with open(cli.config, "w") as f:
        json.dump({"redis": {"url": cli.redis.url},
                   "include": [os.path.join(CONF, f) for f in ("models.yaml", "prices.yaml")]}, f)
    books.reservation("r-1", [("X", 10 ** 9, False)])
    path = records(cli, {"attempt": "r-1-1", "usage": {"input": 1000, "output": 100},
                         "model": "gpt-4o", "time": "2026-11-22T13:00:00Z"})
    done = cli.json("reconcile", "--records", path)
    assert results(done)["r-1", 1][2] == 1000 * 2500 + 100 * 10000  # $2.50 and $10 a million


def test_a_record_that_stands_twice_counts_once(cli, books):
    books.reservation("r-1", [("X", 1000, False)])
    one, two = {"attempt": "r-1-1", "billed_nanos": 70}, {"attempt": "r-1-1", "billed_nanos": 60}
    first = records(cli, one, one, name="a")
    second = records(cli, two, name="b")
    done = cli.run("reconcile", "--records", first, second, "--json")
    assert "billed twice" in done.stderr and "b:1" in done.stderr
    assert results(json.loads(done.stdout))["r-1", 1][2] == 70
    assert books.budget("org", "acme") == {"spent": 70, "suspense": 0}


def test_more_than_was_reserved_is_charged_as_billed(cli, books):
    books.reservation("r-1", [("X", 1000, False)])
    cli.run("reconcile", "--records", records(cli, {"attempt": "r-1-1", "billed_nanos": 1500}))
    assert books.budget("org", "acme") == {"spent": 1500, "suspense": 0}


def test_reconcile_by_org_and_standard_input(cli, redis, books):
    beta = Books(redis.command, "beta")
    books.reservation("r-a", [("X", 10, False)])
    beta.reservation("r-b", [("X", 20, False)])
    text = "".join(json.dumps({"attempt": "r-%s-1" % org, "billed_nanos": 5}) + "\n" for org in "ab")
    done = cli.json("reconcile", "--records", "-", "--org", "beta", stdin=text)
    assert results(done) == {("r-b", 1): ("suspense", 20, 5, "settled")}
    assert books.budget("org", "acme") == {"suspense": 10}
    cli.err("reconcile", code=USAGE)
    cli.err("reconcile", "--records", "/nobody", code=FAILED)
    cli.err("reconcile", "--records", "-", "--complete-until", "2090-01-01", code=USAGE)
    cli.err("reconcile", "--records", "-", "--complete-until", "yesterday", code=USAGE)


def test_reconcile_of_many(cli, books):
    for i in range(700):
        books.reservation("r-%d" % i, [("X", 1000, False)], age_s=700 - i)
    path = os.path.join(cli.folder, "many.jsonl")
    with open(path, "w") as f:
        for i in range(100000):
            f.write('{"attempt":"r-%d-1","billed_nanos":%d,"usage":{"input":1}}\n' % (i, i))
    done = cli.json("reconcile", "--records", path)
    assert done["settled"] == 700 and done["records"]["read"] == 100000
    assert books.budget("org", "acme") == {"spent": sum(range(700)), "suspense": 0}
    assert len(books.ledger()) == 700 and books.command("ZCARD", books.name("suspense")) == 0


# --- status ---

def member(redis, role, name, age_s=0, **more):
    """A sign of life, as gateways and coordinators give it each second."""
    text = {"name": name, "pid": 1, "version": "0.1.0", "at_us": int((time.time() - age_s) * 1e6),
            "up_s": 5, **more}
    redis.command("HSET", "sr:1:{fleet}:" + role, name, json.dumps(text))


def gateway(redis, name, age_s=0, epoch=3, in_flight=1, **counters):
    member(redis, "gateways", name, age_s, listen="127.0.0.1:8080", epoch=epoch, hash="abc",
           workers=2, in_flight=in_flight, stopping=False,
           counters={"requests": 10, "answered": 9, "spent_nanos": 5, **counters})


@pytest.fixture
def fleet(cli, redis):
    redis.command("SET", "sr:1:{fleet}:lease", "c1-00000001", "PX", 60000)
    redis.command("SET", "sr:1:{fleet}:epoch", 3)
    redis.command("HSET", "sr:1:{fleet}:catalog", "epoch", 3, "hash", "abc", "text", "{}")
    gateway(redis, "g1")
    member(redis, "coordinators", "c1-00000001", id="c1", leading=True, token=1, hash="abc")
    return cli


def test_a_fleet_that_is_well(fleet, redis):
    gateway(redis, "gone", age_s=60, epoch=1, in_flight=0)
    gateway(redis, "forgotten", age_s=7200)
    gateway(redis, "g2")
    status = fleet.json("status")
    assert status["well"] is True and status["problems"] == []
    assert status["leader"]["id"] == "c1-00000001" and 0 < status["leader"]["lease_ms"] <= 60000
    assert (status["epoch"], status["hash"]) == (3, "abc")
    assert [(g["id"], g["alive"]) for g in status["gateways"]] == [
        ("g1", True), ("g2", True), ("gone", False)]
    assert status["redis"]["role"] == "master" and status["redis"]["version"]
    assert [org["id"] for org in status["orgs"]] == ["acme", "beta"]
    text = fleet.out("status", "--counters")
    assert "all is well" in text and "c1-00000001" in text
    requests = [line.split() for line in text.splitlines() if line.startswith("requests ")]
    assert requests[0][1] == "20"


def test_who_leads_is_who_has_the_lease(fleet, redis):
    member(redis, "coordinators", "c2-00000002", age_s=60, leading=True)
    member(redis, "coordinators", "c3-00000003", leading=False, hash="abc")
    lines = fleet.out("status").splitlines()
    role = {name: re.split("  +", next(line for line in lines if line.startswith(name)))[5]
            for name in ("c1-00000001", "c2-00000002", "c3-00000003")}
    assert role == {"c1-00000001": "leads", "c2-00000002": "-", "c3-00000003": "stands by"}


def problems(fleet):
    status = fleet.json("status", code=FAILED)
    assert status["well"] is False
    text = fleet.out("status", code=FAILED)
    assert all("PROBLEM  " + problem in text for problem in status["problems"])
    return status["problems"]


def test_nobody_leads(fleet, redis):
    redis.command("DEL", "sr:1:{fleet}:lease")
    [problem] = problems(fleet)
    assert "no coordinator leads" in problem


def test_no_gateway(fleet, redis):
    gateway(redis, "g1", age_s=20, in_flight=0)
    [problem] = problems(fleet)
    assert "no gateway" in problem


def test_a_gateway_with_an_old_catalog(fleet, redis):
    gateway(redis, "g2", epoch=2)
    [problem] = problems(fleet)
    assert "g2" in problem and "epoch 2" in problem


def test_counters_that_must_be_zero(fleet, redis):
    gateway(redis, "g2", bound_violations=2, journal_errors=1)
    assert len(problems(fleet)) == 2


def test_old_suspense(fleet, redis, books):
    books.reservation("r-1", [("X", 10, False)], age_s=3500)
    assert fleet.json("status")["orgs"][0]["suspense_nanos"] == 10
    books.reservation("r-2", [("X", 5, False)], age_s=3700)
    [problem] = problems(fleet)
    assert "org acme" in problem and "2 requests" in problem and "1h 1m" in problem


def test_a_redis_that_forgets(fleet, redis):
    redis.command("CONFIG", "SET", "maxmemory", 1 << 30)
    redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        [problem] = problems(fleet)
        assert "allkeys-lru" in problem
    finally:
        redis.command("CONFIG", "SET", "maxmemory", 0)
        redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_a_line_that_is_no_sign_of_life(fleet, redis):
    for text in ("", "{", "[]", '{"at_us": "x"}', '{"counters": 5, "at_us": %d}' % (time.time() * 1e6)):
        redis.command("HSET", "sr:1:{fleet}:gateways", "odd", text)
        fleet.run("status", code=FAILED if "counters" in text else 0)
    redis.command("HSET", "sr:1:{fleet}:gateways", b"\xff", '{"at_us": %d}' % (time.time() * 1e6))
    redis.command("HDEL", "sr:1:{fleet}:gateways", "odd")
    assert [g["id"] for g in fleet.json("status")["gateways"]] == ["g1"]
