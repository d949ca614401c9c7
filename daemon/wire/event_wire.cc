#include "daemon/wire/event_wire.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include "daemon/wire/event_reader.h"
#include "daemon/wire/fields.h"
#include "daemon/wire/place_wire.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::wire {
namespace {

constexpr std::size_t kHeadlineBytes =
    200;  // of one made from a payload; the source's own is kept whole
constexpr std::uint32_t kMaxPriority = 10;

// At most kHeadlineBytes of the first line, not cutting a letter in two.
std::string shortened(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text.size() > kHeadlineBytes) {
    std::size_t end = kHeadlineBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text = text.substr(0, end);
  }
  return std::string(text);
}

// How an event's message says it: views into it.

EventFields::Plate plate_of(const v1::Vehicle& vehicle) {
  return {vehicle.plate().normalised(), vehicle.plate().raw()};
}

std::string_view payload_headline(const v1::Event& message) {
  switch (message.payload_case()) {
    case v1::Event::kCadCall:
      return first_filled(message.cad_call().type_final(), message.cad_call().type_original());
    case v1::Event::kCameraDetection:
      return message.camera_detection().label();
    case v1::Event::kAlarmSignal:
      return message.alarm_signal().alarm_type();
    case v1::Event::kSocialPost:
      return message.social_post().text();
    case v1::Event::kPublicAlert:
      return message.public_alert().event();
    case v1::Event::kTrafficEvent:
      return message.traffic_event().cause();
    case v1::Event::kPlateRead:
      return message.plate_read().hits().empty()
                 ? std::string_view()
                 : std::string_view(message.plate_read().hits(0).reason());
    default:
      return {};
  }
}

void read_payload(const v1::Event& message, EventFields& fields) {
  fields.payload_headline = payload_headline(message);
  fields.local_device = first_filled(
      first_filled(message.camera_detection().camera_id(), message.plate_read().camera_id()),
      message.alarm_signal().premises_id());
  const v1::CadCall& call = message.cad_call();
  fields.agency = call.agency();
  fields.cad_number = call.cad_number();
  fields.caller_hash = call.caller_hash();
  if (message.has_plate_read()) {
    fields.plates.push_back(plate_of(message.plate_read().vehicle()));
  }
  for (const auto& hit : message.plate_read().hits()) {
    if (const auto list = first_filled(hit.list_type(), hit.list_name()); !list.empty()) {
      fields.lists.push_back(list);
    }
  }
}

void read_lists(const v1::Event& message, EventFields& fields) {
  const auto& codes = message.kind_codes();
  const auto ours = std::find_if(codes.begin(), codes.end(),
                                 [](const auto& code) { return code.scheme() == kKindScheme; });
  if (ours != codes.end()) {
    fields.kind = ours->code();
  }
  for (const auto& reference : message.references()) {
    fields.references.push_back({reference.source(), reference.source_event_id(),
                                 reference.event_id(), static_cast<int>(reference.relation())});
  }
  for (const auto& entity : message.entities()) {
    if (entity.has_vehicle()) {
      fields.plates.push_back(plate_of(entity.vehicle()));
    }
    fields.device = first_filled(fields.device, entity.device().id());
  }
  if (!message.text().empty()) {
    fields.headline = message.text(0).headline();
  }
  fields.flags.assign(message.flags().begin(), message.flags().end());
  fields.lists.insert(fields.lists.end(), message.plate_lists().begin(),
                      message.plate_lists().end());
}

EventFields fields_of(const v1::Event& message) {
  const auto time_of = [](const google::protobuf::Timestamp& time) {
    return EventFields::Time{time.seconds(), time.nanos()};
  };
  EventFields fields;
  fields.event_id = message.event_id();
  fields.source = message.source();
  fields.source_event_id = message.source_event_id();
  fields.revision = message.revision();
  fields.source_kind = static_cast<int>(message.source_kind());
  fields.lifecycle = static_cast<int>(message.lifecycle());
  fields.status = static_cast<int>(message.status());
  if (message.has_priority()) {
    fields.priority = message.priority();
  }
  if (message.has_confidence()) {
    fields.confidence = message.confidence().value();
  }
  if (message.times().has_occurred()) {
    fields.occurred = time_of(message.times().occurred());
  }
  if (message.times().has_received()) {
    fields.received = time_of(message.times().received());
  }
  fields.lateness_us = message.lateness_us();
  fields.location = &message.location();
  fields.address_text = message.location().address_text();
  fields.device_ref = message.location().device_ref();
  fields.provenance = message.provenance();
  fields.content_hash = message.content_hash();
  read_payload(message, fields);
  read_lists(message, fields);
  return fields;
}

