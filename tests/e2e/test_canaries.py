"""Canaries: keys, prompts, answers, tools' arguments and images that are sent through everything
that goes well or wrong, and afterwards must not be found in any log, metric, error, journal or in
Redis. They look like words, so that no guess at what a key looks like helps.
"""
import base64
import contextlib
import json
import os
import signal
import socket
import time
import urllib.parse

import pytest

from client import Client, ask, raw
from fleet import Fleet, wait_until

MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5", "deepseek": "deepseek-flash",
          "qwen": "qwen-plus", "native": "qwen-max"}

# what is secret, and who has it
PROMPT = "Vermilion giraffes whistle beneath the quiet glacier"
SYSTEM = "Obey only the archbishop of the tangerine lighthouse"
HISTORY = "Yesterday my cousin Balthasar lost eleven umbrellas"
ARGUMENT = "seventeen Mahogany Crescent, Llanfairpwll"
RESULT = "the patient is allergic to elderflower cordial"
THOUGHT = "the customer seems to hide a second passport"
ANSWER = "Certainly: the treasure lies below the third walnut tree"
IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(7, 250, 3)) * 9).decode()
TOOL = "looks up where the crown jewels are kept overnight"
KEYS = {
    "openai": "canary-openai-credential-of-plain-words",
    "anthropic": "canary-anthropic-credential-of-plain-words",
    "deepseek": "canary/deepseek/credential/of/plain/words",
    "qwen": "canary.qwen.credential.of.plain.words",
    "native": "rosebud77",
}
PEPPER = "0123456789abcdef" * 4

