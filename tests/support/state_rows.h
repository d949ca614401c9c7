// Batches of a state store as tests write and read them.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/check.h"
#include "daemon/base/uuid.h"
#include "daemon/ports/state_store.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::test {

// The same for the same number, in no order.
inline Uuid uuid_of(std::uint64_t number) {
  return {number * 0x9e3779b97f4a7c15ULL, number};
}
inline Uuid uuid_of(std::string_view text) {
  const auto uuid = uuid_from(text);
  FUSIOND_CHECK(uuid.has_value(), "a test's id is a UUID");
  return *uuid;
}

inline ports::Row row_of(ports::RowKind kind, const Uuid& id = {}) {
  ports::Row row;
  row.kind = kind;
  row.id = id;
  return row;
}

inline void add_record(ports::StateBatch& batch, const ports::OutRecord& record) {
  batch.add_item(row_of(ports::RowKind::record), wire::encode_out_record(record));
}

inline std::shared_ptr<const ports::StateBatch> shared(ports::StateBatch batch) {
  return std::make_shared<const ports::StateBatch>(std::move(batch));
}

// Bytes of the rows and items of a kind, in order; with an id only its.
inline std::vector<std::string> bytes_of(const ports::StateBatch& batch, ports::RowKind kind,
                                         std::optional<Uuid> id = std::nullopt) {
  std::vector<std::string> found;
  for (const auto* rows : {&batch.items, &batch.rows}) {
    for (const ports::Row& row : *rows) {
      if (row.kind == kind && (!id || row.id == *id)) {
        found.emplace_back(batch.bytes_of(row));
      }
    }
  }
  return found;
}

}  // namespace fusiond::test