// What it comes to.

std::string joined(std::string_view a, char between, std::string_view b) {
  std::string text;
  text.reserve(a.size() + 1 + b.size());
  text.append(a);
  text.push_back(between);
  text.append(b);
  return text;
}

std::string headline_of(const EventFields& fields) {
  return fields.headline && !fields.headline->empty() ? std::string(*fields.headline)
                                                      : shortened(fields.payload_headline);
}

std::string plate_of(const EventFields& fields) {
  for (const EventFields::Plate& plate : fields.plates) {
    if (!plate.normalised.empty()) {
      return std::string(plate.normalised);
    }
    if (auto normalised = normalised_plate(plate.raw); !normalised.empty()) {
      return normalised;
    }
  }
  return {};
}

// A device that the registry knows goes by its name; one that only its source knows by source and
// name.
std::string device_of(const EventFields& fields) {
  const std::string_view known = first_filled(fields.device, fields.device_ref);
  if (!known.empty() || fields.local_device.empty()) {
    return std::string(known);
  }
  return joined(fields.source, '/', fields.local_device);
}

void read_keys(const EventFields& fields, Keys& keys) {
  const std::string_view agency = first_filled(fields.agency, fields.source);
  if (!fields.cad_number.empty()) {
    keys.cad_number = joined(agency, '/', fields.cad_number);
  }
  for (const EventFields::Reference& reference : fields.references) {
    if (reference.relation == v1::RELATION_DUPLICATE_OF && keys.duplicate_of.empty() &&
        !reference.source_event_id.empty()) {
      keys.duplicate_of =
          joined(first_filled(reference.source, agency), '/', reference.source_event_id);
    }
  }
  keys.caller = fields.caller_hash;
  keys.plate = plate_of(fields);
  keys.device = device_of(fields);
}

// The type of a list, or its name where the source gives no type.
std::vector<std::string> plate_lists_of(const EventFields& fields) {
  std::vector<std::string> lists(fields.lists.begin(), fields.lists.end());
  std::sort(lists.begin(), lists.end());
  lists.erase(std::unique(lists.begin(), lists.end()), lists.end());
  return lists;
}

// How sure the source is of its own report; what is no probability is left out.
std::optional<std::uint16_t> own_confidence(const EventFields& fields) {
  const double value = fields.confidence.value_or(-1);
  if (!(value >= 0 && value <= 1)) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(value * 1000 + 0.5);
}

Result<std::optional<EventId>> copy_of(const EventFields& fields) {
  for (const EventFields::Reference& reference : fields.references) {
    if (reference.relation != v1::RELATION_COPY_OF) {
      continue;
    }
    if (!reference.event_id.empty()) {
      if (!is_uuid(reference.event_id)) {
        return bad_field("references.event_id", "is not a UUID");
      }
      return EventId{reference.event_id};
    }
    if (reference.source_event_id.empty()) {
      return bad_field("references.source_event_id", "of a copy is missing");
    }
    return event_id_of(SourceId{std::string(first_filled(reference.source, fields.source))},
                       reference.source_event_id);
  }
  return std::nullopt;
}

Result<void> read_identity(const EventFields& fields, Event& event) {
  if (!is_uuid(fields.event_id)) {
    return bad_field("event_id", fields.event_id.empty() ? "is missing" : "is not a UUID");
  }
  if (fields.source.empty()) {
    return bad_field("source", "is missing");
  }
  if (fields.source_event_id.empty()) {
    return bad_field("source_event_id", "is missing");
  }
  if (fields.revision == 0) {
    return bad_field("revision", "is missing");
  }
  event.id = EventId{fields.event_id};
  event.source = SourceId{std::string(fields.source)};
  event.source_event_id = fields.source_event_id;
  event.revision = fields.revision;
  return {};
}

