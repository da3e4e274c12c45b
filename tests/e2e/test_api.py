"""The HTTP API: models and their names, what answers tell in headers, answers of every shape held
against OpenAI's published schema.
"""
import json
import re
import signal
import time
from decimal import Decimal

import pytest

from client import SCHEMA, Client, ask, chat, must_fit, order
from fleet import Fleet, wait_until

MODELS = ["gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus", "qwen-max"]
VENDORS = dict(zip(MODELS, ["openai", "anthropic", "deepseek", "qwen", "qwen"]))
ENDPOINTS = {
    "qwen": {"models": ["qwen-plus"]},
    "native": {"vendor": "qwen", "dialect": "qwen_native", "models": ["qwen-max"]},
}
SECTIONS = {"aliases": {"fast": ["claude-haiku-4-5", "gpt-4o-mini"], "only-deep": ["deepseek-flash"]}}

every_model = pytest.mark.parametrize("model", MODELS)
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("api"), endpoints=ENDPOINTS, sections=SECTIONS,
               policy={"min_max_tokens": 10}) as fleet:
        yield fleet


@pytest.fixture
def get(gateway, key):
    return lambda path, key=key: ask(gateway, key, None, method="GET", path=path)


# --- models ---

def listed(get, **more):
    answer = get("/v1/models", **more)
    assert answer.status == 200, answer
    return {model["id"]: model for model in must_fit("ListModelsResponse", answer.json)["data"]}


def test_models(get):
    models = listed(get)
    assert set(MODELS) | {"auto", "fast", "only-deep"} <= set(models)
    assert all(models[model]["owned_by"] == VENDORS[model] for model in MODELS)
    assert models["auto"]["owned_by"] == models["fast"]["owned_by"] == "smartrouter"
    assert models["gpt-4o-mini"]["created"] == 1721260800  # 2024-07-18
    assert "qwen-turbo" not in models  # no endpoint serves it here


@pytest.mark.parametrize("name,found", [
    ("gpt-4o-mini", "gpt-4o-mini"), ("openai/gpt-4o-mini", "gpt-4o-mini"),
    ("openai%2Fgpt-4o-mini", "gpt-4o-mini"), ("openai%2fgpt-4o-mini", "gpt-4o-mini"),
    ("gpt%2d4o-mini", "gpt-4o-mini"), ("fast", "fast"), ("auto", "auto")])
def test_one_model(get, name, found):
    answer = get("/v1/models/" + name)
    assert answer.status == 200, answer
    assert must_fit("Model", answer.json)["id"] == found


@pytest.mark.parametrize("name", [
    "gpt-nowhere", "anthropic/gpt-4o-mini", "openai/", "/gpt-4o-mini", "gpt-4o-mini/", "qwen-turbo",
    "a" * 3000])
def test_no_such_model(get, name):
    answer = get("/v1/models/" + name).must_fail(404, "model_not_found")
    assert answer.error["param"] == "model" and answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("name", ["gpt-4o-mini%00", "%", "%zz"])
def test_no_path_to_a_model(get, name):
    get("/v1/models/" + name).must_fail(400, "malformed_request")


def test_a_key_sees_what_it_may_use(fleet, get):
    key = fleet.make_key(models="fast,deepseek-flash")
    models = listed(get, key=key)
    assert {"fast", "deepseek-flash", "only-deep"} <= set(models)
    assert not {"gpt-4o-mini", "qwen-plus", "qwen-max"} & set(models)
    get("/v1/models/gpt-4o-mini", key=key).must_fail(404, "model_not_found")


def test_models_need_a_key(get):
    get("/v1/models", key=None).must_fail(401, "missing_api_key")
    get("/v1/models/auto", key=None).must_fail(401, "missing_api_key")


