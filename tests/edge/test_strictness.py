"""Malformed requests are refused: by the gateway as far as its library can, by HAProxy all."""
import os
import re
import socket

import pytest

import strictness
from conftest import TOP, library_is_old

CHAT = b"POST /v1/chat/completions HTTP/1.1"


def listed():
    """The cases that doc/http-edge.md says are taken with an old library."""
    with open(os.path.join(TOP, "doc/http-edge.md")) as f:
        section = re.search(r"^## What Debian 12's library takes$(.*?)^## ", f.read(), re.M | re.S)
    return set(re.findall(r"^\* (.+)$", section[1], re.M))


def test_gateway_refuses_all_but_what_is_listed(gateway):
    missed = strictness.not_refused("127.0.0.1", gateway.port)
    assert listed() <= set(strictness.CASES)
    if library_is_old():
        assert set(missed) == listed(), missed
    else:
        assert set(missed) <= listed(), missed


@pytest.mark.parametrize("name", strictness.CASES)
def test_haproxy_refuses_all(haproxy, name):
    assert strictness.fault("127.0.0.1", haproxy.port, strictness.CASES[name]) is None


@pytest.mark.parametrize("name", [n for n in strictness.CASES if not n.startswith("first line")])
def test_path_does_not_matter(gateway, haproxy, name):
    """Where another reason to refuse it is found in its headers, a malformed one stays malformed."""
    case = strictness.CASES[name].replace(b"GET /healthz HTTP/1.1", CHAT)
    assert strictness.fault("127.0.0.1", haproxy.port, case) is None
    if name not in listed():
        assert strictness.fault("127.0.0.1", gateway.port, case) is None


@pytest.mark.parametrize("name", strictness.CASES)
def test_haproxy_refuses_what_comes_in_pieces(haproxy, name):
    """A piece ends where a packet did: the filter must not lose its place."""
    case = strictness.CASES[name]
    if len(case) > 1000:
        return
    with socket.create_connection(("127.0.0.1", haproxy.port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        try:
            for i in range(0, len(case), 7):
                s.sendall(case[i:i + 7])
            s.sendall(strictness.NEXT)
            s.settimeout(strictness.PATIENCE)
            while piece := s.recv(65536):
                got += piece
        except ConnectionError:
            pass
    assert got.count(b"HTTP/1.1 ") <= 1
    assert got == b"" or int(got.split()[1]) in strictness.REFUSALS


@pytest.mark.parametrize("name", strictness.GOOD)
@pytest.mark.parametrize("edge", ["gateway", "haproxy"])
def test_good_ones_are_answered(request, edge, name):
    port = request.getfixturevalue(edge).port
    twice = strictness.GOOD[name] + strictness.NEXT
    last = strictness.request(strictness.LAST)
    assert strictness.talk("127.0.0.1", port, twice + last) == ([200] * 3, True)


@pytest.mark.parametrize("name", strictness.GOOD_LAST)
@pytest.mark.parametrize("edge", ["gateway", "haproxy"])
def test_good_last_ones_are_answered(request, edge, name):
    port = request.getfixturevalue(edge).port
    statuses, _ = strictness.talk("127.0.0.1", port, strictness.GOOD_LAST[name])
    assert statuses == [200]
