// A row is read in one order: is it a row at all, who is it, when was it, then everything that may
// be missing. Only a row without identity or with an unreadable time is turned away; another column
// of the wrong type costs a flag, not the call.
#include "plugins/cad_poll/parse.h"

#include <algorithm>
#include <optional>

#include "plugins/cad_poll/place.h"
#include "plugins/sdk/build_event.h"
#include "plugins/sdk/keyed_hash.h"

namespace fusiond::cad_poll {
namespace {

using sdk::Found;
using sdk::Json;

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

struct Refusal {
  std::string_view reason;
  std::string detail;
};

// One row and the event that is made of it.
class Row {
 public:
  Row(const Options& options, Json row) : options_(options), row_(row) {
    const auto properties = sdk::find(row, "properties");
    if (properties && sdk::read_text(sdk::find(row, "type")).value == "Feature") {
      row_ = *properties;
      geometry_ = sdk::find(row, "geometry");
    }
  }

  [[nodiscard]] bool is_null() const {
    const auto nothing = [&](const Paths& paths) {
      return std::ranges::all_of(
          paths, [&](const auto& path) { return sdk::is_nothing(sdk::find(row_, path)); });
    };
    return sdk::is_nothing(geometry_) && std::ranges::all_of(options_.columns, nothing) &&
           std::ranges::all_of(options_.times,
                               [&](const TimePaths& time) { return nothing(time.paths); });
  }

  std::optional<Refusal> build() {
    if (auto refusal = identity()) {
      return refusal;
    }
    if (auto refusal = times()) {
      return refusal;
    }
    type();
    priority();
    place();
    life();
    relations();
    remaining();
    return std::nullopt;
  }

  [[nodiscard]] const v1::Event& event() const { return event_; }

 private:
  // The first value among a column's paths that is there and not blacked out.
  std::optional<Json> value(const Paths& paths) {
    for (const auto& path : paths) {
      auto found = sdk::find(row_, path);
      if (!found || found->is_null()) {
        continue;
      }
      if (found->is_string() &&
          contains(options_.redacted_words, sdk::trimmed(found->get_string().value_unsafe()))) {
        redacted_ = true;
        continue;
      }
      if (sdk::read_text(found).found != Found::absent) {
        return found;
      }
    }
    return std::nullopt;
  }

  void wrong(std::string_view column) {
    sdk::add_flag(event_, "wrong_type_" + std::string(column));
  }

  std::string text(Column column) {
    const auto read = sdk::read_text(value(options_.of(column)));
    if (read.found == Found::wrong) {
      wrong(kColumnNames[static_cast<std::size_t>(column)]);
    }
    return read.value;
  }

  std::optional<Refusal> identity() {
    const auto& paths = options_.of(Column::id);
    const auto found = value(paths);
    const auto id = sdk::read_text(found);
    if (id.found == Found::wrong) {
      return Refusal{"wrong_type", "column id (" + paths.front() +
                                       ") must be a text or a number, is " +
                                       std::string(sdk::describe(found))};
    }
    if (!id) {
      return Refusal{"no_id", redacted_ ? "column id (" + paths.front() + ") is redacted"
                                        : "column id (" + paths.front() + ") is empty"};
    }
    event_.set_type("gov.rtcc.cad.call.v1");
    event_.set_source_kind(v1::SOURCE_KIND_CAD);
    event_.set_source_event_id(id.value);
    event_.set_status(v1::STATUS_ACTUAL);
    const auto number = text(Column::cad_number);
    call().set_cad_number(number.empty() ? id.value : number);
    const auto agency = text(Column::agency);
    call().set_agency(agency.empty() ? options_.agency : agency);
    return std::nullopt;
  }

