"""swarm.py -- many clients at once: asyncio, a connection each, kept alive as long as it will.

It hides nothing: an answer is whole, an error, or broken off, and a stream that ends without its
end mark is never taken for a whole one.
"""
import asyncio
import json


class Broken(Exception):
    """The connection ended before the answer did; text: what had come of its body."""

    def __init__(self, why, text=""):
        super().__init__(why)
        self.text = text


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def is_stream(self):
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def whole(self):
        """A good answer with its end."""
        if self.status != 200:
            return False
        return self.text.endswith("data: [DONE]\n\n") if self.is_stream else self.text.endswith("}")

    @property
    def error(self):
        return json.loads(self.text)["error"]

    @property
    def rid(self):
        return self.headers.get("x-request-id")


class Connection:
    def __init__(self, port):
        self.port, self.reader, self.writer = port, None, None

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def send(self, key, body, headers=None):
        data = json.dumps(body).encode()
        more = "".join("%s: %s\r\n" % h for h in (headers or {}).items()).encode()
        self.writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
            b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
            b"%sContent-Length: %d\r\n\r\n%s" % (key.encode(), more, len(data), data))
        await self.writer.drain()

    async def head(self):
        """(status, headers)"""
        try:
            text = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError) as e:
            raise Broken("no head") from e
        first, *lines = text.split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {k.lower(): v for k, v in headers.items()}

    async def pieces(self, headers):
        """The body as it comes."""
        try:
            if headers.get("transfer-encoding") != "chunked":
                yield await self.reader.readexactly(int(headers["content-length"]))
                return
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        except (asyncio.IncompleteReadError, ConnectionError) as e:
            raise Broken("in the body") from e

    async def ask(self, key, body, leave_after=None, headers=None):
        """An Answer; Broken when there was none. leave_after: hang up after so many pieces, and
        then the answer is None."""
        text = []
        try:
            if not self.writer:
                await self.open()
            await self.send(key, body, headers)
            status, headers = await self.head()
            async for piece in self.pieces(headers):
                text.append(piece)
                if leave_after is not None and len(text) >= leave_after:
                    self.close()
                    return None
        except (Broken, ConnectionError) as e:
            self.close()
            raise Broken(str(e), b"".join(text).decode()) from e
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, b"".join(text).decode())


def body(model, prompt="How are you today?", **members):
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **members}
