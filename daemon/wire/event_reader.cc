#include "daemon/wire/event_reader.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "daemon/wire/event_wire.h"
#include "daemon/wire/message_shape.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::wire {
namespace {

using E = v1::Event;
using Index = MessageShapes::Index;

const MessageShapes& shapes() {
  static const MessageShapes made(*E::descriptor());
  return made;
}

// The shape of what a field of the event holds.
Index inside(int field) {
  return shapes().inside(0, static_cast<std::uint32_t>(field));
}

// Fields that are read: each says no to a form that is not its own.
bool text(const WireField& field, std::string_view& out) {
  out = field.bytes;
  return field.form == 2 && is_utf8(field.bytes);
}
bool number(const WireField& field, std::uint64_t& out) {
  out = field.value;
  return field.form == 0;
}
bool signed_number(const WireField& field, std::int64_t& out) {
  out = static_cast<std::int64_t>(field.value >> 1U) ^ -static_cast<std::int64_t>(field.value & 1U);
  return field.form == 0;
}
bool word(const WireField& field, int& out) {
  out = static_cast<int>(static_cast<std::uint32_t>(field.value));
  return field.form == 0;
}
bool real(const WireField& field, double& out) {
  out = std::bit_cast<double>(field.value);
  return field.form == 1;
}

// Calls take(field) with each field of a message; it may say no.
template <class Take>
bool each(std::string_view bytes, const Take& take) {
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (!take(field)) {
      return false;
    }
  }
  return reader.ok();
}

// Notes which messages have come. One that is not repeated must come once, and of a choice one:
// protobuf would put the parts together.
class Once {
 public:
  bool first(std::uint32_t number) {
    const std::uint64_t bit = std::uint64_t{1} << number;
    const bool is_first = (seen_ & bit) == 0;
    seen_ |= bit;
    return is_first;
  }

 private:
  std::uint64_t seen_ = 0;
};

bool read_time(std::string_view bytes, std::optional<EventFields::Time>& out) {
  using T = google::protobuf::Timestamp;
  std::uint64_t seconds = 0;
  int nanos = 0;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case T::kSecondsFieldNumber:
        return number(field, seconds);
      case T::kNanosFieldNumber:
        return word(field, nanos);
      default:
        return false;
    }
  });
  out = EventFields::Time{static_cast<std::int64_t>(seconds), nanos};
  return good;
}

bool read_point(std::string_view bytes, v1::Point& out) {
  using P = v1::Point;
  double lat = 0;
  double lon = 0;
  const bool good = each(bytes, [&](const WireField& field) {
    double alt = 0;
    switch (field.number) {
      case P::kLatFieldNumber:
        return real(field, lat);
      case P::kLonFieldNumber:
        return real(field, lon);
      case P::kAltMFieldNumber:
        return real(field, alt);
      default:
        return false;
    }
  });
  out.set_lat(lat);
  out.set_lon(lon);
  return good;
}

bool read_circle(std::string_view bytes, v1::Circle& out) {
  using C = v1::Circle;
  Once once;
  double radius_m = 0;
  out.mutable_center()->set_lat(0);
  out.mutable_center()->set_lon(0);
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case C::kCenterFieldNumber:
        return field.form == 2 && once.first(field.number) &&
               read_point(field.bytes, *out.mutable_center());
      case C::kRadiusMFieldNumber:
        return real(field, radius_m);
      default:
        return false;
    }
  });
  out.set_radius_m(radius_m);
  return good;
}

bool read_plate(std::string_view bytes, EventFields::Plate& out) {
  using P = v1::Plate;
  static const Index shape = shapes().inside(
      shapes().inside(inside(E::kPlateReadFieldNumber), v1::PlateRead::kVehicleFieldNumber),
      v1::Vehicle::kPlateFieldNumber);
  return each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case P::kRawFieldNumber:
        return text(field, out.raw);
      case P::kNormalisedFieldNumber:
        return text(field, out.normalised);
      default:
        return shapes().fits(shape, field);
    }
  });
}

bool read_vehicle(std::string_view bytes, EventFields::Plate& out) {
  static const Index shape =
      shapes().inside(inside(E::kPlateReadFieldNumber), v1::PlateRead::kVehicleFieldNumber);
  Once once;
  return each(bytes, [&](const WireField& field) {
    if (field.number == v1::Vehicle::kPlateFieldNumber) {
      return field.form == 2 && once.first(field.number) && read_plate(field.bytes, out);
    }
    return shapes().fits(shape, field);
  });
}

}  // namespace

struct EventReader::Work {
  Work() {
    with_circle.mutable_circle()->mutable_center();
    with_point.mutable_point();
  }

