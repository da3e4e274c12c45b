"""The operator's commands: orgs, teams, keys, budgets, configuration."""
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from operator_cli import BINARY, CONFIG, FAILED, PEPPER, STORE, USAGE, Books, Cli, Redis

USD = 10 ** 9
CONF = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../conf"))


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def cli(redis, tmp_path):
    redis.command("FLUSHALL")
    return Cli(redis, tmp_path)


def everything_in(redis):
    """All that Redis holds, as one text."""
    text = []
    for key in redis.command("KEYS", "*"):
        kind = redis.command("TYPE", key)
        read = {"hash": ("HGETALL",), "set": ("SMEMBERS",), "string": ("GET",),
                "zset": ("ZRANGE", 0, -1), "stream": ("XRANGE", "-", "+")}[kind]
        text.append(str(redis.command(read[0], key, *read[1:])))
    return "\n".join(text)


def secret_of(key):
    return key.rsplit("-", 1)[1]


def digest_of(key):
    return hmac.new(PEPPER.encode(), secret_of(key).encode(), hashlib.sha256).hexdigest()


# --- keys ---

def test_only_a_hash_of_a_key_is_kept(cli, redis):
    made = cli.key("acme/apps", id="k1")
    assert re.fullmatch(r"sk-sr-acme_k1-[0-9A-Za-z]{49}", made["key"])
    record = redis.command.hash("sr:1:{o:acme}:key:k1")
    assert record["digest"] == digest_of(made["key"])
    assert record["team"] == "apps" and record["status"] == "active"
    assert secret_of(made["key"]) not in everything_in(redis)
    for shown in ("list", "show acme_k1", "show acme_k1 --json", "list --json"):
        assert secret_of(made["key"])[:8] not in cli.out("key", *shown.split())


def test_a_script_gets_the_key_alone(cli):
    done = cli.run("key", "create")
    assert re.fullmatch(r"sk-sr-default_[a-z0-9]{10}-[0-9A-Za-z]{49}\n", done.stdout)
    assert "created org default" in done.stderr
    assert "created team default/default" in done.stderr
    again = cli.run("key", "create")
    assert "created" not in again.stderr and again.stdout != done.stdout


def test_parents_of_a_key_are_made_those_of_a_team_are_not(cli):
    assert "org create acme" in cli.err("team", "create", "acme/apps", code=FAILED)
    cli.key("acme", id="a")
    assert cli.json("key", "show", "acme_a")["team"] == "default"
    assert [team["id"] for team in cli.json("team", "list", "acme")] == ["acme/default"]


def test_a_key_without_pepper_is_not_made(cli, redis):
    done = cli.run("key", "create", env={"SMARTROUTER_PEPPER": ""}, code=CONFIG)
    assert "SMARTROUTER_PEPPER" in done.stderr and "pepper" in done.stderr
    assert redis.command("KEYS", "*") == []


def test_a_whole_key_names_itself(cli):
    whole = cli.key("acme/apps", id="k1")["key"]
    assert cli.json("key", "show", whole)["id"] == "acme_k1"
    wrong = whole[:-1] + ("A" if whole[-1] != "A" else "B")
    error = cli.err("key", "show", wrong, code=USAGE)
    assert secret_of(whole)[:8] not in error


def test_a_whole_key_is_soon_hidden_from_other_users(cli, redis):
    whole = cli.key("acme/apps", id="k1")["key"]
    redis.command("CLIENT", "PAUSE", 1500, "WRITE")
    process = subprocess.Popen([BINARY, "key", "block", whole], env=cli.env, text=True,
                               stdout=subprocess.PIPE)
    seen = []
    while process.poll() is None:
        with open("/proc/%d/cmdline" % process.pid) as f:
            seen.append(secret_of(whole) in f.read())
        time.sleep(0.02)
    redis.command("CLIENT", "UNPAUSE")
    assert process.communicate()[0] == "key acme_k1 blocked\n"
    assert seen.count(False) > seen.count(True)


def test_rotating_keeps_the_old_secret_for_a_while(cli, redis):
    old = cli.key("acme/apps", id="k1")["key"]
    new = cli.json("key", "rotate", "acme_k1")["key"]
    record = redis.command.hash("sr:1:{o:acme}:key:k1")
    assert record["digest"] == digest_of(new) and record["old_digest"] == digest_of(old)
    assert abs(int(record["old_until"]) / 1e6 - time.time() - 86400) < 60
    cli.json("key", "rotate", "acme_k1", "--grace", "2h")
    record = redis.command.hash("sr:1:{o:acme}:key:k1")
    assert record["old_digest"] == digest_of(new)
    assert abs(int(record["old_until"]) / 1e6 - time.time() - 7200) < 60
    cli.json("key", "rotate", "acme_k1", "--grace", "0")
    record = redis.command.hash("sr:1:{o:acme}:key:k1")
    assert "old_digest" not in record and "old_until" not in record


