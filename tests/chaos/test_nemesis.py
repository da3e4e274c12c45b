"""Faults that meet: one of them finds already broken what it was to break."""
import asyncio
import socket
from types import SimpleNamespace

import pytest

from nemesis import BY_NAME, Nemesis
from plan import Event
from resp import Resp, RespError

COMMANDS = [name for name, fault in BY_NAME.items() if fault.kind == "redis"]


def what_happened(fault, connect):
    """to it, where servers are connected to like this"""
    world = SimpleNamespace(some_server=lambda rnd: SimpleNamespace(connect=connect))
    nemesis = Nemesis(world, SimpleNamespace(events=[Event(0.0, fault, 0.0, 1)]))
    asyncio.run(nemesis.run(0.0))
    return nemesis.happened


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
    [happened] = what_happened(fault, nobody(tmp_path, kind))
    assert (happened.fault, happened.error) == (fault, "")


def test_a_command_that_is_refused_is_told():
    def refuse(seconds):
        raise RespError("NOPERM")
    assert what_happened("client-kill", refuse)[0].error == "RespError: NOPERM"
