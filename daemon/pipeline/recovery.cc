#include "daemon/pipeline/recovery.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/wire/incident_wire.h"

namespace fusiond::pipeline {
namespace {

constexpr std::size_t kPage = 1024;

// Decodes each row with `decode` and keeps the first fault.
template <class T, class Decode>
ports::StateStore::Visit collect(std::vector<T>& rows, std::optional<Error>& fault, Decode decode) {
  return [&rows, &fault, decode](std::string_view key, std::string_view value) {
    if (fault) {
      return;
    }
    auto row = decode(value);
    if (row) {
      rows.push_back(std::move(*row));
    } else {
      fault = row.error().within("row " + std::string(key));
    }
  };
}

Error as_corrupt(Error error) {
  error.fault = error.fault == Fault::bad_input ? Fault::corrupt : error.fault;
  return error;
}

}  // namespace

Result<Restored> load_state(const ports::StateStore& store) {
  Restored restored;
  const auto bytes = store.meta();
  if (!bytes) {
    return fail(bytes.error());
  }
  if (const auto& stored = *bytes) {
    auto meta = wire::decode_shard_meta(*stored);
    if (!meta) {
      return fail(meta.error());
    }
    restored.meta = std::move(*meta);
  }
  std::optional<Error> fault;
  if (auto read = store.visit_journal(collect(restored.events, fault, wire::decode_event_state));
      !read) {
    return fail(read.error());
  }
  if (auto read = store.visit_incidents(
          collect(restored.incidents, fault,
                  [](std::string_view value) { return wire::decode_incident(value); }));
      !read) {
    return fail(read.error());
  }
  if (fault) {
    return fail(as_corrupt(*fault).within("loading the state"));
  }
  return restored;
}

Result<std::uint64_t> count_outbox(const ports::StateStore& store) {
  std::uint64_t count = 0;
  std::uint64_t from = 0;
  while (true) {
    const auto page = store.outbox(from, kPage);
    if (!page) {
      return fail(page.error());
    }
    if (page->empty()) {
      return count;
    }
    count += page->size();
    from = page->back().sequence + 1;
  }
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
