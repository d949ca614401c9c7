#include "daemon/pipeline/recovery.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/wire/incident_wire.h"

namespace fusiond::pipeline {
namespace {

// Decodes each row and keeps the first fault.
class Reader {
 public:
  explicit Reader(Restored& restored) : restored_(restored) {}
  void take(const ports::Row& row, std::string_view bytes) {
    if (fault_) {
      return;
    }
    if (row.kind == ports::RowKind::event && wire::is_word_row(bytes)) {
      keep(row, wire::decode_word_row(bytes), restored_.words);
    } else if (row.kind == ports::RowKind::event) {
      keep(row, wire::decode_event_state(bytes), restored_.events);
    } else {
      keep(row, wire::decode_incident(bytes), restored_.incidents);
    }
  }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  template <class T>
  void keep(const ports::Row& row, Result<T> value, std::vector<T>& values) {
    if (value) {
      values.push_back(std::move(*value));
    } else {
      fault_ = Error{Fault::corrupt, value.error().message}.within("row " + text_of(row.id));
    }
  }
  Restored& restored_;
  std::optional<Error> fault_;
};

}  // namespace

Result<Restored> load_state(const ports::StateStore& store) {
  Restored restored;
  if (const auto stored = store.meta()) {
    auto meta = wire::decode_shard_meta(*stored);
    if (!meta) {
      return fail(meta.error());
    }
    restored.meta = std::move(*meta);
  }
  Reader reader(restored);
  const auto read = store.visit(
      [&reader](const ports::Row& row, std::string_view bytes) { reader.take(row, bytes); });
  if (!read) {
    return fail(read.error());
  }
  if (reader.fault()) {
    return fail(reader.fault()->within("loading the state"));
  }
  return restored;
}

std::uint64_t next_epoch(const Restored& restored, WallTime now) {
  if (restored.meta) {
    return restored.meta->epoch + 1;
  }
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 1));
}

}  // namespace fusiond::pipeline
