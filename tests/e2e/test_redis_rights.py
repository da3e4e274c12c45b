"""conf/redis/users.acl grants each process the commands that it sends, and no other.

What a process sends is read from the sources: the functions that those of its folder reach, the
words of Redis in them, and the commands in the Lua scripts that they call. That nothing is granted
too little, every test with a fleet sees in Redis' own log as well (fleet.py, redis_fleet.py).
"""
import collections
import functools
import glob
import os
import re
import subprocess

import pytest

from redis_fleet import TOP, make_redis

FOLDERS = {"gateway": "gate", "coordinator": "coord", "operator": "ctl"}
# a file that does one of these talks to Redis
ASKS = re.compile(
    r"\b(redis_call|redis_call_at|redis_call_written|peer_call|peer_call_written|link_send|script_call|ask_script)\(")


def read(path):
    with open(path) as f:
        return f.read()


def definitions(text):
    """(name, words of it, is it only the file's?) of each function and table of a C file."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#(.*\\\n)*.*$", "", text, flags=re.M)
    found, lines = [], []
    for line in text.split("\n"):
        if not lines and not re.match(r"\w", line):
            continue
        lines.append(line)
        if line.startswith("}") or (line.endswith(";") and "{" not in "".join(lines[:-1])):
            found.append("\n".join(lines))
            lines = []
    for item in found:
        head = item.split("{")[0]
        name = re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*=", head) or re.search(r"(\w+)\(", head)
        if name and not (item.endswith(";") and "=" not in item):
            yield name[1], item, head.startswith("static")


@functools.lru_cache
def flat(script):
    """A Lua script with what it includes."""
    return subprocess.run([os.path.join(TOP, "build-aux/embed-lua"), "--flat",
                           os.path.join(TOP, "lua", script + ".lua")],
                          check=True, capture_output=True, text=True).stdout


class Sources:
    def __init__(self):
        self.items, self.shared = collections.defaultdict(dict), {}
        for path in glob.glob(os.path.join(TOP, "src", "*", "**", "*.c"), recursive=True):
            for name, item, static in definitions(read(path)):
                self.items[path][name] = item
                if not static:
                    self.shared[name] = path

    def reached_from(self, folder):
        """The definitions that those of a folder name, those that these name, and so on."""
        ahead = [(path, name) for path, items in self.items.items() for name in items
                if os.path.dirname(path).endswith("/" + folder)]
        seen = set()
        while ahead:
            path, name = ahead.pop()
            if (path, name) in seen:
                continue
            seen.add((path, name))
            for word in set(re.findall(r"\w+", self.items[path][name])):
                if word in self.items[path]:
                    ahead.append((path, word))
                elif word in self.shared:
                    ahead.append((self.shared[word], word))
        return seen

    def commands_of(self, folder):
        reached = self.reached_from(folder)
        words = {"CLUSTER|SLOTS"}
        for path, name in reached:
            item = self.items[path][name]
            if ASKS.search("".join(self.items[path].values())):
                words |= set(re.findall(r'"([A-Z]+)"', item))
            for script in re.findall(r"\bSCRIPT_(\w+)", item):
                words |= set(re.findall(r"redis\.p?call\('(\w+)'", flat(script)))
        if "redis_subscribe" not in {name for _, name in reached}:
            words.remove("SUBSCRIBE")  # what every connection could do
        return {word.lower() for word in words - {"CLUSTER"}}


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    with make_redis("one", tmp_path_factory.mktemp("redis")) as redis:
        return set(redis.client("COMMAND", "LIST"))


@pytest.fixture(scope="module")
def sources():
    return Sources()


def granted():
    lines = read(os.path.join(TOP, "conf/redis/users.acl")).splitlines()
    return {line.split()[1]: {word[1:] for word in line.split() if word.startswith("+")}
            for line in lines}


@pytest.mark.parametrize("user", FOLDERS)
def test_a_process_may_send_what_it_sends_and_nothing_else(user, sources, commands):
    sends = sources.commands_of(FOLDERS[user]) & commands
    assert {"auth", "evalsha", "hgetall", "cluster|slots"} <= sends  # the sources were understood
    assert sorted(granted()[user] - sends) == []
    assert sorted(sends - granted()[user]) == []
