"""nemesis.py -- what breaks: a table of faults, a line each. A fault is a coroutine that breaks
something, waits, mends it again, and says where it was; its event decides on what part it falls.
"""
import asyncio
import contextlib
import glob
import os
import random
import resource
import shutil
import signal
import time
from typing import Callable, NamedTuple

from plan import ORGS
from resp import RespError
from world import ASAN_COMES_LATER, MODELS, UNLIMITED, VENDORS


TO_DIE_S = 0.5      # so long who is killed may still be there
TRIES = 5           # of a command whose connection another fault cuts
TO_WRITE_S = 0.05   # so soon a vendor's ledger holds what it has answered
SHIFT_REDIS_S = 2   # longer, and what is held for a time in Redis would be held for so much longer
EVERYWHERE = ("one", "sentinel", "cluster")
REPLICATED = ("sentinel", "cluster")


class Nobody(Exception):
    """The part on which a fault was to fall is not there."""


class Fault(NamedTuple):
    name: str
    kind: str         # its class, for the report
    seconds: tuple    # least, most
    begin: Callable   # coroutine function (world, event, rnd)
    text: str
    topologies: tuple = EVERYWHERE


def pick(names, rnd):
    return names[rnd.randrange(len(names))]


# --- processes ---

def kill(kind):
    """SIGKILL, and a new life some time later."""
    async def begin(world, event, rnd):
        name = pick(world.names_of(kind), rnd)
        async with world.lock(name):
            world.processes[name].kill()
            await asyncio.sleep(event.seconds)
            await asyncio.to_thread(world.revive, name)
        return name
    return begin


def pause(kind):
    async def begin(world, event, rnd):
        name = pick(world.names_of(kind), rnd)
        async with world.lock(name):
            world.processes[name].signal(signal.SIGSTOP)
            await asyncio.sleep(event.seconds)
            world.processes[name].signal(signal.SIGCONT)
        return name
    return begin


async def kill_while_starting(world, event, rnd):
    name = pick(world.names_of("gateway"), rnd)
    async with world.lock(name):
        process = world.processes[name]
        for _ in range(2):
            process.kill()
            starting = asyncio.create_task(asyncio.to_thread(world.try_start, name))
            await asyncio.sleep(rnd.uniform(0.005, 0.1))
            process.kill()
            await starting
        await asyncio.sleep(event.seconds)
        await asyncio.to_thread(world.revive, name)
    return name


async def end_vendors(world, event, rnd, meanwhile=None):
    """They go in good order, because their ledger is the truth: it must hold what they billed."""
    async with world.lock("mock"):
        world.mock.killed = True
        for link in world.vendor_links.values():
            await link.shut()
        await asyncio.to_thread(world.mock.stop)
        if meanwhile:
            meanwhile()
        await asyncio.sleep(event.seconds)
        await asyncio.to_thread(world.revive, "mock")
        for link in world.vendor_links.values():
            await link.open()


async def kill_vendors(world, event, rnd):
    """kill -9. The ledger is the truth also then: what it may not hold yet reaches nobody."""
    async with world.lock("mock"):
        for link in world.vendor_links.values():
            await link.shut()
            hole_back(link)
        await asyncio.sleep(TO_WRITE_S)
        world.mock.kill()
        for link in world.vendor_links.values():
            link.reset()
            link.heal()
        await asyncio.sleep(event.seconds)
        await asyncio.to_thread(world.revive, "mock")
        for link in world.vendor_links.values():
            await link.open()


async def rolling_restart(world, event, rnd):
    for name in world.names_of("gateway"):
        async with world.lock(name):
            process = world.processes[name]
            process.killed = True
            await asyncio.to_thread(process.stop)
            await asyncio.to_thread(world.revive, name)


async def lose_primary(world, event, rnd):
    name = pick(world.names_of("primary"), rnd)
    async with world.lock(name):
        await asyncio.to_thread(world.processes[name].cut_off_replicas)
        await asyncio.sleep(rnd.uniform(0.05, 1.0))
        world.processes[name].kill()
        await asyncio.sleep(event.seconds)
        await asyncio.to_thread(world.revive, name)  # who may sign in is written in a file
    return name


