"""redis_fleet.py -- Redis as one server, with Sentinel, and as a Cluster, for tests.

    with make_redis("sentinel", folder) as redis:
        redis.settings("gateway")          # the section `redis` of a configuration
        redis.client("GET", "sr:1:...")    # asks whoever holds the key now
        old = redis.kill_primary()         # or redis.primary(key).stop() .cont() .kill() .start()
        redis.wait_new_primary(old)
        redis.failover()                   # by hand: nothing is lost

The servers read docker/redis/*.conf and conf/redis/users.acl, each on a loopback address of its
own, so that no two tests meet and a single server can be cut off.
"""
import binascii
import contextlib
import os
import random
import re
import signal
import threading
import time

from process import Process, kill_all, wait_until
from resp import Resp, RespError

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
USERS = ("gateway", "coordinator", "operator", "replica", "sentinel")
PORT, SENTINEL_PORT, MASTER = 6379, 26379, "smartrouter"
SLOTS = 16384
MANUAL_S = 6   # a failover of a Cluster by hand has taken place after 5, or does not
# what a node says to a failover by hand that has just had another one
UNREADY = ("Master is down or failed", "master is unknown", "CLUSTER FAILOVER to a replica", "LOADING")
PATIENCE = 20  # seconds until a topology stands, or has turned over


def slot_of(key):
    begin = key.find("{")
    end = key.find("}", begin + 1)
    if begin >= 0 and end > begin + 1:
        key = key[begin + 1:end]
    return binascii.crc_hqx(key.encode(), 0) % SLOTS


def password_of(user):
    return "secret-CANARY-of-the-%s-4711" % user


def shipped(*path):
    """A configuration as it is shipped, with the test's passwords."""
    with open(os.path.join(TOP, *path)) as f:
        text = f.read()
    for user in USERS:
        text = text.replace(user.upper() + "-PASSWORD", password_of(user))
    return text


def random_net():
    """Of the loopback addresses: where nobody else is"""
    return "127.%d.%d." % (random.SystemRandom().randint(1, 254), random.SystemRandom().randint(0, 254))


class Server:
    """One redis-server; of a Sentinel the same with another configuration."""

    def __init__(self, folder, name, host, text, port=PORT, socket=None, sentinel=False):
        self.name, self.host, self.port, self.socket = name, host, port, socket
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, name + ".conf")
        with open(path, "w") as f:
            f.write(text)
        argv = ["redis-server", path] + (["--sentinel"] if sentinel else [])
        self.process = Process(folder, name, argv)
        self.sentinel = sentinel
        self._admin, self.stopped = None, False
        self._turn = threading.Lock()  # for the one connection

    def start(self, seconds=PATIENCE):
        """With much data it takes long to load them."""
        self.stopped = False
        self.process.start()
        wait_until(self._answers, seconds, self.name + " to answer")
        return self

    def _answers(self):
        try:
            return self("PING") == "PONG"
        except (OSError, RespError):  # not there, or still loading
            assert self.process.running(), self.name + ": " + self.output()[-2000:]
            return False

    def output(self):
        with open(self.process.out_path, errors="replace") as f:
            return f.read() + self.process.log()

    def connect(self, seconds=5):
        """A connection of one's own, with all rights."""
        connection = Resp(self.socket or (self.host, self.port), seconds)
        if not self.sentinel:
            connection("AUTH", "tests", "tests")
        return connection

    def __call__(self, *args):
        """One command, with all rights. Raises when the server does not answer."""
        with self._turn:
            try:
                return self._ask(*args)
            except ConnectionError:  # a Sentinel cuts the connections of a server that it demotes
                return self._ask(*args)

    def _ask(self, *args):
        if self.stopped:
            raise TimeoutError(self.name + " is stopped")
        try:
            if not self._admin:
                self._admin = self.connect()
            return self._admin(*args)
        except OSError:
            if self._admin:
                self._admin.close()
            self._admin = None
            raise

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.running()

    def signal(self, number):
        self.process.signal(number)

    def kill(self):
        self.process.kill()

    def stop(self):
        self.stopped = True  # it is asked nothing
        self.process.signal(signal.SIGSTOP)

    def cont(self):
        self.stopped = False
        self.process.signal(signal.SIGCONT)

    def cut_off_replicas(self):
        """They cannot come back, and what this one confirms is worth nothing from now on."""
        self("ACL", "SETUSER", "replica", "off")
        self("CLIENT", "KILL", "TYPE", "replica")

    def is_primary(self):
        try:
            return self("ROLE")[0] == "master"
        except (OSError, RespError):
            return False