BODY = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": HISTORY},
    {"role": "assistant", "content": None, "reasoning_content": THOUGHT, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {
            "name": "find", "arguments": json.dumps({"place": ARGUMENT})}}]},
    {"role": "tool", "tool_call_id": "call_1", "content": RESULT},
    {"role": "user", "content": PROMPT},
]
TOOLS = [{"type": "function", "function": {"name": "find", "description": TOOL, "parameters": {
    "type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}}]


def pieces(secret):
    """A secret, its parts, and what encodings make of it."""
    third = max(len(secret) // 3, 9)
    parts = {secret, secret[:third + 6], secret[-third - 6:], secret[third:2 * third + 6]}
    for whole in (secret, secret[:third + 6]):
        data = whole.encode()
        parts |= {urllib.parse.quote(whole), urllib.parse.quote_plus(whole), data.hex(),
                  base64.b64encode(data).decode().rstrip("=")[:-1], json.dumps(whole)[1:-1]}
    return {part for part in parts if len(part) >= 8}


class Watch:
    """Everything that somebody other than the client could read."""

    def __init__(self, fleet):
        self.fleet, self.errors, self.said = fleet, [], []
        self.secrets = {name: value for name, value in globals().items() if name in (
            "PROMPT", "SYSTEM", "HISTORY", "ARGUMENT", "RESULT", "THOUGHT", "ANSWER", "IMAGE",
            "TOOL", "PEPPER")}
        self.secrets.update(("key of " + vendor, key) for vendor, key in KEYS.items())
        self.clients = {}

    def add_client(self, key):
        self.clients["key " + Fleet.public_id(key)] = key.rsplit("-", 1)[1]

    def saw(self, what, answer):
        """Errors, whole or as the frame of a stream, are for more eyes than the client's."""
        self.said.append(answer.text)
        if answer.error is not None:
            self.errors.append((what, json.dumps(answer.error, ensure_ascii=False)))
        self.errors.append((what + " headers", str(answer.headers)))
        return answer

    def files(self):
        ours = ("credential", "pepper", "ledger.jsonl", "redis.sock")
        for folder, _, names in os.walk(self.fleet.folder):
            for name in names:
                if name not in ours and not name.startswith("secret-"):
                    path = os.path.join(folder, name)
                    with contextlib.suppress(OSError), open(path, "rb") as f:
                        yield path, f.read().decode("latin-1")

    def redis(self):
        kinds = {"hash": ["HGETALL"], "set": ["SMEMBERS"], "string": ["GET"],
                 "zset": ["ZRANGE", 0, -1], "stream": ["XRANGE", "-", "+"],
                 "list": ["LRANGE", 0, -1]}
        for key in self.fleet.redis.keys("*"):
            kind = self.fleet.redis("TYPE", key)
            if kind != "none":  # its time has come
                read, *more = kinds[kind]
                yield "redis " + key, key + str(self.fleet.redis(read, key, *more))
        yield "redis slowlog", str(self.fleet.redis("SLOWLOG", "GET", -1))

    def pages(self):
        port = int(self.fleet.settings["gateway.admin_listen"].rsplit(":", 1)[1])
        with Client(port) as admin:
            metrics = admin.call("GET", "/metrics").text
        assert "smartrouter_requests" in metrics
        yield "metrics", metrics
        for words in ("status", "status --json", "key list --json", "budget list org:acme",
                      "check-config", "reconcile --records " + self.fleet.ledger_path):
            yield "smartrouter " + words, self.fleet.ctl(*words.split(), check=False)
        for process in self.fleet.gateways + self.fleet.coordinators:
            with open("/proc/%d/cmdline" % process.pid) as f:
                yield process.name + " cmdline", f.read()

    def found(self, places):
        return ["%s in %s: %r" % (name, where, text[max(0, text.find(piece) - 60):][:200])
                for where, text in places
                for name, secret in {**self.secrets, **self.clients}.items()
                for piece in pieces(secret) if piece in text]

    def must_be_silent(self):
        leaks = self.found([*self.files(), *self.redis(), *self.pages(), *self.errors])
        assert not leaks, "%d leaks\n%s" % (len(leaks), "\n".join(leaks[:40]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canaries")
    os.environ.update(CANARY_OPENAI=KEYS["openai"], CANARY_NATIVE=KEYS["native"],
                      CREDENTIALS_DIRECTORY=str(folder))
    for vendor in ("anthropic", "deepseek", "qwen"):
        (folder / ("secret-" + vendor)).write_text(KEYS[vendor] + "\n")
    endpoints = {
        "openai": {"api_key": "${CANARY_OPENAI}"},
        "anthropic": {"api_key": "file:%s/secret-anthropic" % folder},
        "deepseek": {"api_key": "credential:secret-deepseek"},
        "qwen": {"api_key": "file:%s/secret-qwen" % folder, "models": ["qwen-plus"]},
        "native": {"vendor": "qwen", "dialect": "qwen_native", "models": ["qwen-max"],
                   "api_key": "${CANARY_NATIVE}"},
    }
    policy = {"first_byte_timeout": "500ms", "idle_timeout": "500ms", "timeout": "1500ms"}
    with Fleet(folder, workers=2, endpoints=endpoints, policy=policy,
               settings={"log.level": "debug", "gateway.max_body": "1MiB", "breakers.keep": False,
                         "gateway.admin_listen": "127.0.0.1:%d" % free_port()}) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def watch(fleet):
    return Watch(fleet)


@pytest.fixture(scope="module")
def key(fleet, watch):
    key = fleet.make_key(budget="total=1000")
    watch.add_client(key)
    return key


@pytest.fixture
def send(fleet, watch, key):
    """send(vendor, rule, **members): what the mock vendor does with it, and what we are told."""
    def one(vendor, rule, stream=False, key=key, **members):
        fleet.rules([rule] if rule else [])
        body = {"model": MODELS[vendor], "messages": BODY, "tools": TOOLS, "stream": stream,
                **members}
        answer = ask(fleet.gateways[0], key, body)
        return watch.saw("%s %r %s" % (vendor, rule, stream), answer)
    return one


every_vendor = pytest.mark.parametrize("vendor", MODELS)
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])

ECHO = {"message": "You sent %s, %s and %s; we said %s" % (PROMPT, SYSTEM, ARGUMENT, RESULT)}
LEAKS = [
    *[{"status": status, "leak": True} for status in (400, 401, 402, 403, 404, 413, 422, 429, 500,
                                                      503, 529)],
    *[{"error": "server", "leak": True, "at": at} for at in ("body", "start", "middle", "end")],
    {"status": 400, "body": json.dumps({"error": {**ECHO, "param": ARGUMENT, "code": PROMPT,
                                                  "type": SYSTEM}})},
    {"status": 400, "body": json.dumps({"error": {"message": "no", "param": "$KEY", "code": "$KEY",
                                                  "type": "$KEY"}})},
    {"status": 400, "body": json.dumps({"error": {"message": "Bad image data:image/png;base64,"
                                                  + IMAGE[:90] + "..."}})},
    {"status": 400, "body": json.dumps({"error": {"message": "tool is odd: " + TOOL}})},
    {"status": 400, "body": json.dumps({"type": "error", "error": ECHO})},
    {"status": 400, "body": json.dumps({"code": "InvalidParameter", **ECHO})},
    {"status": 500, "body": "Traceback: " + PROMPT + " " + ARGUMENT},
    {"status": 502, "body": "<html>" + RESULT + "</html>"},
    {"status": 200, "body": PROMPT},
    {"garbage": "text"}, {"garbage": "truncated", "at": "middle", "text": ANSWER},
    {"garbage": "html", "at": "middle", "text": ANSWER}, {"garbage": "huge", "at": "start"},
    *[{"cut": True, "at": at, "text": ANSWER} for at in ("headers", "body", "start", "middle", "end")],
    {"cut_byte": 150, "text": ANSWER}, {"stall": True, "at": "middle", "text": ANSWER},
    {"usage": "negative", "text": ANSWER}, {"finish": ANSWER.split()[0], "text": ANSWER},
    {"headers": {"x-echo": PROMPT, "retry-after": PROMPT}, "status": 429},
]


@every_vendor
@both_ways
def test_what_goes_well(send, watch, vendor, stream):
    answer = send(vendor, {"text": ANSWER}, stream).must_be_good()
    assert answer.content == ANSWER


@both_ways
@pytest.mark.parametrize("vendor,model", [("openai", "gpt-4o-mini"), ("anthropic", "claude-haiku-4-5"),
                                          ("deepseek", "deepseek-flash")])
def test_an_image_goes_well(send, vendor, model, stream):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + IMAGE}}
    parts = [{"type": "text", "text": PROMPT}, image]
    send(vendor, None, stream, messages=[{"role": "user", "content": parts}]).must_be_good()
    send(vendor, {"status": 400, "leak": True}, stream, messages=[{"role": "user", "content": parts}])


@every_vendor
@both_ways
@pytest.mark.parametrize("rule", LEAKS, ids=lambda rule: "-".join(
    str(v)[:12].replace(" ", "_") for v in rule.values()))
def test_what_goes_wrong(send, watch, vendor, stream, rule):
    rule = json.loads(json.dumps(rule).replace("$KEY", KEYS[vendor]))
    send(vendor, rule, stream)
    assert not watch.found(watch.errors[-2:])


@pytest.mark.parametrize("members", [
    {"temperature": PROMPT}, {"stop": [[PROMPT]]}, {"tools": PROMPT}, {"tool_choice": PROMPT},
    {"messages": PROMPT}, {"messages": [{"role": PROMPT, "content": "x"}]},
    {"messages": [{"role": "user", "content": [{"type": PROMPT}]}]},
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PROMPT}}]}]},
    {"messages": [{"role": "tool", "tool_call_id": PROMPT, "content": RESULT}]},
    {"response_format": {"type": PROMPT}}, {"reasoning_effort": PROMPT}, {"service_tier": PROMPT},
    {PROMPT: ARGUMENT}, {"metadata": {PROMPT: ARGUMENT}}, {"user": PROMPT, "n": 2, "seed": 1},
    {"functions": [{"name": PROMPT}]}, {"web_search_options": {"x": PROMPT}},
], ids=lambda m: next(iter(m))[:12])
@every_vendor
def test_requests_that_are_refused(send, watch, vendor, members):
    send(vendor, None, **members)
    assert not watch.found(watch.errors[-2:])


