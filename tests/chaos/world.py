"""world.py -- the system that is tested: everything in processes of its own that can be killed,
stopped and started again at the same address, with a proxy on every link.
"""
import asyncio
import contextlib
import functools
import json
import os
import random
import resource
import signal
import socket
import urllib.error

import yaml

import payers as p
from fleet import BINARY, CONF, MOCK_PATHS, Fleet, Process, wait_until
from plan import KEYS, LOOSE, ORGS, TEAMS
from process import preload
from proxy import Proxy
from redis_fleet import random_net
from resp import RespError

POLICY = {"first_byte_timeout": "2s", "idle_timeout": "2s", "timeout": "8s"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5", "deepseek": "deepseek-flash",
          "qwen": "qwen-plus"}
VENDORS = tuple(MODELS)
HERE = os.path.dirname(os.path.abspath(__file__))
ASAN_COMES_LATER = {"ASAN_OPTIONS": "verify_asan_link_order=0"}  # where something is preloaded
UNLIMITED = (resource.RLIM_INFINITY,) * 2
STANDS_BY = "event=standing_by"
DEBUG = ["enable-debug-command yes"]
REDIS = {"one": {"options": DEBUG, "persist": True}, "sentinel": {"options": DEBUG},
         "cluster": {"options": DEBUG}}
ADMIT_WINDOW_S = 1
GRACE_S = 2
# what may run, or is shut, for a long time is so no longer than a run can wait
REQUEST_S, DRAIN_S = 6, 4
LOSS_WINDOW_S = 5
# Sentinels make a primary that comes back a replica some ten seconds later, and until then may promote it
SENTINEL_LOSS_WINDOW_S = 20
TURN_OVER = ("kill-redis", "kill-primary", "lose-primary", "stop-redis", "stop-primary", "redis-sleep", "client-pause",
             "failover")
PROBE_S = 3
PROMPT_CANARY = "CANARY-prompt-0815"
# what is wrong with vendors all the time
ODDITIES = [
    {"vendor": "openai", "error": "server", "every": 23},
    {"stream": True, "cut": True, "every": 29},
    {"stream": True, "usage": "none", "every": 31},
]


