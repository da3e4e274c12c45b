"""Every way in which an answer can go wrong by order, and that it does no more than was ordered."""
import email.utils
import json
import socket
import time

import pytest

from mock_vendors import (ANTHROPIC, CREDENTIAL, DEEPSEEK, NATIVE, OPENAI, QWEN, SSE, dechunk,
                          events, order, read_until_closed, user)


def openai(text="Hi", **members):
    return OPENAI, {"model": "gpt-4o", "messages": user(text), **members}


def claude(text="Hi", **members):
    return ANTHROPIC, {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": user(text),
                       **members}


def deepseek(text="Hi", **members):
    return DEEPSEEK, {"model": "deepseek-v4-pro", "messages": user(text), **members}


def qwen(text="Hi", **members):
    return QWEN, {"model": "qwen-plus", "messages": user(text), **members}


def native(text="Hi"):
    return NATIVE, {"model": "qwen-plus", "input": {"messages": user(text)},
                    "parameters": {"incremental_output": True}}


ASKS = {"openai": openai, "anthropic": claude, "deepseek": deepseek, "qwen": qwen}


def raw(vendors, path, body, headers=None):
    """(head, body as it came, body without chunks, ended properly?)"""
    s = vendors.open(path, body, {"connection": "close", **(headers or {})})
    head, _, rest = read_until_closed(s).partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        return head.decode(), rest, *dechunk(rest)
    return head.decode(), rest, rest, True


# --- errors ---

@pytest.mark.parametrize("vendor,name,status,kind,words", [
    ("openai", "rate_limit", 429, "rate_limit_exceeded", "Please try again in 120ms"),
    ("openai", "rate_limit_tokens", 429, "tokens", "tokens per min"),
    ("openai", "burst", 429, "slow_down", "ramp up"),
    ("openai", "no_money", 429, "insufficient_quota", "exceeded your current quota"),
    ("openai", "permission", 403, "unsupported_country_region_territory", "Country"),
    ("openai", "invalid_key", 401, "invalid_api_key", "Incorrect API key"),
    ("openai", "context_length", 400, "context_length_exceeded", "maximum context length"),
    ("openai", "server", 500, "server_error", "had an error"),
    ("openai", "overloaded", 503, "server_is_overloaded", "overloaded"),
    ("anthropic", "no_money", 402, "billing_error", "billing"),
    ("anthropic", "credit", 400, "invalid_request_error", "credit balance is too low"),
    ("anthropic", "too_large", 413, "request_too_large", "maximum size"),
    ("anthropic", "rate_limit", 429, "rate_limit_error", "rate limit"),
    ("anthropic", "spend_limit", 429, "enforced_spend_limit_reached", "API usage limits"),
    ("anthropic", "server", 500, "api_error", "Internal server error"),
    ("anthropic", "timeout", 504, "timeout_error", "timed out"),
    ("anthropic", "overloaded", 529, "overloaded_error", "Overloaded"),
    ("deepseek", "no_money", 402, "unknown_error", "Insufficient Balance"),
    ("deepseek", "invalid_parameters", 422, "invalid_request_error", "valid range"),
    ("deepseek", "content_policy", 400, "invalid_request_error", "Content Exists Risk"),
    ("deepseek", "overloaded", 503, "invalid_request_error", "too busy"),
    ("qwen", "no_money", 400, "Arrearage", "good standing"),
    ("qwen", "free_quota", 403, "insufficient_quota", "free tier"),
    ("qwen", "rate_limit_tokens", 429, "insufficient_quota", "current quota"),
    ("qwen", "burst", 429, "limit_burst_rate", "too quickly"),
    ("qwen", "server", 500, "internal_error", "InternalError"),
])
@pytest.mark.parametrize("stream", [False, True])
def test_error_by_name(vendors, vendor, name, status, kind, words, stream):
    vendors.rules({"vendor": vendor, "error": name})
    got, headers, text = vendors.post(*ASKS[vendor](stream=stream))
    assert got == status
    assert kind in text and words in text
    assert headers["content-type"].startswith("application/")
    assert json.loads(text)["error"]


def test_content_inspection_of_qwen_is_no_json(vendors):
    vendors.rules({"error": "content_policy"})
    status, _, text = vendors.post(*qwen())
    assert status == 400 and text.startswith("data: {")


def test_native_names_of_errors(vendors):
    for name, code in (("rate_limit", "Throttling.RateQuota"), ("burst", "Throttling.BurstRate"),
                       ("rate_limit_tokens", "Throttling.AllocationQuota"),
                       ("content_policy", "DataInspectionFailed"), ("server", "InternalError")):
        vendors.rules({"error": name})
        assert json.loads(vendors.post(*native())[2])["code"] == code
        status, _, text = vendors.post(*native(), SSE)
        assert status == 200 and events(text)[0].data["code"] == code


