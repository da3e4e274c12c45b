"""The ledger: who is billed what, held against a calculation of its own in fractions."""
import datetime
import json
import math
import os
import socket
import struct
import subprocess
import time
from fractions import Fraction

import pytest

from mock_vendors import (ANTHROPIC, BINARY, CONF, DEEPSEEK, NATIVE, OPENAI, QWEN, SSE, Caller,
                          Vendors, order, read_until_closed, user, wait_until)

# dollars for a million tokens; written as JSON, which is YAML
PRICES = {"prices": {
    "openai": {
        "gpt-4o": {"input": "2.50", "output": "10.00", "cache_read": "1.25",
                   "service_tiers": {"flex": "0.5", "priority": "1.75"}},
        "gpt-4.1": {"input": "0.000001", "output": "0.000003"},
        "gpt-5": {"input": "1.0", "output": "3.0", "above": {
            "20": {"input": "7.0", "output": "9.0"}, "10": {"input": "2.0", "output": "4.5"}}}},
    "anthropic": {"claude-haiku-4-5": {"input": "1", "output": "5", "cache_read": "0.1",
                                       "cache_write": "1.25", "cache_write_long": "2"}},
    "deepseek": {"deepseek-flash": {"input": "0.15", "output": "0.6", "cache_read": "0.003"}},
    "qwen": {"qwen-plus": {"input": "0.4", "output": "1.2", "cache_read": "0.08"}},
}}


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    path = folder / "prices.json"
    path.write_text(json.dumps(PRICES))
    v = Vendors(folder, "--prices", str(path))
    yield v
    v.stop()


def openai(text="Hi", **members):
    return OPENAI, {"model": "gpt-4o", "messages": user(text), **members}


def nanos(rate, usage, factor=1):
    """Dollars for a million tokens, to nano-dollars, rounded up once."""
    fallback = {"cache_read": "input", "cache_write": "input", "cache_write_long": "cache_write"}

    def price(kind):
        return Fraction(rate[kind]) if kind in rate else price(fallback[kind])
    total = sum(price(kind) * usage[kind] for kind in
                ("input", "cache_read", "cache_write", "cache_write_long", "output"))
    return math.ceil(total * 1000 * Fraction(factor))


def last(vendors, path, body, headers=None):
    before = len(vendors.ledger())
    vendors.post(path, body, {"x-client-request-id": "r-1", **(headers or {})})
    lines = vendors.ledger()[before:]
    assert len(lines) == 1
    return lines[0]


def test_a_line(vendors):
    line = last(vendors, *openai())
    assert list(line) == ["time", "arrived", "number", "vendor", "dialect", "model", "attempt", "rule",
                          "stream", "status", "outcome", "usage", "reported", "billed_nanos", "body_bytes"]
    assert (line["vendor"], line["dialect"], line["model"]) == ("openai", "openai", "gpt-4o")
    assert (line["attempt"], line["rule"], line["stream"], line["status"], line["outcome"]) == (
        "r-1", None, False, 200, "complete")
    assert line["usage"] == line["reported"] == {
        "input": 7, "cache_read": 0, "cache_write": 0, "cache_write_long": 0, "output": 16,
        "reasoning": 0}
    assert line["billed_nanos"] == 7 * 2500 + 16 * 10000
    written = datetime.datetime.fromisoformat(line["time"])
    assert abs((datetime.datetime.now(datetime.timezone.utc) - written).total_seconds()) < 5