  bool take(const WireField& field);
  bool take_part(const WireField& field);
  bool take_payload(const WireField& field);
  bool times(std::string_view bytes);
  bool confidence(std::string_view bytes);
  bool location(std::string_view bytes);
  bool shape(const WireField& field, Once& once);
  bool reference(std::string_view bytes);
  bool kind_code(std::string_view bytes);
  bool entity(std::string_view bytes);
  bool device(std::string_view bytes);
  bool words(std::string_view bytes);
  bool cad_call(std::string_view bytes);
  bool plate_read(std::string_view bytes);
  bool hit(std::string_view bytes, bool first);
  bool payload_texts(const WireField& payload, int headline, int device);

  EventFields fields;
  Once once;
  v1::Location with_circle;
  v1::Location with_point;
};

bool EventReader::Work::times(std::string_view bytes) {
  using T = v1::Times;
  static const Index shape = inside(E::kTimesFieldNumber);
  Once seen;
  return each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case T::kOccurredFieldNumber:
        return field.form == 2 && seen.first(field.number) &&
               read_time(field.bytes, fields.occurred);
      case T::kReceivedFieldNumber:
        return field.form == 2 && seen.first(field.number) &&
               read_time(field.bytes, fields.received);
      default:
        return shapes().fits(shape, field);
    }
  });
}

bool EventReader::Work::confidence(std::string_view bytes) {
  static const Index shape = inside(E::kConfidenceFieldNumber);
  fields.confidence = 0;
  return each(bytes, [&](const WireField& field) {
    return field.number == v1::Confidence::kValueFieldNumber ? real(field, *fields.confidence)
                                                             : shapes().fits(shape, field);
  });
}

bool EventReader::Work::shape(const WireField& field, Once& seen) {
  using L = v1::Location;
  if (field.form != 2 || !seen.first(L::kPointFieldNumber)) {
    return false;
  }
  if (field.number == L::kPointFieldNumber) {
    fields.location = &with_point;
    return read_point(field.bytes, *with_point.mutable_point());
  }
  fields.location = &with_circle;
  return read_circle(field.bytes, *with_circle.mutable_circle());
}

bool EventReader::Work::location(std::string_view bytes) {
  using L = v1::Location;
  static const Index index = inside(E::kLocationFieldNumber);
  Once seen;
  std::optional<double> radius_m;
  std::optional<double> level;
  int method = 0;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case L::kPointFieldNumber:
      case L::kCircleFieldNumber:
        return shape(field, seen);
      case L::kEllipseFieldNumber:
      case L::kArcBandFieldNumber:
      case L::kPolygonFieldNumber:
      case L::kMultiPolygonFieldNumber:
      case L::kLineFieldNumber:
        return false;
      case L::kRadiusMFieldNumber:
        return real(field, radius_m.emplace());
      case L::kConfidenceLevelFieldNumber:
        return real(field, level.emplace());
      case L::kMethodFieldNumber:
        return word(field, method);
      case L::kAddressTextFieldNumber:
        return text(field, fields.address_text);
      case L::kDeviceRefFieldNumber:
        return text(field, fields.device_ref);
      default:
        return shapes().fits(index, field);
    }
  });
  if (good && fields.location != nullptr) {
    v1::Location& out = fields.location == &with_point ? with_point : with_circle;
    out.clear_radius_m();
    out.clear_confidence_level();
    if (radius_m) {
      out.set_radius_m(*radius_m);
    }
    if (level) {
      out.set_confidence_level(*level);
    }
    out.set_method(static_cast<v1::LocationMethod>(method));
  }
  return good;
}

bool EventReader::Work::reference(std::string_view bytes) {
  using R = v1::Reference;
  static const Index shape = inside(E::kReferencesFieldNumber);
  EventFields::Reference& out = fields.references.emplace_back();
  return each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case R::kSourceFieldNumber:
        return text(field, out.source);
      case R::kSourceEventIdFieldNumber:
        return text(field, out.source_event_id);
      case R::kRelationFieldNumber:
        return word(field, out.relation);
      case R::kEventIdFieldNumber:
        return text(field, out.event_id);
      default:
        return shapes().fits(shape, field);
    }
  });
}

bool EventReader::Work::kind_code(std::string_view bytes) {
  using K = v1::KindCode;
  static const Index shape = inside(E::kKindCodesFieldNumber);
  std::string_view scheme;
  std::string_view code;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case K::kSchemeFieldNumber:
        return text(field, scheme);
      case K::kCodeFieldNumber:
        return text(field, code);
      default:
        return shapes().fits(shape, field);
    }
  });
  if (scheme == kKindScheme && !fields.kind) {
    fields.kind = code;
  }
  return good;
}

