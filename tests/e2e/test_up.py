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


def test_what_was_edited_is_kept(tmp_path):
    config = tmp_path / "one" / "smartrouter.yaml"
    first = Process(str(tmp_path), "first", up(tmp_path / "one"), says_url=True).start()
    key = make_key(tmp_path).strip()
    written = config.read_text()
    first.stop()
    assert "edited" not in first.log()
    config.write_text(written + "log:\n  level: debug\n")
    routing = tmp_path / "one" / "routing.yaml"
    routing.write_text(routing.read_text() + "# mine\n")
    second = Process(str(tmp_path), "second", up(tmp_path / "one"), says_url=True).start()
    try:
        assert config.read_text().startswith(written) and "level: debug" in config.read_text()
        assert routing.read_text().endswith("# mine\n")
        assert second.log().count("was edited, so it is kept") == 2
        # the mock vendors are where the kept file says
        assert asks(second, key) == 200
    finally:
        second.stop()
    config.unlink()
    third = Process(str(tmp_path), "third", up(tmp_path / "one"), says_url=True).start()
    third.stop()
    assert "level: debug" not in config.read_text() and "routing.yaml was edited" in third.log()


def without_mock(folder, name, key=""):
    keys = {k: "" for k in ("ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "DASHSCOPE_API_KEY")}
    return Process(str(folder), name, [w for w in up(folder / "one") if w != "--mock"],
                   env={**keys, "OPENAI_API_KEY": key}, says_url=True)


def vendors_told(process):
    with open(process.out_path) as f:
        return next(line for line in f if line.startswith("Vendors:"))


def test_an_edited_file_says_which_vendors_are_used(tmp_path):
    config = tmp_path / "one" / "smartrouter.yaml"
    first = without_mock(tmp_path, "first").start()
    key = make_key(tmp_path).strip()
    first.stop()
    config.write_text(config.read_text() + "log:\n  level: debug\n")
    second = without_mock(tmp_path, "second", key="sk-nobody").start()
    try:
        assert "mock vendors, which your edited configuration names" in vendors_told(second)
        assert asks(second, key) == 200
    finally:
        second.stop()
    mine = config.read_text().split("endpoints:")[0]
    config.write_text("# mine\n" + mine.replace("routing.yaml]", "routing.yaml, endpoints.yaml]"))
    third = without_mock(tmp_path, "third").start()
    third.stop()
    assert "those of your edited configuration" in vendors_told(third)
    assert "does not name the mock vendors; remove it" in refused(up(tmp_path / "one"))


def explains(folder, request_path):
    argv = [BINARY, "explain", "--fleet", "--json", "--config", str(folder / "smartrouter.yaml"),
            str(request_path)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60)


def test_its_address_comes_when_the_fleet_has_a_catalog(first, tmp_path):
    asked = tmp_path / "request.json"
    asked.write_text('{"model": "auto", "messages": [{"role": "user", "content": "hello"}]}')
    for _ in range(4):  # each start has a mock vendor at another port, so another catalog
        done = explains(tmp_path / "one", asked)
        assert done.returncode == 0, done.stderr
        status = json.loads(subprocess.run(
            [BINARY, "status", "--json", "--config", str(tmp_path / "one" / "smartrouter.yaml")],
            capture_output=True, text=True, timeout=60).stdout)
        assert json.loads(done.stdout)["versions"]["epoch"] == status["epoch"] > 0
        first.stop()
        first.start()


def test_sighup_reaches_the_parts_and_ends_nothing(first, tmp_path):
    key, parts = make_key(tmp_path).strip(), ("mock-vendor", "redis-server", "coordinator", "gateway")
    before = [part_of(first, name) for name in parts]
    config = tmp_path / "one" / "smartrouter.yaml"
    config.write_text(config.read_text() + "log:\n  level: debug\n")
    first.signal(signal.SIGHUP)
    for name in ("coordinator", "gateway"):
        log = tmp_path / "one" / (name + ".log")
        wait_until(lambda: "reloaded" in log.read_text(), 10, name + " to reload")
    assert asks(first, key) == 200
    assert [part_of(first, name) for name in parts] == before


@pytest.mark.parametrize("name,word", [("a b", "spaces"), ("d" * 90, "too long")])
def test_a_folder_that_cannot_be(tmp_path, name, word):
    assert word in refused(up(tmp_path / name))


def test_a_part_that_cannot_start_is_named_at_once(tmp_path):
    began = time.monotonic()
    done = subprocess.run(up(tmp_path / "one"), capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**os.environ, "PATH": "/nowhere"})
    assert done.returncode == 1 and "redis-server has ended (status 127)" in done.stderr
    assert time.monotonic() - began < 10


def test_a_folder_is_one_ups_alone(first, tmp_path):
    assert "is in use by another smartrouter up" in refused(up(tmp_path / "one"))
    assert make_key(tmp_path).startswith("sk-sr-")


def test_a_folder_is_free_again_after_a_kill(first, tmp_path):
    first.kill()
    first.start()
    assert make_key(tmp_path).startswith("sk-sr-")


def test_an_address_is_one_gateways_alone(first, tmp_path):
    why = refused(up(tmp_path / "two", "127.0.0.1:%d" % first.port))
    assert "Address already in use" in why and str(tmp_path / "two" / "gateway.log") in why
    first.stop()
    first.argv = up(tmp_path / "one", "127.0.0.1:%d" % first.port)
    first.start()
