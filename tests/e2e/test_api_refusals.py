"""Requests that get no answer: whose limit it is and what to do, and input of every odd kind."""
import contextlib
import json
import time

import pytest

from client import Client, ask, chat, must_fit, order
from fleet import Fleet, wait_until

LONGEST_RETRY_S = 60  # client libraries wait no longer


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    settings = {"gateway.max_body": "8MiB", "gateway.inline_body": "64KiB",
                "gateway.json_values": 50000,
                "breakers.keep": False}  # each vendor is made to fail again and again
    with Fleet(tmp_path_factory.mktemp("refusals"), settings=settings) as fleet:
        yield fleet


def names(answer, *words):
    for word in words:
        assert word in answer.error["message"], (word, answer)


def must_end(answer):
    """Whoever is told this does not come back."""
    assert answer.headers["x-should-retry"] == "false", answer
    assert "retry-after" not in answer.headers or int(answer.headers["retry-after"]) > LONGEST_RETRY_S


def must_come_back(answer):
    assert answer.headers["x-should-retry"] == "true", answer
    assert 0 < int(answer.headers["retry-after"]) <= LONGEST_RETRY_S, answer


def plain_id(key):
    return Fleet.public_id(key).rsplit("_", 1)[1]


@contextlib.contextmanager
def in_flight(gateway, key, **members):
    """A request of the key is being answered."""
    with Client(gateway.port, key) as client:
        prompt = order("openai", tokens=40, chunk_ms=25)
        assert client.send("POST", "/v1/chat/completions",
                           chat("gpt-4o-mini", prompt, stream=True, **members)).status == 200
        yield


# --- who asks ---

@pytest.mark.parametrize("headers,code", [
    ({}, "missing_api_key"),
    ({"authorization": ""}, "missing_api_key"),
    ({"authorization": "Basic Zm9vOmJhcg=="}, "missing_api_key"),
    ({"authorization": "Bearer "}, "missing_api_key"),
    ({"authorization": "Bearer sk-proj-1234567890"}, "invalid_api_key"),
    ({"authorization": "Bearer sk-sr-acme_x-" + "A" * 49}, "invalid_api_key"),
    ({"x-api-key": "sk-ant-1234"}, "invalid_api_key"),
])
def test_no_key(gateway, headers, code):
    answer = ask(gateway, None, chat("gpt-4o-mini"), headers=headers).must_fail(401, code)
    assert answer.headers["www-authenticate"] == "Bearer" and "1234" not in answer.text
    must_end(answer)


@pytest.mark.parametrize("headers", [
    {"authorization": "Bearer KEY"}, {"authorization": "bearer KEY"},
    {"authorization": "Bearer   KEY"}, {"x-api-key": "KEY"}])
def test_ways_to_send_a_key(gateway, key, headers):
    headers = {name: value.replace("KEY", key) for name, value in headers.items()}
    ask(gateway, None, chat("gpt-4o-mini"), headers=headers).must_be_good()


@pytest.mark.parametrize("level", ["key", "team", "org"])
def test_who_is_blocked(fleet, gateway, level):
    key = fleet.make_key("blocked-%s/apps" % level)
    name = {"key": fleet.public_id(key), "team": "blocked-team/apps", "org": "blocked-org"}[level]
    ask(gateway, key, chat("gpt-4o-mini")).must_be_good()
    fleet.ctl(level, "block", name)
    answer = ask(gateway, key, chat("gpt-4o-mini")).must_fail(403, "key_blocked")
    must_end(answer)
    names(answer, level, "`%s`" % {"key": plain_id(key), "team": "apps", "org": "blocked-org"}[level])
    fleet.ctl(level, "unblock", name)
    comes_to_be_good(gateway, key)


def comes_to_be_good(gateway, key):
    """News of a key's record are heard within a second."""
    wait_until(lambda: ask(gateway, key, chat("gpt-4o-mini")).status == 200, 1.5, "a key to be good")


def test_a_new_secret(fleet, gateway):
    old = fleet.make_key()
    ask(gateway, old, chat("gpt-4o-mini")).must_be_good()
    new = json.loads(fleet.ctl("key", "rotate", fleet.public_id(old), "--grace", "0s", "--json"))["key"]
    comes_to_be_good(gateway, new)
    ask(gateway, old, chat("gpt-4o-mini")).must_fail(401, "invalid_api_key")
    old, new = new, json.loads(fleet.ctl("key", "rotate", fleet.public_id(new), "--json"))["key"]
    comes_to_be_good(gateway, new)
    ask(gateway, old, chat("gpt-4o-mini")).must_be_good()