@pytest.mark.parametrize("path,model,more,headers", [
    (OPENAI, "gpt-4o", {}, {}),
    (OPENAI, "gpt-4o", {"stream": True}, {}),
    (OPENAI, "gpt-4.1", {"n": 3}, {}),
    (ANTHROPIC, "claude-haiku-4-5", {"max_tokens": 100}, {}),
    (ANTHROPIC, "claude-haiku-4-5", {"max_tokens": 100, "stream": True}, {}),
    (DEEPSEEK, "deepseek-flash", {"stream": True}, {}),
    (QWEN, "qwen-plus", {}, {}),
])
def test_prices(vendors, path, model, more, headers):
    text = "x " * 30 + order(cache_read=5, cache_write=2, cache_write_long=3, tokens=33)
    line = last(vendors, path, {"model": model, "messages": user(text), **more}, headers)
    assert line["outcome"] == "complete" and line["usage"]["cache_read"] == 5
    assert line["billed_nanos"] == nanos(PRICES["prices"][line["vendor"]][model], line["usage"])


def test_native_is_billed_too(vendors):
    line = last(vendors, NATIVE, {"model": "qwen-plus", "input": {"prompt": "Hi"}}, SSE)
    assert (line["dialect"], line["stream"]) == ("qwen_native", True)
    assert line["billed_nanos"] == nanos(PRICES["prices"]["qwen"]["qwen-plus"], line["usage"])


@pytest.mark.parametrize("tokens,rate", [(10, ("1.0", "3.0")), (11, ("2.0", "4.5")),
                                         (20, ("2.0", "4.5")), (21, ("7.0", "9.0"))])
def test_long_prompts_have_another_price(vendors, tokens, rate):
    line = last(vendors, OPENAI, {"model": "gpt-5", "messages": user("word" * (tokens - 6))})
    assert line["usage"]["input"] == tokens
    assert line["usage"]["reasoning"] == 8
    assert line["billed_nanos"] == nanos({"input": rate[0], "output": rate[1]}, line["usage"])


@pytest.mark.parametrize("tier,factor", [("flex", "0.5"), ("priority", "1.75"), ("auto", "1"),
                                         ("default", "1")])
def test_service_tiers(vendors, tier, factor):
    line = last(vendors, *openai(service_tier=tier))
    assert line["billed_nanos"] == nanos(PRICES["prices"]["openai"]["gpt-4o"], line["usage"], factor)


def test_unpriced(vendors):
    line = last(vendors, OPENAI, {"model": "gpt-4o-mini", "messages": user("Hi")})
    assert (line["billed_nanos"], line["unpriced"]) == (0, True)
    assert last(vendors, *openai(service_tier="scale"))["unpriced"] is True