def test_bodies_that_are_no_json(fleet, watch, key):
    text = json.dumps({"model": "gpt-4o-mini", "messages": BODY})
    for body in (text[:-1], text + PROMPT, text.replace("giraffes", "gir\naffes"), PROMPT,
                 text.replace('"role"', PROMPT), text.encode("utf-16"), "[" * 200 + PROMPT,
                 text[:-1] + ', "%s":1, "%s":2}' % (PROMPT, PROMPT), "x" * (2 << 20) + PROMPT):
        watch.saw("no JSON", ask(fleet.gateways[0], key, body)).must_fail(
            413 if len(body) > 1 << 20 else 400,
            "request_too_large" if len(body) > 1 << 20 else "invalid_json")
    assert not watch.found(watch.errors)


def test_keys_that_are_refused(fleet, watch, key, send):
    others = {"blocked": fleet.make_key(), "poor": fleet.make_key(budget="day=0.000001"),
              "slow": fleet.make_key(rpm=1), "small": fleet.make_key(tpm=10),
              "gone": fleet.make_key(), "narrow": fleet.make_key(models="qwen-max")}
    for other in others.values():
        watch.add_client(other)
    fleet.ctl("key", "block", fleet.public_id(others["blocked"]))
    fleet.ctl("key", "delete", fleet.public_id(others["gone"]))
    send("openai", None, key=others["slow"]).must_be_good()
    for other in others.values():
        assert send("openai", None, key=other).status >= 400
    twisted = key[:-3] + key[-1] + key[-2] + key[-3]
    for wrong in (twisted, key + "x", key[:-1], KEYS["openai"], PROMPT, "sk-" + SYSTEM):
        watch.clients["wrong key"] = wrong
        assert send("openai", None, key=wrong).status == 401
    assert not watch.found(watch.errors)


