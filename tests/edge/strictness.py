#!/usr/bin/env python3
"""Requests that two HTTP parsers may read differently, and whether a server refuses them.

usage: strictness.py HOST PORT

A request is refused when the server says that it is malformed, or nothing, and closes; and when
what was sent right behind it is never answered. Any other answer means that it was understood:
behind a proxy that understands it in another way, one client's bytes become another's request.
"""
import re
import socket
import sys

# what a server may call a malformed request
REFUSALS = {400, 408, 411, 413, 414, 417, 431, 501, 505}
NEXT = b"GET /healthz HTTP/1.1\r\nHost: next\r\n\r\n"
# a server that has not closed by then does not mean to: it has had all it needs
PATIENCE = 5.0


def request(*fields, body=b"", line=b"GET /healthz HTTP/1.1", host=b"Host: edge", end=b"\r\n"):
    lines = [line] + ([host] if host else []) + list(fields)
    return end.join(lines) + end + end + body


def lengths():
    """Where does the body end?"""
    values = {
        "that differ": [b"5", b"0"],
        "that agree": [b"5", b"5"],
        "as a list": [b"5, 5"],
        "with a plus": [b"+5"],
        "below zero": [b"-1"],
        "in hexadecimal": [b"0x5"],
        "as two words": [b"5 6"],
        "beyond 64 bits": [b"18446744073709551621"],
        "that is empty": [b""],
        "with a letter behind": [b"5a"],
        "with a fraction": [b"5.0"],
        "in quotes": [b'"5"'],
        "in Arabic digits": ["٥".encode()],
        "behind a form feed": [b"\x0c5"],
    }
    for name, lines in values.items():
        yield "length " + name, request(*[b"Content-Length: " + v for v in lines], body=b"hello")