def test_windows_of_the_week(start, tmp_path):
    """Now is in a window, and not in the ones beside it."""
    if time.time() % 3600 > 3580:
        time.sleep(25)  # not over the full hour
    now = datetime.datetime.now(datetime.timezone.utc)
    today, other = (("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(now.weekday() + d) % 7]
                    for d in (0, 1))
    hour, next_hour = "%02d:00" % now.hour, "%02d:00" % (now.hour + 1)

    def billed(windows):
        path = tmp_path / "prices.yaml"
        path.write_text(json.dumps({"prices": {"openai": {"gpt-4o": {
            "input": "1", "output": "1", "windows": windows}}}}))
        v = start(tmp_path, "--prices", str(path))
        tokens = last(v, *openai())["billed_nanos"] / (7 + 16) / 1000
        v.stop()
        return tokens

    def window(price, **when):
        return {"input": price, "output": price, **when}
    assert billed([window("2", days=today, hours=[hour + "-" + next_hour])]) == 2
    assert billed([window("2", days=other), window("3", days=[today])]) == 3
    assert billed([window("2", hours="00:00-" + hour)]) == 1
    assert billed([window("2", days="mon-sun", hours=hour + "-24:00")]) == 2


# --- what did not come to a good end ---

@pytest.mark.parametrize("rule,outcome,status", [
    ({"error": "server"}, "refused", 500),
    ({"error": "overloaded"}, "refused", 503),
    ({"error": "server", "at": "start"}, "error", 200),
    ({"garbage": "html"}, "garbage", 502),
    ({"garbage": "empty"}, "garbage", 200),
])
@pytest.mark.parametrize("stream", [False, True])
def test_nothing_said_nothing_billed(vendors, rule, outcome, status, stream):
    vendors.rules({"name": "the rule", **rule})
    line = last(vendors, *openai(stream=stream))
    assert (line["outcome"], line["status"], line["billed_nanos"]) == (outcome, status, 0)
    assert line["rule"] == "the rule" and line["reported"] is None


def test_a_malformed_request_is_not_billed(vendors):
    line = last(vendors, *openai(temperature=9))
    assert (line["outcome"], line["status"], line["billed_nanos"]) == ("refused", 400, 0)


@pytest.mark.parametrize("rule,outcome,output", [
    ({"cut": True, "at": "body"}, "cut", 0),
    ({"cut": True, "at": "middle"}, "cut", 8),
    ({"cut": True, "at": "end"}, "cut", 16),
    ({"error": "server", "at": "middle"}, "error", 8),
    ({"garbage": "text", "at": "middle"}, "garbage", 8),
])
def test_what_was_said_is_billed(vendors, rule, outcome, output):
    vendors.rules(rule)
    read_until_closed(vendors.open(*openai(stream=True), {"connection": "close"}))
    line = vendors.ledger()[-1]
    assert (line["outcome"], line["usage"]["input"], line["usage"]["output"]) == (outcome, 7, output)
    assert line["billed_nanos"] == nanos(PRICES["prices"]["openai"]["gpt-4o"], line["usage"])


@pytest.mark.parametrize("place,output", [("headers", 0), ("end", 5)])
def test_an_answer_that_is_all_thought_is_billed(vendors, place, output):
    vendors.rules({"cut": True, "at": place, "reasoning_tokens": 50})
    body = openai(model="gpt-5", stream=True, max_completion_tokens=5)
    read_until_closed(vendors.open(*body, {"connection": "close"}))
    usage = vendors.ledger()[-1]["usage"]
    assert (usage["output"], usage["reasoning"]) == (output, output)


@pytest.mark.parametrize("bill,tokens", [("whole", (7, 16)), ("input", (7, 0)), ("nothing", (0, 0)),
                                         ("produced", (7, 8))])
def test_billing_by_order(vendors, bill, tokens):
    vendors.rules({"error": "server", "at": "middle", "bill": bill})
    usage = last(vendors, *openai(stream=True))["usage"]
    assert (usage["input"], usage["output"]) == tokens


def leave(vendors, n, reset, stream=True):
    """Go away after n pieces of a slow answer; the line that comes of it."""
    before = len(vendors.ledger())
    s = vendors.open(*openai(stream=stream))
    data = b""
    while data.count(b'"content":"') < n:
        data += s.recv(65536)
    if reset:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    return wait_until(lambda: vendors.ledger()[before:], 5)[0]


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_pays_for_what_it_got(vendors, reset):
    vendors.rules({"chunk_ms": 100})
    line = leave(vendors, 4, reset)  # the first "content" is the empty one with the role
    assert line["outcome"] == "client_gone" and 3 <= line["usage"]["output"] <= 5
    assert line["usage"]["input"] == 7
    assert line["billed_nanos"] == nanos(PRICES["prices"]["openai"]["gpt-4o"], line["usage"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("rule", [{"stall": True}, {"headers_ms": 60000}, {"ttft_ms": 60000}])
def test_a_client_that_leaves_before_anything_pays_its_input(vendors, rule, stream):
    vendors.rules(rule)
    before = len(vendors.ledger())
    s = vendors.open(*openai(stream=stream))
    wait_until(lambda: vendors.stats()["open"] == 1, 5)
    s.close()
    line = wait_until(lambda: vendors.ledger()[before:], 5)[0]
    assert (line["outcome"], line["usage"]["input"], line["usage"]["output"]) == ("client_gone", 7, 0)
    assert vendors.stats()["open"] == 0


def test_a_client_that_leaves_can_be_billed_whole(vendors):
    vendors.rules({"chunk_ms": 100, "bill": "whole"})
    assert leave(vendors, 3, False)["usage"]["output"] == 16


def test_shutdown_writes_what_is_open(start, tmp_path):
    v = start(tmp_path, "--chunk-ms", "50")
    s = v.open(*openai(stream=True))
    while b'"This' not in s.recv(65536):
        pass
    v.stop()
    (line,) = v.ledger()
    assert line["outcome"] == "shutdown" and line["usage"]["output"] >= 1
    s.close()


# --- the files ---

def test_lines_are_appended(start, tmp_path):
    for i in range(2):
        v = start(tmp_path)
        v.post(*openai())
        v.stop()
        assert len(v.ledger()) == i + 1


def test_requests_as_they_came(start, tmp_path):
    path = tmp_path / "requests.jsonl"
    v = start(tmp_path, "--requests", str(path))
    body = openai()[1]
    v.post(OPENAI, body, {"x-client-request-id": "r-7"})
    v.stop()
    line = json.loads(path.read_text())
    assert (line["number"], line["method"], line["path"]) == (1, "POST", OPENAI)
    assert line["headers"]["x-client-request-id"] == "r-7"
    assert json.loads(line["body"]) == body
    assert v.ledger()[0]["number"] == 1


def test_own_addresses(tmp_path):
    """A vendor at its own address has no prefix; addresses also go to a file descriptor."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [BINARY, "mock-vendor", "--listen", "127.0.0.1:0", "--listen", "deepseek=127.0.0.1:0",
         "--listen", "anthropic=127.0.0.1:0", "--ready-fd", str(write_end),
         "--prices", os.path.join(CONF, "prices.yaml")],
        stdout=subprocess.PIPE, text=True, pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as ready:
        lines = ready.read().split("\n")[:-1]
    assert lines[0].startswith("http://127.0.0.1:")
    addresses = dict(line.split(" ") for line in lines[1:])
    deepseek = Caller(int(addresses["deepseek"].rsplit(":", 1)[1]))
    assert deepseek.post("/chat/completions", {"model": "deepseek-flash", "messages": user("Hi")})[0] == 200
    assert deepseek.post("/deepseek/chat/completions", {})[0] == 404
    anthropic = Caller(int(addresses["anthropic"].rsplit(":", 1)[1]))
    assert anthropic.post("/v1/messages", {"model": "claude-haiku-4-5", "max_tokens": 5,
                                           "messages": user("Hi")})[0] == 200
    process.terminate()
    assert process.wait(10) == 0
    assert process.stdout.read().split("\n")[:-1] == lines


def test_options(start, tmp_path):
    v = start(tmp_path, "--tokens", "5", "--reasoning-tokens", "3", "--model", "openai=gpt-new",
                "--chunks", "1")
    answer = v.whole(OPENAI, {"model": "gpt-new", "messages": user("Hi")})
    assert answer["model"] == "gpt-new" and answer["usage"]["completion_tokens"] == 5
    usage = v.whole(DEEPSEEK, {"model": "deepseek-flash", "messages": user("Hi")})["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 3
    v.stop()
    v = start(tmp_path, "--echo", "--ttft-ms", "150")
    begin = time.monotonic()
    assert v.whole(*openai("repeat me"))["choices"][0]["message"]["content"] == "repeat me"
    assert time.monotonic() - begin >= 0.15
    v.stop()


@pytest.mark.parametrize("options", [["--nonsense"], ["--tokens", "many"], ["--key", "nobody=x"],
                                     ["--listen", "nobody=127.0.0.1:0"], ["stray"]])
def test_faulty_options(options):
    done = subprocess.run([BINARY, "mock-vendor", *options], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "usage:" in done.stderr


def test_faulty_files(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("- {tokens: -1}\n")
    for option in ("--rules", "--prices"):
        done = subprocess.run([BINARY, "mock-vendor", option, str(bad)], capture_output=True, text=True,
                              timeout=10)
        assert done.returncode == 1 and done.stderr.startswith("mock-vendor: ")
