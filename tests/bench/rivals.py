"""The `group` job of Flink and of Kafka Streams, as FUSIOND_SHARED/peers has them, over a topic that is filled; what each wrote is checked by citygen's `verify`.

They are built by Maven in a copy of that folder, since it may be read-only; the first time, their jars come from Maven Central (some 300 MB).
"""
import json
import os
import shutil
import subprocess
import sys

LIMIT_S = 300
# name of the row: which program, its words
JOBS = {
    "Kafka Streams, group, exactly once": ("streams", ["group", "exactly_once_v2"]),
    "Flink, group, RocksDB, exactly once": ("flink", ["group", "rocksdb", "eos"]),
    "Flink, group, heap, at least once": ("flink", ["group", "hashmap", "alo"]),
}


class Rivals:
    """folder: for the copy; bins: where citygen's `load` and `verify` are, in a folder `bin`."""

    def __init__(self, peers, folder, bins):
        self.home = folder / "rivals"
        for part in ("flink", "streams", "broker"):
            shutil.copytree(peers / part, self.home / part)
            subprocess.run(["chmod", "-R", "u+w", self.home / part], check=True)
        shutil.copy(peers / "bench.proto", self.home)
        self.variables = {**os.environ, "PEERS_CACHE": str(bins.parent)}

    def run(self, name, broker, topic, events, answer):
        """One run over the first `events` of the topic, which must hold no more; its figures, with the keys of throughput's other rows."""
        program, words = JOBS[name]
        given = ["--in", topic] if program == "flink" else ["--topic", topic, "--events", events]
        command = [self.home / program / "run.sh", *words, "--broker", broker.bootstrap, "--answer", answer, "--limit", LIMIT_S, *given]
        done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, env=self.variables)
        if done.returncode != 0 or "{" not in done.stdout:
            sys.exit(f"rivals: {name} ended with {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        found = json.loads(done.stdout[done.stdout.index("{"):])
        return self.of_flink(found) if program == "flink" else self.of_streams(found)

    @staticmethod
    def of_flink(found):
        if found["verify_rc"] != 0:
            sys.exit(f"rivals: Flink's answer is wrong: {found}")
        words = dict(word.split("=") for word in found["verify"].split() if "=" in word)
        return {"events": found["events"], "per_second": found["per_s"], "per_cpu_second": found["per_cpu_s"], "peak_mib": found["peak_rss_mib"],
                "written": float(words["records"]), "neighbours": found["mean_neighbours"]}

    @staticmethod
    def of_streams(found):
        run, check = found["run"], found["check"]
        if not run["done"] or check.get("missing", "0") != "0" or check.get("doubled", "0") != "0":
            sys.exit(f"rivals: Kafka Streams' answer is wrong: {found}")
        return {"events": run["events"], "per_second": run["ev_s"], "per_cpu_second": run["ev_cpu_s"], "peak_mib": run["peak_rss_mib"],
                "written": float(check["records"]), "neighbours": run["neighbours"]}
