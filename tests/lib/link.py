"""link.py -- the network between a process and Redis: a proxy that can stop delivering.

What is held is not lost. It arrives when the link is whole again, as after a partition: late words
of somebody who was given up long ago.
"""
import selectors
import socket
import threading
import time


ANSWERED_S = 1.0  # so soon Redis has answered what came late


class _Pipe:
    """One direction of one connection."""

    def __init__(self, source, sink, asks):
        self.source, self.sink, self.asks = source, sink, asks
        self.late = b""
        self.ended = False


class Link:
    """Listens on 127.0.0.1; connections go to the unix socket `path`."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.RLock()
        self.pipes = []
        self.held = False
        self.hold_at = None  # bytes: hold as soon as the process says them
        self.held_since = None
        self.cut_at = None   # (bytes, times): the connection that says them so often is cut, once
        self.said_late = b""   # by the process, while it was held
        self.heard_late = b""  # by Redis, of what was late
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return "redis://127.0.0.1:%d" % self.port

    def hold(self, at=None):
        """Deliver nothing any more, either way; with `at`, from the moment these words are said."""
        with self.lock:
            if at:
                self.hold_at = at
            else:
                self._hold()

    def _hold(self):
        self.held, self.hold_at, self.held_since = True, None, time.time()

    def release(self):
        """Deliver what is late, then go on as before."""
        with self.lock:
            self.held = False
            for pipe in list(self.pipes):
                late, pipe.late = pipe.late, b""
                if late and pipe.asks:
                    self.said_late += late
                    self._answer_late(pipe, late)
                else:
                    self._send(pipe, late)

    def _answer_late(self, pipe, late):
        """The process may have hung up long ago: Redis works off what was said all the same."""
        back = next((p for p in self.pipes if p.source is pipe.sink), None)
        self._send(pipe, late)
        if not back:
            return
        back.source.settimeout(0.3)
        until = time.monotonic() + ANSWERED_S
        try:
            while time.monotonic() < until:  # who has subscribed hears something all the time
                data = back.source.recv(65536)
                if not data:
                    break
                self.heard_late += data
                self._send(back, data)
        except OSError:
            pass
        finally:
            back.source.settimeout(None)
        if pipe.ended:
            self._close(pipe)

    @staticmethod
    def _send(pipe, data):
        try:
            pipe.sink.sendall(data)
        except OSError:
            pass

    def _run(self):
        while self.running:
            for key, _ in self.selector.select(0.2):
                with self.lock:
                    if key.fileobj is self.listener:
                        self._accept()
                    elif key.data in self.pipes:
                        self._move(key.data)

    def _accept(self):
        near, _ = self.listener.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.path)
        except OSError:  # nobody is there
            near.close()
            return
        for pipe in _Pipe(near, far, True), _Pipe(far, near, False):
            self.pipes.append(pipe)
            self.selector.register(pipe.source, selectors.EVENT_READ, pipe)

    def _move(self, pipe):
        try:
            data = pipe.source.recv(1 << 20)
        except OSError:
            data = b""
        if self.hold_at and pipe.asks and self.hold_at in data:
            self._hold()
        if self.cut_at and pipe.asks and data.count(self.cut_at[0]) >= self.cut_at[1]:
            self.cut_at = None
            self._close(pipe)
        elif not data:
            self._ended(pipe)
        elif self.held:
            pipe.late += data
        else:
            self._send(pipe, data)

    def _ended(self, pipe):
        """What its end said before is delivered all the same, when the link is whole again."""
        pipe.ended = True
        self.selector.unregister(pipe.source)
        if not pipe.late:
            self._close(pipe)

    def _close(self, pipe):
        for other in [p for p in self.pipes if p.source in (pipe.source, pipe.sink)]:
            self.pipes.remove(other)
            if not other.ended:
                self.selector.unregister(other.source)
            other.source.close()

    def close(self):
        self.running = False
        self.thread.join()
        with self.lock:
            for pipe in self.pipes:
                pipe.source.close()
            self.listener.close()
            self.selector.close()
