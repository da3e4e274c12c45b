"""Replay recorded vendor exchanges through the dialects and judge what comes out.

The judge is independent of the code under test: what an answer means is read here, in Python,
from the vendor's own bytes (from_*.py), and what the gateway would send is read back from the
OpenAI dialect's output (ours.py). The C side (tests/tools/dialect_pipe) only carries bytes.
"""
