#include "daemon/wire/event_wire.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

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

const std::string& first_filled(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

std::string payload_headline(const v1::Event& message) {
  switch (message.payload_case()) {
    case v1::Event::kCadCall:
      return shortened(
          first_filled(message.cad_call().type_final(), message.cad_call().type_original()));
    case v1::Event::kCameraDetection:
      return shortened(message.camera_detection().label());
    case v1::Event::kAlarmSignal:
      return shortened(message.alarm_signal().alarm_type());
    case v1::Event::kSocialPost:
      return shortened(message.social_post().text());
    case v1::Event::kPublicAlert:
      return shortened(message.public_alert().event());
    case v1::Event::kTrafficEvent:
      return shortened(message.traffic_event().cause());
    case v1::Event::kPlateRead:
      return message.plate_read().hits().empty() ? std::string()
                                                 : shortened(message.plate_read().hits(0).reason());
    default:
      return {};
  }
}

std::string headline_of(const v1::Event& message) {
  const bool given = !message.text().empty() && !message.text(0).headline().empty();
  return given ? message.text(0).headline() : payload_headline(message);
}

std::string plate_of(const v1::Vehicle& vehicle) {
  const v1::Plate& plate = vehicle.plate();
  return plate.normalised().empty() ? normalised_plate(plate.raw()) : plate.normalised();
}

std::string plate_of(const v1::Event& message) {
  if (message.has_plate_read()) {
    if (auto plate = plate_of(message.plate_read().vehicle()); !plate.empty()) {
      return plate;
    }
  }
  for (const auto& entity : message.entities()) {
    if (auto plate = plate_of(entity.vehicle()); !plate.empty()) {
      return plate;
    }
  }
  return {};
}

// A device that the registry knows goes by its name; one that only its source knows by source and
// name.
std::string device_of(const v1::Event& message) {
  for (const auto& entity : message.entities()) {
    if (!entity.device().id().empty()) {
      return entity.device().id();
    }
  }
  if (!message.location().device_ref().empty()) {
    return message.location().device_ref();
  }
  const std::string& local = first_filled(
      first_filled(message.camera_detection().camera_id(), message.plate_read().camera_id()),
      message.alarm_signal().premises_id());
  return local.empty() ? std::string() : message.source() + "/" + local;
}

Keys keys_of(const v1::Event& message) {
  Keys keys;
  const v1::CadCall& call = message.cad_call();
  const std::string& agency = first_filled(call.agency(), message.source());
  if (!call.cad_number().empty()) {
    keys.cad_number = agency + "/" + call.cad_number();
  }
  for (const auto& reference : message.references()) {
    if (reference.relation() == v1::RELATION_DUPLICATE_OF && keys.duplicate_of.empty() &&
        !reference.source_event_id().empty()) {
      keys.duplicate_of =
          first_filled(reference.source(), agency) + "/" + reference.source_event_id();
    }
  }
  keys.caller = call.caller_hash();
  keys.plate = plate_of(message);
  keys.device = device_of(message);
  return keys;
}

// The type of a list, or its name where the source gives no type.
std::vector<std::string> plate_lists_of(const v1::Event& message) {
  std::vector<std::string> lists(message.plate_lists().begin(), message.plate_lists().end());
  for (const auto& hit : message.plate_read().hits()) {
    if (const std::string& list = first_filled(hit.list_type(), hit.list_name()); !list.empty()) {
      lists.push_back(list);
    }
  }
  std::sort(lists.begin(), lists.end());
  lists.erase(std::unique(lists.begin(), lists.end()), lists.end());
  return lists;
}

// How sure the source is of its own report; what is no probability is left out.
std::optional<std::uint16_t> own_confidence(const v1::Event& message) {
  const double value = message.has_confidence() ? message.confidence().value() : -1;
  if (!(value >= 0 && value <= 1)) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(value * 1000 + 0.5);
}

Result<std::optional<EventId>> copy_of(const v1::Event& message) {
  for (const auto& reference : message.references()) {
    if (reference.relation() != v1::RELATION_COPY_OF) {
      continue;
    }
    if (!reference.event_id().empty()) {
      if (!is_uuid(reference.event_id())) {
        return bad_field("references.event_id", "is not a UUID");
      }
      return EventId{reference.event_id()};
    }
    if (reference.source_event_id().empty()) {
      return bad_field("references.source_event_id", "of a copy is missing");
    }
    return event_id_of(SourceId{first_filled(reference.source(), message.source())},
                       reference.source_event_id());
  }
  return std::nullopt;
}

Result<void> read_identity(const v1::Event& message, Event& event) {
  if (!is_uuid(message.event_id())) {
    return bad_field("event_id", message.event_id().empty() ? "is missing" : "is not a UUID");
  }
  if (message.source().empty()) {
    return bad_field("source", "is missing");
  }
  if (message.source_event_id().empty()) {
    return bad_field("source_event_id", "is missing");
  }
  if (message.revision() == 0) {
    return bad_field("revision", "is missing");
  }
  event.id = EventId{message.event_id()};
  event.source = SourceId{message.source()};
  event.source_event_id = message.source_event_id();
  event.revision = message.revision();
  return {};
}

Result<void> read_words(const v1::Event& message, Event& event) {
  const auto kind =
      enum_from(static_cast<int>(message.source_kind()), SourceKind::operator_, "source_kind");
  if (!kind) {
    return fail(kind.error());
  }
  const auto lifecycle =
      enum_from(static_cast<int>(message.lifecycle()), Lifecycle::retract, "lifecycle");
  if (!lifecycle) {
    return fail(lifecycle.error());
  }
  const auto status = enum_from(static_cast<int>(message.status()), Status::draft, "status");
  if (!status) {
    return fail(status.error());
  }
  const auto& codes = message.kind_codes();
  const auto ours = std::find_if(codes.begin(), codes.end(),
                                 [](const auto& code) { return code.scheme() == kKindScheme; });
  if (ours == codes.end() || ours->code().empty()) {
    return bad_field("kind_codes", "have none of scheme fusiond");
  }
  if (message.has_priority() && message.priority() > kMaxPriority) {
    return bad_field("priority", "must be 0 to 10, got: " + std::to_string(message.priority()));
  }
  event.source_kind = *kind;
  event.lifecycle = *lifecycle;
  event.status = *status;
  event.kind = ours->code();
  if (message.has_priority()) {
    event.priority = static_cast<std::uint8_t>(message.priority());
  }
  event.confidence_permille = own_confidence(message);
  return {};
}

Result<void> read_times(const v1::Event& message, Event& event) {
  const v1::Times& times = message.times();
  if (!times.has_occurred()) {
    return bad_field("times.occurred", "is missing");
  }
  if (!times.has_received()) {
    return bad_field("times.received", "is missing");
  }
  const auto occurred = micros_from(times.occurred(), "times.occurred");
  if (!occurred) {
    return fail(occurred.error());
  }
  const auto received = micros_from(times.received(), "times.received");
  if (!received) {
    return fail(received.error());
  }
  if (message.lateness_us() < 0) {
    return bad_field("lateness_us",
                     "must not be negative, got: " + std::to_string(message.lateness_us()));
  }
  event.occurred = event_time(*occurred);
  event.received = wall_time(*received);
  event.lateness = Micros{message.lateness_us()};
  return {};
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
  Event event;
  for (const auto read : {read_identity, read_words, read_times}) {
    if (auto good = read(message, event); !good) {
      return fail(good.error());
    }
  }
  auto place = place_from(message.location());
  if (!place) {
    return fail(place.error());
  }
  auto root = copy_of(message);
  if (!root) {
    return fail(root.error());
  }
  event.place = *place;
  event.keys = keys_of(message);
  event.copy_of = std::move(*root);
  event.provenance = message.provenance();
  event.headline = headline_of(message);
  event.address_text = message.location().address_text();
  event.flags.assign(message.flags().begin(), message.flags().end());
  event.plate_lists = plate_lists_of(message);
  event.content_hash = message.content_hash();
  return event;
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

EventDecoder::EventDecoder() : scratch_(std::make_unique<v1::Event>()) {}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

Result<Event> EventDecoder::decode(std::string_view bytes) {
  if (auto good = parse_into(*scratch_, bytes, "event"); !good) {
    return fail(good.error());
  }
  return event_from(*scratch_);
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