async def failover(world, event, rnd):
    key = "{o:%s}" % pick(ORGS, rnd)
    async with world.lock(world.names_of("redis")[0]):
        await asyncio.to_thread(world.servers.failover, key)


def data_of(server):
    """What tells one state of a server's files from another: a rewrite begins new ones"""
    return sorted(glob.glob(server.folder + "/appendonlydir/*"))


def copy_data(server, folder):
    """What a server has on its disk now, all of it from one life of its append-only file."""
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        before = data_of(server)
        with contextlib.suppress(shutil.Error):  # a file went meanwhile
            shutil.copytree(server.folder, folder)
        if data_of(server) == before:
            return


async def rewind(world, event, rnd):
    """kill -9, and a new life with the data of some time before: what was confirmed since is lost."""
    name = world.names_of("redis")[0]
    async with world.lock(name):
        server = world.processes[name]
        copy = server.folder + ".before"
        await asyncio.to_thread(copy_data, server, copy)
        await asyncio.sleep(event.seconds)
        server.kill()
        shutil.rmtree(server.folder)
        os.rename(copy, server.folder)
        await asyncio.to_thread(world.revive, name)
    return name


# --- vendors ---

def vendor(share, **how):
    """So many of a hundred requests of a vendor go wrong like this."""
    async def begin(world, event, rnd):
        rule = {"vendor": pick(VENDORS, rnd), "percent": share, "seed": event.dice, **how}
        world.rules_now.append(rule)
        await asyncio.to_thread(world.set_rules)
        await asyncio.sleep(event.seconds)
        world.rules_now.remove(rule)
        await asyncio.to_thread(world.set_rules)
        return rule["vendor"]
    return begin


# --- links ---

def link(kind, spoil):
    """spoil(proxy) is called at the beginning; in the end the link is whole again."""
    async def begin(world, event, rnd):
        links = world.links_of(kind)
        name = pick(list(links), rnd)
        async with world.lock("link " + name):
            spoil(links[name])
            await asyncio.sleep(event.seconds)
            links[name].heal()
        return name
    return begin


def hole_there(proxy):
    proxy.there.flows.clear()


def hole_back(proxy):
    proxy.back.flows.clear()


def hole(proxy):
    hole_there(proxy)
    hole_back(proxy)


def gone(proxy):
    proxy.refuses = True
    proxy.reset()


def slow(seconds):
    def spoil(proxy):
        proxy.there.delay_s = proxy.back.delay_s = seconds
    return spoil


def drip(bytes_per_s):
    def spoil(proxy):
        proxy.back.bytes_per_s = bytes_per_s
    return spoil


# --- Redis ---

def takes_commands(server, life):
    """Does it run since then? Who was killed just now may take a moment to be gone."""
    until = time.monotonic() + TO_DIE_S
    while time.monotonic() < until:
        if not server.process.running() or server.process.pid != life:
            return False
        time.sleep(0.02)
    return True


def command_redis(server, *words):
    """Its answer may be long in coming. Says whether somebody took it: nobody does where another fault has just
    killed the server, or it loads its data again. Then what the command was to break lies broken already, and
    its next life knows nothing of it. A connection that another fault cut is made anew."""
    life = server.process.pid
    for _ in range(TRIES):
        try:
            with contextlib.closing(server.connect(30)) as connection:
                connection(*words)
            return True
        except (ConnectionError, FileNotFoundError) as e:
            if not takes_commands(server, life):
                return False
            error = e
        except RespError as e:
            if str(e).startswith("LOADING"):
                return False
            raise
    raise error


def redis(*command):
    """One command; what it does ends by itself."""
    async def begin(world, event, rnd):
        ms = str(int(event.seconds * 1000))
        words = [ms if w == "MS" else "%.3f" % event.seconds if w == "S" else w for w in command]
        if not await asyncio.to_thread(lambda: command_redis(world.some_server(rnd), *words)):
            raise Nobody
        await asyncio.sleep(event.seconds)
    return begin