@both_ways
@pytest.mark.parametrize("named,answered,strategy", [
    *[(model, model, "named") for model in MODELS],
    ("openai/gpt-4o-mini", "gpt-4o-mini", "named"),
    ("qwen/qwen-max", "qwen-max", "named"),
    ("fast", "claude-haiku-4-5", "alias"),
    ("auto", "gpt-4o-mini", "order"),
    (["deepseek-flash", "gpt-4o-mini"], "deepseek-flash", "named"),
])
def test_names(call, named, answered, strategy, stream):
    answer = call(chat(named, stream=stream)).must_be_good()
    assert answer.headers["x-smartrouter-model"] == answered
    assert answer.headers["x-smartrouter-vendor"] == VENDORS[answered]
    assert answer.headers["x-smartrouter-strategy"] == strategy


@both_ways
@pytest.mark.parametrize("named,answered", [
    ({"models": ["gpt-4o-mini", "deepseek-flash"]}, "deepseek-flash"),
    ({"model": "gpt-4o-mini", "models": ["openai/gpt-4o-mini", "only-deep"]}, "deepseek-flash"),
    ({"model": "auto"}, "claude-haiku-4-5"),
])
def test_the_next_of_a_list(call, named, answered, stream):
    answer = call({**chat(None, order("openai", error="server"), stream=stream), **named})
    assert answer.must_be_good().model == answered and answer.attempts > 1


def test_what_a_model_cannot_do_another_does(call):
    answer = call(chat(["claude-haiku-4-5", "gpt-4o-mini"], n=2)).must_be_good()
    assert answer.model == "gpt-4o-mini" and len(answer.json["choices"]) == 2
    assert answer.attempts == 1


def test_an_unknown_name_in_a_list(call):
    answer = call(chat(["gpt-4o-mini", "gpt-nowhere"])).must_fail(404, "model_not_found")
    assert answer.error["param"] == "models" and "gpt-nowhere" in answer.error["message"]


# --- members that only the vendor knows ---

def test_unknown_members_go_through(tmp_path):
    seen = tmp_path / "requests"
    own = {"x_own": {"deep": [1, 2.50, "ä\u20ac", None]}, "another-one": 1e3}
    with Fleet(tmp_path / "fleet", mock_args=["--requests", str(seen)]) as fleet:
        body = json.dumps(chat("deepseek-flash", **own))
        assert ask(fleet.gateways[0], fleet.make_key(), body).must_be_good()
        sent = json.loads(seen.read_text().splitlines()[-1])["body"]
    sent = json.loads(sent) if isinstance(sent, str) else sent
    assert {name: sent[name] for name in own} == own


# --- headers of answers ---

def cost_nanos(headers):
    return int(Decimal(headers["x-smartrouter-cost"]) * 10 ** 9)


@every_model
def test_cost_is_what_the_vendor_bills(fleet, call, model):
    answer = call(chat(model)).must_be_good()
    rid = answer.headers["x-request-id"]
    billed = wait_until(lambda: [line["billed_nanos"] for line in fleet.ledger()
                                 if (line["attempt"] or "").startswith(rid + "-")], 5, "the bill")
    assert sum(billed) == cost_nanos(answer.headers) > 0


@both_ways
def test_headers(fleet, gateway, call, stream):
    answer = call(chat("gpt-4o-mini", stream=stream)).must_be_good()
    headers = answer.headers
    assert headers["content-type"].startswith("text/event-stream" if stream else "application/json")
    assert headers["x-smartrouter-attempts"] == "1"
    assert headers["x-smartrouter-epoch"] == fleet.redis("GET", "sr:1:{fleet}:epoch")
    assert 0 < int(headers["x-smartrouter-overhead-us"]) < 5_000_000
    assert Decimal("0") < Decimal(headers["x-smartrouter-budget-left"]) < 1000
    assert ("x-smartrouter-cost" in headers) != stream
    assert "x-should-retry" not in headers and "retry-after" not in headers
    assert not [name for name in headers if name.startswith("x-ratelimit")]
    line = next(line for line in gateway.log().splitlines() if headers["x-request-id"] in line)
    assert "gpt-4o-mini" in line


