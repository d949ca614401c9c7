"""Security on the wire, against a real broker that asks who calls: three ways to log in, ACLs of exactly what each role needs, certificates that expire and are rotated, and
secrets that show nowhere."""
import datetime
import json
import pathlib
import subprocess
import unittest

import harness
from configs import live_config, with_kafka


def alert(number):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"alert_id": f"S{number}", "type": "multiple", "occurred_at": now, "lat": 40 + number * 0.05, "lon": -98.99, "radius_m": 25})


class Security(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = harness.temp_folder("security")
        cls.addClassCleanup(harness.drop_folder, cls.folder)
        cls.broker = harness.SecureBroker(cls.folder / "kafka").start()
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.acls("--apply", *(f"--role={role}=fusiond" for role in ("intake", "correlate", "serve")))
        cls.broker.acls("--apply", *(f"--role={role}" for role in ("setup", "intake", "correlate", "serve", "dispatch")))
        cls.config("setup", "setup")
        made = subprocess.run([harness.FUSIOND, "topics", "--config", cls.folder / "setup/fusiond.yaml"], capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        cls.number = 0

    @classmethod
    def config(cls, name, user, how="scram_sha_512", extra="", **login):
        folder = cls.folder / name
        folder.mkdir(exist_ok=True)
        text = with_kafka(live_config(folder, bus="kafka", bootstrap="-", extra=extra), cls.broker.login(user, how, **login))
        (folder / "fusiond.yaml").write_text(text)
        return text

    def daemon(self, name, user, *flags, how="scram_sha_512", extra="", **login):
        daemon = harness.Daemon(self.folder / name, self.config(name, user, how, extra, **login)).start(*flags)
        self.addCleanup(lambda: daemon.process.poll() is None and daemon.kill())
        return daemon

    def post(self, daemon):
        """The id of an alert that was taken in."""
        type(self).number += 1
        self.assertEqual(daemon.post("acoustic", alert(self.number)), 202)
        return f"S{self.number}"

    def wait_for_incident(self, alert_id, config):
        """Waits until the log shows an incident with the alert, to whoever `config` logs in as."""
        def there():
            done = subprocess.run([harness.FUSIOND, "tail", "--config", config, "--until-end", "--json"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return f'"{alert_id}"' in done.stdout
        harness.wait_until(f"an incident with {alert_id}", there, 60, 0.3)

    def wait_for_health(self, daemon, check, *words):
        """Waits until a check's message holds all the words; without words until it is ok."""
        def so():
            state, message = daemon.health()[check]
            last[0] = message
            return state == "ok" if not words else all(word in message for word in words)
        last = [None]
        try:
            harness.wait_until(f"{check}: {' '.join(words) or 'ok'}", so, 60, 0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said last: {last[0]}\n{daemon.log()[-3000:]}") from None
        return last[0]

    def test_a_certificate_scram_and_plain_let_everything_through(self):
        for how in ("tls", "scram_sha_512", "plain"):
            with self.subTest(how):
                daemon = self.daemon(f"login-{how}", "fusiond", how=how)
                self.wait_for_incident(self.post(daemon), daemon.config)
                self.wait_for_health(daemon, "bus")
                daemon.stop()

    def test_who_may_not_log_in_is_told_why(self):
        password, other = self.folder / "wrong.password", self.folder / "other.crt"
        password.write_text("wrong\n")
        password.chmod(0o600)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=other", "-keyout",
                        self.folder / "other.key", "-out", other], check=True, capture_output=True)
        (self.folder / "other.key").chmod(0o600)
        for name, how, login, words in (
                ("wrong-password", "scram_sha_512", {"password_file": password}, ["do not come together", "SASL", "Authentication failed"]),
                ("wrong-authority", "tls", {"ca_file": other}, ["do not come together", "certificate verify failed"]),
                ("strange-certificate", "tls", {"certificate_file": other, "key_file": self.folder / "other.key"}, ["do not come together", "turns our certificate down", "bad certificate"])):
            with self.subTest(name):
                daemon = self.daemon(name, "fusiond", how=how, **login)
                print(f"\n{name}: {self.wait_for_health(daemon, 'bus', *words)}", flush=True)
                self.post(daemon)  # what comes in is taken all the same
                daemon.stop()

    def test_roles_apart_do_their_work_with_exactly_their_acls_and_say_which_one_is_missing(self):
        intake = self.daemon("intake", "intake", "--roles", "intake")
        correlate = self.daemon("correlate", "correlate", "--roles", "correlate")
        serve = self.daemon("serve", "serve", "--roles", "serve")
        dispatch = self.folder / "dispatch"
        self.config("dispatch", "dispatch")
        first = self.post(intake)
        self.wait_for_incident(first, dispatch / "fusiond.yaml")
        harness.wait_until("the console shows it", lambda: f'"{first}"' in serve.get("/api/v1/incidents?all=1")[1], 60)
        self.assertIn(first.encode().hex(), self.consumer())
        for daemon in (intake, correlate, serve):
            for check in daemon.health():
                self.wait_for_health(daemon, check)
        for role, check, daemon, need, words in (
                ("intake", "bus", intake, "topic rtcc.events.v1 Write", ["rtcc.events.v1", "Topic authorization failed"]),
                ("correlate", "shard", correlate, "topic rtcc.events.v1 Read", ["rtcc.events.v1", "Topic authorization failed"]),
                ("correlate", "bus", correlate, "topic rtcc.incident-changes.v1 Write", ["rtcc.incident-changes.v1", "Topic authorization failed"])):
            with self.subTest(need):
                self.broker.acls("--remove", f"--role={role}", f"--only={need}")
                waiting = self.post(intake)
                self.wait_for_health(daemon, check, *words)
                self.broker.acls("--apply", f"--role={role}")
                self.wait_for_incident(waiting, dispatch / "fusiond.yaml")  # nothing was lost
                self.wait_for_health(daemon, check)
        with self.subTest("dispatch"):
            self.broker.acls("--remove", "--role=dispatch", "--only=topic rtcc.incident-changes.v1 Read")
            self.assertIn("uthorization failed", self.consumer(1))
            self.broker.acls("--apply", "--role=dispatch")
        with self.subTest("serve"):
            self.broker.acls("--remove", "--role=serve", "--only=topic rtcc.incident-changes.v1 Read")
            harness.wait_until("the console says why", lambda: "uthorization failed" in serve.get_json("/api/v1/status")["hub"]["trouble"], 60)
            self.broker.acls("--apply", "--role=serve")
            harness.wait_until("the console reads again", lambda: serve.get_json("/api/v1/status")["hub"]["trouble"] == "", 60)
        for daemon in (intake, correlate, serve):
            daemon.stop()

    def consumer(self, code=0):
        """What the example of a dispatch system prints, or says when it cannot."""
        done = subprocess.run([harness.BUILD / "bin/example_consumer", "--bootstrap", self.broker.bootstrap, "--client", self.broker.client("dispatch"), "--until-end", "--state"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr if code else done.stdout

    def test_a_certificate_expires_and_is_replaced_without_a_restart(self):
        self.broker.certificate("fusiond", seconds=-60)
        daemon = self.daemon("expired", "fusiond", how="tls")
        said = self.wait_for_health(daemon, "bus", "has expired", "fusiond.crt", "turns our certificate down")
        print(f"\nexpired: {said}", flush=True)
        waiting = self.post(daemon)
        self.broker.certificate("fusiond")
        self.wait_for_incident(waiting, daemon.config)
        self.wait_for_health(daemon, "bus")
        self.assertGreaterEqual(daemon.total("fusiond_bus_logins_renewed_total"), 1)

        renewed = daemon.total("fusiond_bus_logins_renewed_total")
        posted = [self.post(daemon) for _ in range(20)]
        self.broker.certificate("fusiond", seconds=2 * 86400)
        posted += [self.post(daemon) for _ in range(20)]
        harness.wait_until("logged in anew", lambda: daemon.total("fusiond_bus_logins_renewed_total") > renewed, 60)
        self.wait_for_health(daemon, "bus", "expires soon")
        for alert_id in posted:
            self.wait_for_incident(alert_id, daemon.config)

        key = self.broker.security / "fusiond.key"
        good = key.read_text()
        key.write_text((self.broker.security / "intake.key").read_text())
        self.wait_for_health(daemon, "bus", "cannot be used, the old ones stay")
        self.wait_for_incident_while_broken(daemon, good, key)
        self.broker.certificate("fusiond", seconds=20 * 86400)
        self.wait_for_health(daemon, "bus")
        daemon.stop()

    def wait_for_incident_while_broken(self, daemon, good, key):
        """The old login still works; reading needs a good key of its own."""
        before = daemon.total("fusiond_published_total")
        self.post(daemon)
        harness.wait_until("published with the old login", lambda: daemon.total("fusiond_published_total") > before, 60)
        key.write_text(good)

    def test_secrets_show_nowhere(self):
        secrets = [self.broker.secret("fusiond"), (self.broker.security / "fusiond.key").read_text().splitlines()[1]]
        for how in ("tls", "scram_sha_512", "plain"):
            text = self.config(f"secret-{how}", "fusiond", how, "log: {level: debug}\n").replace('"security":', '"properties": {"debug": "all"}, "security":')
            daemon = harness.Daemon(self.folder / f"secret-{how}", text).start()
            self.addCleanup(lambda d=daemon: d.process.poll() is None and d.kill())
            self.wait_for_incident(self.post(daemon), daemon.config)
            process = pathlib.Path(f"/proc/{daemon.process.pid}")
            shown = [daemon.get(path)[1] for path in ("/metrics", "/health/ready", "/api/v1/status")]
            shown += [(process / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")]
            daemon.stop()
            check = [harness.FUSIOND, "check", "--config", daemon.config]
            shown += [subprocess.run(check, capture_output=True, text=True).stdout]
            daemon.config.write_text(text.replace('"bootstrap_servers"', '"bootstrap_server"'))
            faulty = subprocess.run(check, capture_output=True, text=True)
            self.assertEqual(faulty.returncode, 2)
            shown += [faulty.stderr, daemon.log()]
            self.assertIn("kafka client", daemon.log(), "the client's own lines are among what was looked at")
            for secret in secrets:
                self.assertFalse([where for where in shown if secret in where], how)

    def test_every_fault_of_the_keys_is_named(self):
        open_file = self.folder / "open.password"
        open_file.write_text("secret-that-all-may-read\n")
        open_file.chmod(0o644)
        for how, login, words in (
                ("tls", {"ca_file": "/nowhere/ca.crt"}, ["bus.kafka.security.ca_file: cannot be read: /nowhere/ca.crt"]),
                ("tls", {"certificate_file": ""}, ["bus.kafka.security.certificate_file is needed with key_file"]),
                ("tls", {"key_file": self.broker.security / "intake.key"}, ["bus.kafka.security: the Kafka client cannot be made", "key values mismatch"]),
                ("scram_sha_512", {"password_file": open_file, "username": ""}, ["username is needed with protocol: sasl_tls", "password_file: every user of this machine may read"]),
                ("scram_sha_512", {"protocol": "plaintext"}, ["bus.kafka.security.username says nothing under this protocol", "ca_file says nothing under this protocol"])):
            with self.subTest(words=words):
                self.config("faults", "fusiond", how, **login)
                done = subprocess.run([harness.FUSIOND, "check", "--config", self.folder / "faults/fusiond.yaml"], capture_output=True, text=True)
                self.assertEqual(done.returncode, 2)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertNotIn("secret-that-all-may-read", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
