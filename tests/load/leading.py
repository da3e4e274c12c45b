"""leading.py -- leaders that are killed, stopped, cut off from Redis or told to leave, while the
jobs write all the time. Redis' own MONITOR is the witness: in the order of execution it tells who
took the lease when, and what each script wrote.
"""
import hashlib
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import threading
import time

from client import chat
from fleet import CONF, Fleet, wait_until
from link import Link

TOP = os.path.join(CONF, "..")
LEASE_S = 3.0
MOST_S = 3.5
LEFT_S = 2.0  # after a clean stop; a quiet machine takes milliseconds
FAULTS = ("killed", "stopped", "cut", "mute", "left")
# the scripts of jobs, and which argument is the leader's token
FENCED = {"publish": 1, "pace": 1, "forget": 1, "expire": 4}
WRITES = {"SET", "DEL", "HSET", "HDEL", "HINCRBY", "INCR", "ZADD", "ZREM", "XADD", "PUBLISH",
          "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"}
LINE = re.compile(r'^\+([\d.]+) \[\d+ (\S+)\] (".*)$')
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
TOKEN_KEY = "sr:1:{fleet}:token"


def sha(name):
    flat = subprocess.run([os.path.join(TOP, "build-aux/embed-lua"), "--flat",
                           os.path.join(TOP, "lua", name + ".lua")], check=True, capture_output=True)
    return hashlib.sha1(flat.stdout).hexdigest()


class Witness:
    """Reads MONITOR. A write by a script under a token that is not the newest is a landed one."""

    def __init__(self, server):
        self.scripts = {sha(name): name for name in FENCED}
        self.newest = 0
        self.taken = []  # (when, token)
        self.writes = dict.fromkeys(FENCED, 0)
        self.landed = []
        self.by = None   # the script that runs: (name, token, its line)
        self.connection = server.connect(seconds=None)
        self.connection("MONITOR")
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.connection.file:
            found = LINE.match(line.decode("utf-8", "replace"))
            if found:
                self._saw(float(found[1]), found[2], WORD.findall(found[3]))

    def _saw(self, when, who, words):
        verb = words[0].upper()
        if who != "lua":
            self.by = self._script(words) if verb in ("EVALSHA", "EVAL") else None
            return
        if verb not in WRITES:
            return
        if self.by:
            self.writes[self.by[0]] += 1
            if self.by[1] < self.newest:
                self.landed.append((when, self.newest) + self.by + (words[:3],))
        if verb == "SET" and words[1] == TOKEN_KEY and int(words[2]) > self.newest:
            self.newest = int(words[2])
            self.taken.append((when, self.newest))

    def _script(self, words):
        which = words[1] if words[0].upper() == "EVALSHA" else None
        name = self.scripts.get(which)
        if not name:
            return None
        args = words[3 + int(words[2]):]
        return name, int(args[FENCED[name]]), words[3]

    def close(self):
        self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()


class Leaders(Fleet):
    """Three coordinators, each with a link of its own to Redis and a catalog of its own, so that
    each has something to publish as soon as it leads."""

    def __init__(self, folder):
        self.links = {}
        super().__init__(folder, coordinators=3, settings={
            "coordinator.lease": "%ds" % LEASE_S, "coordinator.snapshot_interval": "100ms",
            "coordinator.pace_interval": "100ms", "coordinator.expire_interval": "50ms",
            "coordinator.publish_interval": "500ms", "gateway.report_interval": "100ms"})

    def write_config(self, name):
        path = super().write_config(name)
        if not name.startswith("coordinator"):
            return path
        link = self.links.setdefault(name, Link(self.servers.socket))
        with open(path) as f:
            sections = json.load(f)
        sections["redis"]["url"] = link.url
        sections["policies"]["default"]["timeout"] = "6%ss" % name[-1]
        with open(path, "w") as f:
            json.dump(sections, f)
        return path

    def leader(self):
        """The coordinator who leads, or None."""
        name = (self.redis("GET", "sr:1:{fleet}:lease") or "").rsplit("-", 1)[0]
        return next((c for c in self.coordinators if c.name == name), None)

    def gateway_follows(self):
        tells = json.loads(self.redis("HGET", "sr:1:{fleet}:gateways", "gateway0"))
        return tells["hash"] == self.redis("HGET", "sr:1:{fleet}:catalog", "hash")

    def wait_leader(self, other_than=None):
        return wait_until(lambda: (lambda c: c if c is not other_than else None)(self.leader()),
                          10, "a leader")


