"""A Redis that is killed comes back with what it had, under the users that we ship."""
from redis_fleet import make_redis, password_of


def test_a_killed_redis_comes_back_with_its_books(tmp_path):
    with make_redis("one", tmp_path, persist=True) as redis:
        server = redis.servers[0]
        gateway = server.connect()
        gateway("AUTH", "gateway", password_of("gateway"))
        # what a script writes is a MULTI in the file that is read at the start
        gateway("EVAL", "redis.call('HSET', KEYS[1], 'spent', 1) redis.call('HSET', KEYS[1], 'n', 2)",
                1, "sr:1:{o:acme}:budget:org:acme:t")
        server.kill()
        server.start()
        assert redis.client.hash("sr:1:{o:acme}:budget:org:acme:t") == {"spent": "1", "n": "2"}
        assert redis.refused() == []
