"""Real calls through a real Kafka broker: every delivery is accounted for, and three readers agree byte for byte."""
import os
import subprocess
import unittest

import harness
import oakland
import stage
from configs import recorded_config

NIGHT = ("2023-06-18T18:00:00", "2023-06-19T06:00:00")


class Oakland(unittest.TestCase):
    """FUSIOND_OAKLAND=all plays the whole data set instead of one night."""

    def setUp(self):
        self.folder = harness.temp_folder("oakland")
        self.addCleanup(harness.drop_folder, self.folder)
        self.broker = harness.Broker(self.folder / "kafka").start()
        self.addCleanup(self.broker.stop)

    def test_every_delivery_is_accounted_for_and_the_readers_agree(self):
        span = (None, None) if os.environ.get("FUSIOND_OAKLAND") == "all" else NIGHT
        deliveries = oakland.deliveries(*span)
        counts = stage.record(deliveries, self.folder / "feeds")
        daemon = harness.Daemon(self.folder / "run", recorded_config(self.folder, counts, bus="kafka", bootstrap=self.broker.bootstrap)).start()
        self.addCleanup(daemon.stop)
        harness.wait_until_done(daemon, sum(counts.values()), seconds=900)
        report = harness.account(daemon)
        print("\n" + harness.account_text(report), flush=True)
        self.assertEqual(report["deliveries"], len(deliveries))
        self.assertEqual(report["deliveries"], report["parts"], "each delivery of this feed holds one row")
        self.assertEqual(report["parts"], report["accepted"] + report["quarantined"] + report["skipped"])
        self.assertEqual(report["accepted"], sum(report["verdicts"].values()))
        daemon.stop()
        ours = subprocess.run([harness.FUSIOND, "tail", "--bootstrap", self.broker.bootstrap, "--until-end", "--state"], check=True, capture_output=True, text=True).stdout
        self.assertGreater(len(ours.splitlines()), 100)
        self.assertEqual(ours, self.python_consumer(), "the Python consumer ends with other incidents than fusiond tail")
        self.assertEqual(ours, self.cpp_consumer(), "the C++ consumer ends with other incidents than fusiond tail")

    def python_consumer(self):
        generated = self.folder / "pb"
        generated.mkdir()
        subprocess.run(["protoc", "-I", harness.ROOT / "proto", f"--python_out={generated}", "fusiond/v1/event.proto", "fusiond/v1/incident.proto", "fusiond/v1/word.proto"], check=True,
                       cwd=harness.ROOT / "proto")
        return subprocess.run([harness.PYTHON, harness.ROOT / "deploy/examples/python_consumer/consume.py", "--bootstrap", self.broker.bootstrap, "--proto", generated,
                               "--until-end", "--state"], check=True, capture_output=True, text=True).stdout

    def cpp_consumer(self):
        return subprocess.run([harness.BUILD / "bin" / "example_consumer", "--bootstrap", self.broker.bootstrap, "--until-end", "--state"], check=True,
                              capture_output=True, text=True).stdout


if __name__ == "__main__":
    unittest.main(verbosity=2)
