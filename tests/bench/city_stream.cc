#include "tests/bench/city_stream.h"

#include <array>
#include <charconv>
#include <utility>

#include "daemon/wire/event_wire.h"
#include "daemon/wire/records.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::bench {
namespace {

constexpr std::size_t kFields = 10;
constexpr std::size_t kFillerBytes = 1U << 16U;
constexpr std::int64_t kTickEveryUs = 10'000'000;
constexpr std::chrono::seconds kLateness{900};
constexpr std::uint64_t kReaders =
    200;  // of the 400 devices that send in bulk; the rest are authors
constexpr std::uint64_t kPlates = 50'000;
constexpr std::array<const char*, 4> kFeeds = {"acoustic", "calls", "plates", "posts"};

template <class Number>
bool number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<CityRow> row_of(std::string_view line) {
  std::array<std::string_view, kFields> fields;
  for (auto& field : fields) {
    const std::size_t comma = line.find(',');
    field = line.substr(0, comma);
    line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  }
  CityRow row;
  std::uint8_t kind = 0;
  if (fields[0].size() < 2 || fields[2].empty() || !number(fields[0].substr(1), row.number) ||
      !number(fields[1], kind) || kind > 2 || !number(fields[3], row.occurred_us) ||
      !number(fields[4], row.received_us) || !number(fields[5], row.lat_e7) ||
      !number(fields[6], row.lon_e7) || !number(fields[7], row.radius_m) ||
      !number(fields[9], row.payload_bytes)) {
    return std::nullopt;
  }
  row.kind = static_cast<CityRow::Kind>(kind);
  row.id = fields[0];
  row.device = fields[2];
  row.type = fields[8];
  return row;
}

// Words of letters, the same on every machine; payloads are cut out of it.
std::string make_filler() {
  std::string filler(kFillerBytes, ' ');
  std::uint64_t state = 1;
  for (char& letter : filler) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto drawn = static_cast<char>((state >> 33U) % 31);
    letter = drawn < 26 ? static_cast<char>('a' + drawn) : ' ';
  }
  return filler;
}

const char* kind_of_call(const std::string& type) {
  constexpr std::array<std::pair<const char*, const char*>, 7> kKinds = {
      {{"shots", "shots_fired"},
       {"person-shot", "person_shot"},
       {"fire", "fire"},
       {"medical", "medical"},
       {"traffic", "crash"},
       {"burglary", "burglary"},
       {"noise", "noise"}}};
  for (const auto& [theirs, ours] : kKinds) {
    if (type == theirs) {
      return ours;
    }
  }
  return "unclassified";
}

struct Feed {
  const char* name;
  const char* kind;
  SourceKind source_kind;
  LocationMethod method;
};

Feed feed_of(const CityRow& row) {
  if (row.kind == CityRow::Kind::alert) {
    return {"acoustic", "gunshot", SourceKind::acoustic, LocationMethod::acoustic};
  }
  if (row.kind == CityRow::Kind::call) {
    return {"calls", kind_of_call(row.type), SourceKind::cad, LocationMethod::geocoded};
  }
  std::uint64_t device = 0;
  number(std::string_view(row.device).substr(1), device);
  return device < kReaders
             ? Feed{"plates", "plate_read", SourceKind::plate, LocationMethod::device_registry}
             : Feed{"posts", "social_post", SourceKind::social, LocationMethod::text};
}

Event event_of(const CityRow& row) {
  const Feed feed = feed_of(row);
  Event event;
  event.source = SourceId{feed.name};
  event.source_event_id = row.id;
  event.id = event_id_of(event.source, row.id);
  event.revision = 1;
  event.source_kind = feed.source_kind;
  event.kind = feed.kind;
  event.occurred = event_time(row.occurred_us);
  event.received = wall_time(row.received_us);
  event.lateness = kLateness;
  event.place = Place{row.lat_e7, row.lon_e7, row.radius_m * 100, 950, feed.method};
  event.content_hash = row.number + 1;
  if (feed.source_kind == SourceKind::social) {
    event.provenance = row.device;
  } else if (feed.source_kind != SourceKind::cad) {
    event.keys.device = row.device;
  }
  return event;
}

