"""fleet.py -- a whole SmartRouter of real processes for tests: Redis, mock vendors,
coordinators, gateways. Everything lies in one folder and dies with the test.
"""
import http.client
import json
import os
import re
import subprocess
import urllib.request

from process import Process, kill_all, wait_until  # noqa: F401
from redis_fleet import make_redis

BUILD = os.environ.get("SR_BUILD") or os.path.join(os.path.dirname(__file__), "../../build/asan")
BINARY = os.path.join(BUILD, "src/smartrouter")
CONF = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../conf"))
MOCK_PATHS = {
    "openai": "/openai/v1",
    "anthropic": "/anthropic/v1",
    "deepseek": "/deepseek",
    "qwen": "/qwen/compatible-mode/v1",
    "qwen_native": "/qwen/api/v1",
}
LEVELS = ("org", "team", "key")
MONEY = ("spent", "reserved", "suspense")
# KEYS[1] an org's open reservations, ARGV[1] what its keys begin with, as a pattern, ARGV[2] as it is:
# {{counter, fields}...}, {{payer, budgets, reserved} of each slice...}, all at one instant
COUNTERS_AND_SLICES = """local counters, slices = {}, {}
for i, name in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
    counters[i] = { name, redis.call('HGETALL', name) }
end
for _, rid in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local s = redis.call('HMGET', ARGV[2] .. rid, 'payer', 'budgets', 'r1', 'slice')
    if s[4] then slices[#slices + 1] = { s[1], s[2], s[3] } end
end
return { counters, slices }"""


def is_probe(line):
    return (line["attempt"] or "").startswith("probe-")


