#!/usr/bin/env python3
"""A dispatch system's view of fusiond, in one page: reads incident-changes and keeps the newest state of every incident.

The consumer's rule: of one incident id keep the largest (epoch, revision) and drop everything else. So a repeat after a crash does nothing, and a
former owner that wakes up late cannot overwrite its successor.

    consume.py --bootstrap 127.0.0.1:9092                 prints each change as it comes
    consume.py --bootstrap … --until-end --state          at the end of the topic: one line per incident, sorted by id:
                                                          "<incident id> <epoch> <revision> <value as hex>"
    consume.py --bootstrap … --client FILE                logs in: FILE holds properties of librdkafka, KEY=VALUE, one a line

Needs confluent-kafka and the generated module (protoc --python_out) of proto/fusiond/v1; --proto names the folder that holds it.
"""
import argparse
import datetime
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition


def newest(held, epoch, revision):
    """True when (epoch, revision) is news: larger than what is held, (epoch, revision, …) or nothing."""
    return held is None or (epoch, revision) > (held[0], held[1])


def describe(incident, incident_pb2):
    state = incident_pb2.IncidentState.Name(incident.state).removeprefix("INCIDENT_STATE_").lower()
    change = incident_pb2.IncidentChange.Name(incident.change).removeprefix("INCIDENT_CHANGE_").lower()
    at = datetime.datetime.fromtimestamp(incident.first_occurred_us / 1e6, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    place = f"{incident.place.lat_e7 / 1e7:.5f},{incident.place.lon_e7 / 1e7:.5f} ±{incident.place.radius_m} m" if incident.HasField("place") else "no place"
    into = f" → {incident.merged_into}" if incident.merged_into else ""
    return (f"{change:9} {incident.incident_id[:8]} r{incident.revision} P{incident.priority} {incident.title} · {state}{into} · {at} · {place} · "
            f"{len(incident.members)} reports, {incident.witnesses} witnesses")


def properties(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", default="rtcc.incident-changes.v1")
    parser.add_argument("--client", help="a file with further properties of the client")
    parser.add_argument("--proto", default=".", help="folder that holds fusiond/v1/incident_pb2.py")
    parser.add_argument("--until-end", action="store_true")
    parser.add_argument("--state", action="store_true", help="print the final state instead of every change")
    options = parser.parse_args()
    sys.path.insert(0, options.proto)
    from fusiond.v1 import incident_pb2

    consumer = Consumer({**(properties(options.client) if options.client else {}), "bootstrap.servers": options.bootstrap, "group.id": "dispatch-python", "enable.auto.commit": False,
                         "enable.partition.eof": True, "check.crcs": True})
    topic = consumer.list_topics(options.topic, timeout=10).topics[options.topic]
    if topic.error:
        print(f"consume.py: the topic cannot be read: {topic}: {topic.error.str()}", file=sys.stderr)
        return 1
    partitions = topic.partitions
    consumer.assign([TopicPartition(options.topic, p, OFFSET_BEGINNING) for p in partitions])
    held, ended = {}, set()
    try:
        while not (options.until_end and len(ended) == len(partitions)):
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                if message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                    continue
                print(f"consume.py: {message.error()}", file=sys.stderr)
                return 1
            if message.value() is None:
                continue
            incident = incident_pb2.Incident.FromString(message.value())
            if not newest(held.get(incident.incident_id), incident.epoch, incident.revision):
                continue
            held[incident.incident_id] = (incident.epoch, incident.revision, message.value())
            if not options.state:
                print(describe(incident, incident_pb2), flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
    if options.state:
        for incident_id in sorted(held):
            epoch, revision, value = held[incident_id]
            print(incident_id, epoch, revision, value.hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
