"""targets.py -- what stands between client and vendor: nothing, nginx, SmartRouter; the peers are in
peers.py. Each has the same few members, and a workload knows no more of it than that.
"""
import hmac
import json
import os
import re
import socket
import sys
import urllib.request
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
BUILD = os.environ.setdefault("SR_BUILD", os.path.join(TOP, "build/release"))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))

import measure  # noqa: E402
from fleet import MOCK_PATHS, Fleet, Process, wait_until  # noqa: E402

FAST_GAP_US = 10000
SLOW_GAP_US = 10000000
# candidates of SmartRouter's decision: vendors that are answered in the same dialect
ORDER = ["gpt-4o-mini", "gpt-4o", "deepseek-flash", "qwen-plus"]


class NotStarted(Exception):
    """Its text is the target's own: it goes into the report."""


def reason_in(log):
    """The lines of an error, else the last ones."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror\b", line, re.I)]
    return "; ".join((errors or lines)[-3:])[-400:]


class Vendor:
    """The upstream of all (vendor.c)."""

    def __init__(self, folder):
        self.process = Process(folder, "vendor", [
            os.path.join(BUILD, "bench/vendor"), "0", str(FAST_GAP_US), str(SLOW_GAP_US)],
            says_url=True).start()
        self.url = self.process.url

    def stop(self):
        self.process.kill()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Target:
    """Between client and vendor. key: what clients sign in with, and further lines of headers;
    model: what they ask for."""

    key, model, settings = "sk-bench", "gpt-4o-mini", ""

    def __init__(self, name, folder, vendor_url, cpus):
        self.name, self.folder, self.vendor_url, self.cpus = name, folder, vendor_url, cpus
        self.port, self.process = None, None
        os.makedirs(folder, exist_ok=True)

    def start(self):
        self.open()
        self.repin()
        return self

    def open(self):
        raise NotImplementedError

    def repin(self):
        if self.process:
            measure.pin(self.pid, self.cpus)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process and self.process.running():
            self.process.stop()

    def run(self, argv, env=None, seconds=30):
        """Start it, and wait until it answers a request through to the vendor."""
        self.process = Process(self.folder, self.name, argv, env).start()
        try:
            wait_until(self.answers, seconds, self.name + " to answer")
        except AssertionError as e:
            log = self.process.log() + open(self.process.out_path, errors="replace").read()
            if self.process.running():
                self.process.kill()
            raise NotStarted("%s: %s" % (e, reason_in(log))) from e

    def answers(self):
        if not self.process.running():
            raise AssertionError("ended at once")
        try:
            return self.ask() == 200
        except OSError:
            return False

    def ask(self, **members):
        """One request; its status."""
        body = json.dumps({"model": self.model, "messages": [
            {"role": "user", "content": "Hello?"}], **members}).encode()
        first, *more = self.key.split("\r\n")
        headers = {"content-type": "application/json", "authorization": "Bearer " + first}
        headers.update(line.split(": ", 1) for line in more)
        request = urllib.request.Request(
            "http://127.0.0.1:%d/v1/chat/completions" % self.port, body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return answer.status


class Direct(Target):
    """Nothing between: what the load generator and the vendor take by themselves."""

    settings = "no proxy"

    def open(self):
        self.port = int(self.vendor_url.rsplit(":", 1)[1])

    @property
    def pid(self):
        return None


NGINX = """
daemon off; worker_processes 1; pid %(folder)s/nginx.pid; error_log %(folder)s/error.log;
events { worker_connections 30000; }
http {
  access_log off; client_max_body_size 0; client_body_buffer_size 32k; keepalive_requests 100000000;
  client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy;
  fastcgi_temp_path %(folder)s/f; uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
  upstream vendor { server %(vendor)s; keepalive 512; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:%(port)d backlog=4096;
    location / {
      proxy_pass %(scheme)s://vendor; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 600s;
    }
  }
}
"""


class Nginx(Target):
    settings = "one worker, keep-alive on both sides, nothing buffered, no access log"

    def open(self):
        self.port = free_port()
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w") as f:
            scheme, vendor = self.vendor_url.split("://")
            f.write(NGINX % {"folder": self.folder, "port": self.port, "vendor": vendor,
                             "scheme": scheme})
        self.run(["nginx", "-c", path, "-p", self.folder, "-e", self.folder + "/error.log"])


class BenchFleet(Fleet):
    """A fleet whose vendors are the bench's. The mock vendors of tests start, too, and are idle."""

    def __init__(self, folder, vendor_url, **more):
        self.vendor_url = vendor_url
        super().__init__(folder, **more)

    def all_endpoints(self):
        endpoints = {v: {"base_url": self.vendor_url + MOCK_PATHS[v]}
                     for v in ("openai", "deepseek", "qwen")}
        for name, members in self.endpoints.items():
            endpoints.setdefault(name, {}).update(members)
        for members in endpoints.values():
            members.setdefault("api_key", "file:" + os.path.join(self.folder, "credential"))
            members.setdefault("base_url", self.vendor_url + MOCK_PATHS["openai"])
        return endpoints


