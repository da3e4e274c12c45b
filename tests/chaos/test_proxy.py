"""What a spoiled link does is what its name says, and no more."""
import asyncio

import pytest

from proxy import Proxy

DELAY_S = 0.2
APART_S = 0.05
BLOCKS = 4


def through(spoil, talk):
    """What `talk(reader, writer, proxy)` gives, behind a proxy that was spoiled like this: with an echo
    that leaves after a full stop."""
    async def echo(reader, writer):
        while not (data := await reader.read(1000)).endswith(b"."):
            writer.write(data)
        writer.write(data)
        writer.close()

    async def run():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxy = Proxy({("127.0.0.1", 0): lambda: asyncio.open_connection("127.0.0.1", port)})
        await proxy.open()
        spoil(proxy)
        reader, writer = await asyncio.open_connection(*proxy.servers[0].sockets[0].getsockname())
        try:
            return await asyncio.wait_for(talk(reader, writer, proxy), 10)
        finally:
            writer.transport.abort()
            await proxy.close()
            server.close()
    return asyncio.run(run())


def slow(proxy):
    proxy.there.delay_s = proxy.back.delay_s = DELAY_S


async def times_of_blocks(reader, writer, proxy):
    now = asyncio.get_running_loop().time
    sent, took = [], []

    async def send():
        for i in range(BLOCKS):
            sent.append(now())
            writer.write(b"%d" % i)
            await asyncio.sleep(APART_S)
    sending = asyncio.ensure_future(send())
    for i in range(BLOCKS):
        assert await reader.readexactly(1) == b"%d" % i
        took.append(now() - sent[i])
    await sending
    return took


def test_a_delay_is_each_block_s_own():
    """What comes behind another one is not later for that, as on a long line."""
    for took in through(slow, times_of_blocks):
        assert 2 * DELAY_S <= took < 2 * DELAY_S + APART_S


async def cut_and_heal(reader, writer, proxy):
    proxy.there.flows.clear()
    writer.write(b"late")
    await asyncio.sleep(APART_S)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(reader.read(1), APART_S)
    proxy.heal()
    return await reader.readexactly(4)


def test_what_is_cut_off_arrives_when_the_link_heals():
    assert through(lambda proxy: None, cut_and_heal) == b"late"


async def say_good_bye(reader, writer, proxy):
    writer.write(b"last words.")
    return await reader.read(-1)


def test_the_end_comes_behind_what_was_said():
    assert through(slow, say_good_bye) == b"last words."
