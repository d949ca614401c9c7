"""A state on disk from outside: snapshots of a running fusiond, lost and damaged folders, putting a snapshot back. The incidents are the same each time."""
import datetime
import json
import shutil
import subprocess
import unittest

import harness
from configs import live_config

FIRST, MORE = 40, 20


def alert(number):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"alert_id": f"A{number}", "type": "multiple", "occurred_at": now, "lat": 40.0 + number / 100, "lon": -98.99, "radius_m": 25})


def state(*words, code=0):
    done = subprocess.run([harness.FUSIOND, "state", *[str(word) for word in words]], capture_output=True, text=True)
    assert done.returncode == code, f"{words}: ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


class State(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("state")
        self.addCleanup(harness.drop_folder, self.folder)
        self.shard = self.folder / "state" / "shard-0"
        self.daemon = harness.Daemon(self.folder / "run", live_config(self.folder))
        self.addCleanup(lambda: self.daemon.process and self.daemon.process.poll() is None and self.daemon.kill())

    def post(self, numbers):
        for number in numbers:
            self.assertEqual(self.daemon.post("acoustic", alert(number)), 202)

    def wait_for(self, incidents):
        def check():
            metrics = {name: value for (name, pairs), value in self.daemon.metrics().items() if not pairs}
            return metrics.get("fusiond_incidents_remembered") == incidents and metrics.get("fusiond_outbox_entries") == 0 and metrics.get("fusiond_shard_lag_records") == 0
        harness.wait_until(f"{incidents} incidents, all published", check, 60, 0.2)

    def run_again(self):
        """Starts, waits for all incidents, stops; the incidents as consumers hold them."""
        self.daemon.start()
        self.wait_for(FIRST + MORE)
        self.daemon.stop()
        return harness.tail(self.daemon, "--canonical")

    def log(self):
        return (self.folder / "run" / "fusiond.log").read_text()

    def test_snapshot_loss_and_damage(self):
        snapshot = self.folder / "snapshot"
        self.daemon.start()
        self.post(range(FIRST))
        self.wait_for(FIRST)
        made = json.loads(state("snapshot", "--state", self.folder / "state", "--out", snapshot, "--json"))  # while it runs
        self.assertGreater(made["next_offset"], 0)
        self.assertIn(" good", state("verify", "--state", snapshot))
        self.post(range(FIRST, FIRST + MORE))
        self.wait_for(FIRST + MORE)
        self.daemon.stop()
        calm = harness.tail(self.daemon, "--canonical")
        self.assertEqual(len(calm.splitlines()), FIRST + MORE)
        found = json.loads(state("verify", "--state", self.folder / "state", "--json"))
        self.assertTrue(found["good"], found)
        self.assertEqual((found["incidents"], found["problems"]), (FIRST + MORE, 0))

        # The whole folder is lost: all is read from the log again.
        shutil.rmtree(self.shard)
        self.assertEqual(self.run_again(), calm)
        self.assertIn("the state is new", self.log())

        # The newest snapshot is put back: the log is read from there.
        state("restore", "--state", self.folder / "state", "--from", snapshot, code=2)  # not onto what is there
        shutil.rmtree(self.shard)
        state("restore", "--state", self.folder / "state", "--from", snapshot)
        self.assertEqual(self.run_again(), calm)

        # A byte changes on disk: it is named, and nothing is served from it.
        for path in sorted(self.shard.glob("*.sst")) + sorted(self.shard.glob("*.log")):
            if path.stat().st_size > 200:
                data = bytearray(path.read_bytes())
                data[len(data) // 3] ^= 0x10
                path.write_bytes(data)
        found = json.loads(state("verify", "--state", self.folder / "state", "--json", code=1))
        self.assertFalse(found["good"])
        self.assertTrue(found["found"][0]["what"])
        with self.assertRaises(AssertionError):
            self.daemon.start()
        self.daemon.process.wait()
        self.daemon.process.stdout.close()
        damaged = {path.name: path.read_bytes() for path in self.shard.iterdir() if path.suffix in (".sst", ".log")}
        for name, data in damaged.items():
            self.assertEqual((self.shard / name).read_bytes(), data)  # the bytes are kept
        shutil.move(self.shard, self.folder / "damaged")
        self.assertEqual(self.run_again(), calm)

        # A snapshot that is damaged is not put back.
        table = next(path for path in sorted((snapshot / "shard-0").iterdir()) if path.suffix in (".sst", ".log") and path.stat().st_size > 0)
        table.write_bytes(table.read_bytes()[:-1])
        self.assertIn(table.name, state("restore", "--state", self.folder / "none", "--from", snapshot, code=1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
