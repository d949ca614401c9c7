"""What a real broker and its machine do to fusiond: killed, frozen, full, its topics changed under our feet. Each time the incidents of an undisturbed run, or a loss that shows."""
import os
import random
import signal
import subprocess
import time
import unittest

import harness
import oakland
import stage
from configs import recorded_config

SPAN = ("2023-06-18T18:00:00", "2023-06-19T06:00:00")
PARTS = 6  # in which the feed comes
SEED = int(os.environ.get("FUSIOND_SEED", str(random.SystemRandom().randrange(1 << 30))))
# Nothing is forgotten during the run: a restart after that gives old incidents other reasons (daemon/fusion/README.md, "Forgetting").
REMEMBER = "route: {remember_h: 8000}\n"


class BrokerFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = harness.temp_folder("broker-faults")
        cls.addClassCleanup(harness.drop_folder, cls.top)
        cls.counts = stage.record(oakland.deliveries(*SPAN), cls.top / "feeds")
        cls.lines = {name: (cls.top / "feeds" / f"{name}.jsonl").read_text().splitlines(keepends=True) for name in cls.counts}
        calm = harness.Daemon(cls.top / "calm", recorded_config(cls.top, cls.counts, extra=REMEMBER)).start()
        cls.addClassCleanup(lambda: calm.process.poll() is None and calm.kill())
        harness.wait_until_done(calm, sum(cls.counts.values()), 300)
        calm.stop()
        cls.calm = harness.tail(calm, "--canonical")
        assert len(cls.calm.splitlines()) > 300
        print(f"\n{sum(cls.counts.values())} deliveries, {len(cls.calm.splitlines())} incidents; FUSIOND_SEED={SEED}", flush=True)

    def setUp(self):
        self.rng = random.Random(SEED)
        self.folder = self.top / self.id().rsplit(".", 1)[1]
        (self.folder / "feeds").mkdir(parents=True)
        self.fed = {name: 0 for name in self.counts}
        for name in self.counts:
            (self.folder / "feeds" / f"{name}.jsonl").touch()

    def begin(self, *flags, data=None):
        self.broker = harness.Broker(data or self.folder / "kafka", *flags).start()
        self.addCleanup(self.broker.stop, crash=True)
        self.daemon = harness.Daemon(self.folder / "run", self.config(follow=True)).start()
        self.addCleanup(lambda: self.daemon.process.poll() is None and self.daemon.kill())

    def config(self, follow):
        return recorded_config(self.folder, self.counts, bus="kafka", bootstrap=self.broker.bootstrap, follow=follow, extra=REMEMBER)

    def feed(self, parts=1):
        """The next parts of what the sources say; returns how many deliveries there were so far."""
        for name, lines in self.lines.items():
            until = min(len(lines), self.fed[name] + parts * (len(lines) // PARTS + 1))
            with open(self.folder / "feeds" / f"{name}.jsonl", "a", encoding="utf-8") as file:
                file.writelines(lines[self.fed[name]:until])
            self.fed[name] = until
        return sum(self.fed.values())

    def feed_and_wait(self, parts=1):
        """Until all of it is in the log, fused and published; the daemon runs."""
        before, had = self.daemon.total("fusiond_intake_deliveries_total"), sum(self.fed.values())
        fed = self.feed(parts) - had
        harness.wait_until(f"{fed} more deliveries taken in", lambda: self.daemon.total("fusiond_intake_deliveries_total") >= before + fed, 120, 0.1)
        self.wait_quiet()

    def wait_quiet(self):
        """Until nothing waits any more: not in the spool, not in the log, not in the outbox."""
        calm = [0]

        def check():
            metrics = self.daemon.metrics()
            waiting = [value for (name, _), value in metrics.items() if name in ("fusiond_spool_entries", "fusiond_shard_lag_records", "fusiond_outbox_entries")]
            quiet = len(waiting) >= 5 and sum(waiting) == 0
            calm[0] = calm[0] + 1 if quiet else 0
            return calm[0] >= 3

        harness.wait_until("nothing waits", check, 120, 0.2)

    def health_says(self, check, *words):
        """Waits until a check's message holds all the words; without words until it is ok."""
        last = [None]

        def so():
            last[0] = self.daemon.health()[check]
            return last[0][0] == "ok" if not words else all(word in last[0][1] for word in words)
        try:
            harness.wait_until(f"{check}: {' '.join(words) or 'ok'}", so, 90, 0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said last: {last[0]}\n{self.daemon.log()[-3000:]}") from None
        return last[0][1]

    def admin(self, code, *arguments):
        """Runs a few lines of Python with `admin`, Kafka's own administrator's client, and the words in sys.argv."""
        program = f"import sys\nfrom confluent_kafka import TopicPartition\nfrom confluent_kafka.admin import *\nadmin = AdminClient({{'bootstrap.servers': {self.broker.bootstrap!r}, 'log_level': 2}})\n"
        return subprocess.run([harness.PYTHON, "-c", program + code, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def dead_letters(self, reason):
        """How many there are in the log."""
        return int(self.admin("""
from confluent_kafka import Consumer, KafkaError
consumer = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'test', 'enable.partition.eof': True, 'enable.auto.commit': False})
consumer.assign([TopicPartition('rtcc.deadletter.v1', 0, 0)])
count = 0
while True:
    message = consumer.poll(30)
    if message is None or message.error():
        break
    count += sys.argv[2].encode() in message.value()
print(count)
""", self.broker.bootstrap, reason))

    def finish(self):
        """To the end of the feed, with whoever is left; then the incidents must be those of the undisturbed run."""
        self.feed(PARTS)
        if self.daemon.process.poll() is None:
            self.daemon.stop()
        self.daemon.config.write_text(self.config(follow=False))
        self.daemon.start()
        harness.wait_until_idle(self.daemon, 240)
        self.daemon.stop()
        contents = {}
        for line in harness.tail(self.daemon, "--records").splitlines():
            incident, epoch, revision, value = line.split(" ")
            held = contents.setdefault((incident, epoch, revision), value)
            self.assertEqual(held, value, f"two contents for {incident} epoch {epoch} revision {revision}; FUSIOND_SEED={SEED}")
        self.assertEqual(self.calm, harness.tail(self.daemon, "--canonical"), f"other incidents than an undisturbed run; FUSIOND_SEED={SEED}")

    def test_the_broker_is_killed_while_events_flow(self):
        self.begin()
        for _ in range(3):
            self.feed()
            time.sleep(self.rng.uniform(0, 0.5))
            self.broker.stop(crash=True)
            self.feed()  # it is taken in all the same
            self.broker.start()
        self.finish()

    def test_broker_and_fusiond_are_killed_at_once(self):
        self.begin()
        for _ in range(3):
            self.feed()
            time.sleep(self.rng.uniform(0, 0.5))
            self.broker.kill()
            self.daemon.kill()
            self.broker.wait_until_gone()
            self.broker.start()
            self.daemon.start()
        self.finish()

    def test_fusiond_is_frozen_for_longer_than_any_session_and_wakes(self):
        self.begin()
        self.feed_and_wait()
        self.feed()
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.feed()
        time.sleep(8)
        self.daemon.process.send_signal(signal.SIGCONT)
        self.feed_and_wait()
        self.health_says("bus")
        self.finish()

    def test_the_broker_is_frozen_and_wakes(self):
        self.begin()
        self.feed_and_wait()
        os.kill(self.broker.pid, signal.SIGSTOP)
        self.feed()
        self.health_says("bus", "Kafka broker")
        os.kill(self.broker.pid, signal.SIGCONT)
        self.health_says("bus")
        self.wait_quiet()
        self.finish()

    def test_partitions_are_added_under_our_feet(self):
        self.begin()
        self.feed_and_wait()
        self.admin("admin.create_partitions([NewPartitions('rtcc.events.v1', 3)])['rtcc.events.v1'].result(30)")
        print("\n" + self.health_says("topics", "rtcc.events.v1", "partitions", "3"), flush=True)
        self.feed_and_wait()
        self.daemon.stop()
        self.daemon.start()  # its clients learn of three partitions now ...
        self.feed_and_wait()  # ... and nothing goes where nobody reads
        ends = self.admin("for p in (1, 2): print(list(admin.list_offsets({TopicPartition('rtcc.events.v1', p): OffsetSpec.latest()}).values())[0].result(30).offset)")
        self.assertEqual(ends.split(), ["0", "0"])
        self.finish()

    def test_a_topic_that_was_made_compacted_is_said(self):
        self.begin()
        self.feed_and_wait()
        self.admin("""
resource = ConfigResource(ResourceType.TOPIC, 'rtcc.events.v1', incremental_configs=[ConfigEntry('cleanup.policy', 'compact', incremental_operation=AlterConfigOpType.SET)])
list(admin.incremental_alter_configs([resource]).values())[0].result(30)""")
        print("\n" + self.health_says("topics", "rtcc.events.v1", "cleanup.policy", "compact"), flush=True)
        self.admin("""
resource = ConfigResource(ResourceType.TOPIC, 'rtcc.events.v1', incremental_configs=[ConfigEntry('cleanup.policy', 'delete', incremental_operation=AlterConfigOpType.SET)])
list(admin.incremental_alter_configs([resource]).values())[0].result(30)""")
        self.health_says("topics")
        self.finish()

    def test_records_cut_off_before_they_were_read_are_a_gap_that_shows(self):
        self.begin()
        self.feed_and_wait()
        self.daemon.stop()
        # Only intake runs, so that what it appends is not read before it is cut off.
        self.daemon.start("--roles", "intake")
        before, had = self.daemon.total("fusiond_forwarder_confirmed_total"), sum(self.fed.values())
        fed = self.feed() - had
        harness.wait_until("it is in the log", lambda: self.daemon.total("fusiond_forwarder_confirmed_total") >= before + fed, 60)
        end = int(self.admin("print(list(admin.list_offsets({TopicPartition('rtcc.events.v1', 0): OffsetSpec.latest()}).values())[0].result(30).offset)"))
        self.admin("list(admin.delete_records([TopicPartition('rtcc.events.v1', 0, int(sys.argv[1]))]).values())[0].result(30)", end - 5)
        self.daemon.stop()
        self.daemon.start()
        self.feed_and_wait()
        print("\n" + self.health_says("shard", "gone before they were read"), flush=True)
        self.assertGreaterEqual(self.daemon.total("fusiond_log_missed_records_total"), fed - 5)
        self.assertEqual(self.daemon.total("fusiond_shard_dead_letters_total", reason="missed"), 1)
        self.assertEqual(self.dead_letters("missed"), 1)
        self.daemon.stop()
        self.daemon.start()  # the state is behind the gap for good
        self.wait_quiet()
        self.assertEqual(self.daemon.total("fusiond_log_missed_records_total"), 0)
        self.daemon.stop()

    def test_a_log_that_is_not_the_state_s_stops_the_shard(self):
        self.begin()
        self.feed_and_wait()
        self.daemon.stop()
        self.broker.stop()
        self.broker = harness.Broker(self.folder / "other").start()
        self.addCleanup(self.broker.stop, crash=True)
        self.daemon.config.write_text(self.config(follow=True))
        self.daemon.start()
        self.health_says("shard", "do not belong together")
        self.assertEqual(self.daemon.health()["shard"][0], "down")

    def test_the_broker_s_disk_is_full(self):
        if os.geteuid() != 0:
            self.fail("a small file system can be mounted by root only; run this as root")
        disk = self.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        small = ("--set", "log.segment.bytes=1048576", "--set", "log.index.size.max.bytes=65536", "--set", "metadata.log.segment.bytes=8388608")
        self.begin(*small, data=disk / "kafka")
        self.feed_and_wait()
        filler = disk / "filler"
        with open(filler, "wb") as file:  # all but nothing is left
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass
        self.feed(2)
        self.health_says("bus", "Kafka broker")
        self.assertGreater(self.daemon.total("fusiond_spool_entries"), 0)
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        filler.unlink()
        self.broker.stop(crash=True)
        self.broker.start()
        self.health_says("bus")
        self.wait_quiet()
        self.finish()


if __name__ == "__main__":
    unittest.main(verbosity=2)