def test_an_expired_key(fleet, gateway):
    key = fleet.make_key(expires="1s")
    ask(gateway, key, chat("gpt-4o-mini")).must_be_good()
    time.sleep(1.1)
    must_end(ask(gateway, key, chat("gpt-4o-mini")).must_fail(401, "expired_api_key"))


def test_a_deleted_key(fleet, gateway):
    key = fleet.make_key()
    ask(gateway, key, chat("gpt-4o-mini")).must_be_good()
    fleet.ctl("key", "delete", fleet.public_id(key))
    ask(gateway, key, chat("gpt-4o-mini")).must_fail(401, "invalid_api_key")


# --- limits ---

@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "total"])
@pytest.mark.parametrize("level", ["key", "team", "org"])
def test_whose_budget(fleet, gateway, level, period):
    key = fleet.make_key("%s-%s/apps" % (level, period))
    name = {"key": fleet.public_id(key), "team": "%s-%s/apps" % (level, period),
            "org": "%s-%s" % (level, period)}[level]
    fleet.ctl("budget", "set", level + ":" + name, period + "=0.000007")
    answer = ask(gateway, key, chat("gpt-4o-mini")).must_fail(402, "budget_exceeded")
    assert answer.error["type"] == "insufficient_quota"
    shown = plain_id(key) if level == "key" else name.split("/")[-1]
    names(answer, "%s budget of %s `%s` is $0.000007" % (period, level, shown), "$0.000007 is free")
    must_end(answer)


def test_a_budget_held_by_others(fleet, gateway):
    key = fleet.make_key(budget="day=0.003")
    with in_flight(gateway, key, max_tokens=4000):
        answer = ask(gateway, key, chat("gpt-4o-mini", max_tokens=4000))
        names(answer.must_fail(429, "budget_reserved"), "day budget of key `%s`" % plain_id(key),
              "Requests in flight hold the rest")
        must_come_back(answer)


@pytest.mark.parametrize("level", ["key", "team", "org"])
@pytest.mark.parametrize("rate,unit", [("rpm", "requests"), ("tpm", "tokens")])
def test_whose_rate(fleet, gateway, level, rate, unit):
    org = "rate-%s-%s" % (level, rate)
    key = fleet.make_key(org + "/apps")
    limit = 1 if rate == "rpm" else 700
    name = {"key": fleet.public_id(key), "team": org + "/apps", "org": org}[level]
    fleet.ctl(level, "set", name, "--" + rate, str(limit))
    long = chat("gpt-4o-mini", order("openai", tokens=400), max_tokens=400)
    ask(gateway, key, long).must_be_good()
    answer = ask(gateway, key, long).must_fail(429, "rate_limit_exceeded")
    assert answer.error["type"] == unit
    shown = plain_id(key) if level == "key" else name.split("/")[-1]
    names(answer, "%s `%s` is %d %s per minute" % (level, shown, limit, unit), "Try again in ")
    must_come_back(answer)


def test_a_rate_that_was_lowered_blocks_for_a_minute_at_most(fleet, gateway):
    key = fleet.make_key(rpm=60)
    with Client(gateway.port, key) as client:
        for _ in range(30):
            client.call("POST", "/v1/chat/completions", chat("gpt-4o-mini")).must_be_good()
    fleet.ctl("key", "set", fleet.public_id(key), "--rpm", "1")
    answer = ask(gateway, key, chat("gpt-4o-mini")).must_fail(429, "rate_limit_exceeded")
    assert 50 < int(answer.headers["retry-after"]) <= 60
    must_come_back(answer)


def test_a_wait_that_no_client_library_would_wait(fleet, gateway, key):
    fleet.rules([{"error": "rate_limit", "retry_after": "120"}])
    try:
        answer = ask(gateway, key, chat("gpt-4o-mini"))
    finally:
        fleet.rules([])
    assert answer.status == 429, answer
    assert LONGEST_RETRY_S < int(answer.headers["retry-after"]) <= 120
    must_end(answer)


def test_more_tokens_than_a_minute_has(fleet, gateway):
    key = fleet.make_key(tpm=100)
    answer = ask(gateway, key, chat("gpt-4o-mini", max_tokens=400))
    names(answer.must_fail(429, "request_over_rate_limit"), plain_id(key), "100 tokens per minute")
    must_end(answer)


def test_too_many_at_once(fleet, gateway):
    key = fleet.make_key(concurrency=1)
    with in_flight(gateway, key):
        answer = ask(gateway, key, chat("gpt-4o-mini"))
        names(answer.must_fail(429, "concurrency_limit_exceeded"),
              "key `%s` is 1" % plain_id(key))
        must_come_back(answer)