class Work(threading.Thread):
    """Something to do for each job: requests of a key with a budget, and reservations that are
    overdue (there is nothing behind them, so that expiring them only takes them off the list)."""

    def __init__(self, fleet):
        super().__init__(daemon=True)
        self.fleet, self.over = fleet, threading.Event()
        self.key = fleet.make_key(budget="day=1000")
        self.failed = []

    def run(self):
        n = 0
        redis = self.fleet.redis_process.connect()
        while not self.over.wait(0.05):
            n += 1
            redis("ZADD", "sr:1:{o:acme}:open", 0, "none-%d" % n)
            status = self.fleet.post(self.fleet.gateways[0], chat("gpt-4o-mini", "hello"), self.key)[0]
            if status != 200:
                self.failed.append(status)
        redis.close()

    def stop(self):
        self.over.set()
        self.join()


class Campaign:
    def __init__(self, fleet, witness, seed, say):
        self.fleet, self.witness, self.say = fleet, witness, say
        self.chance = random.Random(seed)
        self.seconds = {fault: [] for fault in FAULTS}
        self.fenced = 0  # late writes that Redis refused

    # --- faults: each returns when it began, and what ends it ---

    def killed(self, leader, link):
        began = time.time()
        leader.kill()
        return began, leader.start

    def stopped(self, leader, link):
        began = time.time()
        leader.signal(signal.SIGSTOP)
        return began, lambda: leader.signal(signal.SIGCONT)

    def cut(self, leader, link):
        """Nothing arrives any more, and a write of a job is among what is late."""
        link.hold(at=b":fence\r\n")
        wait_until(lambda: link.held, 10, "a write of the leader")
        return link.held_since, lambda: self.arrive(link)

    def mute(self, leader, link):
        """As cut, from any moment on."""
        link.hold()
        return link.held_since, lambda: self.arrive(link)

    def arrive(self, link):
        before = len(link.heard_late)
        link.release()
        self.fenced += link.heard_late[before:].count(b"fenced")

    def left(self, leader, link):
        began = time.time()
        assert leader.stop() == 0
        return began, leader.start

    # --- one after the other ---

    def take_over(self, fault):
        time.sleep(self.chance.uniform(0, 0.9))  # anywhere between two renewals
        old = self.fleet.wait_leader()
        link = self.fleet.links[old.name]
        had = len(self.witness.taken)
        began, end = getattr(self, fault)(old, link)
        wait_until(lambda: len(self.witness.taken) > had, 15, "another leader after " + fault)
        seconds = self.witness.taken[had][0] - began
        self.seconds[fault].append(seconds)
        self.fleet.wait_leader(other_than=old)
        time.sleep(self.chance.uniform(0, 0.3))  # the new one has written, or has not yet
        end()
        time.sleep(0.2)
        self.must_have_one_leader()
        return seconds

    def must_have_one_leader(self):
        name = self.fleet.redis("GET", "sr:1:{fleet}:lease")
        assert name and int(self.fleet.redis("GET", TOKEN_KEY)) == self.witness.newest
        assert not self.witness.landed, "landed: %s" % self.witness.landed[:5]

    def run(self, times):
        for i in range(times):
            fault = FAULTS[i % len(FAULTS)]
            seconds = self.take_over(fault)
            self.say("%3d %-8s %.3f s" % (i + 1, fault, seconds))

    def figures(self):
        lines = ["fault     times  median    worst"]
        for fault, seconds in self.seconds.items():
            if seconds:
                lines.append("%-8s %6d %6.3f s %6.3f s" % (
                    fault, len(seconds), statistics.median(seconds), max(seconds)))
        lines.append("late writes refused: %d; writes of jobs: %s; of fenced leaders that landed: %d" % (
            self.fenced, ", ".join("%s %d" % w for w in self.witness.writes.items()),
            len(self.witness.landed)))
        return "\n".join(lines)


def run(folder, times, seed, say=lambda text: None):
    """`times` take-overs; the campaign, which has held what it must."""
    with Leaders(folder) as fleet:
        witness = Witness(fleet.redis_process)
        work = Work(fleet)
        witness.newest = int(fleet.redis("GET", TOKEN_KEY))
        work.start()
        campaign = Campaign(fleet, witness, seed, say)
        try:
            campaign.run(times)
        finally:
            work.stop()
            for link in fleet.links.values():
                link.release()
            say(campaign.figures())
        wait_until(fleet.gateway_follows, 10, "the last leader's catalog")
        witness.close()
        assert not work.failed, work.failed
    for link in fleet.links.values():
        link.close()
    assert witness.landed == []
    assert all(witness.writes[name] for name in ("publish", "pace", "expire")), witness.writes
    for fault, seconds in campaign.seconds.items():
        assert max(seconds, default=0) <= (LEFT_S if fault == "left" else MOST_S), campaign.figures()
    return campaign