def test_an_id_that_is_taken_is_refused(cli):
    cli.key("acme/apps", id="k1")
    assert "exists already" in cli.err("key", "create", "acme/apps", "--id", "k1", code=FAILED)


def test_expiry(cli, redis):
    def expires(text):
        cli.run("key", "set", "acme_k1", "--expires", text)
        return redis.command("HGET", "sr:1:{o:acme}:key:k1", "expires")

    cli.key("acme/apps", id="k1", expires="2090-03-01T12:30:00Z")
    assert cli.json("key", "show", "acme_k1")["expires_at"] == "2090-03-01T12:30:00Z"
    assert expires("2090-03-01") == "3792009600000000"
    assert abs(int(expires("30d")) / 1e6 - time.time() - 30 * 86400) < 60
    assert expires("never") is None
    for text in ("2020-01-01", "0", "2090-02-30T00:00:00Z", "soon", "-1d", "2090-13-01"):
        cli.err("key", "set", "acme_k1", "--expires", text, code=USAGE)
    redis.command("HSET", "sr:1:{o:acme}:key:k1", "expires", 1000000)
    assert cli.json("key", "show", "acme_k1")["status"] == "expired"


# --- what orgs, teams and keys have in common ---

SCOPES = {"org": "acme", "team": "acme/apps", "key": "acme_k1"}


@pytest.fixture
def trio(cli):
    cli.key("acme/apps", id="k1")
    return cli


@pytest.mark.parametrize("scope,name", SCOPES.items())
def test_set_show_block_unblock(trio, scope, name):
    before = trio.json(scope, "show", name)
    assert before["status"] == "active" and before["limits"]["rpm"] is None
    trio.run(scope, "set", name, "--name", "Ünïcode", "--rpm", 60, "--tpm", 90000,
             "--concurrency", 5, "--budget", "day=12.5", "--budget", "total=0.000000001")
    after = trio.json(scope, "show", name)
    assert after["name"] == "Ünïcode" and after["version"] > before["version"]
    limits = after["limits"]
    assert (limits["rpm"], limits["tpm"], limits["concurrency"]) == (60, 90000, 5)
    assert limits["budget_nanos"] == {"hour": None, "day": 12500000000, "week": None,
                                      "month": None, "total": 1}
    assert [b["period"] for b in after["budgets"]] == ["day", "total"]
    trio.run(scope, "set", name, "--rpm", "none", "--budget", "total=none", "--name", "")
    limits = trio.json(scope, "show", name)["limits"]
    assert limits["rpm"] is None and limits["budget_nanos"]["total"] is None
    assert limits["tpm"] == 90000 and limits["budget_nanos"]["day"] == 12500000000
    trio.run(scope, "block", name)
    assert trio.json(scope, "show", name)["status"] == "blocked"
    trio.run(scope, "unblock", name)
    assert trio.json(scope, "show", name)["status"] == "active"


@pytest.mark.parametrize("scope,name", SCOPES.items())
def test_who_does_not_exist(cli, scope, name):
    for verb in ("show", "block", "unblock", "delete"):
        assert "does not exist" in cli.err(scope, verb, name, code=FAILED)
    assert "does not exist" in cli.err(scope, "set", name, "--rpm", "5", code=FAILED)
    assert "nothing to set" in cli.err(scope, "set", name, code=USAGE)


def test_parents_are_deleted_last(trio, redis):
    assert "teams" in trio.err("org", "delete", "acme", code=FAILED)
    assert "keys" in trio.err("team", "delete", "acme/apps", code=FAILED)
    trio.run("key", "delete", "acme_k1")
    trio.run("team", "delete", "acme/apps")
    assert trio.json("org", "delete", "acme") == {"id": "acme", "deleted": True}
    assert trio.json("org", "list") == []
    assert [key for key in redis.command("KEYS", "*") if "{o:" in key] == []


