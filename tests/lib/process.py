"""process.py -- processes of a test: start, signal, wait for them."""
import os
import signal
import subprocess
import time


def wait_until(check, seconds=10.0, what="something"):
    """The first true answer of check(), or a failure."""
    end = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %.1f s in vain for %s" % (seconds, what))
        time.sleep(0.02)


def preload(source, folder):
    """A file of C as a library for LD_PRELOAD, in the folder of the test."""
    path = os.path.join(folder, os.path.basename(source)[:-len(".c")] + ".so")
    if not os.path.exists(path):
        subprocess.run(["cc", "-shared", "-fPIC", "-o", path, source, "-ldl"], check=True)
    return path


class Process:
    """One process; its output goes to a file of the fleet's folder."""

    def __init__(self, folder, name, argv, env=None, says_url=False):
        self.name, self.argv, self.env, self.says_url = name, argv, env, says_url
        self.out_path = os.path.join(folder, name + ".out")
        self.log_path = os.path.join(folder, name + ".log")
        self.process, self.url = None, None
        self.killed = False  # by the test: then how it ended is no fault
        self.door = None     # a listening socket that it is started with, as systemd does it

    def start(self):
        self.killed = False
        argv, fds = self.argv, []
        if self.door:
            fds = [self.door.fileno()]
            argv = ["bash", "-c", 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"' % fds[0],
                    *argv]
        out = open(self.out_path, "wb")
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=log, pass_fds=fds,
            env={**os.environ, **(self.env or {})})
        out.close()
        log.close()
        if self.says_url:
            self.url = wait_until(self._said, 30, self.name + " to serve")
        return self

    def _said(self):
        if self.process.poll() is not None:
            raise AssertionError("%s ended at once: %s" % (self.name, self.log()[-2000:]))
        with open(self.out_path) as f:
            for line in f:
                if line.startswith("http://") and line.endswith("\n"):
                    return line.strip()
        return None

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.killed |= number == signal.SIGKILL
        self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        """SIGTERM; the exit status, which a sanitizer's findings turn into a failure."""
        if self.process is None:
            return 0
        if self.running():
            self.process.terminate()
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("%s did not stop: %s" % (self.name, self.log()[-2000:]))
        return status


def kill_all(processes):
    processes = list(processes)
    for process in processes:
        process.signal(signal.SIGKILL)
    for process in processes:
        process.process.wait()
