"""What HTTP/1.1 clients expect besides the answer."""
import gzip
import json

import pytest

from client import Client, ask, chat, raw

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def key(fleet):
    return fleet.make_key()


@pytest.mark.parametrize("path,status", [("/healthz", 200), ("/readyz", 200), ("/v1/models", 200),
                                         ("/v1/models/gpt-4o-mini", 200), ("/nothing", 404)])
def test_head_is_a_get_without_body(gateway, key, path, status):
    with Client(gateway.port, key) as client:
        got = client.call("GET", path)
        head = client.call("HEAD", path)
        assert (got.status, head.status, head.text) == (status, status, "")
        for name in "content-type", "content-length":
            assert head.headers[name] == got.headers[name]
        assert client.call("GET", path).text == got.text  # the connection has kept its place


@pytest.mark.parametrize("method,path,allow", [
    ("GET", CHAT, "POST"), ("HEAD", CHAT, "POST"), ("PUT", CHAT, "POST"), ("OPTIONS", CHAT, "POST"),
    ("POST", "/v1/models", "GET, HEAD"), ("DELETE", "/v1/models/gpt-4o-mini", "GET, HEAD"),
    ("TRACE", "/healthz", "GET, HEAD"), ("BREW", "/readyz", "GET, HEAD")])
def test_wrong_method_is_told_the_right_one(gateway, method, path, allow):
    answer = ask(gateway, None, None, method=method, path=path)
    assert (answer.status, answer.headers["allow"]) == (405, allow)
    if method != "HEAD":
        answer.must_fail(405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/chat", "/v1/completions", "/v1/chat/completions/",
                                  "/v1/models/", "//v1/models", "/metrics", "/v1/../healthz",
                                  "/V1/models"])
def test_unknown_path(gateway, key, path):
    ask(gateway, key, None, method="GET", path=path).must_fail(404, "unknown_url")


def test_connection_is_kept(gateway, key):
    """Through answers, streams and errors alike."""
    with Client(gateway.port, key) as client:
        client.connection.connect()
        socket = client.connection.sock
        client.call("POST", CHAT, chat("gpt-4o-mini")).must_be_good()
        client.call("POST", CHAT, chat("gpt-4o-mini", stream=True)).must_be_good()
        client.call("POST", CHAT, chat("no-such-model")).must_fail(404, "model_not_found")
        client.call("POST", CHAT, "{").must_fail(400, "invalid_json")
        client.call("POST", CHAT, chat("gpt-4o-mini")).must_be_good()
        assert client.connection.sock is socket


def test_pipelined_requests_are_answered_in_order(gateway, key):
    head = "GET %s HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer " + key + "\r\n%s\r\n"
    got = raw(gateway.port, (head % ("/v1/models", "") + head % ("/healthz", "") +
                             head % ("/nothing", "Connection: close\r\n")).encode())
    order = [got.index(x) for x in (b'"object":"list"', b"\r\n\r\nok\n", b"unknown_url")]
    assert order == sorted(order)


def test_expect_100_continue(gateway, key):
    """Told to go on; or refused at once, without having sent the body."""
    import socket
    body = json.dumps(chat("gpt-4o-mini")).encode()
    head = ("POST %s HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer %s\r\n"
            "Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n"
            "Connection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as s:
        s.sendall((head % (CHAT, key, len(body))).encode())
        assert s.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(body)
        assert s.recv(4096).startswith(b"HTTP/1.1 200 ")
    got = raw(gateway.port, (head % (CHAT, "nonsense", len(body))).encode())
    assert got.startswith(b"HTTP/1.1 401 ")


def test_chunked_body(gateway, key):
    body = json.dumps(chat("gpt-4o-mini")).encode()
    pieces = (body[i:i + 9] for i in range(0, len(body), 9))
    with Client(gateway.port, key) as client:
        client.connection.request("POST", CHAT, pieces, {"authorization": "Bearer " + key,
                                                         "content-type": "application/json"},
                                  encode_chunked=True)
        answer = client.connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["choices"]


@pytest.mark.parametrize("headers,status", [
    ({"content-encoding": "gzip"}, 415), ({"content-encoding": "br"}, 415),
    ({"content-encoding": "identity"}, 200), ({"content-type": "text/plain"}, 415),
    ({"content-type": "application/json; charset=utf-8"}, 200), ({"content-type": None}, 200)])
def test_kinds_of_bodies(gateway, key, headers, status):
    body = json.dumps(chat("gpt-4o-mini")).encode()
    if headers.get("content-encoding") == "gzip":
        body = gzip.compress(body)
    answer = ask(gateway, key, body, headers)
    if status == 200:
        answer.must_be_good()
    else:
        answer.must_fail(415, "unsupported_media_type")


def test_request_ids_are_ours(gateway, key):
    """Each request has its own, whatever the client calls it; logs know it."""
    seen = set()
    for headers in {}, {"x-request-id": "mine"}, {"x-request-id": "mine"}:
        answer = ask(gateway, key, chat("gpt-4o-mini"), headers).must_be_good()
        seen.add(answer.headers["x-request-id"])
    seen.add(ask(gateway, key, chat("no-such-model")).headers["x-request-id"])
    assert len(seen) == 4 and "mine" not in seen
    assert all(" id=%s " % rid in gateway.log() for rid in seen)


def test_missing_key_is_asked_for(gateway):
    answer = ask(gateway, None, chat("gpt-4o-mini"))
    answer.must_fail(401, "missing_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_http_1_0_clients_get_whole_answers(gateway, key):
    body = json.dumps(chat("gpt-4o-mini", stream=True))
    got = raw(gateway.port, ("POST %s HTTP/1.0\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"
                             "\r\n%s" % (CHAT, key, len(body), body)).encode())
    head, _, rest = got.partition(b"\r\n\r\n")
    assert head.split()[1] == b"200" and b"chunked" not in head.lower()
    assert rest.startswith(b"data: {") and rest.endswith(b"data: [DONE]\n\n")


def test_through_haproxy(haproxy, key):
    """Answers, streams and errors come through as they are, on one connection."""
    with Client(haproxy.port, key) as client:
        client.call("POST", CHAT, chat("gpt-4o-mini")).must_be_good()
        client.call("POST", CHAT, chat("claude-haiku-4-5", stream=True)).must_be_good()
        client.call("POST", CHAT, chat("no-such-model")).must_fail(404, "model_not_found")
        socket = client.connection.sock
        body = chat("gpt-4o-mini", "word " * 200000)
        assert client.call("POST", CHAT, body).status in (200, 400)
        assert client.connection.sock is socket


def test_haproxy_logs_no_key(haproxy, key):
    """Wherever somebody puts it."""
    secret = key.rsplit("-", 1)[1]
    for method, path in (("GET", "/v1/models?api_key=" + key), ("GET", "/v1/models/" + key),
                         ("GET", "/v1/" + secret), ("POST", CHAT + "?" + key), (secret, CHAT)):
        raw(haproxy.port, ("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                           "Connection: close\r\n\r\n" % (method, path)).encode())
    with open(haproxy.process.out_path) as f:
        said = haproxy.process.log() + f.read()
    assert "POST " + CHAT in said and "GET /v1/models" in said
    assert secret not in said
