"""watch.py -- looks at the books and at the leader all the time, while things break."""
import threading
import time

from resp import RespError

EVERY_S = 0.02
# all counters of an org at one instant
COUNTERS = """local t = {}
for i = 1, #KEYS do t[i] = redis.call('HMGET', KEYS[i], 'spent', 'reserved', 'suspense') end
return t"""


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
            keys = ["sr:1:{o:%s}:budget:%s:%s:t" % (org, scope, identity)
                    for _, scope, identity in entities]
            for entity, counters in zip(entities, redis("EVAL", COUNTERS, len(keys), *keys)):
                self.judge(entity, sum(int(c or 0) for c in counters))
        redis = connections.get("fleet") or self.world.connect_for("{fleet}")
        connections["fleet"] = redis
        token = int(redis("GET", "sr:1:{fleet}:token") or 0)
        if not self.tokens or self.tokens[-1][1] != token:
            self.tokens.append((time.monotonic() - self.zero, token))
        self.samples += 1

    def judge(self, entity, taken):
        limit = self.world.limits[entity]
        if taken > max(limit, self.overdrawn.get(entity, (0, 0, 0))[1]):
            self.overdrawn[entity] = (round(time.monotonic() - self.zero, 2), taken, limit)
