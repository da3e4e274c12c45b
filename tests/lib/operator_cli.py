"""operator_cli.py -- the operator's command line against a private Redis, for tests."""
import json
import os
import shutil
import subprocess
import time

from resp import Resp

BUILD = os.environ.get("SR_BUILD") or os.path.join(os.path.dirname(__file__), "../../build/asan")
BINARY = os.path.join(BUILD, "src/smartrouter")
PEPPER = "a pepper of the tests"

FINE, FAILED, USAGE, STORE, CONFIG = range(5)


class Redis:
    """A redis-server on a unix socket in a folder."""

    def __init__(self, folder, *options):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.path = os.path.join(self.folder, "redis.sock")
        self.url = "unix://" + self.path
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "",
             "--appendonly", "no", "--dir", self.folder, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not os.path.exists(self.path):
            assert time.monotonic() < end and self.process.poll() is None, "redis did not start"
            time.sleep(0.01)
        self.command = Resp(self.path)

    def stop(self):
        self.command.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cli:
    """Runs smartrouter's commands; each call checks the exit status."""

    def __init__(self, redis, folder):
        self.redis, self.folder = redis, str(folder)
        self.config = os.path.join(self.folder, "smartrouter.yaml")
        with open(self.config, "w") as f:
            json.dump({"redis": {"url": redis.url}}, f)
        self.env = {**os.environ, "SMARTROUTER_CONFIG": self.config, "SMARTROUTER_PEPPER": PEPPER}

    def run(self, *args, code=FINE, env=None, stdin="", binary=BINARY):
        done = subprocess.run([binary, *map(str, args)], input=stdin, capture_output=True,
                              text=True, timeout=120, env={**self.env, **(env or {})})
        assert "Sanitizer" not in done.stderr, done.stderr
        assert done.returncode == code, "%s: status %d\n%s%s" % (
            " ".join(map(str, args)), done.returncode, done.stdout, done.stderr)
        if code != FINE:
            assert done.stderr or done.stdout, "a failure without a word"
        return done

    def out(self, *args, **more):
        return self.run(*args, **more).stdout

    def err(self, *args, code):
        return self.run(*args, code=code).stderr

    def json(self, *args, **more):
        return json.loads(self.out(*args, "--json", **more))

    def key(self, team="acme/apps", **options):
        words = [w for name, value in options.items() for w in ("--" + name, value)]
        return self.json("key", "create", team, *words)


class Books:
    """Writes what the scripts of the books leave in Redis (doc/redis-keys.md)."""

    def __init__(self, command, org="acme"):
        self.command, self.org = command, org

    def name(self, rest):
        return "sr:1:{o:%s}:%s" % (self.org, rest)

    def counters(self, scope, identity, period, **amounts):
        for field, amount in amounts.items():
            self.command("HINCRBY", self.name("budget:%s:%s:%s" % (scope, identity, period)),
                         field, amount)

    def budget(self, scope, identity, period="t"):
        found = self.command.hash(self.name("budget:%s:%s:%s" % (scope, identity, period)))
        return {name: int(value) for name, value in found.items()}

    def reservation(self, rid, attempts, team="apps", key="k1", age_s=0, budgets="key:t org:t",
                    ended=True, **fields_too):
        """attempts: (state, nanos, estimated) from attempt 1 on; counters follow. ended: by its gateway,
        which then knew no more of those in suspense; else the leader has found it overdue."""
        now = int(time.time() * 1e6)
        since = now - int(age_s * 1e6)
        suspended = any(state == "X" for state, _, _ in attempts)
        fields = {"st": "X" if suspended else "F", "n": len(attempts), "owner": "gone",
                  "issued": since - 1000000, "payer": "%s %s" % (team, key), "budgets": budgets,
                  "rates": "", "tokens": 10, **({"end": 1} if ended else {}), **fields_too}
        for i, (state, nanos, estimated) in enumerate(attempts, 1):
            fields["s%d" % i], fields["r%d" % i] = state, nanos
            if state == "X":
                fields.setdefault("x%d" % i, since)
            if state == "S":
                fields["c%d" % i], fields["e%d" % i] = nanos, int(estimated)
            for scope in budgets.split():
                level = scope.split(":")[0]
                self.counters(level, {"key": key, "team": team, "org": self.org}[level],
                              scope.split(":")[1],
                              **{"suspense" if state == "X" else "spent": nanos})
            if estimated:
                self.command("XADD", self.name("ledger"), "%d-%d" % (since // 1000, i), "rid", rid,
                             "attempt", i, "cost", nanos, "team", team, "key", key,
                             "estimated", 1)
        flat = [word for pair in fields.items() for word in pair]
        self.command("HSET", self.name("res:" + rid), *flat)
        if suspended:
            self.command("ZADD", self.name("suspense"), since, rid)

    def ledger(self):
        return [dict(zip(entry[1][::2], entry[1][1::2]))
                for entry in self.command("XRANGE", self.name("ledger"), "-", "+")]