  // Reads one time; an unreadable one is noted as `fault` when it decides, else as a flag.
  std::optional<sdk::CivilInstant> time(TimeColumn column,
                                        std::optional<Refusal>* fault = nullptr) {
    const auto& where = options_.of(column);
    const auto name = kTimeColumnNames[static_cast<std::size_t>(column)];
    const auto found = value(where.paths);
    const auto read = sdk::read_text(found);
    if (read.found == Found::absent) {
      return std::nullopt;
    }
    auto instant = read ? sdk::read_time(read.value, where.format, options_.zone) : std::nullopt;
    if (!instant && fault != nullptr) {
      *fault = Refusal{read ? "bad_time" : "wrong_type",
                       "column " + std::string(name) + " is no time: " +
                           (read ? read.value.substr(0, 80) : std::string(sdk::describe(found)))};
    } else if (!instant) {
      sdk::add_flag(event_, "bad_time_" + std::string(name));
    }
    return instant;
  }

  std::optional<Refusal> times() {
    std::optional<Refusal> fault;
    auto occurred = time(TimeColumn::occurred, &fault);
    if (fault) {
      return fault;
    }
    auto& cad = *call().mutable_times();
    const auto keep = [&](TimeColumn column, google::protobuf::Timestamp* (v1::CadTimes::*slot)()) {
      const auto instant = time(column);
      if (instant) {
        sdk::set_timestamp(*(cad.*slot)(), instant->us);
      }
      return instant;
    };
    const auto received = keep(TimeColumn::received, &v1::CadTimes::mutable_received);
    const auto entry = keep(TimeColumn::entry, &v1::CadTimes::mutable_entry);
    const auto queued = keep(TimeColumn::queued, &v1::CadTimes::mutable_queued);
    const auto dispatched = keep(TimeColumn::dispatched, &v1::CadTimes::mutable_dispatched);
    keep(TimeColumn::enroute, &v1::CadTimes::mutable_enroute);
    keep(TimeColumn::onscene, &v1::CadTimes::mutable_onscene);
    closed_ = keep(TimeColumn::closed, &v1::CadTimes::mutable_closed);
    updated_ = time(TimeColumn::updated);
    for (const auto& stand_in : {received, entry, queued, dispatched, updated_}) {
      if (!occurred && stand_in) {
        occurred = stand_in;
        sdk::add_flag(event_, "occurred_from_later_time");
      }
    }
    if (occurred) {
      sdk::set_occurred(event_, *occurred);
      sdk::set_timestamp(*event_.mutable_times()->mutable_detected(),
                         received ? received->us : occurred->us);
    } else {
      event_.mutable_times()->set_quality(v1::TIME_QUALITY_UNKNOWN);
    }
    if (updated_) {
      sdk::set_timestamp(*event_.mutable_times()->mutable_updated(), updated_->us);
      event_.set_revision(updated_->us > 0 ? static_cast<std::uint64_t>(updated_->us) : 0);
    }
    return std::nullopt;
  }

  void type() {
    auto code = text(Column::type_code);
    auto title = text(Column::type_text);
    auto code_before = text(Column::type_code_original);
    const auto title_before = text(Column::type_text_original);
    split_type(code, title);
    std::string unused;
    split_type(code_before, unused);
    if (code.empty()) {
      code = title.empty() && code_before.empty() ? title_before
             : title.empty()                      ? code_before
                                                  : title;
    }
    if (title.empty()) {
      title = code == code_before && !title_before.empty() ? title_before : title;
    }
    if (!code.empty()) {
      sdk::add_kind_code(event_, options_.scheme, code, title);
      auto& shown = *event_.add_text();
      shown.set_headline(title.empty() ? code : title);
    }
    call().set_type_final(code);
    call().set_type_original(code_before);
    if (contains(options_.test_types, code)) {
      event_.set_status(v1::STATUS_TEST);
    }
    if (contains(options_.sensitive_types, code)) {
      call().set_sensitive(true);
    }
  }

  // Cuts "38 - Meet Complainant" in two where the settings name the separator.
  void split_type(std::string& code, std::string& title) const {
    const auto at =
        options_.type_separator.empty() ? std::string::npos : code.find(options_.type_separator);
    if (at != std::string::npos) {
      title = sdk::trimmed(std::string_view(code).substr(at + options_.type_separator.size()));
      code.resize(at);
      code = std::string(sdk::trimmed(code));
    }
  }

