#include "daemon/pipeline/recovery.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/wire/rules_wire.h"
#include "daemon/wire/told_wire.h"

namespace fusiond::pipeline {
namespace {

// Decodes each row and keeps the first fault.
class Reader {
 public:
  explicit Reader(Restored& restored) : restored_(restored) {}
  void take(const ports::Row& row, std::string_view bytes, bool waits) {
    if (fault_) {
      return;
    }
    if (row.kind == ports::RowKind::event && wire::is_word_row(bytes)) {
      keep(row, wire::decode_word_row(bytes), restored_.words);
    } else if (row.kind == ports::RowKind::event && wire::is_rules_row(bytes)) {
      std::vector<RulesActivation> one;
      keep(row, wire::decode_rules_row(bytes), one);
      if (!one.empty()) {
        restored_.rules = std::move(one.front());
      }
    } else if (row.kind == ports::RowKind::event) {
      keep(row, wire::decode_event_state(bytes), restored_.events);
    } else {
      auto told = wire::decode_told(bytes);
      if (told) {
        told->confirmed = !waits;
      }
      keep(row, std::move(told), restored_.incidents);
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
  const auto read = store.visit([&reader](const ports::Row& row, std::string_view bytes,
                                          bool waits) { reader.take(row, bytes, waits); });
  if (!read) {
    return fail(read.error());
  }
  if (reader.fault()) {
    return fail(reader.fault()->within("loading the state"));
  }
  return restored;
}

std::uint64_t next_epoch(const Restored& restored, WallTime now) {
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto by_clock = static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 1));
  return restored.meta ? std::max(restored.meta->epoch + 1, by_clock) : by_clock;
}

}  // namespace fusiond::pipeline