def codings():
    """Is the body chunked?"""
    chunked = b"5\r\nhello\r\n0\r\n\r\n"
    fields = {
        "and a length": [b"Transfer-Encoding: chunked", b"Content-Length: 4"],
        "behind a length": [b"Content-Length: 4", b"Transfer-Encoding: chunked"],
        "nobody knows": [b"Transfer-Encoding: xchunked"],
        "identity": [b"Transfer-Encoding: identity", b"Content-Length: 5"],
        "of two": [b"Transfer-Encoding: gzip, chunked"],
        "chunked twice": [b"Transfer-Encoding: chunked, chunked"],
        "in two fields": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
        "in two equal fields": [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        "with a parameter": [b"Transfer-Encoding: chunked;q=1"],
        "that is empty": [b"Transfer-Encoding:"],
        "with a space before the colon": [b"Transfer-Encoding : chunked"],
        "behind a vertical tab": [b"Transfer-Encoding: \x0bchunked"],
        "in a folded line": [b"Transfer-Encoding:", b" chunked"],
        "in quotes": [b'Transfer-Encoding: "chunked"'],
    }
    for name, lines in fields.items():
        yield "coding " + name, request(*lines, body=chunked)
    yield "coding in HTTP/1.0", request(b"Transfer-Encoding: chunked", body=chunked,
                                        line=b"GET /healthz HTTP/1.0")


def chunks():
    """Where does the next chunk begin?"""
    bodies = {
        "extension that ends in LF": b"5;a\nhello\r\n0\r\n\r\n",
        "lines that end in LF": b"5\nhello\n0\n\n",
        "size in C's hexadecimal": b"0x5\r\nhello\r\n0\r\n\r\n",
        "size below zero": b"-5\r\nhello\r\n0\r\n\r\n",
        "size with a plus": b"+5\r\nhello\r\n0\r\n\r\n",
        "size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        "size that is no number": b"g\r\nhello\r\n0\r\n\r\n",
        "size that is empty": b"\r\nhello\r\n0\r\n\r\n",
        "data that go on": b"5\r\nhelloXX0\r\n\r\n",
        "data that end in LF CR": b"5\r\nhello\n\r0\r\n\r\n",
    }
    for name, body in bodies.items():
        yield "chunk " + name, request(b"Transfer-Encoding: chunked", body=body)


def fields():
    """Where does a header end, and what is its name?"""
    lines = {
        "with CR in it": [b"A: b\rContent-Length: 5"],
        "with NUL in its value": [b"A: b\0c"],
        "with NUL in its name": [b"Content-Length\0: 5"],
        "with a control character in it": [b"A: b\x01c"],
        "with DEL in it": [b"A: b\x7fc"],
        "folded over two lines": [b"A: b", b" Content-Length: 5"],
        "folded by a tab": [b"A: b", b"\tContent-Length: 5"],
        "with a space in its name": [b"Content Length: 5"],
        "with a tab before the colon": [b"Content-Length\t: 5"],
        "with a bracket in its name": [b"Content(Length: 5"],
        "with a name beyond ASCII": ["Çontent-Length: 5".encode()],
        "without colon": [b"foobar"],
        "without name": [b": v"],
        "of 100 KB": [b"A: " + b"a" * 100000],
    }
    for name, some in lines.items():
        yield "header " + name, request(*some)
    yield "header before the first one", request(b"Host: edge", b"Content-Length: 5", body=b"hello",
                                                 host=b" Host: other")
    yield "header lines that end in LF", request(b"Content-Length: 5", body=b"hello", end=b"\n")


def hosts():
    """Whom is it for?"""
    names = {
        "absent": None,
        "with a space in it": b"Host: edge other",
        "with a comma in it": b"Host: edge,other",
        "with a path": b"Host: edge/other",
        "with a user": b"Host: user@edge",
    }
    for name, line in names.items():
        yield "host " + name, request(b"A: b", host=line)
    yield "host that is another", request(b"Host: other")
    yield "host that is the same", request(b"Host: edge")


def first_lines():
    """What is asked, and in which language?"""
    lines = {
        "of HTTP/1.2": b"GET /healthz HTTP/1.2",
        "of HTTP/2.0": b"GET /healthz HTTP/2.0",
        "of HTTP/0.9": b"GET /healthz",
        "of HTTP/1.10": b"GET /healthz HTTP/1.10",
        "of http/1.1": b"GET /healthz http/1.1",
        "with junk behind": b"GET /healthz HTTP/1.1junk",
        "with tabs": b"GET\t/healthz\tHTTP/1.1",
        "with two spaces": b"GET  /healthz  HTTP/1.1",
        "with a space in front": b" GET /healthz HTTP/1.1",
        "with a space behind": b"GET /healthz HTTP/1.1 ",
        "with a space in the target": b"GET /heal thz HTTP/1.1",
        "with NUL in the target": b"GET /heal\0thz HTTP/1.1",
        "with an escaped NUL in the target": b"GET /healthz%00 HTTP/1.1",
        "with a broken escape in the target": b"GET /healthz%zz HTTP/1.1",
        "with a fragment in the target": b"GET /healthz#x HTTP/1.1",
        "with a target beyond ASCII": "GET /healthz/ü HTTP/1.1".encode(),
        "with a target that is no path": b"GET healthz HTTP/1.1",
        "with CR in the target": b"GET /heal\rthz HTTP/1.1",
        "with a bracket in the method": b"GE(T /healthz HTTP/1.1",
        "without method": b"/healthz HTTP/1.1",
        "that ends in LF": b"GET /healthz HTTP/1.1\nA: b",
    }
    for name, line in lines.items():
        yield "first line " + name, request(line=line)


CASES = {name: raw for group in (lengths, codings, chunks, fields, hosts, first_lines)
         for name, raw in group()}

# what a client may send, and must be answered, with the connection kept
GOOD = {
    "plain": request(),
    "no space behind the colon": request(host=b"Host:edge"),
    "tabs and spaces around a value": request(b"A: \t b \t", host=b"Host: \tedge "),
    "an empty value": request(b"A:", b"B: "),
    "a value beyond ASCII": request("A: ü".encode()),
    "names in any case": request(b"cOnTeNt-LeNgTh: 5", body=b"hello"),
    "a length with zeros in front": request(b"Content-Length: 0005", body=b"hello"),
    "a host with a port": request(host=b"Host: edge:8080"),
    "a host that is an address": request(host=b"Host: [::1]:8080"),
    "a host that is empty": request(host=b"Host:"),
    "the form that proxies are sent": request(line=b"GET http://edge/healthz HTTP/1.1"),
    "a query": request(line=b"GET /healthz?a=b&c=%20 HTTP/1.1"),
    "escapes": request(line=b"GET /health%7A HTTP/1.1"),
    "an empty line in front": b"\r\n" + request(),
    "the same header twice": request(b"A: b", b"A: c"),
}

LAST = b"Connection: close"
# and these, behind which the connection may be closed
GOOD_LAST = {
    "chunks": request(LAST, b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunks, in any case": request(LAST, b"transfer-encoding: Chunked", body=b"0\r\n\r\n"),
    "chunks with an extension": request(LAST, b"Transfer-Encoding: chunked",
                                        body=b"5;a=b\r\nhello\r\n0\r\n\r\n"),
    "chunks with a trailer": request(LAST, b"Transfer-Encoding: chunked",
                                     body=b"5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    "HTTP/1.0": request(line=b"GET /healthz HTTP/1.0", host=None),
}


def talk(host, port, raw):
    """The statuses of all answers to raw, and whether the server closed."""
    got = b""
    with socket.create_connection((host, port)) as s:
        s.settimeout(PATIENCE)
        try:
            s.sendall(raw)
            while piece := s.recv(65536):
                got += piece
            closed = True
        except TimeoutError:
            closed = False
        except OSError:
            closed = True
    return [int(x) for x in re.findall(rb"(?:^|\n|\})HTTP/1\.[01] (\d{3}) ", got)], closed


def fault(host, port, raw):
    """None when raw is refused, else what happened instead."""
    statuses, closed = talk(host, port, raw + NEXT)
    if len(statuses) <= 1 and closed and set(statuses) <= REFUSALS:
        return None
    return "answers %s%s" % (statuses or "none", "" if closed else ", left open")


def not_refused(host, port):
    return {name: what for name, raw in CASES.items() if (what := fault(host, port, raw))}


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    if talk(host, port, NEXT)[0] != [200]:
        sys.exit("GET /healthz is not answered")
    missed = not_refused(host, port)
    for name, what in missed.items():
        print("not refused: %-40s %s" % (name, what))
    print("%d of %d refused" % (len(CASES) - len(missed), len(CASES)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
