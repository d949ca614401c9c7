#include "daemon/fuse/event_lines.h"

#include <algorithm>
#include <array>
#include <optional>
#include <simdjson.h>
#include <string_view>
#include <utility>

#include "daemon/base/sha256.h"
#include "daemon/fuse/source_words.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/word_wire.h"

namespace fusiond::fuse {
namespace {

using simdjson::dom::element;

constexpr std::int64_t kMaxMs = 7'258'118'400'000;  // the year 2200
constexpr std::size_t kMaxLine = std::size_t{1} << 20;

// Reads fields one after the other and keeps the first fault, so that a reader stays a list of
// fields.
class Fields {
 public:
  Fields(element object, std::string prefix) : object_(object), prefix_(std::move(prefix)) {}

  std::string text(const char* key) {
    element value;
    if (object_[key].get(value) != simdjson::SUCCESS || value.is_null()) {
      return {};
    }
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
      note(key, "must be a text", value);
    }
    return std::string(text);
  }
  std::string required_text(const char* key) {
    std::string value = text(key);
    if (value.empty()) {
      note(std::string(key) + " is missing");
    }
    return value;
  }
  [[nodiscard]] bool has(const char* key) const {
    element value;
    return object_[key].get(value) == simdjson::SUCCESS && !value.is_null();
  }
  std::int64_t whole(const char* key, std::int64_t low, std::int64_t high) {
    element value;
    std::int64_t number = 0;
    if (object_[key].get(value) != simdjson::SUCCESS) {
      note(std::string(key) + " is missing");
    } else if (value.get(number) != simdjson::SUCCESS || number < low || number > high) {
      note(key,
           "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high),
           value);
      return low;
    }
    return number;
  }
  double real(const char* key, double low, double high) {
    element value;
    double number = 0;
    if (object_[key].get(value) != simdjson::SUCCESS) {
      note(std::string(key) + " is missing");
    } else if (value.get(number) != simdjson::SUCCESS || !(number >= low && number <= high)) {
      note(key,
           "must be a number from " + std::to_string(static_cast<std::int64_t>(low)) + " to " +
               std::to_string(static_cast<std::int64_t>(high)),
           value);
      return low;
    }
    return number;
  }
  void note(std::string what) {
    if (!fault_) {
      fault_ = Error{Fault::bad_input, prefix_ + std::move(what)};
    }
  }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  void note(const char* key, const std::string& what, element value) {
    note(std::string(key) + " " + what + ", got: " + std::string(simdjson::minify(value)));
  }