async def out_of_memory(world, event, rnd):
    server = await asyncio.to_thread(world.some_server, rnd)
    if not await asyncio.to_thread(command_redis, server, "CONFIG", "SET", "maxmemory", "1mb"):
        raise Nobody
    await asyncio.sleep(event.seconds)
    # who does not take this has another life, without a limit
    await asyncio.to_thread(command_redis, server, "CONFIG", "SET", "maxmemory", "0")


# --- configuration ---

def minds(process, number):
    """A program that has just begun has no handler yet: a signal would end it."""
    try:
        with open("/proc/%d/status" % process.pid) as f:
            words = dict(line.split(":", 1) for line in f)
    except (FileNotFoundError, ProcessLookupError):  # another fault has killed it
        return False
    return bool((int(words["SigCgt"], 16) | int(words["SigBlk"], 16)) >> (number - 1) & 1)


async def reload(world, event, rnd):
    for name in world.names_of("coordinator") + world.names_of("gateway"):
        process = world.processes[name]
        if process.running() and minds(process, signal.SIGHUP):
            process.signal(signal.SIGHUP)
    await asyncio.sleep(event.seconds)


async def bad_config(world, event, rnd):
    """Nobody may take it: not the leader, not a gateway."""
    names = world.names_of("coordinator") + world.names_of("gateway")
    async with contextlib.AsyncExitStack() as nobody_starts:  # for who starts with it ends at once
        for name in names:
            await nobody_starts.enter_async_context(world.lock(name))
        for name in names:
            with open("%s/%s.yaml" % (world.folder, name), "a") as f:
                f.write("\n}{ no: [yaml")
        await reload(world, event, rnd)
        for name in names:
            world.write_config(name)
        await reload(world, event._replace(seconds=0), rnd)


async def change_config(world, event, rnd):
    """Another order of models, published by the leader."""
    order = list(MODELS.values())
    rnd.shuffle(order)
    world.policy = {**world.policy, "order": order}
    for name in world.names_of("coordinator") + world.names_of("gateway"):
        world.write_config(name)
    await reload(world, event, rnd)


async def change_prices(world, event, rnd):
    """All prices double, or are again what they were, at the vendors and with us. For a request of the
    meantime it is the price at its admission, either of them (checker.bill_of)."""
    begin, before = time.time(), (await asyncio.to_thread(world.catalogs))["redis"]
    await end_vendors(world, event, rnd, world.change_prices)
    for name in world.names_of("coordinator") + world.names_of("gateway"):
        world.write_config(name)
    await reload(world, event._replace(seconds=0), rnd)
    await asyncio.to_thread(world.wait_other_catalog, before)
    world.price_changes.append((begin, time.time()))


# --- disk, clock ---

async def journal_full(world, event, rnd):
    """No file of a gateway may grow: its journal cannot be written, as on a full disk."""
    name = pick(world.names_of("gateway"), rnd)
    async with world.lock(name):
        pid = world.processes[name].pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        await asyncio.sleep(event.seconds)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)
    return name


def shift_clock(kind, most_s):
    """A new life with a clock that is off; and one with the right one again."""
    async def begin(world, event, rnd):
        name = pick(world.names_of(kind), rnd)
        async with world.lock(name):
            process = world.process_of(name)
            right = process.env or {}
            for env in (with_clock(world, right, rnd.randint(-most_s, most_s)), right):
                process.kill()
                process.env = env
                await asyncio.to_thread(world.revive, name)
                await asyncio.sleep(event.seconds if env is not right else 0)
        return name
    return begin


def with_clock(world, env, seconds):
    return {**env, "LD_PRELOAD": " ".join([world.preload("shift"), env.get("LD_PRELOAD", "")]).strip(),
            "SHIFT_S": str(seconds), **ASAN_COMES_LATER}


