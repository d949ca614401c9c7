#include "daemon/ingest/intake.h"

#include <algorithm>
#include <optional>
#include <simdjson.h>
#include <utility>

#include "daemon/base/sha256.h"
#include "daemon/ingest/event_checks.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/records.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::ingest {
namespace {

constexpr std::size_t kMaxReportedCodes = 10'000;
constexpr std::size_t kMaxIdBytes = 512;
constexpr std::chrono::hours kBadTimeEvery{1};  // one event of these is shown whole
constexpr int kMaxPluginFlags = 16;

// The same message gives the same bytes, also where it holds maps.
std::string stable_bytes(const v1::Event& event) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream raw(&bytes);
    google::protobuf::io::CodedOutputStream out(&raw);
    out.SetSerializationDeterministic(true);
    event.SerializeToCodedStream(&out);
  }
  return bytes;
}

// A plugin may remark on what it read; intake's own remarks it may not make.
void keep_plugin_flags(v1::Event& event) {
  auto& flags = *event.mutable_flags();
  const auto unfit = [](const std::string& flag) {
    return !is_label(flag) || is_intake_flag(flag);
  };
  flags.erase(std::remove_if(flags.begin(), flags.end(), unfit), flags.end());
  if (flags.size() > kMaxPluginFlags) {
    flags.DeleteSubrange(kMaxPluginFlags, flags.size() - kMaxPluginFlags);
  }
}

// Takes away what only intake may say, so that it is neither believed nor part of the content's
// hash.
void clear_what_is_ours(v1::Event& event) {
  event.clear_id();
  event.clear_event_id();
  event.clear_source();
  event.clear_lateness_us();
  event.clear_plugin_build();
  event.clear_content_hash();
  keep_plugin_flags(event);
  if (event.has_times()) {
    auto& times = *event.mutable_times();
    times.clear_received();
    times.clear_clock_offset_us();
    times.clear_clock_offset_error_us();
    times.clear_claimed();
  }
}

// Of what the plugin said; not of the bytes it was made from, which may differ where the content
// does not.
std::uint64_t content_hash_of(v1::Event& event) {
  const bool had_raw = event.has_raw();
  v1::Raw raw;
  raw.Swap(event.mutable_raw());
  event.clear_raw();
  const std::uint64_t hash = first_eight_of(sha256(stable_bytes(event)));
  if (had_raw) {
    raw.Swap(event.mutable_raw());
  }
  return hash;
}

std::string joined(const std::string& position, const std::string& part) {
  return part.empty() ? position : position + " " + part;
}

// Why the bytes are no event: proto3 text must be UTF-8, and well-framed bytes that are refused all
// the same break that.
Refusal why_not_decoded(const Part& part) {
  const bool framed =
      google::protobuf::Timestamp().ParseFromString(part.event);  // keeps what it does not know
  const bool utf8 = simdjson::validate_utf8(part.original.data(), part.original.size());
  if (framed || !utf8) {
    return {reason::kInvalidUtf8, "a text of the event is not UTF-8"};
  }
  return {reason::kBadEvent, "the plugin's bytes are no event"};
}

}  // namespace

Intake::Intake(std::shared_ptr<const IntakeRules> rules, const SourceConfig& source,
               std::string plugin_build)
    : rules_(std::move(rules)),
      source_(source.name),
      lateness_(std::chrono::seconds(source.lateness_s)),
      skew_(std::chrono::seconds(source.skew_s)),
      clock_(source.usual_lag_s ? std::optional<Micros>(std::chrono::seconds(*source.usual_lag_s))
                                : std::nullopt),
      plugin_build_(std::move(plugin_build)),
      scratch_(std::make_unique<v1::Event>()) {}

Intake::~Intake() = default;

void Intake::take(const Delivery& delivery, const Parsed& parsed, Take& into) {
  ++into.deliveries;
  switch (parsed.how) {
    case Parsed::How::failed:
      return quarantine_whole(delivery, reason::kPluginFailed, parsed.detail, into);
    case Parsed::How::hung:
      return quarantine_whole(delivery, reason::kPluginHung, parsed.detail, into);
    case Parsed::How::done:
      break;
  }
  for (const Part& part : parsed.parts) {
    switch (part.what) {
      case Part::What::event:
        judge_event(delivery, part, into);
        break;
      case Part::What::reject:
        quarantine(delivery, part, into);
        break;
      case Part::What::skip:
        into.parts.push_back({Judged::Fate::skipped, reasons_.label_of(part.reason), {}});
        break;
    }
  }
  if (parsed.parts.empty()) {
    into.parts.push_back({Judged::Fate::skipped, std::string(reason::kEmpty), {}});
  }
}

void Intake::refuse(const Delivery& delivery, Take& into) {
  ++into.deliveries;
  quarantine_whole(delivery, delivery.reason, delivery.detail, into);
}

void Intake::quarantine_whole(const Delivery& delivery, std::string_view reason,
                              const std::string& detail, Take& into) {
  Part part;
  part.reason = reason;
  part.detail = detail;
  part.original = delivery.body;
  quarantine(delivery, part, into);
}

