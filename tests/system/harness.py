"""Starts, stops and kills the real parts for system tests: fusiond, a Kafka broker, the feeds' player. Python 3.11, standard library only.

Every server is on loopback, on a free port, in a folder of its own, and is ended by its process id.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FUSIOND_BUILD", ROOT / "build" / "dev"))
SHARED = pathlib.Path(os.environ.get("FUSIOND_SHARED", ROOT / ".." / "shared")).resolve()
FUSIOND = BUILD / "bin" / "fusiond"
PYTHON = os.environ.get("FUSIOND_PYTHON", str(pathlib.Path.home() / ".cache/fusiond/python/bin/python"))

sys.path.insert(0, str(ROOT / "deploy" / "play"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what, check, seconds=30.0, every=0.05):
    """Waits until `check()` gives something true and returns it; fails naming `what` otherwise."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(every)


class Broker:
    """A real Apache Kafka, started and stopped by the project's own scripts."""

    def __init__(self, folder, *flags):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.bootstrap, self.tls = f"127.0.0.1:{self.port}", None
        self.flags = flags

    def start(self):
        line = subprocess.run([ROOT / "deploy/broker/start", "--port", str(self.port), "--data", self.folder, *self.flags], check=True, stdout=subprocess.PIPE, text=True).stdout
        said = dict(part.split("=", 1) for part in line.split())
        self.tls, self.pid = said.get("tls"), int(said["pid"])
        return self

    def stop(self, crash=False):
        subprocess.run([ROOT / "deploy/broker/stop", "--data", self.folder] + (["--crash"] if crash else []), check=False, stdout=subprocess.DEVNULL)


    def kill(self):
        """kill -9, without waiting."""
        os.kill(self.pid, signal.SIGKILL)

    def wait_until_gone(self):
        wait_until("the broker's process is gone", lambda: not pathlib.Path(f"/proc/{self.pid}/exe").exists() and not listens(self.port), 60)


class SecureBroker(Broker):
    """One that asks who calls; see deploy/broker/security.sh."""

    def __init__(self, folder, *flags):
        super().__init__(folder, "--secure", *flags)
        self.security = self.folder / "security"

    def login(self, user, how="scram_sha_512", **other):
        """The `bus.kafka` section of a config for a user."""
        files = {"ca_file": self.security / "ca.crt"}
        if how == "tls":
            files |= {"protocol": "tls", "certificate_file": self.security / f"{user}.crt", "key_file": self.security / f"{user}.key"}
        else:
            files |= {"protocol": "sasl_tls", "mechanism": how, "username": user, "password_file": self.security / f"{user}.password"}
        files |= {"check_every_ms": 200, **other}
        return json.dumps({"bootstrap_servers": self.tls if how == "tls" else self.bootstrap, "security": files}, default=str)

    def client(self, user):
        """A file of librdkafka's properties for a user."""
        path = self.security / f"{user}.properties"
        path.write_text(f"security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username={user}\n"
                        f"sasl.password={self.secret(user)}\nssl.ca.location={self.security / 'ca.crt'}\n")
        path.chmod(0o600)
        return path

    def secret(self, user):
        return (self.security / f"{user}.password").read_text().strip()

    def certificate(self, user, seconds=30 * 86400):
        subprocess.run([ROOT / "deploy/broker/certificate", user, "--data", self.folder, "--seconds", str(seconds)], check=True)

    def acls(self, what, *flags):
        """`what`: --apply or --remove."""
        subprocess.run([ROOT / "deploy/kafka-acls", what, "--bootstrap", self.bootstrap, "--client", self.client("admin"), *flags], check=True, stdout=subprocess.DEVNULL)


