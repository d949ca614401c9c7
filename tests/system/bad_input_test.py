"""What feeds really send when they break: counted under a named reason, kept on the dead letters with its bytes, and everything else goes on."""
import datetime
import json
import time
import subprocess
import unittest

import harness
from configs import live_config


def alert(number, **changes):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"alert_id": f"A{number}", "type": "multiple", "occurred_at": now, "lat": 40.01, "lon": -98.99, "radius_m": 25}
    body.update(changes)
    return json.dumps(body)


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = harness.temp_folder("bad-input")
        cls.daemon = harness.Daemon(cls.folder / "run", live_config(cls.folder)).start()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.stop()
        harness.drop_folder(cls.folder)

    def incidents(self):
        """Those on the page; none while the console has not read the log yet (it answers 503)."""
        return self.daemon.get_json("/api/v1/incidents").get("incidents", [])

    def reasons(self):
        return harness.account(self.daemon)["quarantined_by_reason"]

    def quarantined_as(self, reason, body):
        before = self.reasons().get(reason, 0)
        self.assertIn(self.daemon.post("acoustic", body), (200, 202, 413), "the receiver must answer")
        harness.wait_until(f"counted as {reason}; reasons are {self.reasons()}", lambda: self.reasons().get(reason, 0) > before, 10)

    def goes_on(self, number):
        """A good alert still becomes an incident."""
        self.assertEqual(self.daemon.post("acoustic", alert(number)), 202)
        harness.wait_until("a good alert becomes an incident", lambda: any(
            member["source_event_id"] == f"A{number}" for incident in self.incidents() for member in incident["members"]), 10)

    def test_truncated_json(self):
        self.quarantined_as("truncated", alert(1)[:-20])
        self.goes_on(2)

    def test_wrong_types(self):
        self.quarantined_as("wrong_type", '[1, "text", null]'.replace("null", "true"))
        self.goes_on(3)

    def test_a_10_mb_line(self):
        self.quarantined_as("too_large", '{"alert_id": "' + "x" * 10_000_000 + '"}')
        self.goes_on(4)

    def test_invalid_utf8(self):
        self.quarantined_as("invalid_utf8", alert(5).encode().replace(b"multiple", b"multi\xff\xfele"))
        self.goes_on(6)

    def is_fused_at_its_receipt(self, number, occurred_at):
        """The clock is wrong, not the shots."""
        self.assertEqual(self.daemon.post("acoustic", alert(number, occurred_at=occurred_at)), 202)
        found = harness.wait_until("the alert becomes an incident", lambda: [
            member for incident in self.incidents() for member in incident["members"] if member["source_event_id"] == f"A{number}"], 10)
        self.assertLess(abs(time.time() - int(found[0]["occurred_us"]) / 1e6), 60)
        self.assertGreater(self.daemon.total("fusiond_intake_flags_total", flag="time_unbelievable"), 0)

    def test_a_time_in_1970(self):
        self.is_fused_at_its_receipt(7, "1970-01-01T00:00:00Z")
        self.goes_on(8)

    def test_a_time_a_week_ahead(self):
        ahead = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.is_fused_at_its_receipt(9, ahead)
        self.goes_on(10)

    def test_no_id(self):
        self.quarantined_as("no_id", '{"type": "multiple", "occurred_at": "2026-01-01T00:00:00Z"}')
        self.goes_on(11)

    def test_zero_coordinates_are_no_place_and_the_alert_still_counts(self):
        self.assertEqual(self.daemon.post("acoustic", alert(12, lat=0, lon=0)), 202)
        found = harness.wait_until("an incident without a place", lambda: [
            incident for incident in self.incidents()
            if any(member["source_event_id"] == "A12" for member in incident["members"])], 10)
        self.assertNotIn("place", found[0])

    def test_nan_coordinates(self):
        before = sum(self.reasons().values())
        self.assertEqual(self.daemon.post("acoustic", alert(13).replace("40.01", "NaN")), 202)
        harness.wait_until("NaN is refused", lambda: sum(self.reasons().values()) > before, 10)
        self.goes_on(14)

    def test_an_unknown_source_is_told_so(self):
        self.assertEqual(self.daemon.post("nobody", "{}"), 404)


class NoBroker(unittest.TestCase):
    def test_without_a_broker_the_daemon_starts_says_so_and_loses_nothing(self):
        folder = harness.temp_folder("no-broker")
        self.addCleanup(harness.drop_folder, folder)
        broker = harness.Broker(folder / "kafka")
        daemon = harness.Daemon(folder / "run", live_config(folder, bus="kafka", bootstrap=broker.bootstrap)).start()
        self.addCleanup(lambda: daemon.process.poll() is None and daemon.kill())
        for n in range(20):
            self.assertEqual(daemon.post("acoustic", alert(n)), 202)
        checks = {check["name"]: check for check in harness.wait_until(
            "health says that the bus is away", lambda: [c for c in daemon.get_json("/health/ready")["checks"] if c["name"] == "bus" and c["status"] != "ok"], 20)}
        self.assertTrue(checks["bus"]["message"])
        daemon.kill()          # what was accepted survives this too
        daemon.start()
        broker.start()
        self.addCleanup(broker.stop)

        def seen():
            answer = daemon.get_json("/api/v1/incidents")
            return {member["source_event_id"] for incident in answer.get("incidents", []) for member in incident["members"]}

        harness.wait_until("all 20 alerts are in incidents", lambda: {f"A{n}" for n in range(20)} <= seen(), 60, 0.3)
        daemon.stop()


class WrongConfig(unittest.TestCase):
    def test_check_lists_every_fault_and_run_starts_nothing(self):
        folder = harness.temp_folder("wrong-config")
        self.addCleanup(harness.drop_folder, folder)
        text = live_config(folder).replace("state_dir:", "state_dri:").replace("kind: embedded", "kind: embeded").replace("lateness_s: 900", "lateness_s: soon")
        text = text.replace("time_zone: America/Chicago", "time_zoen: America/Chicago", 1)
        daemon = harness.Daemon(folder / "run", text)
        for command in ("check", "run"):
            done = subprocess.run([harness.FUSIOND, command, "--config", daemon.config], capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "", "nothing was started")
            for part in ("unknown key state_dri; did you mean state_dir?", "did you mean embedded?", "lateness_s must be a whole number, got: soon", "time_zoen"):
                self.assertIn(part, done.stderr)
            for line in done.stderr.splitlines()[:-1]:
                self.assertRegex(line, r"^\S+fusiond\.yaml:\d+:\d+: ")
        self.assertFalse((folder / "state").exists())

    def test_a_plugin_or_a_kind_that_does_not_exist_is_named_with_the_nearest_that_does(self):
        folder = harness.temp_folder("wrong-names")
        self.addCleanup(harness.drop_folder, folder)
        text = live_config(folder).replace("plugin: acoustic", "plugin: acustic").replace("kind: gunshot,", "kind: gun_shot,")
        daemon = harness.Daemon(folder / "run", text)
        done = subprocess.run([harness.FUSIOND, "check", "--config", daemon.config], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("sources[0].plugin: no plugin acustic", done.stderr)
        self.assertIn("did you mean acoustic?", done.stderr)
        self.assertIn("did you mean gunshot?", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
