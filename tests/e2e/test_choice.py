"""What a request, its key and its policy may ask of the choice of a model, and what comes of it."""
import pytest

from client import ask, chat
from fleet import Fleet

SECTIONS = {
    "aliases": {"pair": ["gpt-4o", "gpt-4o-mini"]},
    "quality": {
        "openai": {
            "gpt-4o": {"source": "test", "date": "2026-11-22", "mass": 1000, "tasks": {"other": 0.90}},
            "gpt-4o-mini": {"source": "test", "date": "2026-11-22", "mass": 1000,
                            "tasks": {"other": 0.70}}},
        "anthropic": {
            "claude-haiku-4-5": {"source": "test", "date": "2026-11-22", "mass": 1000,
                                 "tasks": {"other": 0.80}}},
        "deepseek": {
            "deepseek-flash": {"source": "test", "date": "2026-11-22", "mass": 1000,
                               "tasks": {"other": 0.60}}},
    },
    "prices": {"deepseek": {"deepseek-flash": {
        "source": "test", "date": "2026-11-22", "input": 0.01, "output": 0.02}}},
    "policies": {
        "default": {"order": ["claude-haiku-4-5", "gpt-4o", "gpt-4o-mini", "deepseek-flash"],
                    "fallbacks": [], "strategy": "balanced"},
        "careful": {"quality_floor": 0.75, "max_cost": 0.5},
    },
}
BEST, CHEAPEST = "gpt-4o", "deepseek-flash"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("choice"), sections=SECTIONS) as fleet:
        yield fleet


def strategy(text):
    return {"headers": {"x-smartrouter-strategy": text}}


@pytest.mark.parametrize("name,answered,chosen_by", [
    ("auto", "claude-haiku-4-5", "balanced"),  # the guard: nothing else is as good, or worth it
    ("auto:quality", BEST, "quality"),
    ("auto:cost", CHEAPEST, "cost"),
    ("auto:floor", CHEAPEST, "cost"),
    ("auto:order", "claude-haiku-4-5", "order"),
    ("pair", "gpt-4o", "alias"),
    ("pair:cost", "gpt-4o-mini", "cost"),
    ("gpt-4o:floor", "gpt-4o", "cost"),
    ("gpt-4o:nitro", "gpt-4o", "latency"),
    (["gpt-4o", "deepseek-flash"], "gpt-4o", "named"),
    (["gpt-4o:floor", "deepseek-flash"], CHEAPEST, "cost"),
])
def test_names(call, name, answered, chosen_by):
    answer = call(chat(name)).must_be_good()
    assert answer.headers["x-smartrouter-model"] == answered
    assert answer.headers["x-smartrouter-strategy"] == chosen_by
    assert answer.headers["x-smartrouter-task"]


@pytest.mark.parametrize("name", ["auto:nonsense", "gpt-4o:", "gpt-4o:cost:cost", "nobody:cost", ":cost"])
def test_names_of_nothing(call, name):
    call(chat(name)).must_fail(404, "model_not_found")


@pytest.mark.parametrize("text,answered", [
    ("cost", CHEAPEST),
    ("cost; quality_floor=0.65", "gpt-4o-mini"),
    ("cost; quality_floor=0.85", "gpt-4o"),
    ("quality; max_price_output=6", "claude-haiku-4-5"),
    ("quality_drop=1; cost_weight=100", CHEAPEST),  # of the policy's own strategy
    (" quality ;; ", BEST),
])
def test_the_header(call, text, answered):
    assert call(chat("auto"), **strategy(text)).must_be_good().model == answered


@pytest.mark.parametrize("text", ["nonsense", "cost; quality_flor=1", "quality_floor=2", "cost; max_cost=x",
                                  "quality_floor=-0.1", "=", "quality_floor"])
def test_a_header_that_makes_no_sense(call, text):
    answer = call(chat("auto"), **strategy(text)).must_fail(400, "invalid_value")
    assert "x-smartrouter-strategy" in answer.error["message"]
    assert answer.error["param"] == "x-smartrouter-strategy"


def test_a_header_with_a_wrong_word_is_told_what_there_is(call):
    said = call(chat("auto"), **strategy("nonsense")).error["message"]
    assert "no strategy nonsense" in said and "order, " in said and "balanced" in said
    said = call(chat("auto"), **strategy("cost; quality_flor=1")).error["message"]
    assert "no parameter quality_flor" in said and "quality_floor" in said
    said = call(chat("auto"), **strategy("max_cost=2000000")).error["message"]
    assert "from 0 to 1000000" in said


@pytest.mark.parametrize("provider,answered", [
    ({"sort": "price"}, CHEAPEST),
    ({"sort": "throughput"}, None),
    ({"only": ["deepseek"]}, "deepseek-flash"),
    ({"ignore": ["anthropic", "deepseek"], "sort": "price"}, "gpt-4o-mini"),
    ({"order": ["DeepSeek", "openai"]}, "deepseek-flash"),
    ({"order": ["openai"], "allow_fallbacks": False, "sort": "price"}, "gpt-4o-mini"),
    ({"max_price": {"prompt": 0.2, "completion": 0.7}}, None),
    ({"sort": None, "only": None}, "claude-haiku-4-5"),
    ({}, "claude-haiku-4-5"),
])
def test_provider(fleet, call, provider, answered):
    answer = call({**chat("auto"), "provider": provider}).must_be_good()
    assert answered in (None, answer.model)
    assert "adapted" not in str(answer.headers)  # it is ours, and no vendor hears of it