class Fleet:
    def __init__(self, folder, gateways=1, workers=1, coordinators=1, settings=None,
                 policy=None, mock_args=(), endpoints=None, sections=None, redis="one",
                 redis_options=None):
        """redis, redis_options: the kind, and arguments of its class in redis_fleet.py"""
        self.folder = str(folder)
        self.n_gateways, self.workers, self.n_coordinators = gateways, workers, coordinators
        self.settings = settings or {}
        self.policy = policy or {}
        self.mock_args = list(mock_args)
        self.endpoints = endpoints or {}
        self.sections = sections or {}  # more of them, beside those that every fleet has
        self.gateways, self.coordinators = [], []
        self.mock = None
        self.servers = make_redis(redis, self.folder, **(redis_options or {}))
        self.redis = self.servers.client
        self.ledger_path = os.path.join(self.folder, "ledger.jsonl")
        self.statuses = {}

    # --- start and stop ---

    def __enter__(self):
        try:
            return self._start()
        except BaseException:  # then nobody calls __exit__
            kill_all(p for p in [*self.gateways, *self.coordinators, self.mock]
                     if p and p.running())
            self.servers.stop()
            raise

    def _start(self):
        os.makedirs(self.folder, exist_ok=True)
        self.servers.start()
        self.mock = Process(self.folder, "mock", [
            BINARY, "mock-vendor", "--listen", "127.0.0.1:0", "--ledger", self.ledger_path,
            "--prices", os.path.join(CONF, "prices.yaml")] + self.mock_args, says_url=True).start()
        with open(os.path.join(self.folder, "pepper"), "w") as f:
            f.write("0123456789abcdef" * 4)
        with open(os.path.join(self.folder, "credential"), "w") as f:
            f.write(self.credential)
        for i in range(self.n_coordinators):
            self.coordinators.append(Process(self.folder, "coordinator%d" % i, [
                BINARY, "coordinator", "--config", self.write_config("coordinator%d" % i)]).start())
        for i in range(self.n_gateways):
            self.add_gateway()
        self.wait_ready()
        return self

    credential = "sk-mock-CANARY-vendor-credential-4711"

    def add_gateway(self):
        i = len(self.gateways)
        gateway = Process(self.folder, "gateway%d" % i, [
            BINARY, "gateway", "--config", self.write_config("gateway%d" % i)], says_url=True)
        self.gateways.append(gateway)
        return gateway.start()

    def wait_ready(self):
        for gateway in self.gateways:
            if gateway.running():
                wait_until(lambda: self.get(gateway, "/readyz")[0] == 200, 15, "readiness")
        if self.n_coordinators:
            wait_until(lambda: self.redis("GET", "sr:1:{fleet}:epoch"), 10, "a published catalog")

    def __exit__(self, kind, value, trace):
        problems = []
        for process in self.gateways + self.coordinators + [self.mock]:
            status = self.statuses[process.name] = process.stop()
            if (status != 0 and not process.killed) or "Sanitizer" in process.log():
                problems.append("%s ended with %d: %s" % (
                    process.name, status, process.log()[-3000:]))
        if kind is None:
            problems += ["Redis refused: %s" % r for r in self.servers.refused()]
        self.servers.stop()
        if kind is None:
            assert not problems, "\n".join(problems)

    @property
    def redis_process(self):
        """Of the primary."""
        return self.servers.primary()

    # --- configuration ---

    def write_config(self, name):
        path = os.path.join(self.folder, name + ".yaml")
        sections = {
            "gateway": {
                "listen": "127.0.0.1:0",
                "admin_listen": "127.0.0.1:0",
                "name": name,
                "workers": self.workers,
                "drain_delay": "0s",
                "stop_timeout": "10s",
                "state_dir": os.path.join(self.folder, "state-" + name),
                "pepper": "file:" + os.path.join(self.folder, "pepper"),
                "shards": 4,
            },
            "redis": {**self.servers.settings(re.match("[a-z]+", name)[0]),
                      "command_timeout": "2s", "admit_window": "3s", "loss_window": "2s"},
            "escrow": {"idle": "1s"},
            "coordinator": {"name": name},
            "breakers": {},
            "log": {"level": "info"},
            "include": [os.path.join(CONF, f) for f in ("models.yaml", "prices.yaml", "quality.yaml")],
            "endpoints": self.all_endpoints(),
            "policies": {"default": {
                "order": ["gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus"],
                "connect_timeout": "2s", "first_byte_timeout": "5s", "idle_timeout": "5s",
                "timeout": "60s", **self.policy}},
        }
        for dotted, value in self.settings.items():
            section, member = dotted.split(".", 1)
            sections[section][member] = value
        sections.update(self.sections)
        with open(path + ".new", "w") as f:
            f.write(json.dumps(sections, indent=1))  # JSON is YAML
        os.replace(path + ".new", path)  # a process may be reading it
        return path

    def all_endpoints(self):
        """The four vendors', and the test's own; what they leave out is the mock's."""
        endpoints = {vendor: {} for vendor in ("openai", "anthropic", "deepseek", "qwen")}
        for name, members in self.endpoints.items():
            endpoints.setdefault(name, {}).update(members)
        for name, members in endpoints.items():
            dialect = members.get("dialect") or members.get("vendor") or name
            if dialect in MOCK_PATHS:
                members.setdefault("base_url", self.mock.url + MOCK_PATHS[dialect])
            members.setdefault("api_key", "file:" + os.path.join(self.folder, "credential"))
        return endpoints

    # --- commands ---

    def ctl(self, *args, check=True):
        """The operator's command line; its standard output."""
        config = self._operator_config()
        done = subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "SMARTROUTER_CONFIG": config})
        if check and done.returncode != 0:
            raise AssertionError("%s: status %d\n%s%s" % (
                " ".join(args), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def _operator_config(self):
        """The first gateway's, with the operator's user of Redis."""
        path = os.path.join(self.folder, "operator.yaml")
        with open(os.path.join(self.folder, "gateway0.yaml")) as f:
            text = f.read()
        for member in ('"user": "%s"', '/%s.password"'):
            text = text.replace(member % "gateway", member % "operator")
        with open(path, "w") as f:
            f.write(text)
        return path

    def make_key(self, team="acme/apps", **limits):
        """A new key; limits as options of `key create`: budget="day=1.00", rpm=10 ..."""
        org = team.split("/")[0]
        self.ctl("org", "create", org, check=False)
        self.ctl("team", "create", team, check=False)
        options = []
        for name, value in limits.items():
            for one in value if isinstance(value, list) else [value]:
                options += ["--" + name, str(one)]
        return json.loads(self.ctl("key", "create", team, "--json", *options))["key"]

    @staticmethod
    def public_id(key):
        return key[len("sk-sr-"):].rsplit("-", 1)[0]

    # --- mock vendors ---

    def rules(self, rules):
        """Replace the mock vendors' rules."""
        body = json.dumps({"rules": rules}).encode()
        request = urllib.request.Request(self.mock.url + "/_mock/rules", body,
                                         {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def mock_stats(self):
        with urllib.request.urlopen(self.mock.url + "/_mock/stats") as answer:
            return json.load(answer)

    def ledger(self):
        """What was asked for clients."""
        return [line for line in self.whole_ledger() if not is_probe(line)]

    def probes(self):
        """What gateways asked by themselves, to see whether a vendor is well again."""
        return [line for line in self.whole_ledger() if is_probe(line)]

    def whole_ledger(self):
        if not os.path.exists(self.ledger_path):
            return []
        with open(self.ledger_path) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    # --- requests ---

    def get(self, gateway, path, key=None):
        return self.call(gateway, "GET", path, None, key)

    def post(self, gateway, body, key, path="/v1/chat/completions", headers=None):
        return self.call(gateway, "POST", path, json.dumps(body), key, headers)

    @staticmethod
    def call(gateway, method, path, body, key, headers=None):
        """(status, headers, text); a broken answer raises."""
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=90)
        send = {"content-type": "application/json", **(headers or {})}
        if key:
            send["authorization"] = "Bearer " + key
        try:
            connection.request(method, path, body, send)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text
        finally:
            connection.close()

    # --- books ---

    def books(self, org="acme"):
        """The money in an org's budget counters: {(level, id, period): {"spent": nano-dollars ...}}"""
        return self._look_at_books(org)[0]

    def books_at_rest(self, org="acme"):
        """books() without what lies in slices. When no request is under way these are exact, and stay
        so while gateways go on to take slices and to give them back."""
        found, slices = self._look_at_books(org)
        for payer, budgets, reserved in slices:
            holder = dict(zip(("team", "key"), payer.split()), org=org)
            for level, period in (b.split(":") for b in budgets.split()):
                if reserved != "0":
                    found[level, holder[level], period]["reserved"] -= int(reserved)
        return found

    def _look_at_books(self, org):
        tag = "sr:1:{o:%s}:" % org
        prefix = tag + "budget:"
        counters, slices = self.redis("EVAL", COUNTERS_AND_SLICES, 1, tag + "open",
                                      prefix.replace("[", "\\["), tag + "res:")
        found = {}
        for name, flat in counters:
            level, identity, period = name[len(prefix):].split(":")
            found[level, identity, period] = {
                member: int(value) for member, value in zip(flat[::2], flat[1::2])
                if member in MONEY}
        return found, slices

    def open_reservations(self, org="acme"):
        return self.redis("ZCARD", "sr:1:{o:%s}:open" % org)

    def wait_quiet(self, org="acme", seconds=20):
        """Until nothing is reserved any more and every gateway has settled."""
        wait_until(lambda: self.open_reservations(org) == 0, seconds, "open reservations to settle")

    def reconcile(self, *more):
        return self.ctl("reconcile", "--records", self.ledger_path, *more, check=False)
