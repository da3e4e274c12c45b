"""What each fuzz target begins with: inputs made from tests/golden and conf/, and words for it.

An input begins with bytes that choose (see the targets): zero bytes choose a plain model
that can everything.
"""
import hashlib
import json
import pathlib
import re
import zlib

TOP = pathlib.Path(__file__).resolve().parents[2]
LONGEST = 8192

DIALECTS = ["openai", "anthropic", "deepseek", "qwen", "qwen_native"]
MODEL = bytes(6)  # vendor_choose()


def goldens():
    """dialect, its place in tbl/vendors.h, exchange"""
    for number, dialect in enumerate(DIALECTS):
        for path in sorted((TOP / "tests" / "golden" / dialect).glob("*.json")):
            yield dialect, number, json.loads(path.read_text())


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def body_of(response):
    if "body" in response:
        return compact(response["body"])
    return response.get("text", "").encode()


# --- requests ---

TOOL = {"type": "function", "function": {
    "name": "look_up", "description": "Looks up", "strict": True,
    "parameters": {"type": "object", "properties": {"word": {"type": ["string", "null"]}},
                   "required": ["word"], "additionalProperties": False}}}
CALL = {"id": "call_1", "type": "function",
        "function": {"name": "look_up", "arguments": "{\"word\":\"fjord\"}"}}
USER = {"role": "user", "content": "What is a fjord?"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=",
                                            "detail": "low"}}
SCHEMA = {"name": "answer", "strict": True,
          "schema": {"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}},
                     "$defs": {"b": {"anyOf": [{"type": "integer", "minimum": 1}, {}]}}}}

