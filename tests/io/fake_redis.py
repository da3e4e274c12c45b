"""fake_redis.py -- a Redis, a node of a Cluster or a Sentinel that answers what a test says."""
import os
import socket
import threading
import time


class Simple(str):
    """A reply like OK, which is no text."""


def wire(reply):
    if isinstance(reply, Simple):
        return b"+%s\r\n" % reply.encode()
    if isinstance(reply, str):
        reply = reply.encode()
    if isinstance(reply, bytes):
        return b"$%d\r\n%s\r\n" % (len(reply), reply)
    if isinstance(reply, int):
        return b":%d\r\n" % reply
    return b"*%d\r\n" % len(reply) + b"".join(wire(r) for r in reply)


class FakeRedis:
    """answers: by the first word of a command, a function of its words or the reply itself. While it
    is `silent`, it takes everything and says nothing."""

    def __init__(self, folder, name, answers=None):
        self.run_id = os.urandom(20).hex()
        self.answers = {"PING": Simple("PONG"), "INFO": self._info, "SUBSCRIBE": self._subscribe,
                        **(answers or {})}
        self.silent, self.heard, self.channels, self.open = False, [], {}, []
        self.path = os.path.join(folder, name + ".sock")
        self.listeners = [socket.create_server(self.path, family=socket.AF_UNIX),
                          socket.create_server(("127.0.0.1", 0))]
        self.place = self.listeners[1].getsockname()
        for listener in self.listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _info(self, *_):
        return "# Server\r\nrun_id:%s\r\nrole:master\r\nmaster_replid2:%s\r\n" % (
            self.run_id, "0" * 40)

    @staticmethod
    def _subscribe(_, *channels):
        return [["subscribe", channel, n + 1] for n, channel in enumerate(channels)]

    def _accept(self, listener):
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        file = s.makefile("rb")
        try:
            while line := file.readline():
                words = [file.read(int(file.readline()[1:]) + 2)[:-2].decode()
                         for _ in range(int(line[1:]))]
                self._answer(s, words)
        except (OSError, ValueError):
            pass

    def _answer(self, s, words):
        self.heard.append((time.monotonic(), words))
        reply = self.answers[words[0]]
        reply = reply(*words) if callable(reply) else reply
        if self.silent:
            return
        if words[0] != "SUBSCRIBE":
            s.sendall(wire(reply))
            return
        self.channels.update((channel, s) for channel in words[1:])
        for one in reply:
            s.sendall(wire(one))

    def say(self, channel, text):
        self.channels[channel].sendall(wire(["message", channel, text]))

    def times(self, *words):
        """When it heard this command."""
        return [at for at, heard in list(self.heard) if heard[:len(words)] == list(words)]

    def cut(self):
        """All its connections."""
        while self.open:
            s = self.open.pop()
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def stop(self):
        for s in self.listeners:
            s.close()
        self.cut()