// What a plugin would say besides: the words, and what its kind of feed has.
void write_words(const CityRow& row, const Event& event, std::string_view words,
                 v1::Event& message) {
  switch (event.source_kind) {
    case SourceKind::social:
      message.mutable_social_post()->set_text(std::string(words));
      break;
    case SourceKind::plate:
      message.mutable_plate_read()->mutable_vehicle()->mutable_plate()->set_raw(
          "P" + std::to_string(row.number * 7919 % kPlates));
      message.add_text()->set_description(std::string(words));
      break;
    case SourceKind::cad:
      message.mutable_cad_call()->set_agency(row.device);
      message.mutable_cad_call()->set_cad_number(row.id);
      message.mutable_cad_call()->set_type_final(row.type);
      message.add_text()->set_description(std::string(words));
      break;
    default:
      message.mutable_gunshot_alert()->set_rounds(1 + static_cast<std::uint32_t>(row.number % 5));
      message.add_text()->set_description(std::string(words));
  }
}

}  // namespace

CityStream::CityStream(const std::string& csv, std::string events_topic, std::uint64_t most)
    : path_(csv),
      file_(csv),
      topic_(std::move(events_topic)),
      most_(most),
      filler_(make_filler()) {}

Result<bool> CityStream::read_row() {
  if (!file_.is_open()) {
    return fail(Fault::unavailable, "cannot open " + path_);
  }
  if (waiting_) {
    return true;
  }
  std::string line;
  if ((most_ != 0 && events_ == most_) || !std::getline(file_, line)) {
    return false;
  }
  waiting_ = row_of(line);
  if (!waiting_) {
    return fail(Fault::bad_input, "not a line of citygen in " + path_ + ": " + line);
  }
  return true;
}

bool CityStream::tick_is_due() const {
  return waiting_->received_us >= next_tick_us_;
}

Tick CityStream::take_tick() {
  next_tick_us_ = waiting_->received_us + kTickEveryUs;
  ++ticks_;
  Tick tick;
  tick.ingest_time = wall_time(waiting_->received_us);
  for (const char* feed : kFeeds) {
    tick.sources.push_back({SourceId{feed}, true, tick.ingest_time, kLateness});
  }
  return tick;
}

CityRow CityStream::take_row() {
  ++events_;
  CityRow row = std::move(*waiting_);
  waiting_.reset();
  return row;
}

Result<std::optional<ports::OutRecord>> CityStream::next() {
  const auto more = read_row();
  if (!more) {
    return fail(more.error());
  }
  if (!*more) {
    return std::nullopt;
  }
  if (tick_is_due()) {
    return wire::tick_record(topic_, 0, take_tick());
  }
  return event_record(take_row());
}

Result<std::optional<Arrival>> CityStream::next_arrival() {
  const auto more = read_row();
  if (!more) {
    return fail(more.error());
  }
  if (!*more) {
    return std::nullopt;
  }
  Arrival arrival;
  if (tick_is_due()) {
    arrival.tick = take_tick();
  } else {
    arrival.event = event_of(take_row());
  }
  return arrival;
}

ports::OutRecord CityStream::event_record(const CityRow& row) const {
  const Event event = event_of(row);
  v1::Event message;
  wire::write_event(event, message);
  const std::size_t bytes = std::min(row.payload_bytes, filler_.size());
  const std::size_t from = row.number * 131 % (filler_.size() - bytes + 1);
  write_words(row, event, std::string_view(filler_).substr(from, bytes), message);
  return wire::event_record(topic_, event, message.SerializeAsString());
}

}  // namespace fusiond::bench
