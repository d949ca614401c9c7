// Judges what a plugin said: an event is checked, enriched, stamped and made a record of the log;
// what cannot be one becomes a dead letter. Journey: plugins/<kind>/parse.cc -> here ->
// ingest/forwarder.cc
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"
#include "daemon/ingest/clock_watch.h"
#include "daemon/ingest/delivery.h"
#include "daemon/ingest/ingest_config.h"
#include "daemon/ingest/kind_table.h"
#include "daemon/ingest/reasons.h"
#include "daemon/ports/bus.h"

namespace fusiond::v1 {
class Event;
}
namespace google::protobuf {
class Timestamp;
}

namespace fusiond::ingest {

// What became of one part of a delivery.
struct Judged {
  enum class Fate : std::uint8_t { admitted, quarantined, skipped } fate = Fate::admitted;
  std::string reason;              // of quarantined and skipped: one of a bounded set
  std::vector<std::string> flags;  // of admitted: names of a bounded set
};

// What a batch of deliveries became: records for the log, and the counts that go with them once the
// records are safe.
struct Take {
  std::vector<ports::OutRecord> records;
  std::vector<Judged> parts;
  std::uint64_t deliveries = 0;
};

// The same for every source.
struct IntakeRules {
  explicit IntakeRules(const IngestConfig& the_config)
      : config(the_config), kinds(the_config.kinds) {}
  IngestConfig config;
  KindTable kinds;
};

// One source's intake. Pure but for bounded memories: reasons and flags that have a label, unknown
// codes that were reported, the lags that its clock is judged by. Threads: its source's.
class Intake {
 public:
  Intake(std::shared_ptr<const IntakeRules> rules, const SourceConfig& source,
         std::string plugin_build);
  ~Intake();

  // Takes in a delivery and what the plugin made of it; every delivery adds at least one part.
  // Cost: one decode and one encode per event.
  void take(const Delivery& delivery, const Parsed& parsed, Take& into);
  // How far the source's clock is off, as its reports tell so far.
  [[nodiscard]] const ClockEstimate& clock() const { return clock_.estimate(); }
  // A delivery that must not be parsed (delivery.reason says why).
  void refuse(const Delivery& delivery, Take& into);

 private:
  void judge_event(const Delivery& delivery, const Part& part, Take& into);
  void quarantine(const Delivery& delivery, const Part& part, Take& into);
  void quarantine_whole(const Delivery& delivery, std::string_view reason,
                        const std::string& detail, Take& into);
  void report_bad_time(const Delivery& delivery, const Part& part,
                       const google::protobuf::Timestamp& claimed, Take& into);
  void report_unknown_kind(const Delivery& delivery, const Part& part, const std::string& code,
                           Take& into);
  [[nodiscard]] ports::OutRecord dead_letter(const Delivery& delivery, const Part& part,
                                             std::string_view reason) const;
  void identify(const Delivery& delivery, const Part& part, v1::Event& event) const;

  std::shared_ptr<const IntakeRules> rules_;
  SourceId source_;
  Micros lateness_;
  Micros skew_;
  ClockWatch clock_;
  std::string plugin_build_;
  ReasonBook reasons_;
  ReasonBook flags_;
  std::set<std::string> reported_codes_;
  std::optional<WallTime> bad_time_reported_;
  std::unique_ptr<v1::Event> scratch_;  // decoding into a reused message is twice as fast
};

}  // namespace fusiond::ingest