# --- vendors ---

@pytest.mark.parametrize("vendor,model", [
    ("openai", "gpt-4o-mini"), ("anthropic", "claude-haiku-4-5"), ("deepseek", "deepseek-flash"),
    ("qwen", "qwen-plus")])
@pytest.mark.parametrize("error,status,code", [
    ("bad_request", 400, "vendor_refused"), ("context_length", 400, "context_length_exceeded"),
    ("content_policy", 400, "content_policy_violation"), ("invalid_key", 502, "vendor_credential"),
    ("no_money", 502, "vendor_credential"), ("model_not_found", 404, "model_not_found"),
    ("rate_limit", 429, "vendor_rate_limited"), ("server", 502, "vendor_error")])
def test_what_a_vendor_says(call, vendor, model, error, status, code):
    answer = call(chat(model, order(vendor, error=error))).must_fail(status, code)
    names(answer, vendor + "/" + model)
    assert answer.headers["x-should-retry"] == "false"  # we have tried again already


# --- input ---

GOOD = json.dumps(chat("gpt-4o-mini"))


@pytest.mark.parametrize("body", [
    b"", b" ", b"null", b"[]", b'"text"', b"7", b"{", b"}", b'{"model"}', GOOD[:-1].encode(),
    GOOD.encode() + b"x", GOOD.encode() + b"{}", b"\xff\xfe", b"\x00", b'{"a":1,}', b"{'a':1}",
    GOOD.encode().replace(b"Say", b"\xc3\x28"), GOOD.encode().replace(b"Say", b"\xed\xa0\x80"),
    GOOD.encode().replace(b"Say", b"\\x41"),
    GOOD.encode().replace(b"Say", b"a\nb"), GOOD.encode().replace(b"Say", b"\xc0\x80"),
    GOOD.encode()[:-1] + b',"temperature":01}', GOOD.encode()[:-1] + b',"temperature":NaN}',
    GOOD.encode("utf-16"), b"[" * 100_000, b'{"a":' * 1000, b"model=gpt-4o-mini&messages=x",
], ids=lambda body: repr(body[:24]))
def test_no_json(call, body):
    answer = call(body).must_fail(400, "invalid_json")
    must_end(answer)
    assert answer.error["message"] and "Say" not in answer.error["message"]


