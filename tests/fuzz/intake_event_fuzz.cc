// Any bytes as what a plugin calls an event: one part, either a record that the log's readers can
// decode or a dead letter with a reason.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/base/check.h"
#include "daemon/ingest/intake.h"
#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/event_wire.h"

namespace {

using namespace fusiond;

ingest::Take take_in(const std::string& bytes) {
  ingest::IngestConfig config;
  config.kinds = {{"oakland", "415gs", "shots_heard"}};
  config.devices["cam-7"] = {37.5, -122.5, 40};
  ingest::SourceConfig source;
  source.name = "/fuzz";
  ingest::Intake intake(std::make_shared<const ingest::IntakeRules>(config), source, "fuzz 1");
  ingest::Delivery delivery;
  delivery.received = wall_time(1'687'111'200'000'000);
  ingest::Parsed parsed;
  parsed.parts.resize(1);
  parsed.parts[0].event = bytes;
  parsed.parts[0].original = bytes;
  ingest::Take take;
  intake.take(delivery, parsed, take);
  return take;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const ingest::Take take = take_in(bytes);
  FUSIOND_CHECK(take.parts.size() == 1, "one part in, one part counted");
  const bool admitted = take.parts[0].fate == ingest::Judged::Fate::admitted;
  FUSIOND_CHECK(admitted || take.records.size() == 1, "what is refused is a dead letter");
  for (const auto& record : take.records) {
    if (record.topic == "rtcc.events.v1") {
      FUSIOND_CHECK(admitted && wire::decode_event(*record.value), "an admitted event can be read");
    } else {
      const auto letter = wire::decode_dead_letter(*record.value);
      FUSIOND_CHECK(letter && letter->original == bytes, "a dead letter keeps the bytes");
    }
  }
  const ingest::Take again = take_in(bytes);
  FUSIOND_CHECK(again.records.size() == take.records.size(), "the same bytes fare the same");
  for (std::size_t i = 0; i < take.records.size(); ++i) {
    FUSIOND_CHECK(again.records[i].value == take.records[i].value, "byte for byte");
  }
  return 0;
}