class Daemon:
    """One `fusiond run`. `config` is the text of its YAML; ports come from its first line."""

    def __init__(self, folder, config):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "fusiond.yaml"
        self.config.write_text(config)
        self.process, self.ports = None, {}

    def start(self, *flags, wait=True):
        with open(self.folder / "fusiond.log", "ab") as log:
            self.process = subprocess.Popen([FUSIOND, "run", "--config", self.config, *flags], stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline() if wait else "{}"
        if not line:
            raise AssertionError("fusiond did not start:\n" + (self.folder / "fusiond.log").read_text()[-3000:])
        self.ports = json.loads(line)
        return self

    def kill(self):
        """kill -9"""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self, seconds=30):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.process.stdout.close()
        if code != 0:
            raise AssertionError(f"fusiond ended with {code}:\n" + (self.folder / "fusiond.log").read_text()[-3000:])

    def get(self, path, seconds=5):
        with urllib.request.urlopen(self.ports["console"] + path, timeout=seconds) as answer:
            return answer.status, answer.read().decode()

    def get_json(self, path):
        try:
            return json.loads(self.get(path)[1])
        except urllib.error.HTTPError as e:
            return json.loads(e.read().decode())

    def health(self):
        """{check: (state, message)}"""
        return {check["name"]: (check["status"], check["message"]) for check in self.get_json("/health/ready")["checks"]}

    def log(self):
        return (self.folder / "fusiond.log").read_text()

    def post(self, source, body, seconds=10):
        data = body if isinstance(body, bytes) else body.encode()
        request = urllib.request.Request(self.ports["ingest"] + "/ingest/" + source, data=data, method="POST", headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code

    def metrics(self):
        """{(name, frozenset of label pairs): value}"""
        found = {}
        for line in self.get("/metrics")[1].splitlines():
            match = re.match(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if match and not line.startswith("#"):
                found[match[1], frozenset(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))] = float(match[3])
        return found

    def total(self, name, **labels):
        return sum(v for (n, pairs), v in self.metrics().items() if n == name and set(labels.items()) <= pairs)


def temp_folder(name):
    return pathlib.Path(tempfile.mkdtemp(prefix=f"fusiond-{name}-"))


def drop_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)


def idle(daemon):
    """True when every file is read to its end, everything accepted has been fused and published, and every incident is final."""
    status = daemon.get_json("/api/v1/status")
    if any(source["state"] != "finished" for source in status["sources"] if source["transport"] == "file"):
        return False
    metrics = daemon.metrics()
    gauge = {name: value for (name, pairs), value in metrics.items() if not pairs or name.startswith("fusiond_shard") or name == "fusiond_outbox_entries"}
    spooled = [value for (name, _), value in metrics.items() if name == "fusiond_spool_entries"]
    return spooled and sum(spooled) == 0 and gauge.get("fusiond_shard_lag_records", 1) == 0 and gauge.get("fusiond_outbox_entries", 1) == 0 and \
        daemon.total("fusiond_incidents_open") == 0


def wait_until_done(daemon, deliveries, seconds):
    """Waits until a recorded run of so many deliveries is over, to the last published incident."""
    wait_until(f"{deliveries} deliveries taken in", lambda: daemon.total("fusiond_intake_deliveries_total") >= deliveries, seconds, 0.2)
    wait_until_idle(daemon, seconds)


def wait_until_idle(daemon, seconds):
    calm = [0]

    def check():
        calm[0] = calm[0] + 1 if idle(daemon) else 0
        return calm[0] >= 3

    wait_until("nothing left to do", check, seconds, 0.3)


def account(daemon):
    """Where the deliveries of a run went, by reason, from the metrics."""
    metrics = daemon.metrics()

    def by(name, label):
        found = {}
        for (n, pairs), value in metrics.items():
            if n == name and value:
                key = dict(pairs).get(label, "")
                found[key] = found.get(key, 0) + int(value)
        return found

    return {"deliveries": int(daemon.total("fusiond_intake_deliveries_total")), "parts": int(daemon.total("fusiond_intake_parts_total")),
            "accepted": int(daemon.total("fusiond_intake_admitted_total")), "quarantined": sum(by("fusiond_intake_quarantined_total", "reason").values()),
            "quarantined_by_reason": by("fusiond_intake_quarantined_total", "reason"), "skipped": sum(by("fusiond_intake_skipped_total", "reason").values()),
            "skipped_by_reason": by("fusiond_intake_skipped_total", "reason"), "verdicts": by("fusiond_route_verdicts_total", "verdict"),
            "flags": by("fusiond_intake_flags_total", "flag"), "revisions": by("fusiond_incident_revisions_total", "change")}


def account_text(report):
    def list_of(counts):
        return ", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none"

    return (f"deliveries in {report['deliveries']} = accepted {report['accepted']} + quarantined {report['quarantined']} + skipped {report['skipped']}\n"
            f"  accepted by verdict: {list_of(report['verdicts'])}\n  quarantined: {list_of(report['quarantined_by_reason'])}\n"
            f"  skipped: {list_of(report['skipped_by_reason'])}\n  incident revisions out: {list_of(report['revisions'])}")


def tail(daemon, *flags):
    """What `fusiond tail` prints of the log of a daemon that is stopped (embedded) or of its broker."""
    return subprocess.run([FUSIOND, "tail", "--config", daemon.config, "--until-end", *flags], check=True, capture_output=True, text=True).stdout
