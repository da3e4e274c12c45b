"""Strategies of the configuration's own: the examples of doc/strategies.md, published and reloaded, and
a script that does its worst while others are served.
"""
import concurrent.futures
import json
import os
import re
import shutil
import signal

import pytest
import yaml

from client import ask, chat
from fleet import CONF, Fleet, wait_until

TOP = os.path.dirname(CONF)
HOSTILE = ("loop_endless", "memory_varargs", "slow_modulo", "pattern_find", "escape_os", "recursion_deep")


def figures(quality):
    return {"source": "test", "date": "2026-11-22", "mass": 1000,
            "tasks": dict.fromkeys(("other", "programming", "qa", "reasoning"), quality)}


def blocks(language):
    with open(os.path.join(TOP, "doc/strategies.md")) as page:
        return re.findall(r"```%s\n(.*?)```" % language, page.read(), re.S)


def strategies():
    """Those of the page, and the attacks."""
    found = {}
    for block in blocks("yaml"):
        found.update(yaml.safe_load(block)["strategies"])
    for name in HOSTILE:
        found[name] = {"lua": "%s.lua" % name, "base": "order"}
    return found


SECTIONS = {
    "quality": {"openai": {"gpt-4o": figures(0.90), "gpt-4o-mini": figures(0.88)},
                "anthropic": {"claude-haiku-4-5": figures(0.80)},
                "qwen": {"qwen-plus": figures(0.95)}},
    "policies": {"default": {"order": ["claude-haiku-4-5", "gpt-4o", "gpt-4o-mini", "qwen-plus"],
                             "fallbacks": []},
                 "spare": {"order": ["gpt-4o", "gpt-4o-mini"], "strategy": "thrifty",
                           "fallbacks": ["qwen-plus", "claude-haiku-4-5"]}},
    "strategies": strategies(),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("custom")
    os.mkdir(folder / "strategies")
    shutil.copy(os.path.join(TOP, "lua/strategies/good_enough.lua"), folder / "strategies")
    for name in HOSTILE:
        shutil.copy(os.path.join(TOP, "tests/strategies/hostile/%s.lua" % name), folder)
    with Fleet(folder, sections=SECTIONS, workers=2) as fleet:
        yield fleet


def failures(fleet):
    """As the gateway tells it to the fleet each second."""
    said = fleet.redis.hash("sr:1:{fleet}:gateways")
    return sum(json.loads(line)["counters"]["custom_failed"] for line in said.values())


def replayed(fleet, folder):
    return json.loads(fleet.ctl("replay", folder, "--json", check=False))


def test_the_script_of_the_page_is_the_one_that_is_shipped():
    with open(os.path.join(TOP, "lua/strategies/good_enough.lua")) as script:
        assert blocks("lua") == [script.read()]


def test_expressions_decide(call):
    # qwen-plus is the best and among the cheapest, but filtered; of the others gpt-4o-mini is worth it
    answer = call(chat("auto:thrifty")).must_be_good()
    assert answer.model == "gpt-4o-mini"
    assert answer.headers["x-smartrouter-strategy"] == "thrifty"


def test_a_script_decides(call):
    answer = call(chat("auto:good_enough")).must_be_good()
    assert answer.model == "qwen-plus"
    assert answer.headers["x-smartrouter-strategy"] == "good_enough"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_script_leaves_it_to_its_base(fleet, call, name):
    answer = call(chat("auto:" + name)).must_be_good()
    assert answer.model == "claude-haiku-4-5"
    assert answer.headers["x-smartrouter-strategy"] == name


def test_a_hostile_script_harms_nobody_and_is_left_alone(fleet, gateway, key):
    wanted = {"loop_endless": "claude-haiku-4-5", "slow_modulo": "claude-haiku-4-5",
              "good_enough": "qwen-plus", "thrifty": "gpt-4o-mini"}

    def one(strategy):
        return ask(gateway, key, chat("auto:" + strategy)).must_be_good().model

    names = list(wanted) * 15
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(one, names))
    assert answered == [wanted[name] for name in names]
    said = re.findall(r'event=strategy_left_alone strategy=(\w+) worker=(\d).* why="?([^"\n]*)', gateway.log())
    whys = {(strategy, why) for strategy, _, why in said}
    assert ("slow_modulo", "stopped at the limit of time") in whys
    assert ("loop_endless", "stopped at the limit of instructions") in whys
    # once for each script and worker, and for nobody else
    assert len({(strategy, worker) for strategy, worker, _ in said}) == len(said)
    assert not {strategy for strategy, _ in whys} & {"good_enough", "thrifty"}
    wait_until(lambda: failures(fleet) >= 30, 5, "the failures to be counted")


def test_a_failure_is_in_the_decision_record(fleet, gateway, key):
    headers = {"headers": {"x-smartrouter-explain": "1"}}
    answer = ask(gateway, key, chat("auto:pattern_find"), **headers).must_be_good()
    assert "custom_failed" in answer.text
    assert "attempt to call a nil value" in answer.text or "left alone" in answer.text


def test_a_filter_holds_for_fallbacks_and_all_of_it_replays(fleet, gateway):
    key = fleet.make_key(policy="spare")
    explained = {"headers": {"x-smartrouter-explain": "1"}}
    told = ask(gateway, key, chat("auto"), **explained).must_be_good().json["smartrouter"]
    assert {c["model"]: c.get("left_out") for c in told["considered"]} == {
        "gpt-4o": None, "gpt-4o-mini": None, "qwen-plus": "filter", "claude-haiku-4-5": None}
    assert ask(gateway, key, chat("qwen-plus"), **explained).must_be_good().model == "qwen-plus"
    for name in HOSTILE:
        ask(gateway, key, chat("auto:" + name), **explained).must_be_good()
    folder = os.path.join(fleet.folder, "state-gateway0/decisions")
    wait_until(lambda: replayed(fleet, folder)["custom_failed"] >= len(HOSTILE), 5, "the records")
    said = replayed(fleet, folder)
    assert said["equal"] == said["records"] > len(HOSTILE) and said["homeless"] == 0


def test_another_script_is_in_use_after_a_reload(fleet, call):
    path = os.path.join(fleet.folder, "strategies/good_enough.lua")
    with open(path, "w") as script:
        script.write("function score(_, c) local s = {} for i in ipairs(c) do s[i] = i end return s end\n"
                     "-- the last of them\n")
    before = call(chat("auto:good_enough")).must_be_good()
    fleet.coordinators[0].signal(signal.SIGHUP)
    wait_until(lambda: call(chat("auto:good_enough")).headers["x-smartrouter-epoch"]
               != before.headers["x-smartrouter-epoch"], 10, "a new epoch")
    assert call(chat("auto:good_enough")).must_be_good().model == "qwen-plus"
    with open(path, "w") as script:
        script.write("function score() return { 0, 1 } end\n")
    fleet.coordinators[0].signal(signal.SIGHUP)
    wait_until(lambda: call(chat("auto:good_enough")).model == "gpt-4o", 10, "the second script")


def test_a_faulty_script_changes_nothing(fleet, call):
    path = os.path.join(fleet.folder, "strategies/good_enough.lua")
    with open(path, "w") as script:
        script.write("function score() return 1 +\nend\n")
    fleet.coordinators[0].signal(signal.SIGHUP)
    wait_until(lambda: "strategies/good_enough.lua:2:1: error" in fleet.coordinators[0].log(), 10, "a fault")
    call(chat("auto:good_enough")).must_be_good()