def free_port():
    """Below the ports that connections take by themselves, so that it is free again after a kill."""
    while True:
        port = random.SystemRandom().randint(10000, 31000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def loss_window_s(plan):
    """The shorter one where it can do, because a run is too short for what is kept longer to be let go."""
    if plan.topology == "sentinel" and sum(e.fault in TURN_OVER for e in plan.events) > 1:
        return SENTINEL_LOSS_WINDOW_S
    return LOSS_WINDOW_S


def times(node, factor):
    """Prices, so many times as high"""
    if isinstance(node, dict):
        return {k: v if k == "service_tiers" else times(v, factor) for k, v in node.items()}
    if isinstance(node, list):
        return [times(v, factor) for v in node]
    return node * factor if isinstance(node, (int, float)) else str(node)


class World(Fleet):
    def __init__(self, folder, plan, ablate=None):
        super().__init__(folder, gateways=plan.gateways, workers=plan.workers,
                         coordinators=plan.coordinators, policy=POLICY, redis=plan.topology,
                         redis_options=REDIS[plan.topology])
        self.plan = plan
        self.common = {"gateway.reservation_time": "10s", "log.requests": False,
                       "redis.command_timeout": "100ms",
                       "redis.loss_window": "%ds" % loss_window_s(plan),
                       "redis.admit_window": "%ds" % ADMIT_WINDOW_S,
                       "redis.failover_grace": "%ds" % GRACE_S,
                       "gateway.request_timeout": "%ds" % REQUEST_S,
                       "gateway.drain_timeout": "%ds" % DRAIN_S,
                       "breakers.open_max": "3s", "breakers.probe_timeout": "%ds" % PROBE_S,
                       "breakers.credential_retry": "5s"}
        self.ports = {}            # of gateways, by name
        self.redis_links, self.vendor_links = {}, {}
        self.nets = {}             # in which a process sees the servers of Redis, by name
        self.rules_now = []        # of faults that are on, before ODDITIES
        self.locks = {}
        self.crashes = []
        self.env = {"SMARTROUTER_ABLATE": ablate} if ablate else None
        self.limits = {}
        self.price_factor = 1
        self.price_changes = []    # from when to when (seconds since 1970) there were two prices

    # --- configuration ---

    def write_config(self, name):
        own = {}
        if self.plan.topology == "one":
            own["redis.url"] = "unix://" + self.link_path(name)
        if name.startswith("gateway"):
            own["gateway.listen"] = "127.0.0.1:%d" % self.ports[name]
        self.settings = {**self.common, **own}
        return super().write_config(name)

    def link_path(self, name):
        return os.path.join(self.folder, "redis-%s.sock" % name)

    @property
    def prices_path(self):
        return os.path.join(self.folder, "prices.json")

    def write_prices(self):
        """For the vendors; our configurations have them when they are written again."""
        with open(os.path.join(CONF, "prices.yaml")) as f:
            shipped = yaml.safe_load(f)["prices"]
        prices = {vendor: {model: times(shipped[vendor][model], self.price_factor)}
                  for vendor, model in MODELS.items()}
        self.sections = {"prices": prices}
        with open(self.prices_path, "w") as f:
            json.dump({"prices": prices}, f)

    def change_prices(self):
        self.price_factor = 3 - self.price_factor
        self.write_prices()

    # --- start ---

    async def start(self):
        os.makedirs(self.folder, exist_ok=True)
        await asyncio.to_thread(self.servers.start)
        await asyncio.to_thread(self._start_mock)
        for vendor in VENDORS:
            port = free_port()
            link = Proxy({port: lambda: asyncio.open_connection("127.0.0.1", self.mock.port)})
            await link.open()
            self.vendor_links[vendor] = link
            self.endpoints[vendor] = {
                "base_url": "http://127.0.0.1:%d%s" % (port, MOCK_PATHS[vendor])}
        for path, text in (("pepper", "0123456789abcdef" * 4), ("credential", self.credential)):
            with open(os.path.join(self.folder, path), "w") as f:
                f.write(text)
        await self._start_redis_links()
        await asyncio.to_thread(self._start_fleet)
        return self

    @staticmethod
    def names(kind, n):
        return ["%s%d" % (kind, i) for i in range(n)]

    async def _start_redis_links(self):
        """Each process has its own."""
        for name in self.names("coordinator", self.n_coordinators) + \
                self.names("gateway", self.n_gateways):
            self.redis_links[name] = Proxy(self._redis_doors(name))
            await self.redis_links[name].open()

    def preload(self, name):
        """NAME.c of this folder, as a library for LD_PRELOAD."""
        return preload(os.path.join(HERE, name + ".c"), self.folder)

    def _redis_doors(self, name):
        """Sentinels and Clusters tell addresses: those are other ones for this process (env_of)."""
        if self.plan.topology == "one":
            return {self.link_path(name): lambda: asyncio.open_unix_connection(self.servers.socket)}
        self.nets[name] = random_net()
        return {(s.host.replace(self.servers.net, self.nets[name]), s.port):
                functools.partial(asyncio.open_connection, s.host, s.port)
                for s in self.servers.servers + self.servers.sentinels}

    def env_of(self, name):
        if name not in self.nets:
            return self.env
        return {**(self.env or {}), "LD_PRELOAD": self.preload("redirect"),
                "REDIRECT_FROM": self.servers.net + "0", "REDIRECT_TO": self.nets[name] + "0", **ASAN_COMES_LATER}

    def _start_mock(self):
        self.write_prices()
        port = free_port()
        self.mock = Process(self.folder, "mock", [
            BINARY, "mock-vendor", "--listen", "127.0.0.1:%d" % port, "--ledger", self.ledger_path,
            "--requests", os.path.join(self.folder, "requests.jsonl"),
            "--prices", self.prices_path,
            "--echo", "--ttft-ms", "15", "--chunk-ms", "8", "--chunks", "6"], says_url=True).start()
        self.set_rules()

    def _start_fleet(self):
        for name in self.names("coordinator", self.n_coordinators):
            self.coordinators.append(Process(self.folder, name, [
                BINARY, "coordinator", "--config", self.write_config(name)], env=self.env_of(name)).start())
        for name in self.names("gateway", self.n_gateways):
            self.ports[name] = free_port()
            gateway = Process(self.folder, name, [
                BINARY, "gateway", "--config", self.write_config(name)], env=self.env_of(name),
                              says_url=True)
            self.gateways.append(gateway.start())
        self.wait_ready()
        self._make_payers()

    def _make_payers(self):
        """Keys and budgets. ctl is a process each time, so what can go together does."""
        self.payers = p.make_payers(self, ORGS, TEAMS, KEYS)
        entities = p.entities(self.payers)
        self.limits = {e: self.plan.tight.get(i, LOOSE) for i, e in enumerate(entities)}
        for entity, limit in self.limits.items():
            p.set_budget(self, entity, "total", limit)

    # --- processes ---

    @property
    def processes(self):
        """By name; also the servers of Redis, which are no Process and behave like one."""
        stores = self.servers.servers + self.servers.sentinels
        return {q.name: q for q in [*self.gateways, *self.coordinators, self.mock, *stores]}

    def process_of(self, name):
        thing = self.processes[name]
        return thing.process if thing in self.servers.servers + self.servers.sentinels else thing

    def names_of(self, kind):
        """kind: "gateway", "coordinator", "mock", "sentinel", "redis", or "primary": who has some
        org's books now"""
        if kind == "redis":
            return [s.name for s in self.servers.servers]
        if kind == "primary":
            return sorted({self.servers.primary("{o:%s}" % org).name for org in ORGS})
        return [name for name in self.processes if name.startswith(kind)]

    def links_of(self, kind):
        """By name; kind: "vendor", "gateway-redis", "coordinator-redis" """
        if kind == "vendor":
            return self.vendor_links
        return {name: link for name, link in self.redis_links.items()
                if name.startswith(kind.split("-")[0])}

    def lock(self, name):
        """One fault at a time for each process, and for all servers of Redis: what is promised
        holds while one of them is gone."""
        if name in self.names_of("redis"):
            name = "redis"
        return self.locks.setdefault(name, asyncio.Lock())

    def note_crash(self, name, process):
        """It ended by itself: that is a finding, and it is started again all the same."""
        self.crashes.append("%s ended with %s: %s" % (
            name, process.process.returncode, process.log()[-1500:]))

    def revive(self, name):
        thing, process = self.processes[name], self.process_of(name)
        if process.running():
            return
        if not process.killed:
            self.note_crash(name, process)
        lives = process.log().count(STANDS_BY)
        thing.start()
        if process in self.coordinators:  # it has read its configuration
            wait_until(lambda: process.log().count(STANDS_BY) > lives, 20, name + " to stand by")
        if thing is self.mock:
            self.set_rules()

    def try_start(self, name):
        """One that may be killed before it serves."""
        try:
            self.processes[name].start()
        except AssertionError:
            pass

    def set_rules(self):
        """Vendors that are being killed, or are not there yet, get them when they have come back."""
        with contextlib.suppress(urllib.error.URLError):
            if self.mock.running():
                self.rules([*self.rules_now, *ODDITIES])

    # --- Redis, from outside of the fleet ---

    def connect_for(self, tag):
        """A connection of one's own to whoever has this slot."""
        return self.servers.primary(tag).connect()

    def some_server(self, rnd):
        """Whoever has some org's books."""
        return self.servers.primary("{o:%s}" % rnd.choice(ORGS))

    def entities_by_org(self):
        found = {}
        for entity in self.limits:
            found.setdefault(entity[0], []).append(entity)
        return found

    # --- the end of a run ---

    def what_moves(self):
        """What is not yet at rest, for people; "" when all is."""
        try:
            if n := self.mock_stats()["open"]:
                return "%d vendor calls" % n
            for org in ORGS:
                if n := self.open_reservations(org):  # slices among them: idle ones are given back
                    return "%d open reservations of %s" % (n, org)
            for gateway in self.gateways:
                if self.get(gateway, "/readyz")[0] != 200:
                    return gateway.name + " is not ready"
            if shut := self.shut_breakers():
                return "breakers: " + shut
            if not self.has_one_catalog():
                return "catalogs %s" % self.catalogs()
        except (OSError, RespError) as e:
            return str(e)
        return ""

    def shut_breakers(self):
        """Those that let nobody through but probes"""
        return ", ".join("%s %s" % (name, text.split()[0]) for vendor in VENDORS
                         for name, text in self.redis.hash("sr:1:{v:%s}:breakers" % vendor).items()
                         if text.split()[0] in ("open", "half"))

    def catalogs(self):
        """Who has which catalog: {name: (epoch, hash)}; the published one as "redis" """
        epoch, digest = self.redis("HMGET", "sr:1:{fleet}:catalog", "epoch", "hash")
        found = {"redis": (int(epoch), digest)}
        for name, text in self.redis.hash("sr:1:{fleet}:gateways").items():
            tells = json.loads(text)
            found[name] = tells["epoch"], tells["hash"]
        return found

    def has_one_catalog(self):
        return len(set(self.catalogs().values())) == 1

    def wait_other_catalog(self, than):
        """Until all gateways have another one; as long as a fault may keep one of them from it"""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.has_one_catalog() and self.catalogs()["redis"] != than, 20, "catalogs")

    async def heal(self):
        """Everything runs and every link is whole."""
        for link in [*self.redis_links.values(), *self.vendor_links.values()]:
            link.heal()
            await link.open()
        self.rules_now.clear()
        for name, process in self.processes.items():
            if process.running():
                process.signal(signal.SIGCONT)
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
            await asyncio.to_thread(self.revive, name)
        await asyncio.to_thread(self.set_rules)

    def stop_all(self):
        """Ends every process; what did not end well."""
        for process in self.gateways + self.coordinators + [self.mock]:
            try:
                status = process.stop()
            except AssertionError as e:
                self.crashes.append(str(e))
                continue
            if (status != 0 and not process.killed) or "Sanitizer" in process.log():
                self.note_crash(process.name, process)
        self.crashes += ["Redis refused %s" % r for r in self.servers.refused()]
        self.servers.stop()

    async def close(self):
        for process in self.processes.values():
            if process and process.running():
                process.signal(signal.SIGCONT)
        await asyncio.to_thread(self.stop_all)
        for link in [*self.redis_links.values(), *self.vendor_links.values()]:
            await link.close()
