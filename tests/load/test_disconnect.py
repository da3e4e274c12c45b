"""Five thousand clients leave at once, in the middle of their streams. Within five seconds every
vendor call is closed or one of the few that are read on; when those have ended the gateway is as
large as it was before, and the books hold what was billed.

    tests/load/disconnect    prints the figures
"""
import asyncio
import os
import time

import pytest

import swarm
from accounts import Accounts, make_key
from fleet import Fleet, wait_until

CLIENTS = int(os.environ.get("SR_CLIENTS", 5000))
ROUNDS = 3            # the later ones show that nothing grows
AT_ONCE = 10          # requests under way while the streams begin
CLOSED_S = 5          # the vendors' calls, after the clients have left
DRAIN_CALLS, WORKERS = 64, 2
DRAIN_S = 6           # longer than CLOSED_S, so that what is read on can be seen
IDLE_S = 15           # until memory and descriptors are given back, when all calls have ended
KEPT_KB = 40 * 1024   # above a gateway that has served nobody: transfers kept for the next calls
KEPT_FDS = 16         # connections to vendors and Redis, kept too
GROWTH_KB = 8 * 1024  # from round to round
ENDLESS = {"chunk_ms": 2000, "tokens": 4000}


class Size:
    """A process as the system sees it."""

    def __init__(self, pid):
        self.fds = len(os.listdir("/proc/%d/fd" % pid))
        with open("/proc/%d/status" % pid) as f:
            self.rss_kb = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def is_like(self, idle):
        return self.rss_kb <= idle.rss_kb + KEPT_KB and self.fds <= idle.fds + KEPT_FDS

    def __str__(self):
        return "%.1f MB, %d descriptors" % (self.rss_kb / 1024, self.fds)


async def begin_stream(gate, port, key):
    """A client that has seen the first piece of its answer. Told to come again, it does."""
    async with gate:
        while True:
            client = swarm.Connection(port)
            await client.open()
            await client.send(key, swarm.body("gpt-4o-mini", stream=True, max_tokens=4000))
            status, headers = await client.head()
            if status == 200:
                break
            assert status == 503 and headers["x-should-retry"] == "true", (status, headers)
            client.close()
            await asyncio.sleep(0.2)
        assert await client.pieces(headers).__anext__()
    return client


class Round:
    """All come, all leave; what was measured."""

    def __init__(self, fleet, key, idle):
        self.fleet, self.gateway = fleet, fleet.gateways[0]
        begin = time.monotonic()
        asyncio.run(self.come_and_leave(key))
        self.all_s = time.monotonic() - begin
        wait_until(lambda: self.open() == 0, DRAIN_S + 10, "the vendors to be left")
        fleet.wait_quiet(seconds=20)
        self.after = self.become_idle(idle)

    def become_idle(self, idle):
        """Its size when it has given back what it will."""
        end, before = time.monotonic() + IDLE_S, Size(self.gateway.pid)
        while True:
            time.sleep(1.5)
            now = Size(self.gateway.pid)
            steady = abs(now.rss_kb - before.rss_kb) < 1024 and now.fds == before.fds
            if (steady and now.is_like(idle)) or time.monotonic() > end:
                return now
            before = now

    def redis_lost(self):
        return self.gateway.log().count("event=redis_down")

    def open(self):
        return self.fleet.mock_stats()["open"]

    async def come_and_leave(self, key):
        gate = asyncio.Semaphore(AT_ONCE)
        clients = await asyncio.gather(*(begin_stream(gate, self.gateway.port, key)
                                         for _ in range(CLIENTS)))
        self.open_before = self.open()
        self.full = Size(self.gateway.pid)
        lost = self.redis_lost()
        for client in clients:
            client.close()
        left = time.monotonic()
        await asyncio.sleep(0)
        while self.open() > DRAIN_CALLS * WORKERS and time.monotonic() < left + 2 * CLOSED_S:
            await asyncio.sleep(0.05)
        self.closed_s, self.open_after = time.monotonic() - left, self.open()
        await asyncio.sleep(1)
        self.lost = self.redis_lost() - lost

    def __str__(self):
        return "%d streams in %.1f s: %s; left, and %d calls open after %.2f s; then %s" % (
            self.open_before, self.all_s, self.full, self.open_after, self.closed_s, self.after)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("disconnect"), workers=WORKERS,
               settings={"gateway.drain_calls": DRAIN_CALLS, "gateway.drain_timeout": "%ds" % DRAIN_S,
                         "log.requests": False,
                         # as shipped: settles must not crowd Redis out
                         "redis.command_timeout": "100ms", "redis.admit_window": "1s"},
               policy={"first_byte_timeout": "60s", "idle_timeout": "60s"}) as f:
        f.rules([ENDLESS])
        yield f


def test_all_leave_at_once(fleet, capsys):
    key, accounts = make_key(fleet), Accounts(fleet)
    idle = Size(fleet.gateways[0].pid)
    rounds = [Round(fleet, key, idle) for _ in range(ROUNDS)]
    with capsys.disabled():
        print("\nidle: %s\n%s" % (idle, "\n".join(map(str, rounds))))
    for r in rounds:
        assert r.open_before == CLIENTS
        assert r.closed_s <= CLOSED_S and r.open_after <= DRAIN_CALLS * WORKERS, str(r)
        assert r.lost <= WORKERS  # what a busy machine may do once
        assert r.after.is_like(idle), "%s; idle: %s" % (r, idle)
    assert rounds[-1].after.rss_kb <= rounds[0].after.rss_kb + GROWTH_KB
    accounts.must_balance()
