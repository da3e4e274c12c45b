"""The files of docker/ and conf/systemd, as far as they can be tried without their machines."""
import configparser
import os
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import TOP, library_is_old
from fleet import BINARY, BUILD

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

def test_compose_has_a_fleet():
    services = yaml.safe_load(read("docker/compose.yaml"))["services"]
    assert set(services) == {"haproxy", "redis", "gateway1", "gateway2", "coordinator1",
                             "coordinator2"}
    published = [name for name, service in services.items() if "ports" in service]
    assert published == ["haproxy"]
    volumes = [v for service in services.values() for v in service.get("volumes", [])]
    for source in (v.split(":")[0] for v in volumes if v.startswith(".")):
        assert os.path.exists(os.path.join(DOCKER, source)), source
    # a journal belongs to one gateway
    assert len(volumes) == len(set(volumes))
    named = services["haproxy"]["environment"]["SR_GATEWAY"].split(":")[0]
    for name in "gateway1", "gateway2":
        assert services[name]["networks"]["fleet"]["aliases"] == [named]


def test_configuration_of_the_containers(tmp_path):
    """/etc/smartrouter of the image: what is installed, and docker/smartrouter.yaml over it."""
    for name in "endpoints", "models", "prices", "quality", "routing":
        shutil.copy(os.path.join(TOP, "conf", name + ".yaml"), tmp_path)
    shutil.copy(os.path.join(DOCKER, "smartrouter.yaml"), tmp_path)
    done = subprocess.run([BINARY, "check-config", str(tmp_path / "smartrouter.yaml")],
                          env=dict(os.environ, SMARTROUTER_PEPPER="x" * 64), text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr


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


# --- configure ---

def test_configure_warns_of_an_old_library():
    with open(os.path.join(BUILD, "config.log")) as f:
        warned = "WARNING: this libmicrohttpd accepts some malformed" in f.read()
    assert warned == library_is_old()
