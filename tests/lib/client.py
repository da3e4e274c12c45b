"""client.py -- a plain HTTP client for tests: it hides nothing of what came back, not even how
the connection ended.
"""
import http.client
import json
import socket
import time

from recordings.schema import CHUNK, ERROR, REPLY, Schema
from recordings.sse import events

SCHEMA = Schema()


def must_fit(kind, value):
    """value satisfies OpenAI's published schema, strictly."""
    faults = list(SCHEMA.faults(kind, value))
    assert not faults, "%s\n%s" % ("\n".join(faults), json.dumps(value)[:2000])
    return value


class Answer:
    def __init__(self, status, headers, body, broken, seconds):
        self.status, self.headers, self.seconds = status, headers, seconds
        self.text = body.decode("utf-8", "strict" if not broken else "replace")
        self.broken = broken  # the connection ended before the answer did

    def __repr__(self):
        return "%s%s %.1f s %r\n%s" % (self.status, " broken" if self.broken else "", self.seconds,
                                       self.headers, self.text[:2000])

    @property
    def is_stream(self):
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def frames(self):
        return [e.data for e in events(self.text) if e.data is not None]

    @property
    def comments(self):
        return [c for e in events(self.text) for c in e.comments]

    @property
    def done(self):
        return self.frames[-1:] == ["[DONE]"]

    @property
    def parsed(self):
        return [json.loads(f) for f in self.frames if f != "[DONE]"]

    @property
    def chunks(self):
        return [f for f in self.parsed if "error" not in f]

    @property
    def error(self):
        """The error of the body, or of the frame of a stream; None when there is none."""
        if not self.is_stream:
            return self.json.get("error") if self.text.startswith("{") else None
        return next((f["error"] for f in self.parsed if "error" in f), None)

    @property
    def code(self):
        return self.error and self.error["code"]

    @property
    def content(self):
        if not self.is_stream:
            return self.json["choices"][0]["message"]["content"]
        return "".join(c["delta"].get("content") or "" for f in self.chunks for c in f["choices"])

    @property
    def usage(self):
        if not self.is_stream:
            return self.json.get("usage")
        return next((f["usage"] for f in reversed(self.chunks) if f.get("usage")), None)

    @property
    def model(self):
        return self.headers.get("x-smartrouter-model")

    @property
    def attempts(self):
        return int(self.headers["x-smartrouter-attempts"])

    def must_be_good(self):
        """A whole and valid answer."""
        assert self.status == 200 and not self.broken and self.error is None, self
        if self.is_stream:
            assert self.done and self.frames.count("[DONE]") == 1, self
            for frame in self.parsed:
                must_fit(CHUNK, frame)
            assert len({f["id"] for f in self.chunks}) == 1, self
        else:
            must_fit(REPLY, self.json)
        return self

    def must_fail(self, status, code):
        """An error before any content, in OpenAI's form."""
        assert (self.status, self.code) == (status, code), self
        assert not self.broken and self.headers["content-type"] == "application/json", self
        must_fit(ERROR, self.json)
        return self

    def must_break(self, code="upstream_truncated"):
        """A stream that ended with an error for all to see."""
        assert self.status == 200 and self.is_stream and self.broken, self
        assert not self.done and self.code == code, self
        must_fit(ERROR, self.parsed[-1])
        for frame in self.chunks:
            must_fit(CHUNK, frame)
        return self


class Client:
    """One connection to a gateway, kept alive as long as it will."""

    def __init__(self, port, key=None, timeout=60):
        self.key = key
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def post_only(self, body):
        """Ask for a chat and do not wait for anything."""
        self._request("POST", "/v1/chat/completions", body, None)

    def send(self, method, path, body=None, headers=None):
        """Send a request and return the response as soon as its headers are there."""
        self._request(method, path, body, headers)
        return self.connection.getresponse()

    def _request(self, method, path, body, headers):
        send = {"authorization": "Bearer " + self.key} if self.key else {}
        if body is not None:
            send["content-type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        send = {k: v for k, v in {**send, **(headers or {})}.items() if v is not None}
        self.connection.request(method, path, body, send)

    def call(self, method, path, body=None, headers=None):
        begin = time.monotonic()
        response = self.send(method, path, body, headers)
        pieces, broken = [], False
        try:
            while piece := response.read1(65536):
                pieces.append(piece)
        except (http.client.IncompleteRead, ConnectionError):
            broken = True
        response.close()  # a body that read1() has read to its end does not do so
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                      b"".join(pieces), broken, time.monotonic() - begin)


def ask(gateway, key, body, headers=None, method="POST", path="/v1/chat/completions", timeout=60):
    """One request on a connection of its own. body: a dict, or the very bytes."""
    with Client(gateway.port, key, timeout) as client:
        return client.call(method, path, body, headers)


def chat(model, prompt="Say something.", **members):
    """The body of a chat; model may be a list: then it is `models`."""
    named = {"models": model} if isinstance(model, list) else {"model": model}
    return {**named, "messages": [{"role": "user", "content": prompt}], **members}


def order(vendor, **what):
    """A prompt that tells a mock vendor what to do; the others answer as they please."""
    return "mock:" + json.dumps({"vendor": vendor, **what})


def raw(port, data, seconds=10):
    """Send bytes, return all bytes until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), seconds) as s:
        s.sendall(data)
        pieces = []
        while piece := s.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)