Result<void> read_words(const EventFields& fields, Event& event) {
  const auto kind = enum_from(fields.source_kind, SourceKind::operator_, "source_kind");
  if (!kind) {
    return fail(kind.error());
  }
  const auto lifecycle = enum_from(fields.lifecycle, Lifecycle::retract, "lifecycle");
  if (!lifecycle) {
    return fail(lifecycle.error());
  }
  const auto status = enum_from(fields.status, Status::draft, "status");
  if (!status) {
    return fail(status.error());
  }
  if (fields.kind.value_or("").empty()) {
    return bad_field("kind_codes", "have none of scheme fusiond");
  }
  if (fields.priority.value_or(0) > kMaxPriority) {
    return bad_field("priority", "must be 0 to 10, got: " + std::to_string(*fields.priority));
  }
  event.source_kind = *kind;
  event.lifecycle = *lifecycle;
  event.status = *status;
  event.kind = *fields.kind;
  if (fields.priority) {
    event.priority = static_cast<std::uint8_t>(*fields.priority);
  }
  event.confidence_permille = own_confidence(fields);
  return {};
}

Result<void> read_times(const EventFields& fields, Event& event) {
  if (!fields.occurred) {
    return bad_field("times.occurred", "is missing");
  }
  if (!fields.received) {
    return bad_field("times.received", "is missing");
  }
  const auto occurred =
      micros_from(fields.occurred->seconds, fields.occurred->nanos, "times.occurred");
  if (!occurred) {
    return fail(occurred.error());
  }
  const auto received =
      micros_from(fields.received->seconds, fields.received->nanos, "times.received");
  if (!received) {
    return fail(received.error());
  }
  if (fields.lateness_us < 0) {
    return bad_field("lateness_us",
                     "must not be negative, got: " + std::to_string(fields.lateness_us));
  }
  event.occurred = event_time(*occurred);
  event.received = wall_time(*received);
  event.lateness = Micros{fields.lateness_us};
  return {};
}

Result<Event> event_of(const EventFields& fields) {
  Event event;
  for (const auto read : {read_identity, read_words, read_times}) {
    if (auto good = read(fields, event); !good) {
      return fail(good.error());
    }
  }
  if (fields.location != nullptr) {
    auto place = place_from(*fields.location);
    if (!place) {
      return fail(place.error());
    }
    event.place = *place;
  }
  auto root = copy_of(fields);
  if (!root) {
    return fail(root.error());
  }
  event.copy_of = std::move(*root);
  read_keys(fields, event.keys);
  event.provenance = fields.provenance;
  event.headline = headline_of(fields);
  event.address_text = fields.address_text;
  event.flags.assign(fields.flags.begin(), fields.flags.end());
  event.plate_lists = plate_lists_of(fields);
  event.content_hash = fields.content_hash;
  return event;
}

// "agency/number" → two halves that make the same key again. Neither is empty, and an agency may
// begin with a slash.
std::pair<std::string, std::string> halves(const std::string& key) {
  const std::size_t slash = key.find('/', 1);
  return slash == std::string::npos ? std::pair{std::string(), key}
                                    : std::pair{key.substr(0, slash), key.substr(slash + 1)};
}

void write_keys(const Keys& keys, v1::Event& out) {
  if (!keys.cad_number.empty()) {
    auto [agency, number] = halves(keys.cad_number);
    out.mutable_cad_call()->set_agency(std::move(agency));
    out.mutable_cad_call()->set_cad_number(std::move(number));
  }
  if (!keys.caller.empty()) {
    out.mutable_cad_call()->set_caller_hash(keys.caller);
  }
  if (!keys.duplicate_of.empty()) {
    auto [agency, number] = halves(keys.duplicate_of);
    auto& reference = *out.add_references();
    reference.set_source(std::move(agency));
    reference.set_source_event_id(std::move(number));
    reference.set_relation(v1::RELATION_DUPLICATE_OF);
  }
  if (!keys.plate.empty()) {
    out.add_entities()->mutable_vehicle()->mutable_plate()->set_normalised(keys.plate);
  }
  if (!keys.device.empty()) {
    out.add_entities()->mutable_device()->set_id(keys.device);
  }
}

}  // namespace