@pytest.mark.parametrize("named", ["model", "models"])
def test_models_that_are_none(fleet, watch, key, named):
    """In the wrong field, as it happens to people who copy and paste."""
    for name in (key, "openai/" + key, PROMPT, key.rsplit("-", 1)[1]):
        body = {"messages": BODY, named: name if named == "model" else [name]}
        watch.saw("no model", ask(fleet.gateways[0], key, body)).must_fail(404, "model_not_found")
    assert not watch.found(watch.errors[-4:])


def test_feedback(fleet, send, watch, key):
    rid = send("openai", None).headers["x-request-id"]
    fleet.wait_quiet()
    for body in ({"request_id": PROMPT, "rating": "up"}, {"request_id": rid, "rating": PROMPT},
                 {"request_id": rid, "outcome": ANSWER}, {"request_id": rid, PROMPT: "up"},
                 {"request_id": rid, "rating": "up", "comment": PROMPT},
                 {"request_id": rid, "rating": 1, "outcome": {SYSTEM: ARGUMENT}}, [PROMPT]):
        answer = watch.saw("feedback", ask(fleet.gateways[0], key, body, path="/v1/feedback"))
        assert answer.status in (400, 404), answer
    assert ask(fleet.gateways[0], key, {"request_id": rid, "rating": "up"},
               path="/v1/feedback").status == 200