  void priority() {
    const auto original = text(Column::priority_original);
    auto native = text(Column::priority);
    native = native.empty() ? original : native;
    call().set_priority_original(original);
    call().set_priority_final(native);
    if (native.empty()) {
      return;
    }
    sdk::add_kind_code(event_, options_.scheme + ":priority", native, "");
    if (const auto level = options_.priorities.find(native); level != options_.priorities.end()) {
      event_.set_priority(level->second);
    } else if (!options_.priorities.empty()) {
      sdk::add_flag(event_, "unknown_priority");
    }
  }

  // A GeoJSON point; false when there is none.
  bool point_of(const std::optional<Json>& geometry) {
    if (!geometry || geometry->is_null()) {
      return false;
    }
    const auto type = sdk::read_text(sdk::find(*geometry, "type"));
    if (type && type.value != "Point") {
      sdk::add_flag(event_, "geometry_not_a_point");
      return false;
    }
    const auto lon = sdk::read_number(sdk::find(*geometry, "/coordinates/0"));
    const auto lat = sdk::read_number(sdk::find(*geometry, "/coordinates/1"));
    if (!lat || !lon) {
      wrong("geometry");
      return false;
    }
    return sdk::set_point(event_, lat.value, lon.value);
  }

  bool point_of_columns() {
    const auto lat = sdk::read_number(value(options_.of(Column::lat)));
    const auto lon = sdk::read_number(value(options_.of(Column::lon)));
    if (lat.found == Found::wrong || lon.found == Found::wrong) {
      wrong(lat.found == Found::wrong ? "lat" : "lon");
    }
    return lat && lon && sdk::set_point(event_, lat.value, lon.value);
  }

  std::optional<Json> geometry_column() const {
    for (const auto& path : options_.of(Column::geometry)) {
      const auto found = sdk::find(row_, path);
      if (found && !found->is_null() && found->is_object()) {
        return found;
      }
    }
    return std::nullopt;
  }

  void place() {
    const bool redacted_before = std::exchange(redacted_, false);
    const auto address = text(Column::address);
    const auto cross_streets = text(Column::cross_streets);
    const auto beat = text(Column::beat);
    const bool placed = point_of_columns() || point_of(geometry_column()) || point_of(geometry_);
    if (placed || redacted_ || !address.empty() || !cross_streets.empty() || !beat.empty()) {
      auto& location = *event_.mutable_location();
      location.set_role(v1::LOCATION_ROLE_CURRENT);
      location.set_address_text(address);
      location.set_cross_streets(cross_streets);
      if (!beat.empty()) {
        (*location.mutable_geocodes())["beat"] = beat;
        call().set_beat(beat);
      }
      if (placed) {
        location.set_method(v1::LOCATION_METHOD_GEOCODED);
        precision(location, address.empty() ? cross_streets : address);
      }
      if (redacted_) {
        location.set_precision_note(v1::PRECISION_NOTE_REDACTED);
      }
    }
    if (redacted_ || redacted_before) {
      call().set_sensitive(true);
    }
  }

  void precision(v1::Location& location, std::string_view address) const {
    if (options_.address_radius_m > 0) {
      location.set_radius_m(options_.address_radius_m);
    }
    const auto note = precision_of(options_, address);
    if (note != v1::PRECISION_NOTE_UNSPECIFIED) {
      sdk::set_precision(location, note,
                         note == v1::PRECISION_NOTE_BLOCK ? options_.block_radius_m
                                                          : options_.intersection_radius_m);
    }
    if (sdk::is_rounded_to_3_decimals(location.point().lat(), location.point().lon())) {
      sdk::set_precision(location, v1::PRECISION_NOTE_ROUNDED_3_DECIMALS,
                         options_.rounded_radius_m);
    }
  }

  void life() {
    const auto status = text(Column::status);
    const auto disposition = text(Column::disposition);
    if (!status.empty()) {
      call().add_status(status);
    }
    call().set_disposition(disposition);
    const bool later = updated_ && event_.times().has_occurred() &&
                       updated_->us > event_.times().occurred().seconds() * 1'000'000 +
                                          event_.times().occurred().nanos() / 1000;
    if (contains(options_.cancelled_statuses, status) ||
        contains(options_.cancelled_dispositions, disposition)) {
      event_.set_lifecycle(v1::LIFECYCLE_CANCEL);
    } else if (closed_ || contains(options_.closed_statuses, status)) {
      event_.set_lifecycle(v1::LIFECYCLE_END);
    } else {
      event_.set_lifecycle(later ? v1::LIFECYCLE_UPDATE : v1::LIFECYCLE_NEW);
    }
  }

