"""resp.py -- a small Redis client for tests: one socket, one reply a command."""
import socket


class RespError(Exception):
    pass


class Resp:
    """place: the path of a unix socket, or (host, port). seconds: for each reply; None = for ever"""

    def __init__(self, place, seconds=None):
        is_path = isinstance(place, str)
        self.socket = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(place)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def __call__(self, *args):
        parts = [b"*%d\r\n" % len(args)]
        for arg in args:
            data = arg if isinstance(arg, bytes) else str(arg).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))
        return self._reply()

    def _reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RespError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            return None if n < 0 else self.file.read(n + 2)[:-2].decode("utf-8", "replace")
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        raise RespError("odd reply %r" % line)

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def keys(self, pattern):
        cursor, found = "0", []
        while True:
            cursor, some = self("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            found += some
            if cursor == "0":
                return found
