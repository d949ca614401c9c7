// An alert is turned away only when nobody could use it: no identity, no readable time. Everything
// else costs a flag; an alert of gunfire must not be lost because of a word that nobody has listed
// yet.
#include "plugins/acoustic/parse.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "plugins/acoustic/record.h"
#include "plugins/sdk/build_event.h"
#include "plugins/sdk/csv.h"

namespace fusiond::acoustic {
namespace {

using sdk::Found;

struct Refusal {
  std::string_view reason;
  std::string detail;
};

class Alert {
 public:
  Alert(const Options& options, const Record& record) : options_(options), record_(record) {}

  std::optional<Refusal> build() {
    event_.set_type("gov.rtcc.acoustic.gunshot.v1");
    event_.set_source_kind(v1::SOURCE_KIND_ACOUSTIC);
    event_.set_status(v1::STATUS_ACTUAL);
    for (auto step : {&Alert::identity, &Alert::occurred, &Alert::type}) {
      if (auto refusal = (this->*step)()) {
        return refusal;
      }
    }
    place();
    counts();
    later_times();
    shots();
    review();
    return std::nullopt;
  }

  [[nodiscard]] const v1::Event& event() const { return event_; }

 private:
  std::string text(Field field) {
    const auto read = record_.text(options_.of(field));
    if (read.found == Found::wrong) {
      wrong(field);
    }
    return read.value;
  }

  void wrong(Field field) {
    sdk::add_flag(event_,
                  "wrong_type_" + std::string(kFieldNames[static_cast<std::size_t>(field)]));
  }

  std::optional<double> number(Field field) {
    const auto value = text(field);
    if (value.empty()) {
      return std::nullopt;
    }
    const auto parsed = sdk::number_of(value);
    if (!parsed) {
      wrong(field);
    }
    return parsed;
  }