class Client:
    """Asks whoever holds the key now, again while a failover goes on."""

    def __init__(self, redis):
        self.redis = redis

    def __call__(self, *args):
        key = self._key(args)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.redis.primary(key)(*args)
            except (OSError, RespError, AssertionError) as e:
                passing = not isinstance(e, RespError) or str(e).split()[0] in (
                    "MOVED", "READONLY", "LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN")
                if not passing or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @staticmethod
    def _key(args):
        if args[0].upper() in ("EVAL", "EVALSHA"):
            return str(args[3]) if int(args[2]) else ""
        return str(args[1]) if len(args) > 1 else ""

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def keys(self, pattern):
        """Of the primary; in a Cluster of the one that a tag in the pattern names, else of all."""
        tagged = re.search(r"\{[^}*?\[]+\}", pattern)
        places = [self.redis.primary(tagged[0])] if tagged else self.redis.primaries()
        return [key for server in places for key in scan(server, pattern)]

    def close(self):
        pass


def scan(server, pattern):
    cursor, found = "0", []
    while True:
        cursor, some = server("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
        found += some
        if cursor == "0":
            return found


class Redis:
    """What the three have in common."""

    def __init__(self, folder, options=()):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.servers, self.sentinels = [], []
        self.options = list(options)  # lines for every server's configuration
        self.net = random_net()
        self.users = self._write("users.acl", shipped("conf/redis/users.acl") +
                                 "user tests on >tests ~* &* +@all\n")
        for user in USERS:
            self._write(user + ".password", password_of(user))
        self.client = Client(self)

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def add_server(self, name, lines=(), persist=True, socket=None, host=None):
        host = host or self.net + str(len(self.servers) + 1)
        own = ["aclfile " + self.users, "dir " + os.path.join(self.folder, name),
               "loglevel notice"]
        own += ["unixsocket " + socket, "port 0"] if socket else [
            "bind " + host, "replica-announce-ip " + host]
        own += [] if persist else ["appendonly no"]
        text = shipped("docker/redis/redis.conf") + "\n".join([*own, *lines, *self.options]) + "\n"
        server = Server(self.folder, name, host, text, socket=socket)
        self.servers.append(server)
        return server

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        kill_all(s.process for s in self.servers + self.sentinels if s.running())

    def settings(self, user):
        """The section `redis` of the configuration of a gateway, coordinator or operator."""
        return {"url": self.url, "user": user,
                "password": "file:" + os.path.join(self.folder, user + ".password")}

    def primaries(self):
        return [self.primary()]

    def refused(self):
        """What the servers did not allow one of our users."""
        return [dict(zip(entry[::2], entry[1::2]))
                for server in self.servers if server.running() for entry in server("ACL", "LOG")]

    def kill_primary(self, key=""):
        """kill -9; the server, which may be started again."""
        old = self.primary(key)
        old.kill()
        return old

    def wait_new_primary(self, old, key="", seconds=PATIENCE):
        return wait_until(lambda: self._other_primary(old, key), seconds, "a new primary")

    def wait_in_step(self, key="", seconds=60):
        """Until every server follows the primary of the key, or is one."""
        wait_until(lambda: self._all_follow(key), seconds, "replicas to follow")

    def _all_follow(self, key):
        try:
            primary, roles = self.primary(key), {s: s("ROLE") for s in self.servers}
        except (OSError, RespError, AssertionError):
            return False
        replicas = [role for server, role in roles.items() if role[0] == "slave"]
        return (roles[primary][0] == "master" and all(r[3] == "connected" for r in replicas) and
                len(replicas) == len(self.servers) - len(self.primaries()))

    def _other_primary(self, old, key):
        try:
            now = self.primary(key)
        except AssertionError:
            return None
        return now if now is not old and now.is_primary() else None

    def server_at(self, host):
        return next(s for s in self.servers if s.host == host)


class One(Redis):
    """One server on a unix socket (tcp=True: on a port). Without persistence, unless it is asked
    for: then a killed one comes back with what it had."""

    def __init__(self, folder, options=(), persist=False, tcp=False):
        super().__init__(folder, options)
        self.socket = None if tcp else os.path.join(self.folder, "redis.sock")
        self.add_server("redis", persist=persist, socket=self.socket)

    @property
    def url(self):
        server = self.servers[0]
        return "unix://" + self.socket if self.socket else "redis://%s:%d" % (server.host, PORT)

    def start(self):
        self.servers[0].start()
        return self

    def primary(self, key=""):
        return self.servers[0]


class Sentinel(Redis):
    """A primary, replicas, and three Sentinels."""

    def __init__(self, folder, options=(), replicas=2, down_after_ms=1000):
        super().__init__(folder, options)
        self.down_after_ms = down_after_ms
        first = self.add_server("redis1")
        for i in range(replicas):
            self.add_server("redis%d" % (i + 2), ["replicaof %s %d" % (first.host, PORT)])

    @property
    def url(self):
        return "redis+sentinel://%s/%s" % (
            ",".join("%s:%d" % (s.host, s.port) for s in self.sentinels), MASTER)

    def start(self):
        for server in self.servers:
            server.start()
        wait_until(lambda: self._in_step(self.servers[0]), PATIENCE, "replicas")
        for i in range(3):
            self._add_sentinel(i + 1).start()
        wait_until(self._agreed, PATIENCE, "Sentinels to know each other")
        return self

    def _add_sentinel(self, number):
        name, host = "sentinel%d" % number, self.net + str(100 + number)
        text = shipped("docker/redis/sentinel.conf")
        text = text.replace(" redis1 %d " % PORT, " %s %d " % (self.servers[0].host, PORT))
        text = re.sub(r"(down-after-milliseconds \w+) \d+", r"\1 %d" % self.down_after_ms, text)
        text += "bind %s\ndir %s\nsentinel announce-ip %s\n" % (
            host, os.path.join(self.folder, name), host)
        sentinel = Server(self.folder, name, host, text, port=SENTINEL_PORT, sentinel=True)
        self.sentinels.append(sentinel)
        return sentinel

    def _in_step(self, primary):
        role = primary("ROLE")
        return len(role[2]) == len(self.servers) - 1

    def _agreed(self):
        known = [dict(zip(m[::2], m[1::2]))
                 for s in self.sentinels for m in [s("SENTINEL", "MASTER", MASTER)]]
        return all(m["num-other-sentinels"] == "2" and
                   int(m["num-slaves"]) == len(self.servers) - 1 for m in known)

    def primary(self, key=""):
        """As a Sentinel has it."""
        for sentinel in self.sentinels:
            try:
                host, _ = sentinel("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
                return self.server_at(host)
            except (OSError, RespError, TypeError):
                continue
        raise AssertionError("no Sentinel answers")

    def replicas(self, key=""):
        primary = self.primary()
        return [s for s in self.servers if s is not primary]

    def failover(self, key="", seconds=PATIENCE):
        """By hand, without a fault; the new primary."""
        old = self.primary()
        wait_until(self._began, seconds, "Sentinel to begin a failover")
        return self.wait_new_primary(old, seconds=seconds)

    def _began(self):
        """Any Sentinel can begin it; some may not be there."""
        for sentinel in self.sentinels:
            try:
                return sentinel("SENTINEL", "FAILOVER", MASTER) == "OK"
            except OSError:
                continue
            except RespError:  # INPROG, or no replica is good yet
                return False
        return False


class Cluster(Redis):
    """Three masters with a replica each."""

    def __init__(self, folder, options=(), masters=3, replicas=1, node_timeout_ms=1500):
        super().__init__(folder, options)
        self.n_masters, self.node_timeout_ms = masters, node_timeout_ms
        for i in range(masters * (1 + replicas)):
            host = self.net + str(i + 1)
            self.add_server("node%d" % (i + 1), [
                "cluster-enabled yes", "repl-ping-replica-period 1",
                "cluster-node-timeout 400",  # gossip is quicker then
                "cluster-announce-ip " + host, "cluster-require-full-coverage no",
                "cluster-replica-validity-factor 0", "cluster-migration-barrier 10"])

    @property
    def url(self):
        return "redis+cluster://" + ",".join("%s:%d" % (s.host, PORT)
                                             for s in self.servers[:self.n_masters])

    def start(self):
        for server in self.servers:
            server.start()
        for i, server in enumerate(self.servers):
            server("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        for server in self.servers[1:]:
            server("CLUSTER", "MEET", self.servers[0].host, PORT)
        step = SLOTS // self.n_masters + 1
        for i, server in enumerate(self.servers[:self.n_masters]):
            server("CLUSTER", "ADDSLOTSRANGE", i * step, min((i + 1) * step, SLOTS) - 1)
        wait_until(lambda: all(self._knows_all(s) for s in self.servers), PATIENCE, "nodes to meet")
        for i, server in enumerate(self.servers[self.n_masters:]):
            server("CLUSTER", "REPLICATE", self.servers[i % self.n_masters]("CLUSTER", "MYID"))
        wait_until(lambda: all(self._in_step(s) for s in self.servers), PATIENCE, "a Cluster")
        for server in self.servers:
            server("CONFIG", "SET", "cluster-node-timeout", self.node_timeout_ms)
        return self

    def _knows_all(self, server):
        return "cluster_known_nodes:%d\r\n" % len(self.servers) in server("CLUSTER", "INFO")

    def _in_step(self, server):
        info, role = server("CLUSTER", "INFO"), server("ROLE")
        slots = server("CLUSTER", "SLOTS")
        replicated = role[0] == "master" or role[3] == "connected"
        return ("cluster_state:ok" in info and replicated and
                len({s[2][0] for s in slots}) == self.n_masters and
                sum(len(s) - 3 for s in slots) == len(self.servers) - self.n_masters)

    def _slots(self):
        """The slot map of the node that has seen the latest change."""
        maps = []
        for server in self.servers:
            try:
                epoch = re.search(r"cluster_current_epoch:(\d+)", server("CLUSTER", "INFO"))[1]
                maps.append((int(epoch), server("CLUSTER", "SLOTS")))
            except (OSError, RespError):
                continue
        assert maps, "no node answers"
        return max(maps, key=lambda m: m[0])[1]

    def _range_of(self, key):
        slot = slot_of(key)
        found = [r for r in self._slots() if r[0] <= slot <= r[1]]
        assert found, "nobody serves slot %d" % slot
        return found[0]

    def primary(self, key=""):
        return self.server_at(self._range_of(key)[2][0])

    def replicas(self, key=""):
        return [self.server_at(node[0]) for node in self._range_of(key)[3:]]

    def primaries(self):
        return [self.server_at(host) for host in sorted({r[2][0] for r in self._slots()})]

    def failover(self, key="", seconds=PATIENCE):
        """By hand, without a fault; the new primary. A node that is busy meanwhile lets it run out."""
        old = self.primary(key)
        return wait_until(lambda: self._turned_over(old, key), seconds, "a failover by hand")

    def _turned_over(self, old, key):
        if not self._other_primary(old, key) and not self._began(key):
            return None
        with contextlib.suppress(AssertionError):
            return self.wait_new_primary(old, key, MANUAL_S)
        return None

    def _began(self, key):
        try:
            return any(r("CLUSTER", "FAILOVER") == "OK" for r in self.replicas(key)[:1])
        except OSError:
            return False
        except RespError as e:
            if not any(words in str(e) for words in UNREADY):
                raise
            return False


KINDS = {"one": One, "sentinel": Sentinel, "cluster": Cluster}


def make_redis(kind, folder, **options):
    return KINDS[kind](folder, **options)
