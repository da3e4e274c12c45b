"""watch.py -- looks at the books and at the leader all the time, while things break."""
import threading
import time

from resp import RespError
from world import GRACE_S

EVERY_S = 0.02
# all counters of an org at one instant, and what its barrier after a failover goes by
BOOKS = """local t = {}
for i = 2, #KEYS do t[i - 1] = redis.call('HMGET', KEYS[i], 'spent', 'reserved', 'suspense') end
return { t, redis.call('HMGET', KEYS[1], 'id', 'began', 'waiting'), redis.call('TIME') }"""


def history_of(redis):
    """The name of a server's data (src/io/redis_info.c)."""
    lines = dict(line.split(":", 1) for line in redis("INFO").splitlines() if ":" in line)
    return "%s-%s" % (lines["run_id"][:16], lines["master_replid2"][:16])


def is_in_grace(record, now):
    """Does the barrier (lua/include/barrier.lua) keep the org shut?"""
    _, began_us, waiting = record
    grace = GRACE_S if int(waiting) > 0 else GRACE_S / 4
    return int(now[0]) + int(now[1]) / 1e6 < int(began_us) / 1e6 + grace


class Watch(threading.Thread):
    def __init__(self, world, zero):
        super().__init__(daemon=True)
        self.world, self.zero = world, zero
        self.over = threading.Event()
        self.samples = 0
        self.unbegun = {}        # (org, history) -> {entity: reserved, when first there was too much}
        self.overdrawn = {}      # entity -> (when, sum, limit): the worst
        self.tokens = []         # (when, token) whenever it changed

    def run(self):
        connections = {}
        while not self.over.wait(EVERY_S):
            try:
                self.look(connections)
            except (OSError, RespError, ValueError):
                for connection in connections.values():
                    connection.close()
                connections.clear()
        for connection in connections.values():
            connection.close()

    def stop(self):
        self.over.set()
        self.join()

    def look(self, connections):
        for org, entities in self.world.entities_by_org().items():
            redis = connections.get(org) or self.world.connect_for("{o:%s}" % org)
            connections[org] = redis
            self.look_at(redis, org, entities)
        redis = connections.get("fleet") or self.world.connect_for("{fleet}")
        connections["fleet"] = redis
        token = int(redis("GET", "sr:1:{fleet}:token") or 0)
        if not self.tokens or self.tokens[-1][1] != token:
            self.tokens.append((time.monotonic() - self.zero, token))
        self.samples += 1

    def look_at(self, redis, org, entities):
        keys = ["sr:1:{o:%s}:history" % org]
        keys += ["sr:1:{o:%s}:budget:%s:%s:t" % (org, scope, identity) for _, scope, identity in entities]
        counters, record, now = redis("EVAL", BOOKS, len(keys), *keys)
        counters = {e: [int(n or 0) for n in numbers] for e, numbers in zip(entities, counters)}
        over = [e for e in entities if sum(counters[e]) > self.world.limits[e]]
        for e in over and self.not_allowed(org, record, now, history_of(redis), {e: counters[e][1] for e in over}):
            self.overdraw(e, sum(counters[e]))

    def not_allowed(self, org, record, now, history, reserved):
        """Of those for whom too much is taken (and reserved). While all is told again, a reservation whose settle
        was lost stands beside charges for which it had made room. What is too much then must be gone before
        anybody is admitted: the first to come to these data begins their history, and shuts the org."""
        if record[0] is None:
            return list(reserved)
        if record[0] == history:
            return [] if is_in_grace(record, now) else list(reserved)
        first = self.unbegun.setdefault((org, history), {})
        return [e for e, n in reserved.items() if n > first.setdefault(e, n)]

    def overdraw(self, entity, taken):
        if taken > self.overdrawn.get(entity, (0, 0, 0))[1]:
            self.overdrawn[entity] = (round(time.monotonic() - self.zero, 2), taken,
                                      self.world.limits[entity])
