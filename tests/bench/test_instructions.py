"""The parts of a request that touch no socket take no more instructions than they did."""
import instructions


def test_no_part_has_grown():
    assert instructions.check() == []
