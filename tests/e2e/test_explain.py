"""What `smartrouter explain` tells people of a choice, and of who may not have it."""
import json
import os
import re
import subprocess
import time

import pytest

from client import chat
from fleet import BINARY, Fleet
from test_choice import SECTIONS

FALLBACK = {**SECTIONS, "policies": {**SECTIONS["policies"], "spare": {
    "order": ["gpt-4o", "gpt-4o-mini"], "fallbacks": ["deepseek-flash"], "strategy": "budget"}},
    "strategies": {
        "mine": {"base": "cost", "rules": [{"when": "true", "use": "quality",
                                            "set": {"quality_floor": 0.05, "cost_weight": 0}}]},
        "calm": {"base": "cost", "rules": [{"when": "tokens > 100000", "use": "quality"}]}}}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("explain"), sections=FALLBACK) as fleet:
        yield fleet


@pytest.fixture
def explain(fleet, tmp_path):
    def run(name, *options):
        path = tmp_path / "request.json"
        path.write_text(json.dumps(chat(name)))
        return subprocess.run(
            [BINARY, "explain", str(path), *options], capture_output=True, text=True, timeout=60,
            env={**os.environ, "SMARTROUTER_CONFIG": os.path.join(fleet.folder, "gateway0.yaml")})
    return run


def last_line(done):
    return done.stdout.strip().splitlines()[-1]


def test_without_a_configuration(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(chat("auto")))
    env = {name: value for name, value in os.environ.items() if name != "SMARTROUTER_CONFIG"}
    done = subprocess.run([BINARY, "explain", str(path)], capture_output=True, text=True, env=env)
    assert done.returncode == 4
    assert "there is no /etc/smartrouter/smartrouter.yaml" in done.stderr
    assert "--config" in done.stderr


def test_what_the_guard_did(explain):
    held = last_line(explain("auto:quality", "--strategy", "quality; certainty=9"))
    assert held.startswith("claude-haiku-4-5 at anthropic, the policy's first, is kept by the guard")
    passed = last_line(explain("auto:quality"))
    assert passed.startswith("gpt-4o at openai is chosen instead of the policy's first")
    assert "of claude-haiku-4-5 at anthropic: quality +0.1" in passed


def test_what_a_rule_did(explain):
    told = explain("auto:mine").stdout
    assert "strategy    quality, by a rule of mine" in told
    for name, value in (("quality_floor", "0.05"), ("cost_weight", "0")):
        assert re.search(r"%s +%s +a rule of the strategy" % (name, re.escape(value)), told)
    record = json.loads(explain("auto:mine", "--json").stdout)
    assert record["facts"]["wish"]["strategy"] == "mine" and record["strategy"] == "quality"
    assert record["ruled"]["strategy"] == "quality" and record["ruled"]["quality_floor"] == 0.05
    assert record["ruled"]["cost_weight"] == 0
    quiet = explain("auto:calm")
    assert "strategy    calm, by the key or the request" in quiet.stdout
    assert "a rule" not in quiet.stdout
    assert "ruled" not in json.loads(explain("auto:calm", "--json").stdout)


@pytest.mark.parametrize("name,options,shown", [
    ("auto:cost", ("--strategy", "max_price_input=0"), "cost"),
    ("auto", ("--strategy", "balanced; max_cost=0"), "balanced"),
    ("auto:mine", ("--strategy", "max_cost=0"), "quality"),
])
def test_the_strategy_of_a_request_that_nobody_may_have(explain, name, options, shown):
    assert "strategy    %s, by" % shown in explain(name, *options).stdout


def test_differences_that_are_none_are_not_told(explain):
    for name in ("auto", "auto:quality", "auto:cost", "pair"):
        said = last_line(explain(name))
        assert not re.search(r"[+-]0(\.0+)? (%|ms)|quality [+-]0\.000", said), said


def test_fallbacks_pace_and_plain_numbers(explain):
    said = explain("auto", "--policy", "spare").stdout
    assert re.search(r"deepseek-flash .* fallback\n", said)
    assert "a dollar is worth" in said
    assert "in 1 message," in said
    assert not re.search(r"\de[+-]\d", explain("auto:cost").stdout)


def test_a_key_that_gets_nothing_is_told_so(fleet, explain):
    blocked, poor = fleet.make_key(budget="day=1"), fleet.make_key(budget="day=0.000000001")
    late = fleet.make_key(expires="1s")
    fleet.ctl("key", "block", fleet.public_id(blocked))
    time.sleep(2)  # explain counts in seconds
    for key, words in ((blocked, "is blocked"), (late, "has expired")):
        done = explain("auto", "--fleet", "--key", fleet.public_id(key))
        assert done.returncode == 1 and words in done.stderr
        assert "is chosen" not in done.stdout and "would be" in last_line(done)
    done = explain("auto", "--fleet", "--key", fleet.public_id(poor))
    assert done.returncode == 0
    assert "LEFT" in done.stdout and "Admission decides" in done.stdout
    assert "none of them fits" in last_line(done)


def test_what_is_left_of_budgets(fleet, explain):
    done = explain("auto", "--fleet", "--key", fleet.public_id(fleet.make_key(budget="day=5")))
    assert "key:" in done.stdout and "Admission decides" in done.stdout
    assert "is chosen" in done.stdout or "is kept" in done.stdout
    assert "Now" not in last_line(done)


def test_what_is_not_configured_is_left_out_of_the_record(explain, call):
    said = json.loads(explain("auto", "--json").stdout)
    real = call(chat("auto"), headers={"x-smartrouter-explain": "1"}).json["smartrouter"]
    for record in (said, real):
        assert "task_model" in record["versions"]
        assert "quality_model" not in record["versions"]
