"""kill -9 at random points: the same incidents as an undisturbed run, and no (epoch, revision) with two contents. On the embedded log and on Kafka."""
import os
import random
import time
import unittest

import harness
import oakland
import stage
from configs import recorded_config

KILLS = int(os.environ.get("FUSIOND_KILLS", "20"))
SEED = int(os.environ.get("FUSIOND_SEED", str(random.SystemRandom().randrange(1 << 30))))
SPAN = ("2023-06-13T00:00:00", "2023-06-27T00:00:00")
# Nothing is forgotten during the run: a restart after that gives old incidents other reasons (daemon/fusion/README.md, "Forgetting").
REMEMBER = "route: {remember_h: 8000}\n"


class Kill9(unittest.TestCase):
    def setUp(self):
        self.folder = harness.temp_folder("kill9")
        self.addCleanup(harness.drop_folder, self.folder)
        self.rng = random.Random(SEED)
        self.counts = stage.record(oakland.deliveries(*SPAN), self.folder / "feeds")

    def daemon(self, name, bus, bootstrap="127.0.0.1:9"):
        daemon = harness.Daemon(self.folder / name, recorded_config(self.folder, self.counts, bus=bus, bootstrap=bootstrap, extra=REMEMBER, rules=True)
                                .replace(str(self.folder / "state"), str(self.folder / name / "state")))
        self.addCleanup(lambda: daemon.process and daemon.process.poll() is None and daemon.kill())
        return daemon

    def undisturbed(self, bus, bootstrap):
        daemon = self.daemon("calm", bus, bootstrap).start()
        harness.wait_until_done(daemon, sum(self.counts.values()), 300)
        daemon.stop()
        return harness.tail(daemon, "--canonical")

    def disturbed(self, bus, bootstrap):
        daemon = self.daemon("killed", bus, bootstrap)
        moments = []
        for kill in range(KILLS):
            daemon.start()
            # By turns anywhere from the start on, and while it works, however long the start takes on this machine.
            if kill % 2 == 0:
                self.wait_for_commit(daemon)
            moment = self.rng.uniform(0.0, 0.3 if kill % 2 == 0 else 0.6)
            time.sleep(moment)
            moments.append((kill % 2 == 0, round(moment, 3), int(daemon.total("fusiond_commits_total"))))
            daemon.kill()
        print(f"\nkilled {KILLS} times (after a first commit or the start, seconds, commits by then): {moments}", flush=True)
        daemon.start()
        harness.wait_until_idle(daemon, 300)
        daemon.stop()
        return harness.tail(daemon, "--canonical"), harness.tail(daemon, "--records")

    @staticmethod
    def wait_for_commit(daemon):
        """Until this process has committed something, or has nothing left to commit."""
        harness.wait_until("a first commit", lambda: daemon.total("fusiond_commits_total") > 0 or harness.idle(daemon), 60, every=0.005)

    def check(self, calm, killed, records):
        contents = {}
        for line in records.splitlines():
            incident, epoch, revision, value = line.split(" ")
            held = contents.setdefault((incident, epoch, revision), value)
            self.assertEqual(held, value, f"two contents for {incident} epoch {epoch} revision {revision}; FUSIOND_SEED={SEED}")
        self.assertGreater(len(calm.splitlines()), 1000)
        self.assertGreater(len({epoch for _, epoch, _ in contents}), 1, "no kill hit a running shard")
        self.assertEqual(calm, killed, f"other incidents than an undisturbed run; replay with FUSIOND_SEED={SEED}")

    def test_embedded(self):
        calm = self.undisturbed("embedded", "127.0.0.1:9")
        self.check(calm, *self.disturbed("embedded", "127.0.0.1:9"))

    def test_kafka(self):
        calm_broker = harness.Broker(self.folder / "kafka-calm").start()
        self.addCleanup(calm_broker.stop)
        calm = self.undisturbed("kafka", calm_broker.bootstrap)
        calm_broker.stop()
        broker = harness.Broker(self.folder / "kafka").start()
        self.addCleanup(broker.stop)
        self.check(calm, *self.disturbed("kafka", broker.bootstrap))


if __name__ == "__main__":
    unittest.main(verbosity=2)