  element object_;
  std::string prefix_;
  std::optional<Error> fault_;
};

// Equal for a repeat of the same revision, as intake's hash is.
std::uint64_t content_hash_of(Event event) {
  event.received = WallTime{};
  event.lateness = Micros{0};
  event.content_hash = 0;
  return first_eight_of(sha256(wire::encode_event(event)));
}

std::optional<Place> flat_place(Fields& line) {
  if (!line.has("lat_e7") && !line.has("lon_e7")) {
    return std::nullopt;
  }
  Place place;
  place.lat_e7 = static_cast<std::int32_t>(line.whole("lat_e7", -850'500'000, 850'500'000));
  place.lon_e7 = static_cast<std::int32_t>(line.whole("lon_e7", -1'800'000'000, 1'800'000'000));
  place.radius_cm = static_cast<std::uint32_t>(line.real("err_m", 0, 1'000'000) * 100);
  place.confidence_permille = static_cast<std::uint16_t>(line.real("err_conf_pct", 1, 99.9) * 10);
  place.method = method_of_word(line.text("loc_method"));
  return place;
}

// Who the information comes from, as intake has it: a caller, an author, a device.
std::string provenance_of(const Keys& keys, const std::string& author) {
  if (!keys.caller.empty()) {
    return "caller:" + keys.caller;
  }
  if (!author.empty()) {
    return "author:" + author;
  }
  return keys.device.empty() ? std::string() : "device:" + keys.device;
}

void read_flat_keys(Fields& keys, Event& event) {
  event.keys = {keys.text("cad"), keys.text("dup_of"), keys.text("plate"), keys.text("caller"),
                keys.text("device")};
  if (const std::string root = keys.text("repost_of"); !root.empty()) {
    event.copy_of = id_of_name(root);
  }
  event.provenance = provenance_of(event.keys, keys.text("author"));
}

Result<Event> flat_event(element object, const LineRules& rules) {
  Fields line(object, "");
  Event event;
  event.source_event_id = line.required_text("event_id");
  event.id = id_of_name(event.source_event_id);
  event.source = SourceId{line.required_text("source")};
  event.source_kind = source_kind_of_word(event.source.str());
  event.revision = static_cast<std::uint64_t>(line.whole("rev", 0, 1'000'000'000'000'000)) + 1;
  const std::string op = line.has("op") ? line.text("op") : "upsert";
  if (op != "upsert" && op != "retract") {
    line.note("op must be upsert or retract, got: " + op);
  }
  event.lifecycle = op == "retract" ? Lifecycle::retract : Lifecycle::update;
  event.kind = line.required_text("type");
  event.occurred = event_time(line.whole("t_event_ms", -kMaxMs, kMaxMs) * 1000);
  event.received = wall_time(line.whole("t_ingest_ms", -kMaxMs, kMaxMs) * 1000);
  event.lateness = rules.lateness;
  if (micros_of(event.occurred) > micros_of(event.received) + rules.skew.count()) {
    event.occurred = event_time(micros_of(event.received) + rules.skew.count());
    event.flags.emplace_back("time_clamped");
  }
  event.place = flat_place(line);
  if (line.has("conf_milli")) {
    event.confidence_permille = static_cast<std::uint16_t>(line.whole("conf_milli", 0, 1000));
  }
  if (line.has("keys")) {
    const element keys = object["keys"];
    Fields fields(keys, "keys.");
    if (keys.is_object()) {
      read_flat_keys(fields, event);
    } else {
      fields.note("keys must be an object");
    }
    if (fields.fault()) {
      return fail(*fields.fault());
    }
  }
  if (line.fault()) {
    return fail(*line.fault());
  }
  event.content_hash = content_hash_of(event);
  return event;
}

std::string text_at(element object, const char* key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string{};
}

// Of a call in protobuf's JSON.
std::string disposition_of(element object) {
  element call;
  const bool found = object["cadCall"].get(call) == simdjson::SUCCESS ||
                     object["cad_call"].get(call) == simdjson::SUCCESS;
  return found ? text_at(call, "disposition") : std::string{};
}

}  // namespace

EventId id_of_name(const std::string& name) {
  return event_id_of(SourceId{"flat"}, name);
}

struct EventLines::Parser {
  simdjson::dom::parser json;
};

EventLines::EventLines(LineRules rules) : rules_(rules), parser_(std::make_unique<Parser>()) {}
EventLines::~EventLines() = default;

Result<Said> EventLines::read(const std::string& line) {
  if (line.size() > kMaxLine) {
    return fail(Fault::bad_input, "longer than " + std::to_string(kMaxLine) +
                                      " bytes, got: " + std::to_string(line.size()));
  }
  element object;
  if (const auto code = parser_->json.parse(line).get(object); code != simdjson::SUCCESS) {
    return fail(Fault::bad_input, std::string("no JSON: ") + simdjson::error_message(code));
  }
  if (!object.is_object()) {
    return fail(Fault::bad_input, "must be a JSON object");
  }
  element found;
  if (object["t_event_ms"].get(found) == simdjson::SUCCESS ||
      object["t_ingest_ms"].get(found) == simdjson::SUCCESS) {
    auto event = flat_event(object, rules_);
    if (!event) {
      return fail(event.error());
    }
    std::string name = event->source_event_id;
    return Said{std::move(*event), std::move(name), std::nullopt, text_at(object, "disposition")};
  }
  if (object["wordId"].get(found) == simdjson::SUCCESS ||
      object["word_id"].get(found) == simdjson::SUCCESS) {
    auto word = wire::word_from_json(line, id_of_name);
    if (!word) {
      return fail(word.error());
    }
    return Said{{}, "", std::move(*word)};
  }
  if (object["times"].get(found) != simdjson::SUCCESS) {
    return fail(
        Fault::bad_input,
        "neither an event as JSON (it has no times) nor a flat line (it has no t_event_ms)");
  }
  auto event = wire::event_from_json(line, rules_.lateness);
  if (!event) {
    return fail(event.error());
  }
  if (event->content_hash == 0) {
    event->content_hash = content_hash_of(*event);
  }
  std::string name = event->id.str();
  // The other parser is done with, this one still holds the line.
  return Said{std::move(*event), std::move(name), std::nullopt, disposition_of(object)};
}

}  // namespace fusiond::fuse
