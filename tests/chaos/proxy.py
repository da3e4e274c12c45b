"""proxy.py -- a TCP (or unix) proxy that a nemesis can spoil: hold back one direction or both,
delay, drip, break off.

What is held back arrives when the link heals, as TCP's would; so a cut that heals is late bytes,
and one that does not is a connection that somebody must give up.
"""
import asyncio
import functools

BLOCK = 65536
IN_LINE = 64  # blocks of one direction of a connection that are under way at most


class Lane:
    """One direction of all connections of a proxy."""

    def __init__(self):
        self.flows = asyncio.Event()
        self.flows.set()
        self.delay_s = 0.0
        self.bytes_per_s = 0

    def clear(self):
        self.delay_s, self.bytes_per_s = 0.0, 0
        self.flows.set()

    async def carry(self, data, came, writer):
        """came: when, by the loop's clock. What is delayed does not hold up what comes behind it."""
        await self.flows.wait()
        early_s = came + self.delay_s - asyncio.get_running_loop().time()
        if early_s > 0:
            await asyncio.sleep(early_s)
        while self.bytes_per_s and data and not writer.is_closing():
            writer.write(data[:1])
            data = data[1:]
            await asyncio.sleep(1 / self.bytes_per_s)
        if not writer.is_closing():
            writer.write(data)
        await writer.drain()


class Proxy:
    """Between one party and another, which may have several addresses."""

    def __init__(self, doors):
        """doors: {where it listens: how it goes on}. Where: a port, (host, port), or the path of a
        socket; how: a coroutine that opens (reader, writer) to the server."""
        self.doors = doors
        self.there, self.back = Lane(), Lane()  # towards the server; from it
        self.refuses = False
        self.writers = set()
        self.servers = []

    async def open(self):
        """Listens, if it does not yet."""
        if not self.servers:
            self.servers = [await self._listen(*door) for door in self.doors.items()]

    async def _listen(self, where, connect):
        serve = functools.partial(self._serve, connect)
        if isinstance(where, str):
            return await asyncio.start_unix_server(serve, where)
        host, port = where if isinstance(where, tuple) else ("127.0.0.1", where)
        return await asyncio.start_server(serve, host, port)

    async def shut(self):
        """New connections are refused, as where nobody listens; those that are open stay."""
        for server in self.servers:
            server.close()
        self.servers = []

    async def close(self):
        await self.shut()
        self.reset()

    # --- what can be spoiled ---

    def heal(self):
        self.refuses = False
        self.there.clear()
        self.back.clear()

    def reset(self):
        """Every connection breaks off (RST)."""
        for writer in list(self.writers):
            if not writer.is_closing():
                writer.transport.abort()

    # --- connections ---

    async def _serve(self, connect, reader, writer):
        if self.refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await connect()
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self.writers |= pair
        try:
            await asyncio.gather(self._pump(reader, far_writer, self.there),
                                 self._pump(far_reader, writer, self.back))
        finally:
            self.writers -= pair
            for w in pair:
                if not w.is_closing():
                    w.transport.abort()

    @staticmethod
    async def _pump(reader, writer, lane):
        """A half that ends ends the other, too: nobody here speaks after saying good-bye."""
        line = asyncio.Queue(IN_LINE)
        reading = asyncio.ensure_future(_queue(reader, line))
        try:
            await _deliver(line, writer, lane)
        except OSError:
            writer.transport.abort()
        finally:
            reading.cancel()


async def _queue(reader, line):
    """Blocks, with the moment each came; in the end an empty one, or None where it broke off."""
    now = asyncio.get_running_loop().time
    try:
        while data := await reader.read(BLOCK):
            await line.put((data, now()))
        await line.put((b"", now()))
    except OSError:
        await line.put((None, now()))


async def _deliver(line, writer, lane):
    data, came = await line.get()
    while data:
        await lane.carry(data, came, writer)
        data, came = await line.get()
    if data is None:
        writer.transport.abort()
        return
    await lane.flows.wait()
    writer.close()