def test_lists(cli):
    for team in ("b/y", "a/x", "a/w"):
        for name in ("2", "1"):
            cli.key(team, id="%s%s" % (team[-1], name))
    listed = lambda scope, *where: [r["id"] for r in cli.json(scope, "list", *where)]
    assert listed("org") == ["a", "b"]
    assert listed("team") == ["a/w", "a/x", "b/y"]
    assert listed("team", "a") == ["a/w", "a/x"]
    assert listed("key") == ["a_w1", "a_w2", "a_x1", "a_x2", "b_y1", "b_y2"]
    assert listed("key", "a/x") == ["a_x1", "a_x2"]
    cli.err("key", "list", "nobody", code=FAILED)
    cli.err("key", "list", "a/nobody", code=FAILED)
    table = cli.out("key", "list").splitlines()
    assert table[0].split()[:4] == ["ID", "TEAM", "NAME", "STATUS"]
    assert len(table) == 7 and not any(line.endswith(" ") for line in table)


def test_a_name_from_elsewhere_cannot_steer_the_terminal(trio, redis):
    redis.command("HSET", "sr:1:{o:acme}:key:k1", "name", "\x1b[2Jgone\n")
    assert "\x1b" not in trio.out("key", "list") and "?[2Jgone?" in trio.out("key", "show", "acme_k1")
    redis.command("HSET", "sr:1:{o:acme}:key:k1", "name", b"\xff\xfe")
    assert trio.json("key", "show", "acme_k1")["name"] is None


BAD_IDS = ["", "a b", "a{b", "a}b", "a*", "ä", "a/b/c", "x" * 64, "a:b", "a\nb", "."*64, "-%s"]


@pytest.mark.parametrize("name", BAD_IDS)
def test_bad_ids_are_refused(cli, redis, name):
    for args in (("org", "create"), ("team", "create"), ("key", "create"), ("key", "show"),
                 ("key", "list"), ("budget", "show")):
        cli.err(*args, "--", name, code=USAGE)
    assert " is no org: " in cli.err("org", "create", "--", name, code=USAGE)
    cli.err("key", "create", "acme/apps", "--id", "a_" + name, code=USAGE)
    cli.err("budget", "show", "org:" + name, code=USAGE)
    assert redis.command("KEYS", "*") == []


BAD_LIMITS = [
    ("--budget", "day"), ("--budget", "year=5"), ("--budget", "day=-1"), ("--budget", "day=1e3"),
    ("--budget", "day=9000000.000000001"), ("--budget", "day=0.0000000001"), ("--budget", "day="),
    ("--budget", "day=99999999999999999999"), ("--rpm", "0"), ("--rpm", "-5"), ("--rpm", "1.5"),
    ("--rpm", "150000001"), ("--tpm", "lots"), ("--concurrency", "0"), ("--name", "x" * 129),
    ("--name", "two\nlines"), ("--policy", "a b"), ("--models", "a,,b"), ("--models", ""),
    ("--models", "m" * 3000), ("--grace", "1d"), ("--timeout", "soon"), ("--timeout", "0"),
]


@pytest.mark.parametrize("option,value", BAD_LIMITS)
def test_limits_that_make_no_sense(cli, redis, option, value):
    error = cli.err("key", "create", option, value, code=USAGE)
    assert option in error
    assert redis.command("KEYS", "*") == []


def test_limits_at_their_bounds(trio):
    trio.run("key", "set", "acme_k1", "--budget", "day=9000000", "--rpm", 150000000,
             "--budget", "hour=0", "--concurrency", 1)
    limits = trio.json("key", "show", "acme_k1")["limits"]
    assert limits["budget_nanos"]["day"] == 9000000 * USD
    assert limits["budget_nanos"]["hour"] == 0 and limits["rpm"] == 150000000


def test_names_that_the_configuration_does_not_know_are_noted(cli):
    with open(cli.config, "w") as f:
        json.dump({"redis": {"url": cli.redis.url},
                   "include": [os.path.join(CONF, f) for f in ("models.yaml", "prices.yaml")]}, f)
    done = cli.run("key", "create", "--policy", "strict", "--models", "gpt-4o, gpt-99",
                   "--strategy", "nosuch; quality_floor=0.5")
    assert 'no strategy "nosuch"' in done.stderr
    assert 'no policy "strict"' in done.stderr and '"gpt-99"' in done.stderr
    assert '"gpt-4o"' not in done.stderr
    done = cli.run("key", "create", "--strategy", "cost; quality_floor=0.5")
    assert "no strategy" not in done.stderr


# --- budgets ---