std::string normalised_plate(std::string_view raw) {
  std::string plate;
  for (const char c : raw) {
    if (c >= 'a' && c <= 'z') {
      plate.push_back(static_cast<char>(c - 'a' + 'A'));
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      plate.push_back(c);
    }
  }
  return plate;
}

Result<Event> event_from(const v1::Event& message) {
  return event_of(fields_of(message));
}

void write_event(const Event& event, v1::Event& out) {
  out.Clear();
  out.set_id(event.id.str() + "-" + std::to_string(event.revision));
  out.set_event_id(event.id.str());
  out.set_source(event.source.str());
  out.set_source_event_id(event.source_event_id);
  out.set_revision(event.revision);
  out.set_source_kind(proto_enum<v1::SourceKind>(event.source_kind));
  out.set_lifecycle(proto_enum<v1::Lifecycle>(event.lifecycle));
  out.set_status(proto_enum<v1::Status>(event.status));
  auto& kind = *out.add_kind_codes();
  kind.set_scheme(std::string(kKindScheme));
  kind.set_code(event.kind);
  write_micros(micros_of(event.occurred), *out.mutable_times()->mutable_occurred());
  write_micros(micros_of(event.received), *out.mutable_times()->mutable_received());
  out.set_lateness_us(event.lateness.count());
  if (event.place) {
    write_place(*event.place, *out.mutable_location());
  }
  if (!event.address_text.empty()) {
    out.mutable_location()->set_address_text(event.address_text);
  }
  write_keys(event.keys, out);
  if (event.copy_of) {
    auto& reference = *out.add_references();
    reference.set_event_id(event.copy_of->str());
    reference.set_relation(v1::RELATION_COPY_OF);
  }
  out.set_provenance(event.provenance);
  if (event.priority) {
    out.set_priority(*event.priority);
  }
  if (event.confidence_permille) {
    out.mutable_confidence()->set_value(*event.confidence_permille / 1000.0);
  }
  if (!event.headline.empty()) {
    out.add_text()->set_headline(event.headline);
  }
  out.mutable_flags()->Assign(event.flags.begin(), event.flags.end());
  out.mutable_plate_lists()->Assign(event.plate_lists.begin(), event.plate_lists.end());
  out.set_content_hash(event.content_hash);
}

std::string encode_event(const Event& event) {
  v1::Event message;
  write_event(event, message);
  return bytes_of(message);
}

struct EventDecoder::Scratch {
  EventReader reader;
  v1::Event message;
};

EventDecoder::EventDecoder() : scratch_(std::make_unique<Scratch>()) {}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

Result<Event> EventDecoder::decode(std::string_view bytes) {
  if (const EventFields* fields = scratch_->reader.read(bytes)) {
    return event_of(*fields);
  }
  return decode_slowly(bytes);
}

Result<Event> EventDecoder::decode_slowly(std::string_view bytes) {
  v1::Event& message = scratch_->message;
  if (auto good = parse_into(message, bytes, "event"); !good) {
    return fail(good.error());
  }
  return event_from(message);
}

Result<Event> decode_event(std::string_view bytes) {
  return EventDecoder().decode(bytes);
}

Result<Event> event_from_json(const std::string& json, Micros lateness) {
  v1::Event message;
  const google::protobuf::LogSilencer silencer;
  const auto read = google::protobuf::util::JsonStringToMessage(json, &message);
  if (!read.ok()) {
    return fail(Fault::bad_input, "not an event in JSON: " + read.ToString());
  }
  if (message.event_id().empty() && !message.source().empty() &&
      !message.source_event_id().empty()) {
    message.set_event_id(event_id_of(SourceId{message.source()}, message.source_event_id()).str());
  }
  if (message.lateness_us() == 0) {
    message.set_lateness_us(lateness.count());
  }
  return event_from(message);
}

}  // namespace fusiond::wire
