#include "daemon/state/rocks_store.h"

#include <algorithm>
#include <utility>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::state {
namespace {

constexpr std::size_t kDefault = 0;
constexpr std::size_t kJournal = 1;
constexpr std::size_t kIncidents = 2;
constexpr std::size_t kOutbox = 3;

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

void add_changes(rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* family,
                 const std::vector<ports::StateBatch::Change>& changes) {
  for (const auto& [key, value] : changes) {
    if (value) {
      batch.Put(family, key, *value);
    } else {
      batch.Delete(family, key);
    }
  }
}

}  // namespace

RocksStore::RocksStore(std::unique_ptr<RocksDatabase> database, bool sync)
    : database_(std::move(database)), sync_(sync) {}
RocksStore::~RocksStore() = default;

Result<std::unique_ptr<RocksStore>> RocksStore::open(const StateConfig& config) {
  auto database = RocksDatabase::open({config.dir,
                                       {"journal", "incidents", "outbox"},
                                       config.write_buffer_bytes,
                                       config.cache_bytes});
  if (!database) {
    return fail(database.error());
  }
  auto store = std::make_unique<RocksStore>(std::move(*database), config.sync);
  if (auto good = store->find_sequences(); !good) {
    return fail(good.error());
  }
  return store;
}

Result<void> RocksStore::find_sequences() {
  const auto next = database_->number(kNextSequenceKey);
  if (!next) {
    return fail(next.error());
  }
  next_ = next->value_or(1);
  first_ = next_.load();
  const auto entries = database_->iterate(kOutbox);
  entries->SeekToFirst();
  if (entries->Valid()) {
    const auto first = sequence_from(entries->key().ToStringView());
    if (!first || *first >= next_) {
      return fail(Fault::corrupt, "the outbox has an entry that was never numbered");
    }
    first_ = *first;
  }
  return entries->status().ok() ? Result<void>()
                                : fail(database_->error_of(entries->status(), "reading"));
}

Result<void> RocksStore::commit(const ports::StateBatch& batch) {
  rocksdb::WriteBatch write;
  add_changes(write, database_->family(kJournal), batch.journal);
  add_changes(write, database_->family(kIncidents), batch.incidents);
  write.Put(database_->family(kDefault), slice(kMetaKey), batch.meta);
  std::uint64_t sequence = next_;
  for (const auto& record : batch.outbox) {
    write.Put(database_->family(kOutbox), sequence_key(sequence), wire::encode_out_record(record));
    ++sequence;
  }
  if (sequence != next_) {
    write.Put(database_->family(kDefault), slice(kNextSequenceKey), std::to_string(sequence));
  }
  const bool has_effects = !batch.outbox.empty();
  if (auto good = database_->write(write, sync_ && has_effects); !good) {
    return good;
  }
  next_ = sequence;
  return {};
}

Result<std::optional<std::string>> RocksStore::meta() const {
  return database_->get(kDefault, kMetaKey);
}

Result<void> RocksStore::visit_family(std::size_t family, const Visit& visit) const {
  const auto rows = database_->iterate(family);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    visit(rows->key().ToStringView(), rows->value().ToStringView());
  }
  return rows->status().ok() ? Result<void>()
                             : fail(database_->error_of(rows->status(), "reading"));
}

Result<void> RocksStore::visit_journal(const Visit& visit) const {
  return visit_family(kJournal, visit);
}
Result<void> RocksStore::visit_incidents(const Visit& visit) const {
  return visit_family(kIncidents, visit);
}

Result<std::vector<ports::OutboxEntry>> RocksStore::outbox(std::uint64_t from,
                                                           std::size_t max) const {
  std::vector<ports::OutboxEntry> entries;
  // Starting at first_ and not at the front: what was dropped stands there as markers until it is
  // compacted away.
  const std::uint64_t start = std::max(from, first_.load());
  if (start >= next_) {
    return entries;
  }
  const auto rows = database_->iterate(kOutbox);
  for (rows->Seek(sequence_key(start)); rows->Valid() && entries.size() < max; rows->Next()) {
    const auto sequence = sequence_from(rows->key().ToStringView());
    if (!sequence) {
      return fail(Fault::corrupt, "the outbox has a key that is no sequence");
    }
    auto record = wire::decode_out_record(rows->value().ToStringView());
    if (!record) {
      return fail(record.error().within("outbox entry " + std::to_string(*sequence)));
    }
    entries.push_back({*sequence, std::move(*record)});
  }
  if (!rows->status().ok()) {
    return fail(database_->error_of(rows->status(), "reading"));
  }
  return entries;
}

Result<void> RocksStore::published(std::uint64_t sequence) {
  const std::uint64_t end = end_of(sequence, next_);
  if (end <= first_) {
    return {};
  }
  rocksdb::WriteBatch write;
  for (std::uint64_t gone = first_; gone < end; ++gone) {
    write.Delete(database_->family(kOutbox), sequence_key(gone));
  }
  // Not synced: after a power cut these entries come back and are published again, byte for byte.
  if (auto good = database_->write(write, false); !good) {
    return good;
  }
  first_ = end;
  return {};
}

}  // namespace fusiond::state
