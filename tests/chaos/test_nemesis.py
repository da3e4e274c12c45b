"""Faults that meet: one of them finds already broken what it was to break."""
import asyncio
import socket
import time
from types import SimpleNamespace

import pytest

from nemesis import BY_NAME, Nemesis
from plan import Event
from resp import Resp, RespError

COMMANDS = [name for name, fault in BY_NAME.items() if fault.kind == "redis"]


class Server:
    """Connected to like this; it runs or not, for the first `runs_s` seconds."""

    def __init__(self, connect, runs_s=0.0):
        self.connect, self.until, self.process = connect, time.monotonic() + runs_s, self
        self.pid = 4711

    def running(self):
        return time.monotonic() < self.until


def nemesis_after(fault, server):
    nemesis = Nemesis(SimpleNamespace(some_server=lambda rnd: server),
                      SimpleNamespace(events=[Event(0.0, fault, 0.0, 1)]))
    asyncio.run(nemesis.run(0.0))
    return nemesis


def nobody(folder, kind):
    """A connection to a server that is not there, or that ends before it answers."""
    path = str(folder / "redis.sock")
    if kind == "no file":
        return lambda seconds: Resp(path, seconds)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    if kind == "killed":
        listener.close()
        return lambda seconds: Resp(path, seconds)
    listener.listen()

    def connect(seconds):
        connection = Resp(path, seconds)
        listener.accept()[0].close()
        return connection
    return connect


@pytest.mark.parametrize("kind", ["no file", "killed", "killed meanwhile"])
@pytest.mark.parametrize("fault", COMMANDS)
def test_a_server_that_was_just_killed_takes_no_command(tmp_path, fault, kind):
    """So this fault was not."""
    nemesis = nemesis_after(fault, Server(nobody(tmp_path, kind), runs_s=0.1))
    assert (nemesis.happened, nemesis.void) == ([], [fault])


def test_a_server_that_runs_and_takes_no_command_is_told(tmp_path):
    [happened] = nemesis_after("client-kill", Server(nobody(tmp_path, "no file"), runs_s=60)).happened
    assert happened.error.startswith("FileNotFoundError")


def test_a_command_whose_connection_is_cut_is_said_again():
    said, cuts = [], [ConnectionResetError(), None]

    class Connection:
        def __call__(self, *words):
            if error := cuts.pop(0):
                raise error
            said.append(words)

        def close(self):
            pass
    nemesis = nemesis_after("script-flush", Server(lambda seconds: Connection(), runs_s=60))
    assert [h.error for h in nemesis.happened] == [""] and said == [("SCRIPT", "FLUSH")]


def test_a_command_that_is_refused_is_told():
    def refuse(seconds):
        raise RespError("NOPERM")
    assert nemesis_after("client-kill", Server(refuse, runs_s=60)).happened[0].error == "RespError: NOPERM"


def test_a_server_that_loads_its_data_takes_no_command():
    def refuse(seconds):
        raise RespError("LOADING Redis is loading the dataset in memory")
    assert nemesis_after("client-kill", Server(refuse, runs_s=60)).void == ["client-kill"]
