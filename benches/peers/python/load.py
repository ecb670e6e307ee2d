"""Load on redis-py: the same arguments and the same line of JSON as the other subjects.

A reply is checked for its length, as everywhere. Tasks share a client, whose pool has a connection for each of
them: redis-py does not share connections.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time

import redis
import redis.asyncio


def plan():
    flavour, name, *options = sys.argv[1:]
    options = dict(option.split("=", 1) for option in options)
    workload, _, count = name.partition(":")
    return flavour, workload, int(count or 0), options


def arguments(options):
    if "socket" in options:
        return {"unix_socket_path": options["socket"], "decode_responses": True}
    host, port = options["address"].rsplit(":", 1)
    return {"host": host, "port": int(port), "decode_responses": True, "socket_timeout": 5}


def operation(r, workload, count):
    """A function that does the operation, and the length that its reply has."""
    if workload == "get":
        return lambda: r.get(f"value:{count}"), count
    if workload == "set":
        value = ("0123456789abcdef" * (count // 16 + 1))[:count]
        return lambda: r.set(f"written:{count}", value), None
    if workload == "mget":
        keys = [f"many:{number:02}" for number in range(count)]
        return lambda: r.mget(keys), count
    if workload == "hgetall":
        return lambda: r.hgetall(f"hash:{count}"), count
    if workload == "lrange":
        return lambda: r.lrange(f"list:{count}", 0, -1), count
    if workload == "xrange":
        return lambda: r.xrange(f"stream:{count}"), count
    if workload == "zrange":
        return lambda: r.zrange(f"zset:{count}", 0, -1, withscores=True), count
    if workload == "pipeline":

        def pipeline():
            pipe = r.pipeline(transaction=False)
            for _ in range(count):
                pipe.get("value:16")
            return pipe.execute()

        return pipeline, count
    sys.exit(f"unsupported: {workload}")


def check(reply, expected):
    if expected is not None and len(reply) != expected:
        sys.exit("another reply than the server has")


def report(operations, wall, cpu, latencies):
    latencies.sort()

    def quantile(part):
        return latencies[min(len(latencies) - 1, int(len(latencies) * part))] if latencies else 0

    print(
        json.dumps(
            {
                "operations": operations,
                "wall_ns": wall,
                "cpu_ns": cpu,
                "allocations": 0,
                "allocated": 0,
                "p50_ns": quantile(0.5),
                "p99_ns": quantile(0.99),
                "p999_ns": quantile(0.999),
                "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
        )
    )


def times(options):
    return [int(options.get(name, 500)) / 1000 for name in ("warmup", "milliseconds")]


def blocking(workload, count, options):
    threads = int(options.get("threads", 1))
    r = redis.Redis(**arguments(options))
    do, expected = operation(r, workload, count)
    for seconds in times(options):
        latencies, operations = [], [0] * threads

        def run(number):
            end = time.perf_counter_ns() + int(seconds * 1e9)
            now = time.perf_counter_ns()
            while now < end:
                check(do(), expected)
                operations[number] += 1
                then, now = now, time.perf_counter_ns()
                latencies.append(now - then)

        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        measured = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    report(sum(operations), *measured, latencies)


async def nonblocking(workload, count, options):
    tasks = int(options.get("tasks", 1))
    pool = redis.asyncio.BlockingConnectionPool(
        max_connections=min(tasks, 256), timeout=None, **arguments(options)
    )
    r = redis.asyncio.Redis(connection_pool=pool)
    do, expected = operation(r, workload, count)
    for seconds in times(options):
        latencies, operations = [], 0
        end = time.perf_counter_ns() + int(seconds * 1e9)

        async def run():
            nonlocal operations
            now = time.perf_counter_ns()
            while now < end:
                check(await do(), expected)
                operations += 1
                then, now = now, time.perf_counter_ns()
                latencies.append(now - then)

        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        await asyncio.gather(*(run() for _ in range(tasks)))
        measured = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    report(operations, *measured, latencies)
    await r.aclose()


def main():
    flavour, workload, count, options = plan()
    if "cores" in options:
        os.sched_setaffinity(0, {int(core) for core in options["cores"].split(",")})
    if flavour == "blocking":
        blocking(workload, count, options)
    else:
        asyncio.run(nonblocking(workload, count, options))


main()
