// What the tests of ingest share: a plain event, a source's line over fakes, waiting with a
// deadline.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/ingest/source_line.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/records.h"
#include "fusiond/v1/event.pb.h"
#include "hostile.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/fake_spool.h"
#include "tests/support/manual_clock.h"

namespace fusiond::test {

inline constexpr WallTime kNow{Micros{1'687'111'200'000'000}};  // 2023-06-18T18:00:00Z

// A CAD call at kNow that intake has nothing to say against.
inline v1::Event plain_event(const std::string& id = "c1") {
  v1::Event event;
  event.set_source_kind(v1::SOURCE_KIND_CAD);
  event.set_source_event_id(id);
  event.set_revision(7);
  event.set_type("gov.rtcc.cad.call.v1");
  event.mutable_times()->mutable_occurred()->set_seconds(micros_of(kNow) / 1'000'000);
  event.mutable_times()->set_quality(v1::TIME_QUALITY_EXACT);
  event.mutable_location()->mutable_point()->set_lat(37.8);
  event.mutable_location()->mutable_point()->set_lon(-122.2);
  event.mutable_location()->set_method(v1::LOCATION_METHOD_GPS);
  auto& code = *event.add_kind_codes();
  code.set_scheme("oakland");
  code.set_code("415GS");
  event.mutable_cad_call()->set_cad_number("A-1");
  return event;
}

inline ingest::IngestConfig plain_config() {
  ingest::IngestConfig config;
  config.plugin_dir = plugin_dir();
  config.kinds = {{"oakland", "415gs", "shots_heard"}};
  config.parse_timeout_ms = 300;
  config.max_plugin_restarts = 2;
  return config;
}

inline ingest::SourceConfig plain_source(const std::string& name = "/cad/test") {
  ingest::SourceConfig source;
  source.name = name;
  source.plugin = "hostile";
  return source;
}

inline wire::DeadLetter letter_of(const ports::OutRecord& record) {
  return wire::decode_dead_letter(*record.value).value();
}
inline v1::Event event_of(const ports::OutRecord& record) {
  v1::Event event;
  FUSIOND_CHECK(event.ParseFromString(*record.value), "an admitted event is one");
  return event;
}

// One source over fakes: what it accepts can be read from `spool`.
struct LineBench {
  explicit LineBench(ingest::SourceConfig the_source = plain_source(),
                     ingest::IngestConfig the_config = plain_config(),
                     std::uint64_t spool_bytes = 64 << 20)
      : spool(spool_bytes), config(std::move(the_config)), source(std::move(the_source)) {
    const bool recorded = source.transport.kind == ingest::TransportKind::file &&
                          source.transport.file.format == ingest::FileFormat::recorded;
    ingest::SourceParts parts;
    parts.config = source;
    parts.library = ingest::PluginLibrary::open(plugin_dir(), "hostile").value();
    parts.clock_kind =
        recorded ? ingest::IngestClock::Kind::recorded : ingest::IngestClock::Kind::live;
    line = std::make_unique<ingest::SourceLine>(context(), std::move(parts));
  }
  ingest::SourceContext context() {
    return {clock, metrics, writer, std::make_shared<const ingest::IntakeRules>(config)};
  }
  // Stamps and accepts the bodies as one batch.
  Result<std::size_t> accept(const std::vector<std::string>& bodies) {
    std::vector<ingest::Delivery> deliveries;
    for (const auto& body : bodies) {
      ingest::Delivery delivery;
      delivery.body = body;
      delivery.received = line->clock().stamp();
      delivery.position = "test " + std::to_string(deliveries.size());
      deliveries.push_back(std::move(delivery));
    }
    return line->accept(ingest::batch_of(std::move(deliveries)), stop);
  }
  std::vector<ports::OutRecord> records(const std::string& topic) {
    std::vector<ports::OutRecord> found;
    const auto entries = spool.peek(0, 1'000'000).value();
    for (const auto& entry : entries) {
      if (entry.record.topic == topic) {
        found.push_back(entry.record);
      }
    }
    return found;
  }
  std::vector<ports::OutRecord> events() { return records(config.events_topic); }
  std::vector<ports::OutRecord> letters() { return records(config.dead_letter_topic); }
  // How often a reason was counted for the source.
  double quarantined(const std::string& reason) {
    return metrics.value("fusiond_intake_quarantined_total",
                         {{"source", source.name}, {"reason", reason}});
  }
  double skipped(const std::string& reason) {
    return metrics.value("fusiond_intake_skipped_total",
                         {{"source", source.name}, {"reason", reason}});
  }

  ManualClock clock{kNow};
  FakeMetrics metrics;
  FakeSpool spool;
  ingest::SpoolWriter writer{spool, metrics, "standard", [] {}};
  ingest::IngestConfig config;
  ingest::SourceConfig source;
  ingest::Stop stop;
  std::unique_ptr<ingest::SourceLine> line;
};

// For what another thread does: true as soon as it is so, false after ten seconds.
inline bool eventually(const std::function<bool()>& is_so) {
  const SystemClock clock;
  const MonoTime end = clock.mono() + std::chrono::seconds(10);
  while (clock.mono() < end) {
    if (is_so()) {
      return true;
    }
    clock.pause(std::chrono::milliseconds(2));
  }
  return is_so();
}

inline std::string body_of(const v1::Event& event) {
  return "event:" + event.SerializeAsString();
}

}  // namespace fusiond::test
