"""Three gateways behind the shipped HAProxy are restarted one after the other, and all are told to
read their configurations again: no request fails, no stream is cut.

SR_STREAMS streams are open all the time (120), each SR_STREAM_S seconds long (2), while others ask
on kept connections and on new ones; SR_ROUNDS times all gateways start anew (1).
"""
import asyncio
import collections
import json
import os
import signal
import threading
import time

from fleet import Fleet, wait_until
from haproxy import Haproxy, free_port
from swarm import Broken, Connection, body

STREAMS = int(os.environ.get("SR_STREAMS", "120"))
STREAM_S = float(os.environ.get("SR_STREAM_S", "2"))
ROUNDS = int(os.environ.get("SR_ROUNDS", "1"))
ASKERS = 10
PIECES = 10


class Rolling(Fleet):
    """Gateways that keep their addresses."""

    def __init__(self, folder):
        self.ports = {}
        super().__init__(folder, gateways=3, coordinators=2, settings={
            "gateway.drain_delay": "2500ms", "gateway.stop_timeout": "30s"})

    def write_config(self, name):
        if name.startswith("gateway"):
            self.settings["gateway.listen"] = self.address(name)
        return super().write_config(name)

    def address(self, name):
        return "127.0.0.1:%d" % self.ports.setdefault(name, free_port())

    def is_ready(self, gateway):
        return gateway.running() and self.get(gateway, "/readyz")[0] == 200


class Load:
    """Clients that never rest; they count what they got."""

    def __init__(self, port, key):
        self.port, self.key = port, key
        self.ends = collections.Counter()
        self.epochs = set()
        self.open = 0
        self.most_open = 0
        self.over = False

    async def _ask(self, kind, connection, request):
        try:
            answer = await connection.ask(self.key, request)
        except (Broken, OSError) as e:
            self.ends["%s: %s" % (kind, e)] += 1
            return
        if answer.whole:
            self.ends[kind] += 1
            self.epochs.add(int(answer.headers["x-smartrouter-epoch"]))
        else:
            self.ends["%s: %d %s" % (kind, answer.status, answer.text[-200:])] += 1

    async def _stream(self, number):
        await asyncio.sleep(STREAM_S * number / STREAMS)
        while not self.over:
            connection = Connection(self.port)
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            await self._ask("stream", connection, body("gpt-4o-mini", stream=True))
            self.open -= 1
            connection.close()

    async def _whole(self, number):
        """Some keep their connection, some do not."""
        connection = Connection(self.port)
        while not self.over:
            await self._ask("whole", connection, body("gpt-4o-mini"))
            if number % 2:
                connection.close()
            await asyncio.sleep(0.05)
        connection.close()

    async def _all(self):
        await asyncio.gather(*(self._stream(i) for i in range(STREAMS)),
                             *(self._whole(i) for i in range(ASKERS)))

    def start(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self.thread.start()
        return self

    def stop(self):
        self.over = True
        self.thread.join()

    def failed(self):
        return {end: n for end, n in self.ends.items() if end not in ("stream", "whole")}


def restart_all(fleet):
    for gateway in fleet.gateways:
        assert gateway.stop(60) == 0
        gateway.start()
        wait_until(lambda: fleet.is_ready(gateway), 15, gateway.name + " to be ready")


def reload_all(fleet, load, number):
    """Another catalog, and other settings of every process."""
    before = epoch_of(fleet)
    fleet.policy = {"timeout": "%ds" % (61 + number)}
    fleet.settings["log.level"] = ("info", "warn")[number % 2]
    for process in fleet.coordinators + fleet.gateways:
        fleet.write_config(process.name)
    for process in fleet.coordinators + fleet.gateways:
        process.signal(signal.SIGHUP)
    wait_until(lambda: epoch_of(fleet) > before, 10, "a new catalog")
    wait_until(lambda: len(set(hashes(fleet))) == 1, 10, "it to be everywhere")
    wait_until(lambda: epoch_of(fleet) in load.epochs, 10, "answers under it")


def epoch_of(fleet):
    return int(fleet.redis("GET", "sr:1:{fleet}:epoch"))


def hashes(fleet):
    """Of the catalog in use, as each process tells it; and of the published one."""
    members = [*fleet.redis.hash("sr:1:{fleet}:gateways").values(),
               *fleet.redis.hash("sr:1:{fleet}:coordinators").values()]
    told = [json.loads(text) for text in members]
    newest = {m.get("id", m["name"]).rsplit("-", 1)[0]: m["hash"]
              for m in sorted(told, key=lambda m: m["at_us"])}
    return [*newest.values(), fleet.redis("HGET", "sr:1:{fleet}:catalog", "hash")]


def test_rolling_restart_and_reload(tmp_path):
    with Rolling(tmp_path) as fleet:
        fleet.rules([{"stream": True, "chunks": PIECES, "chunk_ms": int(STREAM_S * 1000 / PIECES)}])
        proxy = Haproxy(fleet.folder, *(fleet.address(g.name) for g in fleet.gateways),
                        SR_MAXCONN=str(2 * STREAMS + 500))
        load = Load(proxy.port, fleet.make_key(budget="day=1000")).start()
        try:
            wait_until(lambda: load.open >= STREAMS, STREAM_S + 20, "all streams to be open")
            begin = time.monotonic()
            for number in range(ROUNDS):
                reload_all(fleet, load, 2 * number)
                restart_all(fleet)
                reload_all(fleet, load, 2 * number + 1)
            seconds = time.monotonic() - begin
        finally:
            load.stop()
            proxy.stop()
        print("\n%d restarts, %d reloads in %.0f s: %s; %d streams open at once; epochs %s; failed: %s" % (
            3 * ROUNDS, 2 * ROUNDS, seconds, dict(load.ends), load.most_open, sorted(load.epochs),
            load.failed()))
        assert not load.failed(), load.failed()
        assert load.most_open >= STREAMS and load.ends["whole"] > 50
        assert len(load.epochs) == 1 + 2 * ROUNDS and 0 not in load.epochs
        fleet.wait_quiet()
