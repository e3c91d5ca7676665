"""`make nights`: so many seeded nights on SQLite or PostgreSQL; what does not hold is told with its seed."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # forked processes may not share a team of threads


def main() -> int:
    from scripts.postgres_server import PostgresServer
    from tests.nights.night import begin, every_operation, nights
    from tests.nights.plants import PLANTS
    from tests.nights.world import World, checks_of_earlier_runs

    given = argparse.ArgumentParser(prog="python -m tests.nights", description=__doc__)
    given.add_argument("--nights", type=int, default=20, metavar="N")
    given.add_argument("--seed", type=int, default=0, metavar="SEED", help="of the first night")
    given.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    given.add_argument("--plant", help="with this bug of plants.py, which some night must find: then it ends with 0")
    given.add_argument("--every-operation", type=float, metavar="SHARE", help="instead: this share of all operations")
    told = given.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.disable(logging.ERROR)  # every fault is told many times over
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    counts: Counter[str] = Counter()
    failed, begun = 0, 0.0
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nights-")))
        url = None
        if told.database == "postgres":
            url = stack.enter_context(PostgresServer()).url
        stack.enter_context(checks_of_earlier_runs())
        world = World(base / "world", url)
        stack.callback(world.end)
        begin(world)
        begun = _processor()
        if told.plant:
            stack.enter_context(PLANTS[told.plant]())
        stack.enter_context(suppress(KeyboardInterrupt))  # whoever has seen enough gets the sum
        if told.every_operation is not None:
            for how, wrong in every_operation(world, told.seed, told.every_operation):
                counts[how] += 1
                if counts[how] % 100 == 0:
                    print(f"{dict(counts)}, {_processor() - begun:.0f} s of processor", flush=True)
                if wrong:
                    failed += 1
                    print(f"FAILED at commit {commit} on {told.database}: {wrong}", flush=True)
        else:
            for seed, night, wrong in nights(world, told.seed, told.nights):
                counts["nights"] += 1
                counts += night.counts if night else Counter()
                if wrong:
                    failed += 1
                    again = f"make nights N=1 SEED={seed} DATABASE={told.database}"
                    print(
                        f"FAILED seed {seed}, night {counts['nights']}, commit {commit}\n  {again}\n  {wrong}",
                        flush=True,
                    )
                elif counts["nights"] % 25 == 0:
                    print(
                        f"{counts['nights']} nights, {_processor() - begun:.0f} s of processor, {dict(counts)}",
                        flush=True,
                    )
    spent = f"{begun:.0f} s of processor to begin, {_processor() - begun:.0f} s then"
    print(f"{dict(counts)} on {told.database}, commit {commit}, {failed} failed, {spent}")
    return 1 if failed or told.plant else 0


def _processor() -> float:
    """Seconds of processor, those of forked processes too; PostgreSQL's are its own."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    sys.exit(main())