@pytest.mark.parametrize("more,code,param", [
    ({"model": None}, "missing_required_parameter", "model"),
    ({"model": 7}, "invalid_value", "model"),
    ({"model": ""}, "invalid_value", "model"),
    ({"model": "m" * 5000}, "invalid_value", "model"),
    ({"models": "gpt-4o"}, "invalid_value", "models"),
    ({"models": ["gpt-4o"] * 17}, "invalid_value", "models"),
    ({"messages": None}, "missing_required_parameter", "messages"),
    ({"messages": "Hello"}, "invalid_value", "messages"),
    ({"messages": []}, "invalid_value", "messages"),
    ({"messages": ["Hello"]}, "invalid_value", "messages[0]"),
    ({"messages": [{"content": "x"}]}, "missing_required_parameter", "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "missing_required_parameter", "messages[0].content"),
    ({"messages": [{"role": "user", "content": 1}]}, "invalid_value", "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "invalid_value",
     "messages[0].content[0].type"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "missing_required_parameter",
     "messages[0].tool_call_id"),
    ({"temperature": "hot"}, "invalid_value", "temperature"),
    ({"temperature": 2.1}, "invalid_value", "temperature"),
    ({"max_tokens": 0}, "invalid_value", "max_tokens"),
    ({"max_tokens": 1.5}, "invalid_value", "max_tokens"),
    ({"max_tokens": 10 ** 30}, "invalid_value", "max_tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "invalid_value", "max_tokens"),
    ({"n": 0}, "invalid_value", "n"), ({"n": 129}, "invalid_value", "n"),
    ({"stream": "yes"}, "invalid_value", "stream"),
    ({"stream_options": {"include_usage": True}}, "invalid_value", "stream_options"),
    ({"stop": [1]}, "invalid_value", "stop"), ({"stop": ["a"] * 5}, "invalid_value", "stop"),
    ({"tools": {}}, "invalid_value", "tools"), ({"tools": [{}]}, None, None),
    ({"tool_choice": "perhaps"}, None, None),
    ({"response_format": {"type": "xml"}}, "invalid_value", "response_format.type"),
    ({"top_logprobs": 3}, "invalid_value", "top_logprobs"),
    ({"reasoning_effort": "heroic"}, "invalid_value", "reasoning_effort"),
])
def test_a_wrong_member(call, more, code, param):
    answer = call({**chat("gpt-4o-mini", "CANARY"), **more})
    assert answer.status == 400 and must_fit("ErrorResponse", answer.json), answer
    assert answer.error["type"] == "invalid_request_error" and "CANARY" not in answer.text
    assert param is None or (answer.code, answer.error["param"]) == (code, param), answer
    assert param is None or param in answer.error["message"]
    must_end(answer)


def test_an_empty_body(call):
    for body in (b"", b" \r\n"):
        names(call(body).must_fail(400, "invalid_json"), "empty")


def test_a_name_given_twice(call):
    """Who reads the first and who the last would see two requests."""
    for twice in ('"model":"gpt-4o-mini","model":"qwen-plus",', '"stream":false,"stream":true,',
                  '"mod\\u0065l":"qwen-plus",'):
        call(("{" + twice + GOOD[1:]).encode()).must_fail(400, "invalid_json")


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/xml", "json"])
def test_another_content_type(call, kind):
    answer = call(GOOD, headers={"content-type": kind}).must_fail(415, "unsupported_media_type")
    names(answer, "Content-Type: application/json")
    must_end(answer)


@pytest.mark.parametrize("kind", [
    None, "application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_a_good_content_type(call, kind):
    call(GOOD.encode(), headers={"content-type": kind}).must_be_good()


def test_a_compressed_body(call):
    call(GOOD, headers={"content-encoding": "gzip"}).must_fail(415, "unsupported_media_type")


def test_methods_and_paths(call):
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = call(None, method=method).must_fail(405, "method_not_allowed")
        assert answer.headers["allow"] == "POST"
    for path in ("/", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions/", "/V1/chat/completions",
                 "/v1/completions", "/v1/embeddings", "/metrics"):
        must_end(call(GOOD, path=path).must_fail(404, "unknown_url"))
    call(GOOD, path="/v1/chat/completions?api-version=1").must_be_good()


def test_a_byte_order_mark(call):
    """Some programs on Windows write one; no vendor takes it, and we are no stricter than they."""
    answer = call(b"\xef\xbb\xbf" + GOOD.encode())
    assert answer.status == 400 and answer.code == "invalid_json"


# --- large input ---

def test_a_thousand_messages(call):
    messages = [{"role": ("user", "assistant")[i % 2], "content": "Message %d." % i}
                for i in range(999)]
    messages.append({"role": "user", "content": "And?"})
    for model in ("gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus"):
        answer = call({"model": model, "messages": messages}).must_be_good()
        assert answer.usage["prompt_tokens"] > 1000


def test_a_long_prompt(call):
    """Read by another thread; the vendor counts what we sent."""
    answer = call(chat("claude-haiku-4-5", "ä" * 250_000)).must_be_good()
    assert answer.usage["prompt_tokens"] >= 125_000


def test_a_prompt_too_long_for_all(call):
    answer = call(chat("gpt-4o-mini", "word " * 200_000)).must_fail(400, "context_length_exceeded")
    must_end(answer)


def test_a_large_image(call):
    url = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 6_000_001
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    for model in ("gpt-4o-mini", "claude-haiku-4-5"):
        call({"model": model, "messages": [{"role": "user", "content": parts}]}).must_be_good()


def test_a_body_too_large(gateway, key, call):
    answer = call(chat("gpt-4o-mini", "x" * (8 << 20)))
    must_end(answer.must_fail(413, "request_too_large"))
    names(answer, str(8 << 20))


def test_deep_and_wide_json(call):
    def deep(n):
        return chat("deepseek-flash", x_own=json.loads("[" * n + "]" * n))

    call(deep(60)).must_be_good()
    call(deep(70)).must_fail(400, "invalid_json")
    call(chat("deepseek-flash", x_own=[0] * 40_000)).must_be_good()
    call(chat("deepseek-flash", x_own=[0] * 60_000)).must_fail(400, "invalid_json")
    call((GOOD[:-1] + ',"x":' + "1" * 100 + "}").encode()).must_fail(400, "invalid_json")


def test_a_body_in_pieces(gateway, key):
    with Client(gateway.port, key) as client:
        pieces = (GOOD[i:i + 7].encode() for i in range(0, len(GOOD), 7))
        client.connection.request("POST", "/v1/chat/completions", pieces, {
            "authorization": "Bearer " + key, "content-type": "application/json"},
            encode_chunked=True)
        assert client.connection.getresponse().status == 200