def test_http_that_is_refused(fleet, watch, key):
    port, secret = fleet.gateways[0].port, "Authorization: Bearer " + key
    for lines in (
            ["GET /%s HTTP/1.1" % PROMPT.replace(" ", "-"), secret],
            ["GET /v1/models/%s HTTP/1.1" % PROMPT.replace(" ", "-"), "X-Api-Key: " + key],
            ["GET /v1/models?key=%s HTTP/1.1" % key, "Host: x"],
            ["%s / HTTP/1.1" % PROMPT.split()[0], secret], [PROMPT, secret],
            ["POST /v1/chat/completions HTTP/1.1", secret, "Content-Length: " + PROMPT],
            ["POST /v1/chat/completions HTTP/1.1", secret, "Transfer-Encoding: " + PROMPT],
            ["POST /v1/chat/completions HTTP/1.1", secret, "Content-Type: " + PROMPT, "Host: x",
             "Content-Length: 3"],
            ["POST /v1/chat/completions HTTP/1.1", secret, PROMPT + ": 1"],
            ["POST /v1/chat/completions HTTP/1.1", secret, "Host: " + PROMPT],
            ["POST /v1/chat/completions HTTP/1.1", secret, "Host: x", "X: " + (PROMPT * 1000)]):
        text = raw(port, ("\r\n".join(lines + ["Connection: close"]) + "\r\n\r\n" + PROMPT).encode())
        body = text.decode("latin-1").partition("\r\n\r\n")[2]
        watch.errors.append((lines[0], body))
    assert not watch.found(watch.errors)


def test_clients_that_leave(fleet, key):
    fleet.rules([{"text": ANSWER, "chunk_ms": 30}])
    body = {"model": "gpt-4o-mini", "messages": BODY}
    for stream, wait in ((True, 0.1), (False, 0.1), (True, 0)):
        with Client(fleet.gateways[0].port, key) as client:
            client.connection.request("POST", "/v1/chat/completions",
                                      json.dumps({**body, "stream": stream}),
                                      {"authorization": "Bearer " + key})
            time.sleep(wait)
    with socket.create_connection(("127.0.0.1", fleet.gateways[0].port)) as s:
        s.sendall(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                   "Content-Length: 5000\r\n\r\n%s" % (key, json.dumps(body))).encode())
    wait_until(lambda: fleet.mock_stats()["open"] == 0, 10, "vendors to be left")


def test_reload(fleet, send):
    for process in fleet.gateways + fleet.coordinators:
        process.signal(signal.SIGHUP)
    time.sleep(0.3)
    send("anthropic", {"text": ANSWER}).must_be_good()


def test_a_crash(fleet, key, send, watch):
    """What the journal holds after kill -9 in the middle of requests, and what its replay says."""
    gateway = fleet.gateways[0]
    fleet.rules([{"text": ANSWER * 20, "chunk_ms": 20}])
    clients = [Client(gateway.port, key) for _ in range(4)]
    for client in clients:
        client.send("POST", "/v1/chat/completions",
                    {"model": "gpt-4o-mini", "messages": BODY, "stream": True})
    gateway.kill()
    left = watch.found(watch.files())
    for client in clients:
        client.close()
    gateway.start()
    fleet.wait_ready()
    send("openai", {"text": ANSWER}).must_be_good()
    assert not left, left[:20]


def test_redis_gone(fleet, watch):
    strict = fleet.make_key(**{"without-redis": "closed"})  # it may not be served from escrow
    fleet.redis_process.signal(signal.SIGSTOP)
    try:
        answer = ask(fleet.gateways[0], strict, {"model": "gpt-4o-mini", "messages": BODY})
        watch.saw("Redis gone", answer).must_fail(503, "store_unavailable")
    finally:
        fleet.redis_process.signal(signal.SIGCONT)
    fleet.wait_ready()


def test_nothing_was_told(fleet, watch):
    """After all of the above. The canaries did fly: clients and vendors have seen them."""
    assert any(ANSWER in text for text in watch.said)
    with open(fleet.ledger_path) as f:
        assert sum(1 for _ in f) > 300
    assert len(watch.errors) > 500
    watch.must_be_silent()


def test_the_watch_sees(watch):
    for name, secret in {**watch.secrets, **watch.clients}.items():
        assert watch.found([("here", "x" + secret + "y")]), name
        assert watch.found([("here", "x" + secret[:len(secret) // 3 + 14] + "y")]), name
        assert watch.found([("here", secret.encode().hex())]), name