class SmartRouter(Target):
    """Everything on: keys, budgets of org, team and key, rates, decisions among four models by the
    strategy `balanced` with the built-in task model, their records, health, the journal."""

    model = "auto"
    settings = ("one worker; key, budgets, rpm and tpm of key, team and org; strategy balanced, four "
                "candidates; decision records; Redis over a unix socket on the other core")
    workers = 1
    endpoints = {}
    gateway_settings = {}  # beside those of every workload

    def open(self):
        self.fleet = BenchFleet(
            self.folder, self.vendor_url, workers=self.workers,
            endpoints=self.endpoints,
            policy={"order": ORDER, "strategy": "balanced", "idle_timeout": "60s", "timeout": "1h"},
            settings={"gateway.listen": "127.0.0.1:%d" % free_port(), "gateway.stop_timeout": "1s", "gateway.request_timeout": "1h",
                      "gateway.drain_calls": 0, "gateway.shards": 16, "log.level": "warn",
                      "gateway.max_connections": 20000, "gateway.max_calls": 20000,
                      "gateway.max_requests": 20000, **self.gateway_settings})
        try:
            self.fleet.__enter__()
        except AssertionError as e:
            raise NotStarted(str(e)[-400:]) from e
        self.process = self.fleet.gateways[0]
        self.port = self.process.port
        limits = {"budget": ["day=1000000", "total=1000000"], "rpm": 100000000,
                  "tpm": 150000000}
        self.key = self.fleet.make_key(**limits)
        for scope, name in (("org", "acme"), ("team", "acme/apps")):
            self.fleet.ctl(scope, "set", name, *[
                word for k, v in limits.items() for one in (v if isinstance(v, list) else [v])
                for word in ("--" + k, str(one))])
        wait_until(self.answers, 20, "SmartRouter to answer")

    @property
    def redis(self):
        return self.fleet.redis

    def stop(self):
        self.fleet.__exit__(RuntimeError, None, None)  # streams may be cut


class TwoWorkers(SmartRouter):
    workers = 2


BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def with_check(text):
    """A key with the six characters that end it (core/apikey.h)."""
    n, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        n, digit = divmod(n, len(BASE62))
        check = BASE62[digit] + check
    return text + check


class Many(SmartRouter):
    """Beside the candidates of the decision a hundred targets in the catalog; and ten thousand keys
    that take turns, written to Redis as `key create` does, which would take minutes."""

    settings = SmartRouter.settings + "; 10,000 keys in turn, 100 more targets in the catalog"
    endpoints = {"openai-%02d" % i: {"vendor": "openai", "dialect": "openai",
                                     "models": ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o4-mini"]}
                 for i in range(25)}
    n_keys = 10000

    def open(self):
        super().open()
        record = "sr:1:{o:acme}:key:"
        members = self.redis.hash(record + self.fleet.public_id(self.key).split("_")[1])
        with open(os.path.join(self.folder, "pepper"), "rb") as f:
            pepper = f.read()
        path = os.path.join(self.folder, "keys")
        with open(path, "w") as f:
            for i in range(self.n_keys):
                key = with_check("sk-sr-acme_%010d-%043d" % (i, i))
                members["digest"] = hmac.new(pepper, key[-49:].encode(), "sha256").hexdigest()
                self.redis("HSET", record + "%010d" % i, *[w for p in members.items() for w in p])
                f.write(key + "\n")
        self.key = "@" + path
