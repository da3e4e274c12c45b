"""Decision records: three gateways keep them, an answer carries one when it is asked to, and replay
comes to the same decisions.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import threading

import pytest

from client import Client, ask
from fleet import BINARY, Fleet, wait_until

PROMPTS = {
    "code": "Why does `for x in range(10): print(x` raise a SyntaxError in Python?",
    "maths": "Solve x^2 - 5x + 6 = 0 and show every step of \\frac{1}{2}.",
    "chinese": "\u8bf7\u628a\u8fd9\u53e5\u8bdd\u7ffb\u8bd1\u6210\u82f1\u6587\uff1a\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002",
    "emoji": "\U0001F600" * 50,
    "long": "The quick brown fox jumps over the lazy dog. " * 400,
    "empty": "",
}
TOOLS = [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}]
CHAT = "/v1/chat/completions"
CANARY = "Vermilion giraffes whistle beneath the quiet glacier"


def body(prompt, model="auto", **more):
    return {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 50, **more}


def mixed():
    """Requests of many kinds; those that cannot be served among them."""
    for prompt in PROMPTS.values():
        for model in ("auto", "auto:cost", "auto:quality", "auto:balanced", "auto:latency",
                      "gpt-4o-mini", "fast"):
            yield body(prompt, model)
        yield body(prompt, stream=True)
        yield body(prompt, "auto:cost", stream=True, stream_options={"include_usage": True})
        yield body(prompt, "auto:balanced", tools=TOOLS)
        yield body(prompt, "gpt-4o-mini", models=["claude-haiku-4-5", "qwen-plus"])
        yield body(prompt, "qwen-plus", provider={"sort": "price"})
        yield body(prompt, n=2)
    yield body("x", "no-such-model")
    yield body("x", "auto:cost", provider={"max_price": {"prompt": 0.000001}})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("decisions"), gateways=3, policy={
            "order": ["claude-haiku-4-5", "gpt-4o-mini", "deepseek-flash", "qwen-plus"]}, sections={
            "aliases": {"fast": ["claude-haiku-4-5", "gpt-4o-mini"]}}) as fleet:
        yield fleet


def folders(fleet):
    return sorted(glob.glob(os.path.join(fleet.folder, "state-gateway*/decisions")))


def records(fleet):
    """Every decision record that was written."""
    found = []
    for folder in folders(fleet):
        for path in sorted(glob.glob(folder + "/*.ndjson")):
            with open(path) as f:
                found += [json.loads(line)["decision"] for line in f
                          if line.startswith('{"decision"') and line.endswith("\n")]
    return found


def replay(fleet, *args):
    return json.loads(fleet.ctl("replay", *folders(fleet), "--json", *args, check=False))


def run_ctl(fleet, *args):
    """With its exit status and what it says to people."""
    config = os.path.join(fleet.folder, "gateway0.yaml")
    return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SMARTROUTER_CONFIG": config})


@pytest.fixture(scope="module")
def recorded(fleet, key):
    """Everything once, through each gateway; what came back."""
    answers = []

    def through(gateway):
        with Client(gateway.port, key) as client:
            for request in mixed():
                answers.append(client.call("POST", CHAT, request))

    threads = [threading.Thread(target=through, args=(g,)) for g in fleet.gateways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # a request for a model that does not exist was decided, too: nobody can serve it
    ids = {a.headers["x-request-id"] for a in answers}
    wait_until(lambda: ids <= {r["id"] for r in records(fleet)}, 10, "every record to be written")
    return answers


def test_recorded_decisions_come_out_again(fleet, recorded):
    assert {a.status for a in recorded} >= {200, 404}
    n = len(records(fleet))
    assert n >= len(recorded) > 200
    assert replay(fleet) == {"records": n, "equal": n, "different": 0, "first": None,
                             "custom_failed": 0, "homeless": 0, "damaged": 0, "torn": 0}


def test_what_holds_no_record_is_an_error(fleet, tmp_path):
    empty = tmp_path / "empty"
    os.mkdir(empty)
    (tmp_path / "nothing.ndjson").write_text("")
    for path in (empty, tmp_path / "nothing.ndjson"):
        for more in ((), ("--strategy", "cost")):
            done = run_ctl(fleet, "replay", str(path), *more)
            assert (done.returncode, done.stdout) == (1, "") and "no decision record" in done.stderr


def test_records_of_a_program_that_knew_less_come_out_again(fleet, recorded, tmp_path):
    """Without one parameter of strategies, its catalog has another hash than the same has now."""
    path = sorted(glob.glob(folders(fleet)[0] + "/*.ndjson"))[0]
    with open(path) as f:
        text = f.read()
    old = re.sub(r'"max_price_output" ?: ?[0-9.]+ *, *|, *"max_price_output" ?: ?[0-9.]+', "", text)
    for i, name in enumerate(set(re.findall(r'"catalog":"([0-9a-f]{64})"', text))):
        old = old.replace(name, "%064x" % i)
    assert old != text and "max_price_output" not in old
    copy = tmp_path / "old.ndjson"
    copy.write_text(old)
    said = json.loads(fleet.ctl("replay", str(copy), "--json", check=False))
    assert said["equal"] == said["records"] > 50 and said["homeless"] == said["damaged"] == 0
    same = json.loads(fleet.ctl("replay", str(copy), "--strategy", "order", "--json"))
    assert same["moved"] == 0 and same["after"] == same["before"]


def test_a_changed_record_is_found(fleet, recorded, tmp_path):
    """The score of one candidate in its last digit, and then a word of the line."""
    path = sorted(glob.glob(folders(fleet)[0] + "/*.ndjson"))[0]
    with open(path) as f:
        lines = f.readlines()
    at = next(i for i, line in enumerate(lines) if '"strategy":"balanced"' in line)
    record = json.loads(lines[at])
    record["decision"]["considered"][0]["score"] += 1e-15
    copy = tmp_path / "changed.ndjson"
    copy.write_text("".join(lines[:at] + [json.dumps(record) + "\n"] + lines[at + 1:]))
    said = json.loads(fleet.ctl("replay", str(copy), "--json", check=False))
    assert said["different"] == 1 and "score" in said["first"]
    assert "%s:%d" % (copy, at + 1) in said["first"]
    copy.write_text("".join(lines[:at] + [lines[at].replace('"choices"', '"choises"')] + lines[at + 1:]
                            + ['{"decision":{"id']))
    said = json.loads(fleet.ctl("replay", str(copy), "--json", check=False))
    assert (said["different"], said["damaged"], said["torn"]) == (0, 1, 1)


def test_three_gateways_decide_the_same(fleet, recorded):
    def decision(r):
        return json.dumps([r["considered"], r["strategy"], r.get("guard"), r["facts"]["task"]])

    seen = {}
    for r in records(fleet):
        facts = {k: v for k, v in r["facts"].items() if k != "at_s"}
        seen.setdefault((json.dumps(facts), r["asked"] if "asked" in r else "",
                         r["versions"]["snapshot"]), set()).add(
            decision(r) if "considered" in r else "")
    assert len(seen) > 60
    assert all(len(decisions) == 1 for decisions in seen.values())


def test_what_a_record_tells(fleet, recorded, gateway, key):
    answer = ask(gateway, key, body("Say hello.", "auto:cost"),
                 headers={"x-smartrouter-explain": "1"}).must_be_good()
    told = answer.json["smartrouter"]
    chosen = next(c for c in told["considered"] if c.get("place") == 1)
    assert told["id"] == answer.headers["x-request-id"]
    assert (told["asked"], told["policy"], told["strategy"]) == ("auto:cost", "default", "cost")
    assert chosen["model"] == answer.model and chosen["terms"]["cost_nanos"] > 0
    assert chosen["terms"]["cost_nanos"] == min(c["terms"]["cost_nanos"] for c in told["considered"]
                                                if c.get("rank", 0) == 0)
    assert told["outcome"]["admitted"] == 1 and told["outcome"]["end"] == "ok"
    attempt, = told["outcome"]["tried"]
    assert attempt["status"] == 200 and attempt["usage"]["tokens"]["output"] > 0
    assert told["outcome"]["cost_nanos"] > 0
    wait_until(lambda: any(r["id"] == told["id"] for r in records(fleet)), 5, "the record")
    kept = next(r for r in records(fleet) if r["id"] == told["id"])
    assert kept["considered"] == told["considered"] and kept["facts"] == told["facts"]


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_carries_it_before_its_end(gateway, key, usage):
    answer = ask(gateway, key, body("Say hello.", stream=True, stream_options={"include_usage": usage}),
                 headers={"x-smartrouter-explain": "1"}).must_be_good()
    last = answer.parsed[-1]
    assert last["choices"] == [] and last["smartrouter"]["facts"]["stream"]
    assert sum("smartrouter" in chunk for chunk in answer.parsed) == 1
    assert bool(answer.usage) == usage


def test_an_error_carries_it(gateway, key):
    answer = ask(gateway, key, body("x", "auto:cost", provider={"max_price": {"prompt": 0.000001}}),
                 headers={"x-smartrouter-explain": "1"})
    told = answer.json["smartrouter"]
    assert answer.error and told["outcome"]["end"] == answer.code
    assert {c["left_out"] for c in told["considered"]} == {"price"}


def test_nobody_gets_it_unasked(gateway, key):
    assert "smartrouter" not in ask(gateway, key, body("x")).json
    assert "smartrouter" not in ask(gateway, key, body("x"), headers={"x-smartrouter-explain": "0"}).json
    refused = ask(gateway, "sk-sr-acme_nobody-xxxx", body("x"), headers={"x-smartrouter-explain": "1"})
    assert refused.status == 401 and "smartrouter" not in refused.json


def test_no_word_of_a_prompt_or_a_key_is_in_it(fleet, gateway, key):
    answer = ask(gateway, key, body(CANARY, user=CANARY, tools=[{"type": "function", "function": {
        "name": "giraffes", "description": CANARY}}]), headers={"x-smartrouter-explain": "1"})
    told = answer.must_be_good().json["smartrouter"]
    unknown = ask(gateway, key, body("x", CANARY)).must_fail(404, "model_not_found")
    wrong = ask(gateway, key, body("x", CANARY), headers={"x-smartrouter-strategy": CANARY})
    assert wrong.status == 400
    mixed = ask(gateway, key, body("x", "gpt-4o-mini", models=[CANARY])).must_fail(
        404, "model_not_found")
    ids = {told["id"], *(a.headers["x-request-id"] for a in (unknown, wrong, mixed))}
    wait_until(lambda: ids <= {r["id"] for r in records(fleet)}, 5, "the records")
    for folder in folders(fleet):
        for path in glob.glob(folder + "/*"):
            with open(path) as f:
                text = f.read()
            assert "giraffe" not in text and key.rsplit("-", 1)[1] not in text


def test_a_retry_and_another_model_are_told(fleet, gateway, key):
    fleet.rules([{"vendor": "openai", "error": "overloaded"}])
    try:
        answer = ask(gateway, key, body("x", "gpt-4o-mini", models=["claude-haiku-4-5"]),
                     headers={"x-smartrouter-explain": "1"}).must_be_good()
    finally:
        fleet.rules([])
    tried = answer.json["smartrouter"]["outcome"]["tried"]
    assert [t["place"] for t in tried] == [1] * (len(tried) - 1) + [2]
    assert tried[0]["status"] >= 500 and tried[-1]["end"] == "ok" != tried[0]["end"]


# --- the dry run ---

def test_another_strategy(fleet, recorded):
    said = replay(fleet, "--strategy", "cost")
    assert said["refused"] == said["refused_before"] and said["moved"] > 0
    assert said["after"]["cost"] < said["before"]["cost"]
    same = replay(fleet, "--strategy", "order")
    assert same["moved"] == 0 and same["after"] == same["before"]


def test_a_strategy_that_the_records_do_not_know_is_refused(fleet, recorded):
    done = run_ctl(fleet, "replay", folders(fleet)[0], "--strategy", "nosuch; quality_floor=0.5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--strategy" in done.stderr and "no strategy nosuch; there are order, " in done.stderr


def test_shares_are_of_those_whom_both_ways_serve(fleet, recorded):
    said = replay(fleet, "--strategy", "order; max_cost=0.0001")
    assert said["refused"] > said["refused_before"] and said["requests"] > 0
    for way in ("before", "after"):
        assert sum(share[way] for share in said["shares"]) == said["requests"]
    assert said["moved"] <= said["requests"]
    table = fleet.ctl("replay", *folders(fleet), "--strategy", "order; max_cost=0.0001")
    shares = re.findall(r"([0-9.]+) % +([0-9.]+) %", table)
    for column in zip(*shares):
        assert abs(sum(map(float, column)) - 100) < 0.5


def test_another_policy(fleet, recorded, tmp_path):
    with open(os.path.join(fleet.folder, "gateway0.yaml")) as f:
        config = json.load(f)
    config["policies"]["default"]["order"] = ["qwen-plus", "deepseek-flash"]
    path = tmp_path / "new.yaml"
    path.write_text(json.dumps(config))
    said = replay(fleet, "--policy", str(path))
    shares = {s["model"]: s for s in said["shares"]}
    assert shares["qwen-plus"]["after"] > shares["qwen-plus"]["before"]
    assert any(m["from"] == "claude-haiku-4-5" and m["to"] in ("qwen-plus", "deepseek-flash")
               for m in said["moves"])
    assert "who would move where" in fleet.ctl("replay", *folders(fleet), "--policy", str(path)).lower()
    path.write_text("policies: [")
    assert fleet.ctl("replay", *folders(fleet), "--policy", str(path), check=False) == ""


def test_a_strategy_that_fails_is_counted(fleet, recorded, tmp_path):
    with open(os.path.join(fleet.folder, "gateway0.yaml")) as f:
        config = json.load(f)
    config["strategies"] = {"bad": {"score": "1 / (quality - quality)", "base": "cost"}}
    config["policies"]["default"]["strategy"] = "bad"
    path = tmp_path / "new.yaml"
    path.write_text(json.dumps(config))
    said = replay(fleet, "--policy", str(path))
    assert said["custom_failed"] > 20 and said["custom_failed_before"] == 0
    told = fleet.ctl("replay", *folders(fleet), "--policy", str(path))
    assert "custom strategy failed in %d of them" % said["custom_failed"] in told


def test_a_strategy_of_ones_own_is_tried_before_it_is_used(fleet, recorded, tmp_path):
    with open(os.path.join(fleet.folder, "gateway0.yaml")) as f:
        config = json.load(f)
    config["strategies"] = {"deep": {"score": 'if(vendor == "deepseek", 1, 0)'}}
    config["policies"]["default"]["strategy"] = "deep"
    path = tmp_path / "new.yaml"
    path.write_text(json.dumps(config))
    said = replay(fleet, "--policy", str(path))
    could = [r for r in records(fleet) if r.get("asked") == "auto"
             and any(c["endpoint"] == "deepseek" for c in r.get("considered", ()))]
    there = sum(m["n"] for m in said["moves"] if m["to"] == "deepseek-flash")
    assert len(could) > 20 and there >= len(could)
    assert said["after"]["cost"] < said["before"]["cost"]


# --- smartrouter explain ---

def test_explain_decides_as_the_fleet_does(fleet, gateway, key, tmp_path):
    for name, request in (("auto", body(PROMPTS["code"], "auto:balanced")),
                          ("named", body(PROMPTS["maths"], "fast"))):
        path = tmp_path / (name + ".json")
        path.write_text(json.dumps(request))
        said = json.loads(fleet.ctl("explain", str(path), "--fleet", "--json", "--key",
                                    fleet.public_id(key)))
        real = ask(gateway, key, request, headers={"x-smartrouter-explain": "1"}).must_be_good()
        real = real.json["smartrouter"]
        assert [c["model"] for c in said["considered"]] == [c["model"] for c in real["considered"]]
        assert said["facts"]["features"] == real["facts"]["features"]
        assert said["facts"]["task"] == real["facts"]["task"]
        assert said["strategy"] == real["strategy"]
        if said["versions"]["snapshot"] == real["versions"]["snapshot"]:
            assert said["considered"] == real["considered"]


def test_explain_offline_for_people(fleet, tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(body(PROMPTS["code"], "auto", provider={"max_price": {"prompt": 2}})))
    said = fleet.ctl("explain", str(path), "--strategy", "cost; quality_floor=0.1")
    for word in ("task", "quality_floor", "QUALITY", "is chosen", "deepseek-flash"):
        assert word in said
    path.write_text(json.dumps(body("x", "no-such-model")))
    assert "is chosen" not in fleet.ctl("explain", str(path), check=False)
    path.write_text("{")
    assert fleet.ctl("explain", str(path), check=False) == ""


def test_explain_under_a_snapshot(fleet, recorded, tmp_path):
    """One that stands in a file of records."""
    request, snapshot = tmp_path / "request.json", tmp_path / "snapshot.json"
    request.write_text(json.dumps(body(PROMPTS["code"])))
    for path in glob.glob(folders(fleet)[0] + "/*.ndjson"):
        with open(path) as f:
            for line in f:
                if line.startswith('{"snapshot"'):
                    snapshot.write_text(json.dumps(json.loads(line)["snapshot"]))
    told = json.loads(fleet.ctl("explain", str(request), "--json", "--snapshot", str(snapshot)))
    blind = json.loads(fleet.ctl("explain", str(request), "--json"))
    assert told["versions"]["snapshot"] != blind["versions"]["snapshot"] == "0" * 16
    snapshot.write_text("{")
    assert fleet.ctl("explain", str(request), "--snapshot", str(snapshot), check=False) == ""
    assert fleet.ctl("explain", str(request), "--policy", "nope", check=False) == ""


# --- the files ---

@pytest.fixture
def small(tmp_path):
    """A gateway whose records take no room."""
    with Fleet(tmp_path / "small", sections={"decisions": {
            "max_size": "1MiB", "segment": "64KiB"}}) as fleet:
        yield fleet


def test_old_files_go(small):
    key = small.make_key()
    sizes = []
    with Client(small.gateways[0].port, key) as client:
        for _ in range(900):
            client.call("POST", CHAT, body("x")).must_be_good()
    wait_until(lambda: sum(map(os.path.getsize, glob.glob(folders(small)[0] + "/*"))) > 500000, 5)
    sizes = [os.path.getsize(p) for p in sorted(glob.glob(folders(small)[0] + "/*"))]
    assert sum(sizes) <= (1 << 20) + max(sizes) and len(sizes) > 3
    said = replay(small)
    assert said["records"] == said["equal"] > 50 and said["homeless"] == said["damaged"] == 0


def test_a_disk_that_fails_costs_records_and_nothing_else(small):
    key = small.make_key()
    gateway = small.gateways[0]
    ask(gateway, key, body("x")).must_be_good()
    folder = wait_until(lambda: folders(small), 5, "the folder")[0]
    small.gateways[0].stop()
    shutil.rmtree(folder)
    with open(folder, "w"):
        pass  # no folder can be made where a file is
    small.gateways[0].start()
    wait_until(lambda: small.get(gateway, "/readyz")[0] == 200, 10, "the gateway")
    for _ in range(5):
        ask(gateway, key, body("x")).must_be_good()
    wait_until(lambda: "decisions_failed" in gateway.log(), 5, "the log to tell")
    os.unlink(folder)
    def works_again():
        ask(gateway, key, body("x")).must_be_good()
        return os.path.isdir(folder) and records(small)
    wait_until(works_again, 10, "records to be written again")
    wait_until(lambda: "decisions_work" in gateway.log(), 5, "the log to tell that it works again")
    assert gateway.log().count("decisions_failed") == 1 == gateway.log().count("decisions_work")


def test_a_gateway_that_stops_writes_what_is_left(small):
    ask(small.gateways[0], small.make_key(), body("x")).must_be_good()
    small.gateways[0].stop()
    assert len(records(small)) == 1 and replay(small)["equal"] == 1


def test_they_can_be_switched_off(tmp_path):
    with Fleet(tmp_path / "off", sections={"decisions": {"keep": False, "explain": False}}) as fleet:
        key = fleet.make_key()
        answer = ask(fleet.gateways[0], key, body("x"), headers={"x-smartrouter-explain": "1"})
        assert "smartrouter" not in answer.must_be_good().json
        assert folders(fleet) == []