def test_request_ids_differ(call):
    ids = {call(chat("gpt-4o-mini")).headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20 and all(re.fullmatch(r"[0-9a-f-]+", i) for i in ids)


def test_an_error_has_an_id_too(call):
    answer = call(chat("gpt-nowhere")).must_fail(404, "model_not_found")
    assert answer.headers["x-request-id"]
    assert "x-smartrouter-model" not in answer.headers


@both_ways
def test_rate_limits_in_headers(fleet, gateway, stream):
    key = fleet.make_key(rpm=100, tpm=100_000)
    first = ask(gateway, key, chat("gpt-4o-mini", max_tokens=50, stream=stream)).must_be_good()
    headers = ask(gateway, key, chat("gpt-4o-mini", max_tokens=50, stream=stream)).headers
    assert headers["x-ratelimit-limit-requests"] == "100"
    assert headers["x-ratelimit-remaining-requests"] == "98"
    assert headers["x-ratelimit-limit-tokens"] == "100000"
    assert 99_000 < int(headers["x-ratelimit-remaining-tokens"]) < 100_000
    for kind in ("requests", "tokens"):
        assert re.fullmatch(r"\d+ms", headers["x-ratelimit-reset-" + kind])
    assert int(headers["x-ratelimit-reset-requests"][:-2]) <= 1200
    assert first.headers["x-ratelimit-remaining-requests"] == "99"


@both_ways
def test_a_smaller_answer_for_a_smaller_budget(fleet, gateway, stream):
    """A policy may allow that max_tokens is lowered to what the budget pays for."""
    poor = fleet.make_key(budget="day=0.0005")
    answer = ask(gateway, poor, chat("gpt-4o-mini", max_tokens=16000, stream=stream))
    assert 10 <= int(answer.must_be_good().headers["x-smartrouter-max-tokens"]) < 16000
    answer = ask(gateway, poor, chat("gpt-4o-mini", max_tokens=16, stream=stream))
    assert "x-smartrouter-max-tokens" not in answer.must_be_good().headers


@both_ways
@pytest.mark.parametrize("model,members,adapted", [
    ("gpt-4o-mini", dict(seed=1, user="u", temperature=1.5), None),
    ("gpt-4o-mini", dict(top_k=5), "top_k=dropped"),
    ("claude-haiku-4-5", dict(temperature=1.5, seed=1), "temperature=clamped"),
    ("claude-haiku-4-5", dict(seed=1, logit_bias={"1": 2}), "seed=dropped, logit_bias=dropped"),
    ("deepseek-flash", dict(seed=1), "seed=dropped"),
    ("qwen-plus", dict(temperature=2, frequency_penalty=1), "frequency_penalty=dropped"),
    ("qwen-plus", dict(temperature=2), "temperature=clamped"),
    ("qwen-max", dict(top_p=0), "top_p=clamped"),
    ("gpt-5-mini", dict(temperature=0.5), "temperature=dropped"),
    ("gpt-4o-mini", dict(n=1, logprobs=False, store=False, parallel_tool_calls=None), None),
])
def test_what_was_adapted(call, model, members, adapted, stream):
    answer = call(chat(model, stream=stream, **members)).must_be_good()
    told = answer.headers.get("x-smartrouter-adapted")
    assert told == adapted if adapted is None else adapted in told, told


# --- answers of every shape ---

TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
PARTS = {"text": {}, "tools": {"tools": [TOOL], "tool_choice": "required"},
         "cut": {"max_tokens": 5}, "usage": {"stream_options": {"include_usage": True}},
         "json": {"response_format": {"type": "json_object"}},
         "stop": {"stop": ["e"]}, "thinking": {"reasoning_effort": "low"}}


@both_ways
@every_model
@pytest.mark.parametrize("shape", PARTS)
def test_shapes(call, model, shape, stream):
    members = dict(PARTS[shape])
    if not stream:
        members.pop("stream_options", None)
    answer = call(chat(model, "Say something as JSON.", stream=stream, **members)).must_be_good()
    usages = [c for c in answer.chunks if c.get("usage")] if stream else [answer.json]
    assert len(usages) == (shape == "usage" or not stream)


@both_ways
@pytest.mark.parametrize("said", [
    dict(refusal="I will not."), dict(finish="content_filter"), dict(text=""), dict(tokens=1),
    dict(text="\u0000 \u2028 \U0001f600 \" \\ </script> é" * 50), dict(usage="none")])
@pytest.mark.parametrize("vendor,model", [("openai", "gpt-4o-mini")])
def test_what_is_said(call, vendor, model, said, stream):
    answer = call(chat(model, order(vendor, **said), stream=stream)).must_be_good()
    if said.get("text"):
        assert answer.content == said["text"]


@every_model
@both_ways
def test_text_comes_back_unchanged(call, model, stream):
    """Whatever the client's JSON looks like, the vendor sees the text, and so does the client."""
    text = "ä€😀 \u202e \t\n\r \"quoted\" \\ / \u007f <b> \u0001 日本語" + order(VENDORS[model], echo=True)
    for escaped in (True, False):
        body = json.dumps(chat(model, text, stream=stream), ensure_ascii=escaped).encode()
        assert call(body).must_be_good().content == text


# --- health ---

def test_health(gateway):
    for path, text in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
        answer = ask(gateway, None, None, method="GET", path=path)
        assert (answer.status, answer.text) == (200, text)
        assert answer.headers["cache-control"] == "no-store"


def test_health_without_redis(tmp_path):
    with Fleet(tmp_path, settings={"escrow.without_redis": "closed"}) as fleet:
        gateway, key = fleet.gateways[0], fleet.make_key(budget="day=1")

        def ready():
            return ask(gateway, None, None, method="GET", path="/readyz").status

        ask(gateway, key, chat("gpt-4o-mini")).must_be_good()
        fleet.redis_process.signal(signal.SIGSTOP)
        try:
            begin = time.monotonic()
            answer = ask(gateway, key, chat("gpt-4o-mini")).must_fail(503, "store_unavailable")
            assert time.monotonic() - begin < 5
            assert answer.headers["x-should-retry"] == "true"
            assert 0 < int(answer.headers["retry-after"]) <= 60
            wait_until(lambda: ready() == 503, 10, "readyz to tell that Redis is gone")
            assert ask(gateway, None, None, method="GET", path="/healthz").status == 200
            answer = ask(gateway, key, None, method="GET", path="/v1/models")
            answer.must_fail(503, "store_unavailable")
        finally:
            fleet.redis_process.signal(signal.SIGCONT)
        wait_until(lambda: ready() == 200, 10, "readyz to come back")
        ask(gateway, key, chat("gpt-4o-mini")).must_be_good()


def test_a_gateway_that_stops_ends_what_it_has_begun(tmp_path):
    with Fleet(tmp_path) as fleet:
        gateway, key = fleet.gateways[0], fleet.make_key()
        body = chat("gpt-4o-mini", order("openai", tokens=20, chunk_ms=50), stream=True)
        with Client(gateway.port, key) as client:
            begun = client.send("POST", "/v1/chat/completions", body)
            gateway.signal(signal.SIGTERM)
            time.sleep(0.2)
            try:
                ask(gateway, key, chat("gpt-4o-mini")).must_fail(503, "draining")
            except ConnectionError:
                pass  # it listens no more
            assert begun.read().endswith(b"data: [DONE]\n\n")
        assert gateway.stop() == 0


def test_the_schema_is_strict():
    """The judge of these tests, judged."""
    assert list(SCHEMA.faults("ErrorResponse", {"error": {"message": "x"}}))
    assert list(SCHEMA.faults("ListModelsResponse", {"object": "list", "data": [{"id": "x"}]}))