REQUESTS = [
    {"messages": [{"role": "system", "content": "Be brief."}, USER], "temperature": 1.5,
     "top_p": 0.5, "stop": ["\n", "END"], "seed": 7, "max_tokens": 100, "user": "u"},
    {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]},
                  {"role": "tool", "tool_call_id": "call_1", "content": "A bay"}],
     "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "look_up"}},
     "parallel_tool_calls": False, "stream": True, "stream_options": {"include_usage": True}},
    {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        IMAGE, {"type": "file", "file": {"file_id": "f"}}]}], "n": 2, "logprobs": True,
     "top_logprobs": 3, "reasoning_effort": "high"},
    {"messages": [USER], "response_format": {"type": "json_schema", "json_schema": SCHEMA},
     "service_tier": "flex", "metadata": {"a": "b"}, "logit_bias": {"50256": -100}},
    {"messages": [{"role": "developer", "content": "Think."}, USER,
                  {"role": "assistant", "content": "Hm", "reasoning_content": "It",
                   "reasoning_details": [{"type": "thinking", "thinking": "x", "signature": "s"}]},
                  USER], "thinking": {"type": "enabled", "budget_tokens": 2048},
     "models": ["a", "b"]},
    {"messages": [USER], "tools": [TOOL, {"type": "custom", "custom": {"name": "grep"}}],
     "tool_choice": "required", "enable_thinking": True, "thinking_budget": 100,
     "response_format": {"type": "json_object"}},
    {"messages": [{"role": "user", "content": [
        {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.org/v.mp4"}}]}],
     "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
    {"messages": [USER, {"role": "assistant", "content": "A fjord is"}],
     "functions": [{"name": "f"}], "function_call": "auto", "presence_penalty": 1},
    {"messages": [USER], "tools": [TOOL], "tool_choice": {
        "type": "allowed_tools", "allowed_tools": {
            "mode": "auto", "tools": [{"type": "function", "function": {"name": "look_up"}}]}}},
]


def requests():
    for members in REQUESTS:
        yield compact({"model": "m"} | members)
    for dialect, _, exchange in goldens():
        body = (exchange.get("request") or {}).get("body")
        if dialect not in ("anthropic", "qwen_native") and isinstance(body, dict):
            yield compact(body)


# --- records of the journal ---

def number(n):
    n = n << 1 ^ n >> 63
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def text(s):
    return bytes([len(s)]) + s.encode()


def scope(name):
    limits = [-1, -1, 5, -1, -1, 60, -1, 2]
    return text(name) + number(3) + number(0) + b"".join(map(number, limits))


def admit():
    periods = b"".join(text(p) + number(1) + number(2)
                       for p in ("h2026112213", "d20261122", "w2026W47", "m202611", "t"))
    return (b"\x01" + text("r1") + text("gw") + scope("acme") + scope("team") + scope("key") +
            periods + number(0) + number(1700000000) + number(60000) + number(1))


def settle(attempt):
    return (b"\x04" + text("r1") + number(attempt) + number(1234) + number(4) + number(-1) +
            text("m") + text("e") + b"".join(map(number, [10] * usage_classes())) + number(0))


def usage_classes():
    return len(re.findall(r"^USAGE\(", (TOP / "src/tbl/usage.h").read_text(), re.M))


def journals():
    story = [b"\x00" + number(1) + text("boot"), admit(),
             b"\x03" + text("r1") + number(1) + number(99), settle(1),
             b"\x02" + text("r1") + number(2), b"\x05" + text("r1")]
    for upto in range(1, len(story) + 1):
        yield b"".join(bytes([0]) + len(r).to_bytes(2, "big") + r for r in story[:upto])
        yield b"\x08" + b"\0\0" + b"".join(bytes([0]) + len(r).to_bytes(2, "big") + r
                                           for r in story[1:upto])


# --- small ones ---

HEADS = [
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 12\r\n"
    b"Authorization: Bearer x\r\n\r\n",
    b"POST http://a/v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET /a%2Fb HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\r\nX:  b\n continued\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\0b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
]

TEXTS = ["6m0s", "2026-11-22T20:01:00Z", "open failed 1 2 3 4 5 6",
         "sk-sr-acme_k1-" + "a" * 49, "acme\nk1\nrandom", "redis://u@h:6379/3", "unix:///a?db=1",
         "redis+sentinel://u@h:1,[::1]/n/2", "redis+cluster://u@h,h:2",
         "120", "0.5", "Sun, 06 Nov 1994 08:49:37 GMT", "-9223372036854775808", "0.000123",
         "0.1875", "2026-11-22", "06:30", "500ms", "7d", "16KiB", "h2026112213", "w2026W47", "t"]


def reply(value):
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, (list, tuple)):
        return b"*%d\r\n" % len(value) + b"".join(map(reply, value))
    return b"$%d\r\n%s\r\n" % (len(value), value.encode())


RECORD = ["ver", "3", "status", "active", "budget:month", "1000", "rpm", "5", "team", "t1",
          "digest", "ab", "models", "a,b", "expires", "0"]
RESERVATION = ["st", "O", "n", "2", "owner", "gw", "issued", "1700000000000000", "payer", "t1 k1",
               "budgets", "key:m202611 org:t", "rates", "key:tpm", "s1", "O", "r1", "10", "c1", "0",
               "e1", "1"]
LEDGER = [["1-0", ["at", "17", "rid", "r1", "attempt", "1", "estimated", "1"]]]
REPLIES = [
    [["ok", 1700000000000000, 0, 100, 5, 100, 0] + [1, 2, 3] * 3],
    [["budget", 1, 1, 10, 0, 0, 5] + [0] * 9], [["ok", 1, 0, 100, 5, 1, 0]], [["ok", 0]],
    [RECORD, RECORD, RECORD], [RESERVATION], [RESERVATION, ["ok", 5]], [["r1", "r2"]],
    ["t1", ["ok", 1]],
    # once believed: a key without a team, a candidate beyond the plan, a team's id too long
    [RECORD, RECORD[:8]], [["ok", 1, 9, 100, 5, 1, 0]], ["t" * 300],
    [["1", None, "3"]], ["7"], [["7", "ab", "{}"]], [["gw", "{}"]], [[1, 5]],
    ["# Server\r\nredis_version:7.0\r\nrole:master\r\nused_memory:5\r\n"], [["r1", "17"]], [LEDGER],
    ["run_id:%s\r\nrole:master\r\nmaster_replid2:%s\r\n" % ("0a" * 20, "1b" * 20)],
    [[0, 16383, ["h", 7, "id", []], [None, 7]]],
]

CONF = "conf/smartrouter.yaml conf/endpoints.yaml conf/routing.yaml".split()
SMALL_CONF = b"""\
gateway: {listen: ':1', max_body: 1MiB, request_timeout: 5s}
redis: {url: 'redis://h:1/2'}
include: [more.yaml]
endpoints:
  openai: {api_key: '${KEY}', headers: {OpenAI-Project: p}, models: [m]}
  other: {dialect: openai, base_url: 'http://h/v1', api_key: none}
models:
  openai:
    m: {context: 1000, max_output: 100, can: [tools, images], thinking: default, quirks: [no_stop],
        created: 2026-01-02, snapshots: [m-1]}
prices:
  openai:
    m: {source: s, date: 2026-01-02, input: 0.5, output: 2, service_tiers: {flex: 0.5},
        above: {500: {input: 1}}, windows: [{days: mon-fri, hours: '01:00-04:00', input: 0.1}]}
aliases: {fast: [m, openai/m-1]}
strategies:
  s: {base: cost, filter: 'model != "m" or not code', score: quality - cost / first.cost,
      rules: [{when: 'task in ["other"]', use: quality, set: {quality_floor: 0.5}}]}
  t: {script: 'function score() return {1} end'}
policies: {default: {order: [fast], max_attempts: 2, unsupported: refuse}}
"""


def published():
    return compact({"endpoints": {"openai": {"api_key": "${K}"}},
                    "models": {"openai": {"m": {"context": 10, "max_output": 5}}}})


# --- by target ---

def of_answer():
    for _, nth, exchange in goldens():
        response = exchange["response"]
        if "sse" not in response:
            status = (response["status"] - 200) % 400
            yield MODEL + bytes([nth]) + status.to_bytes(2, "big") + bytes(2) + body_of(response)


def of_conf():
    yield SMALL_CONF
    yield SMALL_CONF.replace(b"prices:", b"\0prices:") + b"\0" + published()
    for name in CONF:
        yield (TOP / name).read_bytes()


RECORD = {
    "id": "19af-0-1", "at_us": 1795375839263066, "org": "o", "team": "t", "key": "k",
    "policy": "default", "asked": "auto,gpt-4o", "strategy": "balanced", "custom_failed": "why",
    "guard": "held", "choosing": True, "relaxed": True, "floor_unmet": True,
    "versions": {"program": "1", "catalog": "ab", "epoch": 1, "snapshot": "cd",
                 "snapshot_version": 2, "task_model": "ef", "quality_model": "0"},
    "facts": {
        "features": {"counts": {"word": 13, "digit": 2, "cjk": 3}, "text_bytes": 102, "messages": 1,
                     "turns": 1, "tools": 1, "images": 1, "marks": ["code", "tools"], "lang": "en"},
        "task": {"name": "other", "confidence": 0.5}, "needs": ["tools", "json_schema"],
        "max_tokens": -1, "choices": 1, "stream": True, "thinks": True,
        "wish": {"strategy": "order", "quality_weight": 1, "max_cost": "inf", "certainty": None},
        "said": {"max_latency": 0}, "pace": -0.0, "seed": "00000000887d3c5d", "at_s": 1795375839,
        "prefixes": [{"hash": "0123456789abcdef", "tokens": 2000}]},
    "considered": [
        {"model": "m", "vendor": "v", "endpoint": "e", "place": 1, "rank": 128, "score": 1e-300,
         "terms": {"input": 26, "quality_se": 0.081007368847310288, "known": ["quality", "price"]},
         "evidence": {"payer_mean": 0.5, "prompt_mass": 3}, "fixed_nanos": 36900,
         "output_picos": 600000, "max_tokens": 50, "min_tokens": 50, "input_bound": 246,
         "choices": 1},
        {"model": "m", "vendor": "v", "endpoint": "f", "left_out": "cost"}],
    "declined": [{"model": "m", "vendor": "v", "reason": "denied", "why": "it may not"}],
    "outcome": {"end": "ok", "admitted": 1, "max_tokens": 50, "cost_nanos": 6600,
                "unknown_cost": True, "total_ms": 12.345, "tried": [
                    {"place": 1, "status": 200, "end": "ok", "first_ms": 1.5, "total_ms": 3,
                     "usage": {"tokens": {"input": 9, "output": 2}, "reasoning": 1, "seen": True}}]},
}


def of_decision():
    yield compact({"decision": RECORD})
    for name, value in RECORD.items():
        yield compact({"decision": {name: value}})


EXPRESSIONS = [
    (0, b"quality - 2 * cost / max(first.cost, 1e-9) - if(latency > 3, 0.1, -(1))"),
    (1, b"vendor != 'v' or not (model in [\"a\", 'b'] and code) and starts_with(model, \"a\")"),
    (2, b"turns not in [1, -2] and weekday == 'sun' or hour >= 12 and quality_floor < 0.5"),
]


def of_custom():
    for which, text in EXPRESSIONS:
        yield bytes([which]) + text
    for path in sorted((TOP / "tests/strategies/hostile").glob("*.lua")):
        yield b"\3" + path.read_bytes()
    yield b"\3" + (TOP / "lua/strategies/good_enough.lua").read_bytes()


def of_http():
    yield from HEADS


def of_journal():
    yield from journals()


def of_json():
    yield from requests()
    for _, _, exchange in goldens():
        yield body_of(exchange["response"])
    yield b'[1e5,-0.0,"\\ud83d\\ude00",true,null,{"a":{"b":[]}}]'


LINE = [0.0078, 0.1] + [0.01] * 12
QUALITY_MODEL = {
    "rows": 2, "sharpness": 4, "unseen": 64, "mean": [0] * 12, "spread": [1] * 12,
    "models": [{"name": "big", "mean": 0.9, "mass": 20}, {"name": "small", "mean": 0.5, "mass": 20}],
    "groups": [{"name": "sums", "domain": 0, "n": 20, "line": LINE}],
    "domains": [{"name": "sums", "n": 20, "scale": 0.0078, "usual": 0.4, "strange": 0.2,
                 "slopes": [0.8, 0.2], "experts": [
                     {"model": 0, "mean": 0.9, "means": [0.8, 0.9], "line": LINE, "groups": [0.9]},
                     {"model": 1, "mean": 0.5, "means": [0.5, 0.5], "line": LINE,
                      "groups": [0.4]}]}],
}


def of_quality():
    body = compact(QUALITY_MODEL) + b"\n" + bytes([7, 0, 64, 127, 90, 5, 250]) * 2
    yield (b"smartrouter-quality-model 1 " + hashlib.sha256(body).hexdigest().encode() + b"\n"
           + body)


def of_redis():
    for which in range(21):
        for replies in REPLIES:
            yield bytes([which]) + b"".join(map(reply, replies))


def of_request():
    for body in requests():
        yield MODEL + bytes(3) + body


def of_scrub():
    yield b"Invalid value: 'The quick brown fox jumps'\0The quick  brown fox jumps over"
    yield b"Incorrect API key provided: sk-abc***xyz\0x"
    yield "Bad: Größe 你好你好\0你好你好 Größe".encode()


SNAPSHOT = {
    "targets": [{"model": "acme/big", "endpoint": "west", "attempts": 12.5, "failure": 0.25,
                 "latency": {"1k": {"n": 9, "first_p50_ms": 310, "first_p95_ms": 902.4,
                                    "first_mean_ms": 364.2, "first_var": 3.1e+04,
                                    "token_mean_ms": 14.2, "token_var": 3.5}}}],
    "models": [{"model": "acme/org/small", "calibration": 1.031,
                "length": {"n": 8, "q50": 5.31, "q90": 6.6},
                "lengths": {"code": {"n": 3, "q50": 5.9, "q90": 6.9}},
                "skills": {"other": {"mean": 0.84, "mass": 12.5}}}],
    "length": {"n": 12, "q50": 5.2, "q90": 6.7},
    "warm": [["9f86d081884c7d65", 0, 2048, 1763838300]],
}

TALLIES = [
    ("attempts west big", "1763838000000000 0:40000000 1:10000000"),
    ("first east org/small 4k", "1763837990000000 140:2000000 151:1500000"),
    ("token east org/small 4k", "1763837990000000 180:2000000"),
    ("length big code", "1763830000000000 120:3000000"),
    ("input big", "1763838000000000 0:120000000 1:100000000"),
]


def of_snapshot():
    yield b"\0" + compact(SNAPSHOT)
    for name, text in TALLIES:
        yield b"\1" + "\0".join([name, text, "9f86d081884c7d65 2048 west big"]).encode()


def of_sse():
    for _, _, exchange in goldens():
        if "sse" in exchange["response"]:
            yield b"\xff\x07" + bytes(range(7)) + exchange["response"]["sse"].encode()


def of_stream():
    for _, nth, exchange in goldens():
        if "sse" in exchange["response"]:
            yield MODEL + bytes([nth, 5, 3, 9, 1, 0, 40]) + exchange["response"]["sse"].encode()


def of_task():
    head = {"features": 1, "labels": ["cold", "hot"], "scales": [0.5, 0.5], "biases": [0, 0.1],
            "damping": 1, "sharpness": 1, "threshold": 0.3, "grams": 1}
    yield b"\x01" + compact(head) + b"\n\x01\x02\x03\x04\x05\xfb"
    yield b"\x00What is a fjord?\nA. a bay (1) B) 12 * 3 = 36\n```\nint x[] = {};\n```"
    yield b"\x00" + "请把 Łódź 翻译成英文：😀 \\frac{1}{2}。".encode()


def of_text():
    yield from (t.encode() for t in TEXTS)


def write(target, folder):
    """A folder with the target's first inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in globals()[f"of_{target}"]():
        if len(seed) <= LONGEST:
            (folder / f"{zlib.crc32(seed):08x}").write_bytes(seed)
    return folder


def write_words(target, path):
    """libFuzzer's dictionary: the words that stand in the target's first inputs."""
    words = set()
    for seed in globals()[f"of_{target}"]():
        words.update(re.findall(rb'"?[A-Za-z_][A-Za-z0-9_./-]{1,30}"?', seed))
    quoted = sorted(w.replace(b'"', b"\\x22").decode() for w in words)
    path.write_text("".join(f'"{w}"\n' for w in quoted[:3000]))
    return path