  void relations() {
    const auto parent = text(Column::parent);
    const auto duplicate_of = text(Column::duplicate_of);
    if (!parent.empty() && parent != event_.source_event_id()) {
      const bool duplicate = contains(options_.duplicate_dispositions, call().disposition());
      sdk::add_reference(event_, parent,
                         duplicate ? v1::RELATION_DUPLICATE_OF : v1::RELATION_PARENT);
      call().set_parent_number(parent);
    }
    if (!duplicate_of.empty() && duplicate_of != event_.source_event_id()) {
      sdk::add_reference(event_, duplicate_of, v1::RELATION_DUPLICATE_OF);
    }
  }

  void remaining() {
    if (const auto unit = text(Column::unit); !unit.empty()) {
      call().add_units(unit);
    }
    call().set_call_source(text(Column::call_source));
    if (const auto caller = text(Column::caller); !caller.empty()) {
      call().set_caller_hash(sdk::keyed_hash(options_.caller_key, caller));
      event_.set_provenance("caller:" + call().caller_hash());
    }
    const auto count = sdk::read_integer(value(options_.of(Column::caller_count)));
    if (count && count.value >= 0 && count.value <= 1'000'000) {
      call().set_caller_count(static_cast<std::uint32_t>(count.value));
    } else if (count.found != Found::absent) {
      wrong("caller_count");
    }
    const auto sensitive = sdk::read_flag(value(options_.of(Column::sensitive)));
    if (sensitive.found == Found::wrong) {
      wrong("sensitive");
    }
    if (sensitive.value || call().sensitive()) {
      call().set_sensitive(true);
      event_.mutable_handling()->set_contains_personal_data(true);
    }
  }

  v1::CadCall& call() { return *event_.mutable_cad_call(); }

  const Options& options_;
  Json row_;
  std::optional<Json> geometry_;
  v1::Event event_;
  std::optional<sdk::CivilInstant> closed_;
  std::optional<sdk::CivilInstant> updated_;
  bool redacted_ = false;
};

void parse_row(const Options& options, simdjson::dom::parser& parser, const sdk::Part& part,
               std::string_view unit, sdk::Emitter& out) {
  const auto position = sdk::position_of(unit, part.number, part.offset);
  const auto value = sdk::parse_part(parser, part, options.max_part_bytes);
  if (!value) {
    out.reject(value.error().reason, value.error().detail, part.bytes, position);
    return;
  }
  if (value->is_null()) {
    out.skip("null_row");
    return;
  }
  if (!value->is_object()) {
    out.reject("wrong_type", "a row must be an object, is " + std::string(sdk::describe(*value)),
               part.bytes, position);
    return;
  }
  Row row(options, *value);
  if (row.is_null()) {
    out.skip("null_row");
    return;
  }
  if (const auto refusal = row.build()) {
    out.reject(refusal->reason, refusal->detail, part.bytes, position);
    return;
  }
  out.event(row.event(), part.bytes, position);
}

}  // namespace

void parse(const Options& options, simdjson::dom::parser& parser, const sdk::Delivery& delivery,
           sdk::Emitter& out) {
  const std::vector<std::string_view> row_members(options.rows.begin(), options.rows.end());
  const auto split = sdk::split_json(delivery.body, row_members);
  if (split.parts.empty() && !split.broken) {
    out.skip("empty_delivery");
  }
  for (const auto& part : split.parts) {
    parse_row(options, parser, part, split.unit, out);
  }
  if (split.broken) {
    out.reject(split.broken->reason, split.broken->detail, split.broken->bytes,
               sdk::position_of(split.unit, split.parts.size(), split.broken->offset));
  }
}

}  // namespace fusiond::cad_poll
