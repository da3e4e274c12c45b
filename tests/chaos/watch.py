"""watch.py -- looks at the books and at the leader all the time, while things break."""
import threading
import time

from resp import RespError

EVERY_S = 0.02
GRACE_S = 2.0  # redis.failover_grace
# all counters of an org at one instant, and what its barrier after a failover goes by
BOOKS = """local t = {}
for i = 2, #KEYS do t[i - 1] = redis.call('HMGET', KEYS[i], 'spent', 'reserved', 'suspense') end
return { t, redis.call('HMGET', KEYS[1], 'id', 'began', 'waiting'), redis.call('TIME') }"""


def history_of(redis):
    """The name of a server's data (src/io/redis_info.c)."""
    lines = dict(line.split(":", 1) for line in redis("INFO").splitlines() if ":" in line)
    return "%s-%s" % (lines["run_id"][:16], lines["master_replid2"][:16])


def is_closed(redis, record, now):
    """Does the barrier (lua/include/barrier.lua) keep the org shut, or will it before anybody is admitted?"""
    history, began_us, waiting = record
    if history is None:
        return False
    grace = GRACE_S if int(waiting) > 0 else GRACE_S / 4
    now_s = int(now[0]) + int(now[1]) / 1e6
    return now_s < int(began_us) / 1e6 + grace or history != history_of(redis)


class Watch(threading.Thread):
    def __init__(self, world, zero):
        super().__init__(daemon=True)
        self.world, self.zero = world, zero
        self.over = threading.Event()
        self.samples = 0
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
        """While all is told again, a reservation whose settle was lost stands beside charges for which it
        had made room. What is too much then must be gone before anybody is admitted."""
        keys = ["sr:1:{o:%s}:history" % org]
        keys += ["sr:1:{o:%s}:budget:%s:%s:t" % (org, scope, identity) for _, scope, identity in entities]
        counters, record, now = redis("EVAL", BOOKS, len(keys), *keys)
        taken = {e: sum(int(n or 0) for n in numbers) for e, numbers in zip(entities, counters)}
        over = [e for e in entities if taken[e] > self.world.limits[e]]
        if over and not is_closed(redis, record, now):
            for entity in over:
                self.overdraw(entity, taken[entity])

    def overdraw(self, entity, taken):
        if taken > self.overdrawn.get(entity, (0, 0, 0))[1]:
            self.overdrawn[entity] = (round(time.monotonic() - self.zero, 2), taken,
                                      self.world.limits[entity])