def test_at_one_vendor_what_was_named_first_comes_first(call):
    """Though the second one is cheaper: who names a model gets it."""
    body = {**chat("gpt-4o"), "models": ["gpt-4o-mini"], "provider": {"order": ["openai"]}}
    assert call(body).must_be_good().model == "gpt-4o"


@pytest.mark.parametrize("more,words", [
    ({"provider": {"max_price": {"prompt": 0.000001}}}, ["max_price_input", "provider.max_price.prompt",
                                                         "a million input tokens", "$0.000001"]),
    ({"provider": {"max_price": {"completion": 0.01}}}, ["provider.max_price.completion", "$0.01"]),
    ({"headers": "max_cost=0"}, ["this request would cost $0.0", "max_cost allows: $0"]),
    ({"headers": "max_price_output=0.001"}, ["max_price_output", "a million output tokens"]),
])
def test_what_is_too_dear_names_the_cheapest_and_the_limit(call, more, words):
    header = strategy(more["headers"]) if "headers" in more else {}
    body = {key: value for key, value in more.items() if key != "headers"}
    said = call({**chat("auto"), **body}, **header).error["message"]
    assert said.startswith(CHEAPEST + " is the cheapest")
    assert all(word in said for word in words), said


@pytest.mark.parametrize("provider,param", [
    ("openai", "provider"), ({"sort": "beauty"}, "provider.sort"),
    ({"only": "openai"}, "provider.only"), ({"order": [1]}, "provider.order"),
    ({"max_price": {"prompt": "much"}}, "provider.max_price.prompt"),
    ({"max_price": {"prompt": -1}}, "provider.max_price.prompt"),
    ({"allow_fallbacks": "no"}, "provider.allow_fallbacks"),
])
def test_a_provider_that_makes_no_sense(call, provider, param):
    answer = call({**chat("auto"), "provider": provider}).must_fail(400, "invalid_value")
    assert answer.error["param"] == param


@pytest.mark.parametrize("wish", ["data_collection", "zdr", "quantizations", "require_parameters"])
def test_what_cannot_be_kept_is_refused(call, wish):
    call({**chat("auto"), "provider": {wish: True}}).must_fail(400, "unsupported_parameter")


@pytest.mark.parametrize("body,code", [
    ({"provider": {"max_price": {"prompt": 0.000001}}}, "max_cost_exceeded"),
    ({"provider": {"only": ["nobody"]}}, "model_not_allowed"),
])
def test_nothing_left(call, body, code):
    answer = call({**chat("auto"), **body})
    assert answer.status in (400, 403) and answer.error["code"] == code


def test_nothing_that_costs_so_little(call):
    call(chat("auto"), **strategy("max_cost=0.000000")).must_fail(400, "max_cost_exceeded")


def test_a_key_has_its_strategy(fleet, gateway):
    key = fleet.make_key(strategy="cost; quality_floor=0.65")
    assert ask(gateway, key, chat("auto")).must_be_good().model == "gpt-4o-mini"
    assert ask(gateway, key, chat("auto:quality")).must_be_good().model == BEST
    # a request may be stricter than its key, never laxer
    answer = ask(gateway, key, chat("auto"), **strategy("quality_floor=0.1"))
    assert answer.must_be_good().model == "gpt-4o-mini"


def test_a_policy_has_the_stricter_floor(fleet, gateway):
    key = fleet.make_key(policy="careful", strategy="cost; quality_floor=0.1")
    assert ask(gateway, key, chat("auto")).must_be_good().model == "claude-haiku-4-5"


@pytest.mark.parametrize("body", [
    {"provider": {"order": ["nobody", "deepseek"], "sort": "price"}},
    {"provider": {"order": ["deepseek"]}},
    {"model": "qwen-flash", "models": ["auto"]},  # which this fleet's key may not use
    {"model": "auto", "models": ["auto:floor", "auto"]},
])
def test_no_way_of_asking_goes_around_a_floor(fleet, gateway, body):
    key = fleet.make_key(policy="careful", models="auto")
    answer = ask(gateway, key, {**chat("auto"), **body}, **strategy("cost; certainty=0; quality_floor=0"))
    assert answer.must_be_good().model == "claude-haiku-4-5"


def test_a_key_s_strategy_is_checked_when_it_is_set(fleet):
    done = fleet.ctl("key", "create", "acme/apps", "--strategy", "cost; quality_flor=1", check=False)
    assert done == ""


def test_who_names_a_model_gets_it(call):
    """Floors are for what is chosen, not for what was asked for."""
    answer = call(chat("deepseek-flash"), **strategy("quality_floor=0.9")).must_be_good()
    assert answer.model == "deepseek-flash"