FAULTS = (
    Fault("kill-gateway", "process", (0.0, 3.0), kill("gateway"), "kill -9, started again"),
    Fault("kill-starting", "process", (0.0, 1.0), kill_while_starting,
          "kill -9 while it reads its journal, twice"),
    Fault("kill-coordinator", "process", (0.0, 5.0), kill("coordinator"), "kill -9, started again"),
    Fault("kill-redis", "process", (0.0, 2.0), kill("redis"), "kill -9, started again with its AOF"),
    Fault("rewind-redis", "process", (0.1, 1.0), rewind, "kill -9, and back with older data", ("one",)),
    Fault("kill-primary", "process", (1.0, 6.0), kill("primary"), "kill -9: a failover", REPLICATED),
    Fault("lose-primary", "process", (1.0, 6.0), lose_primary,
          "its replicas are cut off, then kill -9: a failover that loses what was confirmed", REPLICATED),
    Fault("kill-sentinel", "process", (0.0, 4.0), kill("sentinel"), "kill -9, started again",
          ("sentinel",)),
    Fault("failover", "process", (0.0, 0.0), failover, "by hand, while all are well", REPLICATED),
    Fault("end-vendors", "process", (0.5, 2.0), end_vendors, "all vendors shut down and come back"),
    Fault("kill-vendors", "process", (0.2, 2.0), kill_vendors, "kill -9 of all vendors"),
    Fault("rolling-restart", "process", (0.0, 0.0), rolling_restart, "each gateway in turn"),
    Fault("stop-gateway", "pause", (0.1, 6.0), pause("gateway"), "SIGSTOP, SIGCONT"),
    Fault("stop-coordinator", "pause", (0.1, 8.0), pause("coordinator"), "SIGSTOP, SIGCONT"),
    Fault("stop-redis", "pause", (0.1, 5.0), pause("redis"), "SIGSTOP, SIGCONT"),
    Fault("stop-primary", "pause", (0.1, 6.0), pause("primary"),
          "SIGSTOP, SIGCONT: a failover, and the old one wakes up", REPLICATED),
    Fault("stop-vendors", "pause", (0.1, 3.0), pause("mock"), "SIGSTOP, SIGCONT"),
    Fault("vendor-errors", "vendor", (1.0, 5.0), vendor(60, error="server"), "500"),
    Fault("vendor-overload", "vendor", (1.0, 5.0), vendor(100, error="overloaded"), "503, 529"),
    Fault("vendor-rate", "vendor", (1.0, 4.0), vendor(80, error="rate_limit", retry_after="1"),
          "429 with Retry-After"),
    Fault("vendor-no-money", "vendor", (1.0, 3.0), vendor(100, error="no_money"), "account empty"),
    Fault("vendor-leak", "vendor", (1.0, 3.0), vendor(50, status=400, leak=True),
          "errors with prompt and credential in them"),
    Fault("vendor-cut", "vendor", (1.0, 5.0), vendor(40, cut=True), "broken off in the middle"),
    Fault("vendor-cut-early", "vendor", (1.0, 5.0), vendor(50, cut=True, at="body"),
          "broken off before content"),
    Fault("vendor-garbage", "vendor", (1.0, 5.0), vendor(40, garbage="text"), "no JSON"),
    Fault("vendor-truncated", "vendor", (1.0, 5.0), vendor(40, garbage="truncated"), "half a JSON"),
    Fault("vendor-stall", "vendor", (1.0, 4.0), vendor(30, stall=True, at="headers"), "says nothing"),
    Fault("vendor-dead", "vendor", (1.0, 4.0), vendor(100, stall=True, at="headers"),
          "takes everything and says nothing"),
    Fault("vendor-hang", "vendor", (1.0, 4.0), vendor(30, stall=True, at="middle"),
          "stops in the middle"),
    Fault("vendor-slow", "vendor", (1.0, 5.0), vendor(100, ttft_ms=1200),
          "first content after 1.2 s"),
    Fault("vendor-no-usage", "vendor", (1.0, 5.0), vendor(60, usage="none"), "no usage told"),
    Fault("vendor-zero-usage", "vendor", (1.0, 5.0), vendor(60, usage="zero"), "usage of zero"),
    Fault("vendor-odd", "vendor", (1.0, 5.0), vendor(60, crlf=True, double_done=True),
          "CR LF, two end marks"),
    Fault("cut-gateway-redis", "network", (0.2, 5.0), link("gateway-redis", hole), "both ways"),
    Fault("mute-gateway-redis", "network", (0.2, 5.0), link("gateway-redis", hole_there),
          "its commands do not arrive"),
    Fault("deaf-gateway-redis", "network", (0.2, 5.0), link("gateway-redis", hole_back),
          "the answers do not arrive"),
    Fault("cut-coordinator-redis", "network", (0.2, 8.0), link("coordinator-redis", hole), "both ways"),
    Fault("deaf-coordinator-redis", "network", (0.2, 8.0), link("coordinator-redis", hole_back),
          "the answers do not arrive"),
    Fault("slow-redis", "network", (0.5, 4.0), link("gateway-redis", slow(0.03)), "30 ms more each way"),
    Fault("reset-redis", "network", (0.0, 0.5), link("gateway-redis", gone),
          "connections reset, refused"),
    Fault("cut-vendor", "network", (0.2, 4.0), link("vendor", hole), "both ways"),
    Fault("deaf-vendor", "network", (0.2, 4.0), link("vendor", hole_back), "answers do not arrive"),
    Fault("reset-vendor", "network", (0.1, 3.0), link("vendor", gone), "connections reset, refused"),
    Fault("drip-vendor", "network", (0.5, 4.0), link("vendor", drip(300)), "300 bytes a second"),
    Fault("slow-vendor", "network", (0.5, 4.0), link("vendor", slow(0.4)), "400 ms more each way"),
    Fault("script-flush", "redis", (0.0, 0.5), redis("SCRIPT", "FLUSH"), "scripts forgotten"),
    Fault("redis-sleep", "redis", (0.1, 2.0), redis("DEBUG", "SLEEP", "S"), "DEBUG SLEEP"),
    Fault("client-pause", "redis", (0.1, 2.0), redis("CLIENT", "PAUSE", "MS", "ALL"), "CLIENT PAUSE"),
    Fault("write-pause", "redis", (0.1, 2.0), redis("CLIENT", "PAUSE", "MS", "WRITE"), "of writes only"),
    Fault("client-kill", "redis", (0.0, 0.5), redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
          "connections closed"),
    Fault("aof-rewrite", "redis", (0.0, 0.5), redis("BGREWRITEAOF"), "BGREWRITEAOF"),
    Fault("redis-full", "redis", (0.2, 3.0), out_of_memory, "maxmemory: writes are refused"),
    Fault("reload", "config", (0.2, 1.0), reload, "SIGHUP to all"),
    Fault("bad-config", "config", (0.2, 2.0), bad_config, "SIGHUP with a broken file, and back"),
    Fault("change-config", "config", (0.2, 1.0), change_config, "another order of models, SIGHUP to all"),
    Fault("change-prices", "config", (0.2, 1.0), change_prices, "all prices double, or halve again"),
    Fault("shift-gateway", "clock", (1.0, 6.0), shift_clock("gateway", 3600), "up to an hour off"),
    Fault("shift-coordinator", "clock", (1.0, 6.0), shift_clock("coordinator", 3600), "up to an hour off"),
    Fault("shift-redis", "clock", (1.0, 6.0), shift_clock("redis", SHIFT_REDIS_S), "two seconds off", ("one",)),
    Fault("journal-full", "disk", (0.5, 4.0), journal_full, "a gateway's files cannot grow"),
)
BY_NAME = {f.name: f for f in FAULTS}


class Happened(NamedTuple):
    """A fault that was, in seconds of the run; error: what kept it from being mended by itself."""
    fault: str
    where: str
    begin: float
    end: float
    error: str


class Nemesis:
    def __init__(self, world, plan):
        self.world, self.plan = world, plan
        self.happened = []
        self.void = []  # faults that found nobody

    async def one(self, event, zero):
        await asyncio.sleep(max(0.0, zero + event.at - time.monotonic()))
        begin, where, error = time.monotonic() - zero, "", ""
        try:
            where = await BY_NAME[event.fault].begin(self.world, event, random.Random(event.dice))
        except Nobody:
            self.void.append(event.fault)
            return
        except (OSError, RespError, AssertionError) as e:
            error = "%s: %s" % (type(e).__name__, str(e)[:300])
        self.happened.append(Happened(event.fault, where or "", begin, time.monotonic() - zero, error))

    async def run(self, zero):
        await asyncio.gather(*(self.one(e, zero) for e in self.plan.events))