def test_status_and_body(vendors):
    vendors.rules({"status": 418, "body": "short and stout"})
    assert vendors.post(*openai())[::2] == (418, "short and stout")
    vendors.rules({"status": 409})
    status, _, text = vendors.post(*claude())
    assert status == 409 and json.loads(text)["type"] == "error"


@pytest.mark.parametrize("error,used_up,left,reset", [
    ("rate_limit", "requests", "tokens", "120ms"),
    ("rate_limit_tokens", "tokens", "requests", "2s"),
])
def test_a_limit_that_is_used_up(vendors, error, used_up, left, reset):
    """The headers tell of the limit that the message is about, and of no other."""
    vendors.rules({"error": error})
    _, headers, text = vendors.post(*openai())
    assert json.loads(text)["error"]["type"] == used_up and "again in " + reset in text
    assert headers["x-ratelimit-remaining-" + used_up] == "0"
    assert headers["x-ratelimit-reset-" + used_up] == reset
    assert int(headers["x-ratelimit-remaining-" + left]) > 0


@pytest.mark.parametrize("error", ["burst", "no_money", "spend_limit"])
def test_no_limit_is_used_up(vendors, error):
    vendors.rules({"error": error})
    assert not [name for name in vendors.post(*openai())[1] if name.startswith("x-ratelimit")]


@pytest.mark.parametrize("value", ["42", "0.5", "1e9", "-1", "junk"])
def test_retry_after_as_it_is(vendors, value):
    vendors.rules({"error": "rate_limit", "retry_after": value, "retry_after_ms": "1500"})
    headers = vendors.post(*openai())[1]
    assert (headers["retry-after"], headers["retry-after-ms"]) == (value, "1500")


def test_retry_after_as_a_date(vendors):
    vendors.rules({"error": "rate_limit", "retry_after": "date:30"})
    date = email.utils.parsedate_to_datetime(vendors.post(*claude())[1]["retry-after"])
    assert 25 < date.timestamp() - time.time() <= 31


def test_more_headers(vendors):
    vendors.rules({"headers": {"retry-after": "7", "x-more": "yes"}})
    status, headers, _ = vendors.post(*claude())
    assert (status, headers["retry-after"], headers["x-more"]) == (200, "7", "yes")


@pytest.mark.parametrize("vendor", ASKS)
@pytest.mark.parametrize("place", ["body", "start", "middle", "end"])
def test_error_inside_of_a_stream(vendors, vendor, place):
    vendors.rules({"error": "overloaded", "at": place})
    status, _, text = vendors.post(*ASKS[vendor](stream=True))
    assert status == 200
    stream = events(text)
    assert stream[-1].data["error"]["message"]
    assert all(not e.done and e.event != "message_stop" for e in stream)
    assert (len(stream) == 1) == (place == "body")
    if vendor == "anthropic":
        assert stream[-1].event == "error" and stream[-1].data["error"]["type"] == "overloaded_error"


def test_error_inside_of_a_whole_answer(vendors):
    vendors.rules({"error": "server", "at": "body"})
    for ask in ASKS.values():
        status, _, text = vendors.post(*ask())
        assert status == 200 and json.loads(text)["error"]


def test_leak(vendors):
    vendors.rules({"leak": True, "status": 400})
    status, _, text = vendors.post(*openai("SECRET-PROMPT"))
    assert status == 400 and "SECRET-PROMPT" in text and CREDENTIAL in text


# --- garbage ---

@pytest.mark.parametrize("stream", [False, True])
def test_garbage(vendors, stream):
    def answer(kind, **members):
        vendors.rules({"garbage": kind, **members})
        return vendors.post(*openai(stream=stream))
    status, _, text = answer("text")
    assert status == 200 and "upstream fell over" in text
    status, headers, text = answer("html")
    assert status == 502 and headers["content-type"] == "text/html" and "<html>" in text
    status, _, text = answer("huge")
    assert status == 200 and len(text) > 1 << 20
    assert answer("empty")[::2] == (200, "")
    assert answer("blank")[::2] == (200, "\n\n\n")
    status, _, text = answer("truncated")
    assert status == 200
    with pytest.raises(ValueError):
        json.loads(text.removeprefix("data: "))


def test_garbage_in_the_middle(vendors):
    vendors.rules({"garbage": "text", "at": "middle"})
    text = vendors.post(*openai(stream=True))[2]
    assert "chat.completion.chunk" in text and text.endswith("data: upstream fell over\n\n")


# --- cuts ---

