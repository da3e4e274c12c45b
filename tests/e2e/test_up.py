"""`smartrouter up`, and who may not stand beside it."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from fleet import BINARY, Fleet, Process, wait_until


def up(folder, listen="127.0.0.1:0"):
    return [BINARY, "up", "--mock", "--dir", str(folder), "--listen", listen]


@pytest.fixture
def first(tmp_path):
    process = Process(str(tmp_path), "up", up(tmp_path / "one"), says_url=True).start()
    yield process
    process.stop()


def refused(argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def make_key(folder):
    return subprocess.run([BINARY, "key", "create", "--config",
                           str(folder / "one" / "smartrouter.yaml")], capture_output=True,
                          text=True, timeout=60, check=True).stdout


def part_of(process, name):
    listing = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid=,args="],
                             capture_output=True, text=True, check=True).stdout
    return int(next(line.split()[0] for line in listing.splitlines() if name in line))


def asks(process, key):
    body = json.dumps({"model": "fast", "messages": [{"role": "user", "content": "hello"}]})
    return Fleet.call(process, "POST", "/v1/chat/completions", body, key)[0]


def test_a_part_that_is_killed_comes_back_where_it_was(first, tmp_path):
    key = make_key(tmp_path).strip()
    time.sleep(2.1)  # whoever ends sooner after the start is not started again
    for name in ("mock-vendor", "coordinator", "redis-server"):
        os.kill(part_of(first, name), signal.SIGKILL)
        wait_until(lambda: name in first.log() and asks(first, key) == 200, 10, name + "'s return")


@pytest.mark.parametrize("name,word", [("a b", "spaces"), ("d" * 90, "too long")])
def test_a_folder_that_cannot_be(tmp_path, name, word):
    assert word in refused(up(tmp_path / name))


def test_a_folder_is_one_ups_alone(first, tmp_path):
    assert "is in use by another smartrouter up" in refused(up(tmp_path / "one"))
    assert make_key(tmp_path).startswith("sk-sr-")


def test_a_folder_is_free_again_after_a_kill(first, tmp_path):
    first.kill()
    first.start()
    assert make_key(tmp_path).startswith("sk-sr-")


def test_an_address_is_one_gateways_alone(first, tmp_path):
    refused(up(tmp_path / "two", "127.0.0.1:%d" % first.port))
    assert "Address already in use" in (tmp_path / "two" / "gateway.log").read_text()
    first.stop()
    first.argv = up(tmp_path / "one", "127.0.0.1:%d" % first.port)
    first.start()