bool EventReader::Work::device(std::string_view bytes) {
  static const Index shape =
      shapes().inside(inside(E::kEntitiesFieldNumber), v1::Entity::kDeviceFieldNumber);
  std::string_view id;
  const bool good = each(bytes, [&](const WireField& field) {
    return field.number == v1::Device::kIdFieldNumber ? text(field, id)
                                                      : shapes().fits(shape, field);
  });
  fields.device = first_filled(fields.device, id);
  return good;
}

bool EventReader::Work::entity(std::string_view bytes) {
  using N = v1::Entity;
  static const Index shape = inside(E::kEntitiesFieldNumber);
  Once seen;
  return each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case N::kVehicleFieldNumber:
        return field.form == 2 && seen.first(1) &&
               read_vehicle(field.bytes, fields.plates.emplace_back());
      case N::kDeviceFieldNumber:
        return field.form == 2 && seen.first(1) && device(field.bytes);
      case N::kPersonFieldNumber:
      case N::kUnitFieldNumber:
      case N::kAgencyFieldNumber:
        return seen.first(1) && shapes().fits(shape, field);
      default:
        return shapes().fits(shape, field);
    }
  });
}

bool EventReader::Work::words(std::string_view bytes) {
  static const Index shape = inside(E::kTextFieldNumber);
  std::string_view headline;
  const bool good = each(bytes, [&](const WireField& field) {
    return field.number == v1::Text::kHeadlineFieldNumber ? text(field, headline)
                                                          : shapes().fits(shape, field);
  });
  if (!fields.headline) {
    fields.headline = headline;
  }
  return good;
}

bool EventReader::Work::cad_call(std::string_view bytes) {
  using C = v1::CadCall;
  static const Index shape = inside(E::kCadCallFieldNumber);
  std::string_view original;
  std::string_view as_closed;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case C::kCadNumberFieldNumber:
        return text(field, fields.cad_number);
      case C::kAgencyFieldNumber:
        return text(field, fields.agency);
      case C::kTypeOriginalFieldNumber:
        return text(field, original);
      case C::kTypeFinalFieldNumber:
        return text(field, as_closed);
      case C::kCallerHashFieldNumber:
        return text(field, fields.caller_hash);
      default:
        return shapes().fits(shape, field);
    }
  });
  fields.payload_headline = first_filled(as_closed, original);
  return good;
}

bool EventReader::Work::hit(std::string_view bytes, bool first) {
  using H = v1::HotListHit;
  static const Index shape =
      shapes().inside(inside(E::kPlateReadFieldNumber), v1::PlateRead::kHitsFieldNumber);
  std::string_view name;
  std::string_view type;
  std::string_view reason;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case H::kListNameFieldNumber:
        return text(field, name);
      case H::kListTypeFieldNumber:
        return text(field, type);
      case H::kReasonFieldNumber:
        return text(field, reason);
      default:
        return shapes().fits(shape, field);
    }
  });
  if (first) {
    fields.payload_headline = reason;
  }
  if (const std::string_view list = first_filled(type, name); !list.empty()) {
    fields.lists.push_back(list);
  }
  return good;
}

bool EventReader::Work::plate_read(std::string_view bytes) {
  using P = v1::PlateRead;
  static const Index shape = inside(E::kPlateReadFieldNumber);
  Once seen;
  EventFields::Plate plate;
  const bool good = each(bytes, [&](const WireField& field) {
    switch (field.number) {
      case P::kVehicleFieldNumber:
        return field.form == 2 && seen.first(field.number) && read_vehicle(field.bytes, plate);
      case P::kCameraIdFieldNumber:
        return text(field, fields.local_device);
      case P::kHitsFieldNumber:
        return field.form == 2 && hit(field.bytes, seen.first(field.number));
      default:
        return shapes().fits(shape, field);
    }
  });
  fields.plates.insert(fields.plates.begin(), plate);
  return good;
}

// A payload of which a text or two are read; 0 for none.
bool EventReader::Work::payload_texts(const WireField& payload, int headline, int device) {
  const Index shape = inside(static_cast<int>(payload.number));
  return each(payload.bytes, [&](const WireField& field) {
    if (field.number == static_cast<std::uint32_t>(headline)) {
      return text(field, fields.payload_headline);
    }
    if (field.number == static_cast<std::uint32_t>(device)) {
      return text(field, fields.local_device);
    }
    return shapes().fits(shape, field);
  });
}

