"""The files of docker/ and conf/systemd, as far as they can be tried without their machines."""
import collections
import configparser
import contextlib
import os
import re
import shutil
import socket
import subprocess

import pytest
import yaml

from conftest import TOP, library_is_old
from fleet import BINARY, BUILD, wait_until
from resp import Resp, RespError

DOCKER = os.path.join(TOP, "docker")
UNITS = ["smartrouter-coordinator.service", "smartrouter-gateway.service"]


def read(*path):
    with open(os.path.join(TOP, *path)) as f:
        return f.read()


def instructions():
    """The Dockerfile's, with their lines joined."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", read("docker/Dockerfile"), flags=re.M))
    return [line.split(None, 1) for line in text.split("\n") if line]


# --- HAProxy ---

@pytest.mark.parametrize("tls", [False, True])
def test_haproxy_takes_its_configuration(tmp_path, tls):
    env = dict(os.environ, SR_STRICT=os.path.join(DOCKER, "haproxy-strict.lua"),
               SR_GATEWAY="127.0.0.1:8080")
    if tls:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out",
                        tmp_path / "cert"], check=True, capture_output=True)
        (tmp_path / "both").write_bytes((tmp_path / "cert").read_bytes() +
                                        (tmp_path / "key").read_bytes())
        env.update(SR_TLS="127.0.0.1:8443", SR_CERT=str(tmp_path / "both"))
    done = subprocess.run(["haproxy", "-c", "-f", os.path.join(DOCKER, "haproxy.cfg")], env=env,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr and "[ALERT]" not in done.stderr, done.stderr


def test_haproxy_tells_each_variable(tmp_path):
    """The head of the file lists what it reads."""
    head, _, rest = read("docker/haproxy.cfg").partition("\nglobal\n")
    assert set(re.findall(r"SR_[A-Z_]+", rest)) == set(re.findall(r"SR_[A-Z_]+", head))


# --- the image ---

def test_image_is_made_of_debian_12_and_the_list_of_packages():
    lines = instructions()
    assert {args.split()[0] for verb, args in lines if verb == "FROM"} == {"debian:12"}
    installed = " ".join(args for verb, args in lines if verb == "RUN")
    assert "setup build" in installed and "setup run" in installed
    names = [line.split()[1] for line in read("build-aux/debian-packages").split("\n")
             if line and not line.startswith("#")]
    for name in names:  # "make" and "curl" are commands, too
        assert not re.search(r"install[^&]*\s%s(\s|$)" % re.escape(name), installed), name


def test_image_runs_as_nobody_special_and_tells_its_health():
    verbs = dict(instructions())
    assert verbs["USER"] not in ("root", "0")
    assert "/readyz" in verbs["HEALTHCHECK"]


def test_image_copies_what_there_is():
    for verb, args in instructions():
        if verb == "COPY" and not args.startswith("--from"):
            for source in args.split()[:-1]:
                assert os.path.exists(os.path.join(TOP, source)), source


def test_image_has_the_libraries_that_the_program_needs():
    done = subprocess.run([os.path.join(TOP, "build-aux/runtime-packages"), BINARY], check=True,
                          capture_output=True, text=True)
    packages = done.stdout.split()
    for library in "curl", "hiredis", "jansson", "microhttpd", "sodium", "uv", "yaml":
        assert any(p.startswith("lib" + library) for p in packages), library


# --- the fleet of containers ---

COUNTS = {"haproxy": 1, "gateway": 3, "coordinator": 2, "operator": 1, "redis": 2, "sentinel": 3}
PARTS = "smartrouter", "coordinator", "operator"  # of /etc/smartrouter


def compose():
    return yaml.safe_load(read("docker/compose.yaml"))


def volumes_of(service):
    return [v.split(":")[:2] for v in service.get("volumes", [])]


def test_compose_has_a_fleet():
    services = compose()["services"]
    assert collections.Counter(re.match("[a-z]+", name)[0] for name in services) == COUNTS
    assert [name for name, service in services.items() if "ports" in service] == ["haproxy"]
    named = services["haproxy"]["environment"]["SR_GATEWAY"].split(":")[0]
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        if name.startswith("gateway"):
            assert service["networks"]["fleet"]["aliases"] == [named]
            assert name in [source for source, _ in volumes_of(service)], "a journal is its own"


def test_compose_names_what_there_is():
    whole = compose()
    services, own = whole["services"], collections.Counter()
    for name, service in services.items():
        assert set(service.get("depends_on", [])) <= set(services), name
        assert set(service["networks"]) <= set(whole["networks"]), name
        for source, _ in volumes_of(service):
            if source.startswith("."):
                assert os.path.exists(os.path.join(DOCKER, source)), source
            else:
                own[source] += 1
    assert own == {name: 1 for name in whole["volumes"]}, "a volume is one service's"


def test_compose_gives_each_part_what_its_configuration_asks_for():
    services = compose()["services"]
    for kind, path in zip(("gateway", "coordinator", "operator"), PARTS):
        path += ".yaml"
        asked = set(re.findall(r"\$\{(\w+)\}", read("docker", path)))
        for name, service in services.items():
            if name.startswith(kind):
                assert asked <= {line.split("=")[0] for line in service["environment"]}, name
        url = yaml.safe_load(read("docker", path))["redis"]["url"]
        assert set(re.findall(r"[a-z]+[0-9](?=:)", url)) == {"sentinel1", "sentinel2", "sentinel3"}


def test_compose_lets_requests_end():
    """HAProxy too: they pass through it."""
    services = compose()["services"]
    assert services["haproxy"]["stop_grace_period"] == services["gateway1"]["stop_grace_period"]


def test_compose_knows_servers_of_the_books_by_name():
    """Their addresses are others when the fleet comes back."""
    for name, service in compose()["services"].items():
        kind = re.match("[a-z]+", name)[0]
        lines = {"redis": "replica-announce-ip ", "sentinel": "sentinel announce-ip "}
        if kind in lines:
            assert service["hostname"] == name
            assert lines[kind] + name in service["command"]


def configuration_to(folder):
    """/etc/smartrouter of the image: what is installed, and the files of docker/ over it."""
    for part in "endpoints", "models", "prices", "quality", "routing":
        shutil.copy(os.path.join(TOP, "conf", part + ".yaml"), folder)
    for part in PARTS:
        assert "docker/%s.yaml" % part in read("docker/Dockerfile")
        shutil.copy(os.path.join(DOCKER, part + ".yaml"), folder)


def smartrouter(*args, **env):
    env = dict(os.environ, SMARTROUTER_PEPPER="x" * 64, REDIS_PASSWORD="word", **env)
    return subprocess.run([BINARY, *args], env=env, text=True, capture_output=True)


@pytest.mark.parametrize("name", PARTS)
def test_configuration_of_the_containers(tmp_path, name):
    configuration_to(tmp_path)
    done = smartrouter("check-config", str(tmp_path / (name + ".yaml")))
    assert done.returncode == 0, done.stderr


def shipped_to(folder):
    for path in "redis/redis.conf", "redis/sentinel.conf", "../conf/redis/users.acl":
        shutil.copy(os.path.join(DOCKER, path), folder)


def start_books(folder, *args, password="word"):
    (folder / "data").mkdir(exist_ok=True)
    env = dict(os.environ, SR_SHIPPED=str(folder), SR_DATA=str(folder / "data"),
               REDIS_PASSWORD=password)
    return subprocess.Popen([os.path.join(DOCKER, "redis/start"), *args], env=env,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextlib.contextmanager
def serving(folder, *args, password="word"):
    """A server of the books for as long; gives the path of its socket, once it listens or has ended."""
    path = str(folder / "sock")
    server = start_books(folder, *args, "port 0", "unixsocket " + path, password=password)
    try:
        wait_until(lambda: os.path.exists(path) or server.poll() is not None, 20, "a server")
        yield path
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_servers_of_the_books_start_as_compose_starts_them(tmp_path):
    shipped_to(tmp_path)
    for life in range(2):  # the second by the copy of the first
        with serving(tmp_path, "redis.conf") as path:
            books = Resp(path, 5)
            with pytest.raises(RespError, match="NOAUTH"):
                books("PING")
            assert books("AUTH", "gateway", "word") == "OK"
            assert books("SET", "sr:1:{o:acme}:x", life) == "OK"
            for beyond in ("FLUSHALL",), ("SET", "sr:1:{fleet}:x", life):
                with pytest.raises(RespError, match="NOPERM"):
                    books(*beyond)
            books.close()
        assert "PASSWORD" not in (tmp_path / "data/redis.conf").read_text()
    assert (tmp_path / "data/redis.conf").read_text().count("unixsocket ") == 1


def test_a_key_is_made_as_compose_says(tmp_path):
    """By the command in the head of compose.yaml, as a user of the shipped users.acl."""
    run = re.search(r"^#   docker compose .* run --rm (\w+) (.*)$", read("docker/compose.yaml"), re.M)
    service = compose()["services"][run[1]]
    named = dict(line.split("=") for line in service["environment"])["SMARTROUTER_CONFIG"]
    configuration_to(tmp_path)
    config = tmp_path / os.path.basename(named)
    shipped_to(tmp_path)
    with serving(tmp_path, "redis.conf", "appendonly no") as path:
        config.write_text(re.sub(r"redis\+sentinel://\S+", "unix://" + path, config.read_text()))
        done = smartrouter(*run[2].replace("ORG/TEAM", "acme/apps").split(),
                           SMARTROUTER_CONFIG=str(config))
        assert done.returncode == 0 and done.stdout.startswith("sk-sr-acme_"), done.stderr


def test_a_sentinel_tells_the_primary_by_its_name(tmp_path):
    shipped_to(tmp_path)
    conf = tmp_path / "sentinel.conf"
    conf.write_text(conf.read_text().replace(" redis1 ", " localhost "))
    with serving(tmp_path, "sentinel.conf") as path:
        sentinel = Resp(path, 20)
        named = sentinel("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "smartrouter")
        assert named == ["localhost", "6379"]
        sentinel.close()


@pytest.mark.parametrize("name", ["redis.conf", "sentinel.conf"])
def test_a_password_may_be_another_one_at_the_next_start(tmp_path, name):
    """The servers follow each other, and are watched, with the one that they ask for now."""
    shipped_to(tmp_path)
    copy, texts = tmp_path / "data" / name, []
    for password in "old", "new", "new":
        with serving(tmp_path, name, password=password):
            wait_until(copy.exists, 20, "the copy")
            wait_until(lambda: re.search(" %s$" % password, copy.read_text(), re.M), 20, password)
        texts.append(copy.read_text())
    shipped = read("docker/redis", name)
    for setting in re.findall("^(.*) [A-Z]+-PASSWORD$", shipped, re.M):
        assert [re.findall('^%s "?(\\w+)' % setting, text, re.M) for text in texts] == [
            ["old"], ["new"], ["new"]], texts[-1]


def test_a_password_that_is_no_word_is_refused(tmp_path):
    shipped_to(tmp_path)
    server = start_books(tmp_path, "redis.conf", password="a/b")
    assert "letters and digits" in server.communicate(timeout=10)[0] and server.returncode == 2


@pytest.mark.parametrize("path", ["docker/redis/start"])
def test_scripts_are_clean(path):
    subprocess.run(["sh", "-n", os.path.join(TOP, path)], check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", os.path.join(TOP, path)], check=True)


# --- systemd ---

@pytest.mark.parametrize("name", UNITS)
def test_units_run_what_there_is_with_little_power(tmp_path, name):
    text = read("conf/systemd", name)
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    program, command = service["ExecStart"].split()
    assert program == "smartrouter"
    subprocess.run([BINARY, command, "--help"], check=True, capture_output=True)
    for key in "DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID":
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict" and service["CapabilityBoundingSet"] == ""
    if shutil.which("systemd-analyze"):
        (tmp_path / name).write_text(text.replace("ExecStart=smartrouter", "ExecStart=" + BINARY))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_socket_is_of_the_gateway():
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read_string(read("conf/systemd/smartrouter-gateway.socket"))
    assert unit["Socket"]["ListenStream"] == "127.0.0.1:8080"  # as gateway.listen
    assert "Accept" not in unit["Socket"], "one process serves all"


@pytest.mark.parametrize("name", UNITS)
def test_units_expose_little(name):
    if not shutil.which("systemd-analyze"):
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20",
                           os.path.join(TOP, "conf/systemd", name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr


# --- make install ---

def test_install_keeps_what_was_edited(tmp_path):
    def make(target):
        subprocess.run(["make", "-s", "-C", BUILD, target, "srconfdir=/etc",
                        "DESTDIR=%s" % tmp_path], check=True, capture_output=True)

    etc = tmp_path / "etc"
    make("install-data-local")
    assert (etc / "smartrouter.yaml").read_text() == read("conf/smartrouter.yaml")
    (etc / "smartrouter.yaml").write_text("edited")
    (etc / "prices.yaml").unlink()
    make("install-data-local")
    assert (etc / "smartrouter.yaml").read_text() == "edited"
    assert (etc / "prices.yaml").read_text() == read("conf/prices.yaml")
    make("uninstall-local")
    assert os.listdir(etc) == ["smartrouter.yaml"]


# --- quickstart ---

@pytest.fixture
def quickstart(tmp_path):
    """The script with the program as it is, and nothing to install or build."""
    for name in "build-aux/setup", "build-aux/build", "bin/redis-server":
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n[ ${0##*/} != redis-server ] || { echo 'no room' >&2; exit 1; }\n")
        path.chmod(0o755)
    (tmp_path / "build/release/src").mkdir(parents=True)
    (tmp_path / "build/release/src/smartrouter").symlink_to(BINARY)
    shutil.copy(os.path.join(TOP, "quickstart"), tmp_path)

    def run(*args, **env):
        keyless = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        return subprocess.run([str(tmp_path / "quickstart"), *args], text=True, timeout=120,
                              capture_output=True, env={**keyless, **env})
    return run


def test_quickstart_takes_a_free_port_instead(quickstart):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = quickstart("--once", "--port", port)
    assert done.returncode == 0 and "Answer " in done.stdout, done.stderr
    assert "Port %s is taken" % port in done.stdout


@pytest.mark.parametrize("port", ["65536", "99999", "9" * 30, "-1", "http"])
def test_quickstart_refuses_what_is_no_port(quickstart, port):
    done = quickstart("--once", "--port", port)
    assert done.returncode == 2 and done.stderr.startswith("usage: "), done.stderr


def test_quickstart_shows_the_log_of_what_did_not_start(quickstart, tmp_path):
    done = quickstart("--once", PATH="%s:%s" % (tmp_path / "bin", os.environ["PATH"]))
    assert done.returncode == 1
    assert "redis.log:\n    no room\n" in done.stderr, done.stderr


# --- configure ---

def test_configure_warns_of_an_old_library():
    with open(os.path.join(BUILD, "config.log")) as f:
        warned = "WARNING: this libmicrohttpd accepts some malformed" in f.read()
    assert warned == library_is_old()