def test_budgets_by_entity(trio):
    for entity in ("org:acme", "team:acme/apps", "key:acme_k1"):
        assert trio.json("budget", "show", entity) == []
        trio.run("budget", "set", entity, "month=100", "day=1.5")
        assert [b["limit_nanos"] for b in trio.json("budget", "show", entity)] == [
            int(1.5 * USD), 100 * USD]
    listed = trio.json("budget", "list")
    assert [(b["entity"], b["period"]) for b in listed] == [
        (entity, period) for entity in ("org:acme", "team:acme/apps", "key:acme_k1")
        for period in ("day", "month")]
    assert trio.json("budget", "list", "acme") == listed
    trio.run("budget", "delete", "team:acme/apps", "day")
    trio.run("budget", "delete", "key:acme_k1")
    assert [(b["entity"], b["period"]) for b in trio.json("budget", "list")] == [
        ("org:acme", "day"), ("org:acme", "month"), ("team:acme/apps", "month")]
    for bad in ("acme", "orgs:acme", "org:", "key:acme", "team:acme"):
        trio.err("budget", "set", bad, "day=1", code=USAGE)
    trio.err("budget", "set", "org:acme", "day", code=USAGE)
    trio.err("budget", "set", "org:acme", code=USAGE)
    trio.err("budget", "delete", "org:acme", "year", code=USAGE)
    trio.err("budget", "set", "org:nobody", "day=1", code=FAILED)


def test_what_is_left_of_a_budget(trio, redis):
    books = Books(redis.command)
    trio.run("budget", "set", "org:acme", "total=1", "day=2")
    books.counters("org", "acme", "t", spent=400000000, reserved=50000000, suspense=1)
    books.counters("org", "acme", time.strftime("d%Y%m%d", time.gmtime()), spent=3 * USD)
    day, total = trio.json("budget", "show", "org:acme")
    assert total == {"period": "total", "limit_nanos": USD, "spent_nanos": 400000000,
                     "reserved_nanos": 50000000, "suspense_nanos": 1, "left_nanos": 549999999,
                     "requests": 0, "pace_micros": None, "ahead_percent": 0, "resets_at": None}
    assert day["left_nanos"] == -USD
    assert day["resets_at"] == time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 86400))
    table = trio.out("budget", "show", "org:acme").splitlines()
    assert table[0].split() == ["PERIOD", "LIMIT", "USD", "SPENT", "RESERVED", "SUSPENSE", "LEFT",
                                "RESETS", "IN", "PACE"]
    assert table[2].split() == ["total", "1.00", "0.40", "0.05", "0.000000001", "0.549999999",
                                "never", "-"]
    points = [[m.start() for m in re.finditer(r"\.", line)] for line in table[1:]]
    assert points[0] == points[1], "money is aligned at its decimal point"


# --- Redis and configuration that are not as they should be ---

def test_redis_is_not_there(cli, tmp_path):
    begin = time.monotonic()
    for args in (("key", "list"), ("status",), ("budget", "list"), ("key", "create")):
        done = cli.run(*args, "--redis", "unix://%s/nobody" % tmp_path, code=STORE)
        assert "is it running" in done.stderr
    assert time.monotonic() - begin < 5


def test_who_does_not_exist_is_no_empty_answer(trio):
    for args in (("usage", "--org", "nobody"), ("usage", "--team", "acme/nobody"),
                 ("usage", "--key", "acme_nobody"), ("budget", "suspense", "nobody"),
                 ("reconcile", "--records", "/dev/null", "--org", "nobody"),
                 ("budget", "resolve", "r-1", "1", "--release", "--why", "x", "--org", "nobody")):
        assert "does not exist" in trio.err(*args, code=FAILED), args
    assert "nothing was used" in trio.out("usage", "--org", "acme")
    assert "future" in trio.err("usage", "--since", "2090-01-01", code=USAGE)


def test_what_would_never_rest_or_wait_is_refused(trio):
    assert "at least 100ms" in trio.err("status", "--watch", "--interval", "0s", code=USAGE)
    assert "at least 100ms" in trio.err("status", "--timeout", "0", code=USAGE)


@pytest.mark.parametrize("command", ["gateway", "coordinator", "mock-vendor", "up"])
def test_a_word_too_many_starts_nothing(cli, command):
    cli.err(command, "extra", code=USAGE)


def test_redis_hangs(cli, redis):
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        cli.err("key", "list", "--timeout", "300ms", code=STORE)
        assert time.monotonic() - begin < 3
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)


