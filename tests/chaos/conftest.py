"""Chaos runs what users get: the release build, unless SR_BUILD names another."""
import os
import resource
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

for folder in ("../load", "../lib"):
    sys.path.insert(0, os.path.join(HERE, folder))
os.environ.setdefault("SR_BUILD", os.path.join(HERE, "../../build/release"))
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