@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("place", [None, "headers", "body", "start", "middle", "end"])
def test_cut(vendors, stream, place):
    path, body = openai(stream=stream)
    whole = len(vendors.post(path, body)[2])
    vendors.rules({"cut": True, "at": place} if place else {"cut": True})
    head, _, said, ended = raw(vendors, path, body)
    if place == "headers":
        assert head == "" and said == b""
        return
    assert head.startswith("HTTP/1.1 200") and not ended
    if place in ("body", "start"):
        assert b"mock answer" not in said
        assert (said != b"") == (stream and place == "start")
    if place in (None, "middle"):
        assert 0.3 * whole < len(said) < 0.7 * whole
    if place == "end":
        assert b"[DONE]" not in said and (b"stop" in said)


def test_cut_before_the_last_event_of_each_dialect(vendors):
    vendors.rules({"cut": True, "at": "end"})
    said = raw(vendors, *claude(stream=True))[2]
    assert b"message_delta" in said and b"message_stop" not in said
    said = raw(vendors, *native(), SSE)[2]
    assert b'"finish_reason":"null"' in said and b'"finish_reason":"stop"' not in said


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("byte", [0, 1, 100, 500])
def test_cut_at_a_byte(vendors, stream, byte):
    vendors.rules({"cut_byte": byte})
    _, _, said, ended = raw(vendors, *openai(stream=stream))
    assert len(said) == byte and not ended


def test_cut_behind_the_end_is_no_cut(vendors):
    vendors.rules({"cut_byte": 1000000})
    _, _, said, ended = raw(vendors, *openai(stream=True))
    assert ended and said.endswith(b"data: [DONE]\n\n")


# --- stalls and waits ---

@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("place", ["headers", "body", "start", "middle"])
def test_stall(vendors, stream, place):
    vendors.rules({"stall": True, "at": place})
    s = vendors.open(*openai(stream=stream))
    s.settimeout(0.4)
    got = b""
    with pytest.raises(socket.timeout):
        while True:
            block = s.recv(65536)
            assert block
            got += block
    s.close()
    assert (got == b"") == (place == "headers")
    assert (b"mock answer" in got or b'" moc' in got or b'"a mo' in got) == (place == "middle")


def seconds(vendors, path, body, until):
    begin = time.monotonic()
    s = vendors.open(path, body)
    got = b""
    while until not in got:
        got += s.recv(65536)
    s.close()
    return time.monotonic() - begin


def test_waits(vendors):
    vendors.rules({"headers_ms": 200, "ttft_ms": 200, "chunk_ms": 20, "chunks": 4})
    path, body = openai(stream=True)
    assert 0.2 <= seconds(vendors, path, body, b"HTTP/1.1 200") < 0.38
    assert 0.4 <= seconds(vendors, path, body, b'"This') < 0.6
    assert 0.46 <= seconds(vendors, path, body, b"[DONE]") < 0.9
    assert 0.46 <= seconds(vendors, *openai(), b"system_fingerprint") < 0.9


def test_opening_events_do_not_wait(vendors):
    vendors.rules({"ttft_ms": 300})
    assert seconds(vendors, *claude(stream=True), b"message_start") < 0.2
    assert seconds(vendors, *claude(stream=True), b"text_delta") >= 0.3


# --- framing ---

def test_keepalive(vendors):
    vendors.rules({"keepalive": 3, "keepalive_ms": 10})
    assert vendors.post(*deepseek(stream=True))[2].startswith(": keep-alive\n\n" * 3 + "data:")
    text = vendors.post(*deepseek())[2]
    assert text.startswith("\n\n\n{") and json.loads(text)
    text = vendors.post(*claude(stream=True))[2]
    assert text.startswith('event: ping\ndata: {"type": "ping"}\n\n' * 3)


def test_keepalive_and_nothing_more(vendors):
    vendors.rules({"keepalive": 2, "keepalive_ms": 1, "error": "server", "at": "start"})
    stream = vendors.post(*deepseek(stream=True))[2]
    assert stream.startswith(": keep-alive\n\n: keep-alive\n\n")


def test_crlf(vendors):
    plain = vendors.post(*openai(stream=True))[2]
    vendors.rules({"crlf": True})
    text = vendors.post(*openai(stream=True))[2]
    assert "\n" not in text.replace("\r\n", "")
    assert len(events(text.replace("\r\n", "\n"))) == len(events(plain))


def test_dribble(vendors):
    vendors.rules({"dribble": 1, "tokens": 2, "chunks": 1})
    _, body, said, ended = raw(vendors, *openai(stream=True))
    assert ended and said.endswith(b"data: [DONE]\n\n")
    assert body.count(b"1\r\n") >= len(said)


def test_ends(vendors):
    vendors.rules({"double_done": True})
    assert vendors.post(*openai(stream=True))[2].endswith("data: [DONE]\n\n" * 2)
    assert vendors.post(*claude(stream=True))[2].count("event: message_stop") == 2
    vendors.rules({"no_done": True})
    _, _, said, ended = raw(vendors, *openai(stream=True))
    assert ended and b'"finish_reason":"stop"' in said and b"[DONE]" not in said