def test_redis_refuses(cli, redis):
    cli.key("acme/apps", id="k1")
    redis.command("CONFIG", "SET", "maxmemory", 1)
    try:
        assert "OOM" in cli.err("key", "set", "acme_k1", "--rpm", "5", code=STORE)
    finally:
        redis.command("CONFIG", "SET", "maxmemory", 0)
    redis.command("SET", "sr:1:{o:acme}:keys", "of a wrong type")
    cli.err("key", "list", code=STORE)


def test_redis_with_a_password(cli, tmp_path):
    server = Redis(tmp_path / "locked", "--requirepass", "hunter2")
    try:
        with open(tmp_path / "password", "w") as f:
            f.write("hunter2\n")
        with open(cli.config, "w") as f:
            json.dump({"redis": {"url": server.url,
                                 "password": "file:%s/password" % tmp_path}}, f)
        cli.run("org", "create", "acme")
        with open(tmp_path / "password", "w") as f:
            f.write("wrong\n")
        assert "hunter2" not in cli.err("org", "list", code=STORE)
        os.unlink(tmp_path / "password")
        assert "redis.password" in cli.err("org", "list", code=CONFIG)
    finally:
        server.stop()


def test_a_wrong_configuration(cli):
    with open(cli.config, "w") as f:
        f.write("redis:\n  urll: x\n")
    assert "smartrouter.yaml:2:3: error" in cli.err("key", "list", code=CONFIG)
    os.unlink(cli.config)
    assert "smartrouter.yaml" in cli.err("key", "list", code=CONFIG)
    cli.err("key", "list", "--redis", "ftp://nowhere", code=CONFIG)


def test_a_full_disk_is_told(trio):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BINARY, "key", "list"], stdout=full, stderr=subprocess.PIPE,
                              text=True, env=trio.env, timeout=60)
    assert done.returncode == FAILED and "No space left" in done.stderr


# --- check-config ---

def test_check_config_tells_every_fault(cli, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("gateway:\n  listn: 1\n  workers: many\nredis: {url: 5}\n")
    error = cli.err("check-config", path, code=CONFIG)
    assert [line.split(": ")[0] for line in error.splitlines()[:3]] == [
        "%s:%s" % (path, place) for place in ("2:3", "3:12", "4:14")]
    found = cli.json("check-config", path, code=CONFIG)
    assert found["valid"] is False and found["errors"] == 3 == len(found["faults"])
    assert [(f["line"], f["column"], f["kind"]) for f in found["faults"]] == [
        (2, 3, "error"), (3, 12, "error"), (4, 14, "error")]
    cli.err("check-config", tmp_path / "nobody.yaml", code=CONFIG)
    (tmp_path / "nothing.yaml").write_text("")
    assert "the file is empty" in cli.err("check-config", tmp_path / "nothing.yaml", code=CONFIG)


def test_check_config_prints_what_is_offered(cli):
    path = os.path.join(CONF, "smartrouter.yaml")
    env = {"OPENAI_API_KEY": "sk-CANARY", "ANTHROPIC_API_KEY": "", "DEEPSEEK_API_KEY": "",
           "DASHSCOPE_API_KEY": ""}
    assert "good" in cli.out("check-config", path)
    table = cli.out("check-config", path, "--print", env=env)
    assert "CANARY" not in table and "gpt-4o" in table
    catalog = cli.json("check-config", path, "--print", env=env)["catalog"]
    credentials = {e["name"]: e["credential"] for e in catalog["endpoints"]}
    assert credentials["openai"] == "there" and credentials["anthropic"] == "missing"
    prices = {m["id"]: m["picos_per_token"] for m in catalog["models"] if m["picos_per_token"]}
    assert prices["gpt-4o"]["output"] == 10000000 and prices["gpt-4o"]["cache_read"] == 1250000
    assert catalog["policies"][0]["name"] == "default"


def test_the_commands_in_the_head_of_the_shipped_file_can_be_given(cli):
    path = os.path.join(CONF, "smartrouter.yaml")
    with open(path) as f:
        commands = re.findall(r"`smartrouter (.*?)`", f.read())
    assert len(commands) == 2
    for command in commands:
        cli.run(*command.split(), env={"SMARTROUTER_CONFIG": path})


def test_the_printed_settings_are_a_configuration(cli, tmp_path):
    path = tmp_path / "all.yaml"
    path.write_text(cli.out("check-config", "--settings", "yaml"))
    cli.run("check-config", path)
    assert ".It" in cli.out("check-config", "--settings", "man")
    cli.err("check-config", "--settings", "html", code=USAGE)
