"""measure.py -- what a process costs, read from /proc: processor time to the nanosecond, memory,
writes. Of a whole tree of processes, because some targets are one process and some are many.
"""
import os
import re


def tree(pid):
    """The process and all its descendants that live."""
    found, more = [], [pid]
    while more:
        one = more.pop()
        found.append(one)
        try:
            for task in os.listdir("/proc/%d/task" % one):
                with open("/proc/%d/task/%s/children" % (one, task)) as f:
                    more += [int(child) for child in f.read().split()]
        except OSError:
            found.remove(one)  # it has ended
    return found


def tasks(pid):
    for process in tree(pid):
        try:
            for task in os.listdir("/proc/%d/task" % process):
                yield process, int(task)
        except OSError:
            pass


def pin(pid, cpus):
    for _, task in tasks(pid):
        os.sched_setaffinity(task, cpus)


def cpu_us(pid):
    """User and system time of the tree, since it began. Threads that have ended are not in it."""
    total = 0
    for process, task in tasks(pid):
        try:
            with open("/proc/%d/task/%d/schedstat" % (process, task)) as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total / 1000


def memory_kb(pid):
    """Proportional set size: what the tree takes of the machine, shared pages counted once."""
    total = 0
    for process in tree(pid):
        with open("/proc/%d/smaps_rollup" % process) as f:
            total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
    return total


def peak_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"^VmHWM:\s+(\d+)", f.read(), re.M).group(1))


def forget_peak(pid):
    with open("/proc/%d/clear_refs" % pid, "w") as f:
        f.write("5")


def writes(pid):
    """write() and its kin of the tree: hiredis and files use them, the HTTP libraries send()."""
    total = 0
    for process in tree(pid):
        with open("/proc/%d/io" % process) as f:
            total += int(re.search(r"^syscw: (\d+)", f.read(), re.M).group(1))
    return total


class RedisUse:
    """What a Redis did between two looks at it."""

    def __init__(self, redis):
        self.redis = redis
        self.before = self._look()

    def _look(self):
        text = self.redis("INFO", "commandstats")
        text = text.decode() if isinstance(text, bytes) else text
        calls = us = 0
        for name, n, time in re.findall(r"cmdstat_(\w+):calls=(\d+),usec=(\d+)", text):
            if name in ("evalsha", "eval", "fcall"):
                calls, us = calls + int(n), us + int(time)
        stats = self.redis("INFO", "stats")
        stats = stats.decode() if isinstance(stats, bytes) else stats
        reads = int(re.search(r"total_reads_processed:(\d+)", stats).group(1))
        return calls, us, reads

    def per_request(self, requests):
        calls, us, reads = (b - a for a, b in zip(self.before, self._look()))
        return {"script_calls": calls / requests, "us_per_call": us / max(calls, 1),
                "redis_reads": reads / requests}
