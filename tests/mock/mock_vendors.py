"""mock_vendors.py -- a mock vendor process, requests to it, its answers as bytes and as shapes."""
import http.client
import json
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from fleet import BINARY, CONF, Process, wait_until  # noqa: E402,F401

OPENAI = "/openai/v1/chat/completions"
ANTHROPIC = "/anthropic/v1/messages"
DEEPSEEK = "/deepseek/chat/completions"
QWEN = "/qwen/compatible-mode/v1/chat/completions"
NATIVE = "/qwen/api/v1/services/aigc/text-generation/generation"
SEEING = "/qwen/api/v1/services/aigc/multimodal-generation/generation"

SSE = {"x-dashscope-sse": "enable"}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
CREDENTIAL = "sk-test-credential-0815"


def user(text):
    return [{"role": "user", "content": text}]


def order(**members):
    """An order to the mock, for a prompt."""
    return "Hello mock:" + json.dumps(members)


def function(name, properties=None, required=None):
    properties = properties if properties is not None else {"city": {"type": "string"}}
    required = list(properties) if required is None else required
    return {"type": "function", "function": {"name": name, "parameters": {
        "type": "object", "properties": properties, "required": required}}}


def anthropic_tool(tool):
    return {"name": tool["function"]["name"], "input_schema": tool["function"]["parameters"]}


def shape(value):
    """Members and their order, null and empty strings told apart: {a,b:~,c:""}"""
    if isinstance(value, dict):
        return "{" + ",".join(name + member_shape(name, member)
                              for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + (shape(value[0]) if value else "") + "]"
    return ""


def member_shape(name, value):
    if isinstance(value, (dict, list)):
        return ":" + shape(value)
    if value is None:
        return ":~"
    return ':""' if value == "" and name != "obfuscation" else ""


class Event:
    """One event of a stream: its lines, and its data."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.fields = dict(line.split(":", 1) for line in self.lines if not line.startswith(":"))
        self.event = self.fields.get("event", "").strip()
        self.raw = self.fields.get("data", "")
        text = self.raw.strip()
        self.done = text == "[DONE]"
        self.data = json.loads(text) if text and not self.done else None


def events(text):
    assert text.endswith("\n\n"), text[-80:]
    return [Event(block) for block in text[:-2].split("\n\n")]


class Caller:
    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, headers=None):
        """(status, headers, text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, \
                answer.read().decode()
        finally:
            connection.close()

    @staticmethod
    def headers(path, more=None):
        return {"content-type": "application/json", "authorization": "Bearer " + CREDENTIAL,
                "x-api-key": CREDENTIAL, "anthropic-version": "2023-06-01", **(more or {})}

    def post(self, path, body, headers=None):
        return self.call("POST", path, json.dumps(body), self.headers(path, headers))

    def whole(self, path, body, headers=None):
        status, _, text = self.post(path, body, headers)
        assert status == 200, text
        return json.loads(text)

    def stream(self, path, body, headers=None):
        status, head, text = self.post(path, body, headers)
        assert status == 200, text
        assert head["content-type"].startswith("text/event-stream"), head
        return events(text)

    def open(self, path, body, headers=None):
        """A connection with a request sent; for those who look at bytes."""
        s = socket.create_connection(("127.0.0.1", self.port))
        s.settimeout(10)
        data = json.dumps(body).encode()
        lines = ["POST %s HTTP/1.1" % path, "Host: mock", "Content-Length: %d" % len(data)]
        lines += ["%s: %s" % item for item in self.headers(path, headers).items()]
        s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        return s


def read_until_closed(s):
    """Everything until the other side closes it; b"" too when it resets."""
    data = b""
    try:
        while True:
            block = s.recv(65536)
            if not block:
                return data
            data += block
    except ConnectionResetError:
        return data
    finally:
        s.close()


def dechunk(body):
    """(the bytes of the chunks, were they ended properly?)"""
    out = b""
    while True:
        line, _, body = body.partition(b"\r\n")
        if not line:
            return out, False
        size = int(line, 16)
        if size == 0:
            return out, True
        out, body = out + body[:size], body[size + 2:]


class Vendors(Caller):
    """The process, its ledger, its rules."""

    def __init__(self, folder, *options):
        self.folder = str(folder)
        self.ledger_path = os.path.join(self.folder, "ledger.jsonl")
        self.process = Process(self.folder, "mock", [
            BINARY, "mock-vendor", "--ledger", self.ledger_path,
            "--prices", os.path.join(CONF, "prices.yaml"), *options], says_url=True).start()
        super().__init__(self.process.port)

    def ledger(self):
        with open(self.ledger_path) as lines:
            return [json.loads(line) for line in lines]

    def rules(self, *rules):
        status, _, text = self.call("POST", "/_mock/rules", json.dumps(list(rules)))
        assert status == 200, text

    def reset(self):
        assert self.call("POST", "/_mock/reset", "")[0] == 200

    def stats(self):
        return json.loads(self.call("GET", "/_mock/stats")[2])

    def stop(self):
        assert self.process.stop() == 0, self.process.log()
