#!/usr/bin/env python3
"""deploy/broker: a real Kafka that keeps what it acknowledged through kill -9, and ends when it should.

Runs itself again under the Python that has confluent-kafka; without Kafka installed it is skipped (exit code 77).
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def variable(name):
    command = f'. deploy/env && printf %s "${name}"'
    return subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def call(script, *arguments, check=True):
    return subprocess.run([ROOT / "deploy/broker" / script, *arguments], capture_output=True, text=True, check=check, timeout=150)


class Broker(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = f"{folder.name}/kafka"
        self.addCleanup(call, "stop", "--data", self.data, "--crash")

    def start(self, *arguments):
        line = call("start", "--data", self.data, *arguments).stdout
        return dict(part.split("=", 1) for part in line.split())

    def test_acknowledged_records_survive_a_crash_on_the_same_port(self):
        from confluent_kafka import Consumer, Producer
        from confluent_kafka.admin import AdminClient, NewTopic
        first = self.start("--port", "0", "--fresh")
        admin = AdminClient({"bootstrap.servers": first["bootstrap"], "log_level": 2})
        admin.create_topics([NewTopic("reports", 1, 1)])["reports"].result(30)
        producer = Producer({"bootstrap.servers": first["bootstrap"], "enable.idempotence": True, "log_level": 2})
        for number in range(100):
            producer.produce("reports", key=str(number))
        self.assertEqual(producer.flush(30), 0)
        call("stop", "--data", self.data, "--crash")
        again = self.start()
        self.assertEqual(again["bootstrap"], first["bootstrap"])
        self.assertNotEqual(again["pid"], first["pid"])
        consumer = Consumer({"bootstrap.servers": again["bootstrap"], "group.id": "t", "auto.offset.reset": "earliest"})
        self.addCleanup(consumer.close)
        consumer.subscribe(["reports"])
        keys, deadline = [], time.monotonic() + 60
        while len(keys) < 100 and time.monotonic() < deadline:
            record = consumer.poll(1)
            if record is not None and record.error() is None:
                keys.append(int(record.key()))
        self.assertEqual(keys, list(range(100)))

    def test_it_ends_with_its_owner(self):
        owner = subprocess.Popen(["sleep", "300"])
        self.addCleanup(owner.kill)
        started = self.start("--port", "0", "--until", str(owner.pid))
        owner.kill()
        owner.wait()
        deadline = time.monotonic() + 60
        while (Path("/proc") / started["pid"] / "cmdline").exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertFalse((Path("/proc") / started["pid"] / "exe").exists())

    def test_a_second_start_in_the_same_folder_is_refused(self):
        self.start("--port", "0")
        refused = call("start", "--data", self.data, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("already running", refused.stderr)

    def test_stopping_what_does_not_run_is_fine_and_wipe_removes_the_folder(self):
        self.assertEqual(call("stop", "--data", self.data).returncode, 0)
        Path(self.data).mkdir()
        self.assertEqual(call("stop", "--data", self.data, "--wipe").returncode, 0)
        self.assertFalse(Path(self.data).exists())

    def test_an_unknown_argument_is_named(self):
        refused = call("start", "--prot", "1", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--prot", refused.stderr)


if __name__ == "__main__":
    if not Path(variable("FUSIOND_KAFKA_LIBS"), ".complete").exists() or not Path(variable("FUSIOND_PYTHON")).exists():
        print("Kafka or its Python client is not installed; run: deploy/install broker")
        sys.exit(77)
    if os.path.realpath(sys.prefix) != os.path.realpath(Path(variable("FUSIOND_PYTHON")).parent.parent):
        os.execv(variable("FUSIOND_PYTHON"), [variable("FUSIOND_PYTHON"), *sys.argv])
    unittest.main()