# --- usage ---

@pytest.mark.parametrize("kind,prompt,completion", [("zero", 0, 0), ("negative", -7, -16),
                                                    ("inflated", 70, 160)])
def test_false_usage(vendors, kind, prompt, completion):
    vendors.rules({"usage": kind})
    usage = json.loads(vendors.post(*openai())[2])["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (prompt, completion)
    usage = events(vendors.post(*claude(stream=True))[2])[-2].data["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (prompt, completion)
    line = vendors.ledger()[-1]
    assert (line["usage"]["input"], line["usage"]["output"]) == (7, 16)
    assert (line["reported"]["input"], line["reported"]["output"]) == (prompt, completion)


def test_no_usage(vendors):
    vendors.rules({"usage": "none"})
    for ask in ASKS.values():
        assert "usage" not in json.loads(vendors.post(*ask())[2])
    stream = vendors.post(*openai(stream=True, stream_options={"include_usage": True}))[2]
    assert all(not e.data.get("usage") for e in events(stream)[:-1])
    assert "usage" not in events(vendors.post(*deepseek(stream=True))[2])[-2].data
    assert vendors.ledger()[-1]["reported"] is None


# --- which requests ---

def statuses(vendors, n, ask=openai, **members):
    return [vendors.post(*ask(**members))[0] for _ in range(n)]


def test_every_skip_count(vendors):
    vendors.rules({"error": "server", "every": 3})
    assert statuses(vendors, 7) == [200, 200, 500, 200, 200, 500, 200]
    vendors.rules({"error": "server", "skip": 2, "count": 2})
    assert statuses(vendors, 6) == [200, 200, 500, 500, 200, 200]


def test_percent_is_repeatable(vendors):
    vendors.rules({"error": "server", "percent": 30, "seed": 5})
    first = statuses(vendors, 60)
    vendors.reset()
    assert statuses(vendors, 60) == first
    assert 6 <= first.count(500) <= 30


def test_matching(vendors):
    vendors.rules({"vendor": "anthropic", "status": 501}, {"model": "gpt-4o*", "stream": True, "status": 502},
                  {"prompt": "MARK", "status": 503, "name": "marked"}, {"model": "gpt-4o", "status": 504})
    assert vendors.post(*claude())[0] == 501
    assert vendors.post(*openai(stream=True))[0] == 502
    assert vendors.post(*qwen("a MARK"))[0] == 503
    assert vendors.post(*openai("a MARK"))[0] == 503  # the first that applies
    assert vendors.post(*openai())[0] == 504
    assert vendors.post(*qwen())[0] == 200
    assert vendors.stats()["rules"][2] == {"name": "marked", "seen": 2, "hits": 2}


def test_prompts_give_orders(vendors):
    vendors.rules({"status": 599})
    both = order(vendor="openai", error="server") + order(vendor="anthropic", error="overloaded")
    assert vendors.post(*openai(both))[0] == 500
    assert vendors.post(*claude(both))[0] == 529
    assert vendors.post(*qwen(both))[0] == 599
    vendors.rules()
    assert vendors.post(*qwen(both))[0] == 200
    status, _, text = vendors.post(*openai('mock:{"eror":"server"}'))
    assert status == 400 and "eror: no such member of a rule" in text


def test_malformed_requests_meet_no_rule(vendors):
    vendors.rules({"error": "server", "count": 1})
    assert vendors.post(*openai(temperature=9))[0] == 400
    assert vendors.post(*openai())[0] == 500


@pytest.mark.parametrize("rules,words", [
    ('[{"vendor":"nobody"}]', "vendor: unknown"),
    ('[{"error":"none"}]', "error: no vendor has one of this name"),
    ('[{"at":"nowhere"}]', "at: wrong value, one of headers|body|start|middle|end"),
    ('[{"tokens":-1}]', "tokens: wrong value"),
    ('[{"status":999}]', "status: from 200 to 599"),
    ('[{"bogus":1}]', "bogus: no such member of a rule"),
    ('{"rules":{}}', "rules are a list"),
    ("- {a: [}", "rules:1:"),
])
def test_faulty_rules_change_nothing(vendors, rules, words):
    vendors.rules({"status": 503})
    status, _, text = vendors.call("POST", "/_mock/rules", rules)
    assert status == 400 and words in json.loads(text)["error"]
    assert vendors.post(*openai())[0] == 503


def test_rules_change_under_way(vendors):
    """A stream goes on by the rule it began with."""
    vendors.rules({"text": "abcdefgh" * 8, "ttft_ms": 200, "chunks": 4, "chunk_ms": 20})
    s = vendors.open(*openai(stream=True))
    time.sleep(0.1)
    vendors.rules({"status": 500})
    data = b""
    while b"[DONE]" not in data:
        data += s.recv(65536)
    s.close()
    assert b"abcdefgh" in data