  std::optional<std::uint32_t> count(Field field) {
    const auto value = number(field);
    if (value && (*value < 0 || *value > 100'000 || std::trunc(*value) != *value)) {
      wrong(field);
      return std::nullopt;
    }
    return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
  }

  std::optional<Refusal> identity() {
    std::string id;
    for (const auto part : options_.id_parts) {
      const auto read = record_.text(options_.of(part));
      if (read.found == Found::wrong) {
        return Refusal{"wrong_type", std::string(kFieldNames[static_cast<std::size_t>(part)]) +
                                         " must be a text or a number"};
      }
      if (read) {
        id += (id.empty() ? "" : "/") + read.value;
      }
    }
    if (id.empty()) {
      return Refusal{"no_id", "none of the id_parts holds anything"};
    }
    event_.set_source_event_id(id);
    return std::nullopt;
  }

  std::optional<Refusal> occurred() {
    const auto whole = record_.text(options_.of(Field::occurred));
    if (whole.found == Found::wrong) {
      return Refusal{"wrong_type", "occurred must be a text or a number"};
    }
    const auto date = text(Field::date);
    if (whole) {
      return at(sdk::read_time(whole.value, options_.time_format, options_.zone), whole.value);
    }
    const auto range = text(Field::time_range);
    if (!date.empty() && !range.empty()) {
      return within(date, range);
    }
    const auto clock = text(Field::clock);
    if (!date.empty() || !clock.empty()) {
      const auto written = date + (date.empty() || clock.empty() ? "" : " ") + clock;
      return at(sdk::read_time(written, sdk::TimeFormat::text, options_.zone), written);
    }
    event_.mutable_times()->set_quality(v1::TIME_QUALITY_UNKNOWN);
    return std::nullopt;
  }

  std::optional<Refusal> at(const std::optional<sdk::CivilInstant>& instant,
                            std::string_view written) {
    if (!instant) {
      return Refusal{"bad_time", "no time: " + std::string(written.substr(0, 80))};
    }
    sdk::set_occurred(event_, *instant);
    return std::nullopt;
  }

  // "3:00AM - 4:00AM" of a date: begins there, known to the length of the range. An end before its
  // start is the next day's.
  std::optional<Refusal> within(const std::string& date, const std::string& range) {
    const auto dash = range.find('-');
    const auto wall = [&](std::string_view clock) {
      return sdk::read_time(date + " " + std::string(sdk::trimmed(clock)), sdk::TimeFormat::text,
                            sdk::Zone{});
    };
    const auto begin =
        dash == std::string::npos ? std::nullopt : wall(std::string_view(range).substr(0, dash));
    const auto end =
        dash == std::string::npos ? std::nullopt : wall(std::string_view(range).substr(dash + 1));
    if (!begin || !end) {
      return Refusal{"bad_time", "no range of hours: " + (date + " " + range).substr(0, 80)};
    }
    constexpr std::int64_t kDay = 86'400'000'000;
    const auto end_us = end->us > begin->us ? end->us : end->us + kDay;
    auto instant = options_.zone.to_utc(begin->us);
    instant.rounding_seconds = static_cast<std::uint32_t>((end_us - begin->us) / 1'000'000);
    sdk::set_occurred(event_, instant);
    sdk::set_timestamp(*event_.mutable_times()->mutable_occurred_end(),
                       options_.zone.to_utc(end_us).us);
    return std::nullopt;
  }

  std::optional<v1::GunshotType> type_of(const std::string& word) const {
    const auto found = options_.types.find(plain_word(word));
    return found == options_.types.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<Refusal> type() {
    const auto word = text(Field::type);
    const auto found = type_of(word);
    if (!found && options_.reject_unknown_types) {
      return Refusal{"unknown_type", "type is not in the table: " + word.substr(0, 80)};
    }
    if (!word.empty()) {
      sdk::add_kind_code(event_, options_.scheme, word, word);
      event_.add_text()->set_headline(word);
    }
    if (found) {
      alert().set_alert_type(*found);
      sdk::add_kind_code(event_, "gunshot", name_of(*found), "");
    } else {
      sdk::add_flag(event_, "unknown_type");
    }
    if (const auto before = text(Field::original_type); !before.empty()) {
      alert().set_original_alert_type(type_of(before).value_or(v1::GUNSHOT_TYPE_UNSPECIFIED));
      reclassified_ = plain_word(before) != plain_word(word);
    }
    return std::nullopt;
  }

  void place() {
    const auto lat = number(Field::lat);
    const auto lon = number(Field::lon);
    const auto address = text(Field::address);
    const auto beat = text(Field::beat);
    const bool placed = lat && lon && sdk::set_point(event_, *lat, *lon);
    if (!placed && address.empty() && beat.empty()) {
      return;
    }
    auto& location = *event_.mutable_location();
    location.set_role(v1::LOCATION_ROLE_CURRENT);
    location.set_address_text(address);
    if (!beat.empty()) {
      (*location.mutable_geocodes())["beat"] = beat;
    }
    if (!placed) {
      return;
    }
    location.set_method(v1::LOCATION_METHOD_ACOUSTIC);
    const auto radius = number(Field::radius_m);
    if (radius && *radius > 0 && *radius <= 100'000) {
      location.set_radius_m(*radius);
    } else if (options_.radius_m > 0) {
      location.set_radius_m(options_.radius_m);
    }
    if (sdk::is_rounded_to_3_decimals(*lat, *lon)) {
      sdk::set_precision(location, v1::PRECISION_NOTE_ROUNDED_3_DECIMALS,
                         options_.rounded_radius_m);
    }
  }

  void counts() {
    if (const auto rounds = count(Field::rounds)) {
      alert().set_rounds(*rounds);
    }
    if (const auto sensors = count(Field::sensors)) {
      alert().set_sensors(*sensors);
    }
    alert().set_area(text(Field::area));
    alert().set_audio_ref(text(Field::audio));
    const auto written = text(Field::confidence);
    const auto confidence = number(Field::confidence);
    if (confidence && *confidence >= 0 && *confidence <= options_.confidence_full) {
      event_.mutable_confidence()->set_value(*confidence / options_.confidence_full);
      event_.mutable_confidence()->set_native_text(written);
      event_.mutable_confidence()->set_scale(options_.confidence_full > 1 ? "0-100" : "0-1");
    } else if (confidence) {
      sdk::add_flag(event_, "confidence_out_of_range");
    }
    const auto test = plain_word(text(Field::test));
    if (test == "true" || test == "1" || test == "yes" || test == "y") {
      event_.set_status(v1::STATUS_TEST);
    }
  }

  std::optional<std::int64_t> time(Field field) {
    const auto written = text(field);
    if (written.empty()) {
      return std::nullopt;
    }
    const auto instant = sdk::read_time(written, options_.time_format, options_.zone);
    if (!instant) {
      sdk::add_flag(event_,
                    "bad_time_" + std::string(kFieldNames[static_cast<std::size_t>(field)]));
      return std::nullopt;
    }
    return instant->us;
  }

  void later_times() {
    if (const auto end = time(Field::occurred_end)) {
      sdk::set_timestamp(*event_.mutable_times()->mutable_occurred_end(), *end);
    }
    if (const auto published = time(Field::published)) {
      sdk::set_timestamp(*event_.mutable_times()->mutable_published(), *published);
    }
    if (const auto reviewed = time(Field::reviewed)) {
      sdk::set_timestamp(*alert().mutable_reviewed(), *reviewed);
    }
    if (const auto updated = time(Field::updated)) {
      sdk::set_timestamp(*event_.mutable_times()->mutable_updated(), *updated);
      event_.set_revision(*updated > 0 ? static_cast<std::uint64_t>(*updated) : 0);
    }
    const auto revision = sdk::integer_of(text(Field::revision));
    if (revision && *revision > 0) {
      event_.set_revision(static_cast<std::uint64_t>(*revision));
      later_ = *revision > 1;
    }
  }

  void shots() {
    const auto list = record_.json(options_.of(Field::shots));
    simdjson::dom::array shots;
    if (!list || list->get(shots) != simdjson::SUCCESS) {
      if (list) {
        wrong(Field::shots);
      }
      return;
    }
    for (const auto one : shots) {
      if (!one.is_object() || alert().shots_size() >= 1000) {
        wrong(Field::shots);
        continue;
      }
      const Record shot(one);
      v1::Shot made;
      const auto at = sdk::read_time(shot.text(options_.of(Field::occurred)).value,
                                     options_.time_format, options_.zone);
      if (at) {
        sdk::set_timestamp(*made.mutable_time(), at->us);
      }
      const auto lat = sdk::number_of(shot.text(options_.of(Field::lat)).value);
      const auto lon = sdk::number_of(shot.text(options_.of(Field::lon)).value);
      if (lat && lon && std::abs(*lat) <= 90 && std::abs(*lon) <= 180) {
        made.mutable_location()->set_lat(*lat);
        made.mutable_location()->set_lon(*lon);
      }
      *alert().add_shots() = std::move(made);
    }
  }

  // A person's dismissal takes the alert back; a new type, or any later revision, changes it.
  void review() {
    const auto word = text(Field::state);
    auto state = options_.default_state;
    if (!word.empty()) {
      const auto found = options_.states.find(plain_word(word));
      if (found != options_.states.end()) {
        state = found->second;
      } else {
        sdk::add_flag(event_, "unknown_state");
      }
    }
    event_.set_review(state);
    event_.set_lifecycle(state == v1::REVIEW_HUMAN_DISMISSED ? v1::LIFECYCLE_RETRACT
                         : reclassified_ || later_           ? v1::LIFECYCLE_UPDATE
                                                             : v1::LIFECYCLE_NEW);
  }

  v1::GunshotAlert& alert() { return *event_.mutable_gunshot_alert(); }

  const Options& options_;
  const Record& record_;
  v1::Event event_;
  bool reclassified_ = false;
  bool later_ = false;
};

void emit(const Options& options, const Record& record, std::string_view bytes,
          const std::string& position, sdk::Emitter& out) {
  if (record.is_empty()) {
    out.skip("null_row");
    return;
  }
  Alert alert(options, record);
  if (const auto refusal = alert.build()) {
    out.reject(refusal->reason, refusal->detail, bytes, position);
    return;
  }
  out.event(alert.event(), bytes, position);
}

void parse_json(const Options& options, simdjson::dom::parser& parser, std::string_view body,
                sdk::Emitter& out) {
  const std::vector<std::string_view> row_members(options.rows.begin(), options.rows.end());
  const auto split = sdk::split_json(body, row_members);
  if (split.parts.empty() && !split.broken) {
    out.skip("empty_delivery");
  }
  for (const auto& part : split.parts) {
    const auto position = sdk::position_of(split.unit, part.number, part.offset);
    const auto value = sdk::parse_part(parser, part, options.max_part_bytes);
    if (!value) {
      out.reject(value.error().reason, value.error().detail, part.bytes, position);
    } else if (value->is_null()) {
      out.skip("null_row");
    } else if (!value->is_object()) {
      out.reject("wrong_type",
                 "an alert must be an object, is " + std::string(sdk::describe(*value)), part.bytes,
                 position);
    } else {
      emit(options, Record(*value), part.bytes, position, out);
    }
  }
  if (split.broken) {
    out.reject(split.broken->reason, split.broken->detail, split.broken->bytes,
               sdk::position_of(split.unit, split.parts.size(), split.broken->offset));
  }
}

bool is_header(const Options& options, const std::vector<std::string>& names) {
  const auto known = [&](const std::string& name) {
    return std::ranges::any_of(options.fields, [&](const auto& field) {
      return std::ranges::find(field, name) != field.end();
    });
  };
  return std::ranges::count_if(names, known) >= 2;
}

void parse_csv(const Options& options, std::string_view body, sdk::Emitter& out) {
  const auto text = sdk::without_bom(body);
  const auto bom = body.size() - text.size();
  sdk::CsvReader reader(text);
  auto record = reader.next();
  if (!record) {
    return;
  }
  std::vector<std::string> names;
  for (const auto& name : record->fields) {
    names.push_back(plain_name(name));
  }
  if (!is_header(options, names)) {
    out.reject(options.format == "auto" ? "not_json" : "no_header",
               "neither JSON nor a header line with known columns at byte 0", body,
               "row 0, byte 0");
    return;
  }
  std::size_t number = 0;
  for (record = reader.next(); record; record = reader.next()) {
    const auto position = sdk::position_of("row", number++, record->offset + bom);
    if (record->bytes.size() > options.max_part_bytes) {
      out.reject("too_long", "longer than max_part_bytes", record->bytes, position);
    } else if (!simdjson::validate_utf8(record->bytes.data(), record->bytes.size())) {
      out.reject("invalid_utf8", "not UTF-8", record->bytes, position);
    } else if (record->fields.size() != names.size() || record->quote_open) {
      const bool cut =
          record->quote_open || (!record->complete && record->fields.size() < names.size());
      out.reject(cut ? "truncated" : "wrong_columns",
                 "columns: " + std::to_string(record->fields.size()) +
                     ", in the header: " + std::to_string(names.size()),
                 record->bytes, position);
    } else {
      emit(options, Record(names, record->fields), record->bytes, position, out);
    }
  }
  if (number == 0) {
    out.skip("no_rows");
  }
}

}  // namespace

void parse(const Options& options, simdjson::dom::parser& parser, const sdk::Delivery& delivery,
           sdk::Emitter& out) {
  const auto text = sdk::trimmed(sdk::without_bom(delivery.body));
  if (text.empty()) {
    out.skip("empty_delivery");
  } else if (options.format == "json" ||
             (options.format == "auto" && (text.front() == '{' || text.front() == '['))) {
    parse_json(options, parser, delivery.body, out);
  } else {
    parse_csv(options, delivery.body, out);
  }
}

}  // namespace fusiond::acoustic
