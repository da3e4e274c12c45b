"""failing.py -- Redis fails over under load, and loses writes that it confirmed; the books are
compared with what the vendors billed.

What "equal" means is said in killing.py; here no gateway dies. A failover is kill -9 of a primary;
in half of them its replicas were cut off before, so that all it confirmed since then is lost. With
one server, it is killed and comes back with data of some time before. Meanwhile no budget may hold
more than its limit, by the figures of whoever is the primary.
"""
import asyncio
import os
import shutil
import time

import killing
import payers as p
import swarm
from fleet import Fleet

SETTINGS = {"redis.loss_window": "15s", "redis.command_timeout": "500ms", "redis.admit_window": "1s",
            "gateway.reservation_time": "20s"}
REDIS = {"one": {"persist": True}, "sentinel": {"replicas": 1}, "cluster": {}}
# no vendor's fault whose cost is an estimate, which may be too low: no limit may be passed here
RULES = [r for r in killing.RULES if "cut" not in r and "usage" not in r]
# seconds from the new primary to the next good answer; 1 is the promise, a busy machine adds to it
SERVICE_BACK = float(os.environ.get("SR_SERVICE_BACK", "3.0"))

# seconds: after many failovers a server has much to load, its own data and then the primary's
IN_STEP_S = 180


class Failing(killing.Killing):
    def __init__(self, folder, seed, kind, tight_limit):
        self.kind = kind
        super().__init__(folder, seed, tight_limit)
        self.requests = []  # (began, ended, org, end) of each
        self.failovers = []  # figures of each

    def make_fleet(self, folder):
        return Fleet(folder, gateways=2, workers=1, policy=killing.POLICY, settings=SETTINGS,
                     redis=self.kind, redis_options=REDIS[self.kind],
                     mock_args=["--requests", self.requests_path])

    def __enter__(self):
        super().__enter__()
        self.fleet.rules(RULES)
        return self

    # --- load ---

    async def client(self, rnd, payer):
        connections = {}
        while not self.over:
            port = rnd.choice(self.ports)
            connection = connections.setdefault(port, swarm.Connection(port))
            began = time.monotonic()
            try:
                end = self.judge(await connection.ask(payer.secret, self.any_body(rnd, payer)))
            except swarm.Broken as e:
                self.take_broken(port, e)
                end = "vendor"
            else:
                self.count(end)
            self.requests.append((began, time.monotonic(), payer.org, end))
            if end == "later":
                await asyncio.sleep(0.02)
        for connection in connections.values():
            connection.close()

    # --- failovers ---

    async def kill_once(self):
        await asyncio.sleep(self.random.uniform(0.3, 0.8))
        org = self.random.choice(killing.ORGS)
        one = {"one": self.older_data}.get(self.kind, self.new_primary)
        figures = await one("sr:1:{o:%s}:org" % org)
        figures["org"] = org
        figures["back"] = await self.service_back(org, figures["up_at"])
        self.failovers.append(figures)
        self.kills += 1
        await asyncio.to_thread(self.whole_again)

    async def new_primary(self, key):
        redis = self.fleet.servers
        old = redis.primary(key)
        loses = self.random.random() < 0.5
        if loses:
            await asyncio.to_thread(old.cut_off_replicas)
            await asyncio.sleep(self.random.uniform(0.05, 0.4))
        written = offset(old)
        old.kill()
        killed_at = time.monotonic()
        new = await asyncio.to_thread(redis.wait_new_primary, old, key)
        figures = {"up_at": time.monotonic(), "failover": time.monotonic() - killed_at,
                   "lost_bytes": max(0, written - promoted_at(new))}
        self.dead = old
        return figures

    async def older_data(self, key):
        server = self.fleet.servers.primary(key)
        copy = os.path.join(self.fleet.folder, "older")
        await asyncio.to_thread(shutil.copytree, server.folder, copy)
        await asyncio.sleep(self.random.uniform(0.05, 0.4))
        server.kill()
        killed_at = time.monotonic()
        shutil.rmtree(server.folder)
        os.rename(copy, server.folder)
        await asyncio.to_thread(server.start)
        self.dead = None
        return {"up_at": time.monotonic(), "failover": time.monotonic() - killed_at, "lost_bytes": 1}

    async def service_back(self, org, up_at):
        """How long after the new primary was there the first good answer came of a request to it."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            good = [e for b, e, o, how in self.requests[-500:]
                    if o == org and how == "good" and b > up_at - 5 and e > up_at and e - b < 20]
            if good:
                return max(0.0, min(good) - up_at)
            await asyncio.sleep(0.01)
        raise AssertionError("no good answer within 20 s after a failover")

    def whole_again(self):
        """The dead server is there again, and all follow a primary, so that there is somebody to fail over
        to. Who that is may have changed once more: on a busy machine a primary seems dead for a moment."""
        if not self.dead:
            return
        self.dead.start(IN_STEP_S)
        self.fleet.servers.wait_in_step(seconds=IN_STEP_S)

    # --- the books ---

    def check_limits(self):
        for entity, counters in p.read_books(self.fleet, killing.ORGS).items():
            held = sum(counters.get(c, 0) for c in ("spent", "reserved", "suspense"))
            assert held <= self.limits[entity], (entity, counters, self.limits[entity])


def offset(server):
    return int(info(server)["master_repl_offset"])


def promoted_at(server):
    return int(info(server)["second_repl_offset"])


def info(server):
    return dict(line.split(":", 1) for line in server("INFO", "replication").split("\r\n")
                if ":" in line)


def table(f):
    rows = ["%2d. %s: new primary after %.2f s, %d bytes of confirmed writes lost, service back "
            "%.2f s later" % (i + 1, x["org"], x["failover"], x["lost_bytes"], x["back"])
            for i, x in enumerate(f.failovers)]
    back = sorted(x["back"] for x in f.failovers)
    return "\n".join(rows + ["service back: median %.2f s, worst %.2f s; %d of %d lost writes" % (
        back[len(back) // 2], back[-1], sum(x["lost_bytes"] > 0 for x in f.failovers), len(back))])


def run(folder, kind, times, seed, each=5, say=lambda text: None):
    """Fail over so many times; after every few the books must be exact. Returns the Failing."""
    with Failing(folder, seed, kind, killing.TIGHT_EACH * times) as f:
        while f.kills < times:
            f.round(min(each, times - f.kills))
            f.check_limits()
            f.check()
            say("%d failovers. Requests so far: %s. Books and bills are equal." % (
                f.kills, ", ".join("%s %d" % e for e in sorted(f.ends.items()))))
        say(table(f))
    return f