void Intake::quarantine(const Delivery& delivery, const Part& part, Take& into) {
  const std::string label = reasons_.label_of(part.reason);
  if (label == part.reason) {
    into.records.push_back(dead_letter(delivery, part, label));
  } else {
    Part named = part;
    named.detail = part.reason + ": " + part.detail;
    into.records.push_back(dead_letter(delivery, named, label));
  }
  into.parts.push_back({Judged::Fate::quarantined, label, {}});
}

ports::OutRecord Intake::dead_letter(const Delivery& delivery, const Part& part,
                                     std::string_view reason) const {
  wire::DeadLetter letter;
  letter.source = source_;
  letter.reason = reason;
  letter.detail = part.detail;
  letter.original = part.original;
  letter.content_type = delivery.content_type;
  letter.received = delivery.received;
  letter.position = joined(delivery.position, part.position);
  letter = wire::sealed(std::move(letter), rules_->config.dead_letter_max_bytes);
  if (delivery.full_size_bytes != 0) {
    letter.original_size_bytes = delivery.full_size_bytes;
    letter.original_sha256 = delivery.full_sha256;
  }
  return wire::dead_letter_record(rules_->config.dead_letter_topic, letter);
}

void Intake::identify(const Delivery& delivery, const Part& part, v1::Event& event) const {
  event.set_source(source_.str());
  const EventId id = event_id_of(source_, event.source_event_id());
  event.set_event_id(id.str());
  if (event.revision() == 0) {
    event.set_revision(static_cast<std::uint64_t>(micros_of(delivery.received)));
  }
  event.set_id(id.str() + "-" + std::to_string(event.revision()));
  event.set_lateness_us(lateness_.count());
  event.set_plugin_build(plugin_build_);
  auto& raw = *event.mutable_raw();
  raw.set_sha256(hex_of(sha256(part.original)));
  if (raw.content_type().empty() &&
      simdjson::validate_utf8(delivery.content_type.data(), delivery.content_type.size())) {
    raw.set_content_type(delivery.content_type);
  }
}

void Intake::judge_event(const Delivery& delivery, const Part& part, Take& into) {
  v1::Event& event = *scratch_;
  const auto refuse_part = [&](const Refusal& why) {
    Part refused = part;
    refused.reason = why.reason;
    refused.detail = why.detail;
    quarantine(delivery, refused, into);
  };
  if (!event.ParseFromString(part.event)) {
    return refuse_part(why_not_decoded(part));
  }
  if (event.source_event_id().empty() || event.source_event_id().size() > kMaxIdBytes) {
    return refuse_part({reason::kNoId, "source_event_id must have 1 to 512 bytes, got: " +
                                           std::to_string(event.source_event_id().size())});
  }
  clear_what_is_ours(event);
  event.set_content_hash(content_hash_of(event));
  identify(delivery, part, event);
  const auto& config = rules_->config;
  std::optional<Refusal> refusal = check_words(event);
  if (!refusal) {
    if (const auto stamp = stamp_of(event)) {
      clock_.see(delivery.received, delivery.received - *stamp);
    }
    check_times(event, delivery.received, {skew_, std::chrono::seconds(config.max_future_s)},
                clock_.estimate());
    refusal = check_place(event, config);
  }
  if (refusal) {
    return refuse_part(*refusal);
  }
  const auto unknown = set_kind(event, rules_->kinds, config.default_kind);
  if (unknown) {
    add_flag(event, flag::kUnknownKind);
  }
  set_provenance(event);
  std::string bytes = stable_bytes(event);
  if (bytes.size() > config.max_event_bytes) {
    return refuse_part({reason::kTooLarge, "the event's bytes must be at most " +
                                               std::to_string(config.max_event_bytes) +
                                               ", got: " + std::to_string(bytes.size())});
  }
  const auto model = wire::event_from(event);
  if (!model) {
    return refuse_part({reason::kBadEvent, model.error().message});
  }
  into.records.push_back(wire::event_record(config.events_topic, *model, std::move(bytes)));
  Judged judged;
  for (const auto& flag : event.flags()) {
    judged.flags.push_back(flags_.label_of(flag));
  }
  into.parts.push_back(std::move(judged));
  if (event.times().quality() == v1::TIME_QUALITY_UNKNOWN && event.times().has_claimed()) {
    report_bad_time(delivery, part, event.times().claimed(), into);
  }
  if (unknown) {
    report_unknown_kind(delivery, part, *unknown, into);
  }
}

void Intake::report_bad_time(const Delivery& delivery, const Part& part,
                             const google::protobuf::Timestamp& claimed, Take& into) {
  if (bad_time_reported_ && delivery.received < *bad_time_reported_ + kBadTimeEvery) {
    return;
  }
  bad_time_reported_ = delivery.received;
  Part copy = part;
  copy.detail =
      "nobody can believe when it occurred, so the event was admitted at its receipt; seconds: " +
      std::to_string(claimed.seconds());
  into.records.push_back(dead_letter(delivery, copy, reason::kBadTime));
}

void Intake::report_unknown_kind(const Delivery& delivery, const Part& part,
                                 const std::string& code, Take& into) {
  if (reported_codes_.size() >= kMaxReportedCodes || !reported_codes_.insert(code).second) {
    return;
  }
  Part copy = part;
  copy.detail = "the event was admitted as " + rules_->config.default_kind +
                "; add a row to the table of kinds for: " + code;
  into.records.push_back(dead_letter(delivery, copy, reason::kUnknownKind));
}

}  // namespace fusiond::ingest