bool EventReader::Work::take_payload(const WireField& field) {
  if (field.form != 2 || !once.first(E::kCadCallFieldNumber)) {
    return false;
  }
  switch (field.number) {
    case E::kCadCallFieldNumber:
      return cad_call(field.bytes);
    case E::kPlateReadFieldNumber:
      return plate_read(field.bytes);
    case E::kCameraDetectionFieldNumber:
      return payload_texts(field, v1::CameraDetection::kLabelFieldNumber,
                           v1::CameraDetection::kCameraIdFieldNumber);
    case E::kAlarmSignalFieldNumber:
      return payload_texts(field, v1::AlarmSignal::kAlarmTypeFieldNumber,
                           v1::AlarmSignal::kPremisesIdFieldNumber);
    case E::kSocialPostFieldNumber:
      return payload_texts(field, v1::SocialPost::kTextFieldNumber, 0);
    case E::kPublicAlertFieldNumber:
      return payload_texts(field, v1::PublicAlert::kEventFieldNumber, 0);
    case E::kTrafficEventFieldNumber:
      return payload_texts(field, v1::TrafficEvent::kCauseFieldNumber, 0);
    default:
      return shapes().fits(0, field);
  }
}

// The messages inside, and what is repeated.
bool EventReader::Work::take_part(const WireField& field) {
  const auto once_message = [&] { return field.form == 2 && once.first(field.number); };
  switch (field.number) {
    case E::kTimesFieldNumber:
      return once_message() && times(field.bytes);
    case E::kLocationFieldNumber:
      return once_message() && location(field.bytes);
    case E::kConfidenceFieldNumber:
      return once_message() && confidence(field.bytes);
    case E::kReferencesFieldNumber:
      return field.form == 2 && reference(field.bytes);
    case E::kKindCodesFieldNumber:
      return field.form == 2 && kind_code(field.bytes);
    case E::kEntitiesFieldNumber:
      return field.form == 2 && entity(field.bytes);
    case E::kTextFieldNumber:
      return field.form == 2 && words(field.bytes);
    case E::kFlagsFieldNumber:
      return text(field, fields.flags.emplace_back());
    case E::kPlateListsFieldNumber:
      return text(field, fields.lists.emplace_back());
    case E::kCameraDetectionFieldNumber:
    case E::kAlarmSignalFieldNumber:
    case E::kCadCallFieldNumber:
    case E::kGunshotAlertFieldNumber:
    case E::kPlateReadFieldNumber:
    case E::kSocialPostFieldNumber:
    case E::kPublicAlertFieldNumber:
    case E::kTrackFieldNumber:
    case E::kTrafficEventFieldNumber:
    case E::kSourceHealthFieldNumber:
      return take_payload(field);
    default:
      return shapes().fits(0, field);
  }
}

bool EventReader::Work::take(const WireField& field) {
  switch (field.number) {
    case E::kEventIdFieldNumber:
      return text(field, fields.event_id);
    case E::kSourceFieldNumber:
      return text(field, fields.source);
    case E::kSourceEventIdFieldNumber:
      return text(field, fields.source_event_id);
    case E::kRevisionFieldNumber:
      return number(field, fields.revision);
    case E::kSourceKindFieldNumber:
      return word(field, fields.source_kind);
    case E::kLifecycleFieldNumber:
      return word(field, fields.lifecycle);
    case E::kStatusFieldNumber:
      return word(field, fields.status);
    case E::kPriorityFieldNumber:
      fields.priority = static_cast<std::uint32_t>(field.value);
      return field.form == 0;
    case E::kLatenessUsFieldNumber:
      return signed_number(field, fields.lateness_us);
    case E::kContentHashFieldNumber:
      fields.content_hash = field.value;
      return field.form == 1;
    case E::kProvenanceFieldNumber:
      return text(field, fields.provenance);
    default:
      return take_part(field);
  }
}

EventReader::EventReader() : work_(std::make_unique<Work>()) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;

const EventFields* EventReader::read(std::string_view bytes) {
  EventFields& fields = work_->fields;
  EventFields empty;  // but for the room
  std::swap(empty.references, fields.references);
  std::swap(empty.flags, fields.flags);
  std::swap(empty.lists, fields.lists);
  std::swap(empty.plates, fields.plates);
  fields = std::move(empty);
  fields.references.clear();
  fields.flags.clear();
  fields.lists.clear();
  fields.plates.clear();
  work_->once = {};
  const bool good = bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
                    each(bytes, [&](const WireField& field) { return work_->take(field); });
  return good ? &fields : nullptr;
}

}  // namespace fusiond::wire
