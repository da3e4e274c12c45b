"""Help and manual: what can be asked for is told, and what is told is so."""
import os
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from operator_cli import BINARY, USAGE, Books, Cli, Redis

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
MANUAL = os.path.join(TOP, "man/smartrouter.1")


def run(*args, code=0):
    done = subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, "%s: %s%s" % (args, done.stdout, done.stderr)
    return done


def table(name, macro):
    """The lines of one of src/tbl: lists of their words."""
    with open(os.path.join(TOP, "src/tbl", name)) as f:
        return re.findall(r"^%s\(([^,]+),\s*([^,]+),\s*\"(.*)\"\)" % macro, f.read(), re.M)


COMMANDS = [name.strip('"') for name, _, _ in table("commands.h", "COMMAND")]
OPERATORS = {"key": "create list show set block unblock rotate delete",
             "team": "create list show set block unblock delete",
             "org": "create list show set block unblock delete",
             "budget": "set list show delete suspense resolve",
             "reconcile": "", "usage": "", "check-config": "", "status": ""}
PAGES = [(command, verb) for command, verbs in OPERATORS.items() for verb in verbs.split() or [""]]


@pytest.fixture(scope="module")
def manual():
    text = subprocess.run(["man", "-l", MANUAL], capture_output=True, text=True,
                          env={**os.environ, "MANWIDTH": "500", "MAN_KEEP_FORMATTING": "",
                               "LC_ALL": "C.UTF-8"}).stdout
    text = re.sub(".\b", "", text).replace("‐\n", "")
    assert "EXIT STATUS" in text
    return text


def words(*parts):
    return [part for part in parts if part]


def test_all_commands_and_exit_codes_are_listed():
    text = run("--help").stdout
    for command in COMMANDS:
        assert re.search(r"^  %s +\w" % command, text, re.M)
    for name, number, sentence in table("exits.h", "EXIT"):
        assert re.search(r"^  %s +%s$" % (number, re.escape(sentence)), text, re.M)
    assert run("help").stdout == text == run("-h").stdout
    assert re.fullmatch(r"smartrouter \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("command,verb", PAGES)
def test_help_of_every_verb(command, verb):
    text = run(*words(command, verb), "--help").stdout
    assert text.startswith("usage: smartrouter " + " ".join(words(command, verb)))
    assert run("help", *words(command, verb)).stdout == text
    assert {"--config", "--redis", "--timeout", "--json"} <= set(re.findall(r"^  (--[a-z-]+)", text, re.M))
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", [c for c in OPERATORS if OPERATORS[c]])
def test_a_command_lists_its_verbs(command):
    text = run(command, "--help").stdout
    for verb in OPERATORS[command].split():
        assert re.search(r"^  %s\b" % verb, text, re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    assert "usage: smartrouter " + command in run(command, "--help").stdout


@pytest.mark.parametrize("args,hint", [
    ((), "--help"), (("keys",), '"key"'), (("statsu",), '"status"'), (("key",), "verb is missing"),
    (("key", "crate"), '"create"'), (("budget", "susense"), '"suspense"'),
    (("key", "create", "--bugdet", "day=1"), '"budget"'), (("key", "create", "--budget"), "needs a value"),
    (("key", "show"), "argument is missing"), (("key", "show", "a_b", "c"), "too many"),
    (("status", "now"), "too many"), (("key", "list", "--json=yes"), "--json takes no value"), (("key", "list", "-xj"), "-x is not"),
])
def test_a_wrong_command_line(args, hint):
    done = run(*args, code=USAGE)
    assert hint in done.stderr and done.stdout == "" and "--help" in done.stderr


# --- the manual ---

def test_the_manual_is_clean():
    for macros in (["groff", "-mdoc", "-Tutf8", "-ww", "-z"], ["man", "--warnings", "-l"]):
        done = subprocess.run([*macros, MANUAL], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("command,verb", PAGES)
def test_the_manual_has_every_option(manual, command, verb):
    text = run(*words(command, verb), "--help").stdout
    assert re.search(r"^ +%s\b" % " ".join(words(command, verb)), manual, re.M) or verb == "unblock"
    for option in re.findall(r"^  (--[a-z-]+)", text, re.M):
        assert option in manual


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_has_every_command(manual, command):
    assert re.search(r"^ +%s\b" % command, manual, re.M)
    if command not in OPERATORS and command != "mock-vendor":
        for option in re.findall(r"^ +(--[a-z-]+)", run(command, "--help").stdout, re.M):
            assert option in manual


def test_the_manual_has_every_exit_code(manual):
    for name, number, sentence in table("exits.h", "EXIT"):
        assert re.search(r"^ +%s +%s\." % (number, re.escape(sentence[0].upper() + sentence[1:])),
                         manual, re.M)


def members_of(value):
    if isinstance(value, list):
        return set().union(*map(members_of, value)) if value else set()
    if isinstance(value, dict):
        return set(value).union(*map(members_of, value.values()))
    return set()


def test_the_manual_has_every_member_of_json(manual, tmp_path):
    redis = Redis(tmp_path / "redis")
    try:
        cli = Cli(redis, tmp_path)
        books = Books(redis.command)
        found = members_of(cli.key("acme/apps", id="k1", budget="total=5", models="a,b"))
        books.reservation("r-1", [("X", 10, False)])
        books.reservation("r-2", [("X", 10, False)])
        (tmp_path / "records").write_text('{"attempt": "r-2-1", "billed_nanos": 5}\n{')
        redis.command("SET", "sr:1:{fleet}:lease", "c")
        (tmp_path / "bad.yaml").write_text("x: 1\n")
        for args, code in [
            ("key show acme_k1", 0), ("team list", 0), ("org show acme", 0), ("budget list", 0),
            ("budget suspense", 0), ("budget resolve r-1 1 --release --why x", 0),
            ("reconcile --records %s/records" % tmp_path, 0), ("status", 1), ("key rotate acme_k1", 0),
            ("check-config %s/bad.yaml" % tmp_path, 4), ("key delete acme_k1", 0),
            ("check-config --print %s/conf/smartrouter.yaml" % TOP, 0),
        ]:
            found |= members_of(cli.json(*args.split(), code=code))
        json_section = manual[manual.index("\nJSON\n"):manual.index("\nENVIRONMENT\n")]
        classes = {name for name, _, _ in table("usage.h", "USAGE")}
        missing = {name for name in found - classes if not re.search(r"\b%s\b" % name, json_section)}
        assert missing == set()
    finally:
        redis.stop()
