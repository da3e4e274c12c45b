"""How long decisions take, on the build that users get. A machine that has other work is asked again:
what is slow by itself is slow each time.
"""
import os
import subprocess

BUILD = os.environ["SR_BUILD"]
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TRIES = 3


def test_a_decision():
    """16 candidates, 1 KiB, features and task included: 99 of 100 within 40 us, and nothing is
    allocated outside the request's arena."""
    program = os.path.join(BUILD, "tests/bench/decide")
    for _ in range(TRIES):
        done = subprocess.run([program, os.path.join(TOP, "tests/bench/decide.yaml"),
                               os.path.join(TOP, "conf/task.model"), "--limit-us", "40"],
                              capture_output=True, text=True)
        print(done.stdout, done.stderr)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stdout + done.stderr
