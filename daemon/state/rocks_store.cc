#include "daemon/state/rocks_store.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/log.h"
#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/told_wire.h"

namespace fusiond::state {
namespace {

using ports::Row;
using ports::RowKind;
using ports::StateBatch;

// Dead bytes are borne up to as many as the live ones and some write buffers; then steps take along
// what lives in the oldest ones, looking through this many bytes for each that they write, and at
// least so many.
constexpr std::uint64_t kBytesPerLive = 2;
constexpr std::uint64_t kBuffersSpare = 4;
constexpr std::uint64_t kCarryPerByte = 4;
constexpr std::uint64_t kCarryAtLeast = 256ULL << 10U;
constexpr std::uint64_t kRowOverhead = 32;  // about what the table and the heads add to a row

struct UuidHash {
  std::size_t operator()(const Uuid& id) const { return id.low ^ id.high; }
};

// Of a row of the format before, a whole revision.
Result<std::string> told_row_of(std::string_view revision) {
  const auto decoded = wire::decode_incident(revision);
  if (!decoded) {
    return fail(decoded.error());
  }
  std::string told;
  wire::append_told(wire::told_of(*decoded), told);
  return told;
}

}  // namespace

RocksStore::RocksStore(const StateConfig& config, rocksdb::Env* env)
    : config_(config), env_(env), scratch_(std::make_unique<rocksdb::WriteBatch>()) {}
RocksStore::~RocksStore() = default;

Result<std::unique_ptr<RocksStore>> RocksStore::open(const StateConfig& config, rocksdb::Env* env) {
  auto store = std::make_unique<RocksStore>(config, env);
  if (auto good = store->load(); !good) {
    return fail(good.error());
  }
  return store;
}

Result<void> RocksStore::open_database() {
  auto database = RocksDatabase::open({.dir = config_.dir,
                                       .families = {"steps"},
                                       .write_buffer_bytes = config_.write_buffer_bytes,
                                       .cache_bytes = 0,
                                       .format = kStateFormat,
                                       .format_before = kStateFormatBefore,
                                       .appended_only = true,
                                       .env = env_});
  if (!database) {
    return fail(database.error());
  }
  database_ = std::move(*database);
  return {};
}

// RocksDB does not get over an error of its log but by being opened anew. What it had not synced by
// then may be lost; memory must not run ahead of the disk by more than the step to be written.
Result<void> RocksStore::open_again() {
  database_.reset();
  if (auto opened = open_database(); !opened) {
    return opened;
  }
  auto good = check_last_step();
  if (!good) {
    database_.reset();
  }
  return good;
}

Result<void> RocksStore::check_last_step() const {
  const auto rows = database_->iterate(kSteps);
  rows->SeekToLast();
  const auto last = rows->Valid() ? sequence_from(rows->key().ToStringView()) : 0;
  if (rows->status().ok() && last.value_or(0) + 1 < next_step_) {
    return fail(damaged(next_step_ - 1,
                        "it was not synced when the disk failed and is lost; at the next start the "
                        "log is read again from there"));
  }
  return rows->status().ok() ? Result<void>()
                             : fail(database_->error_of(rows->status(), "reading"));
}

// The bytes of a frame; none when it is missing, which no frame is.
Result<std::string> RocksStore::read_step(std::uint64_t step) const {
  const MutexLock lock(database_mutex_);
  if (!database_) {
    return fail(Fault::unavailable, "the state is not open: " + config_.dir);
  }
  auto bytes = database_->get(kSteps, sequence_key(step));
  return bytes ? Result<std::string>(bytes->value_or("")) : fail(bytes.error());
}

Error RocksStore::damaged(std::uint64_t step, const std::string& what) const {
  return {Fault::corrupt, "the state is damaged, its bytes are kept: step " + std::to_string(step) +
                              " in " + config_.dir + ": " + what};
}

// The newest step says it.
Result<std::uint64_t> RocksStore::first_that_counts() const {
  const MutexLock lock(database_mutex_);
  const auto rows = database_->iterate(kSteps);
  rows->SeekToLast();
  if (!rows->status().ok()) {
    return fail(database_->error_of(rows->status(), "reading"));
  }
  if (!rows->Valid()) {
    return 0;
  }
  const auto step = sequence_from(rows->key().ToStringView());
  if (!step) {
    return fail(damaged(0, "a key that is no step"));
  }
  const auto frame = decode_frame(rows->value().ToStringView());
  if (!frame) {
    return fail(damaged(*step, frame.error().message));
  }
  return frame->numbers.first_step;
}

// The steps from `from` to the last, none missing.
Result<void> RocksStore::each_frame(std::uint64_t from, const VisitFrame& visit) const {
  const MutexLock lock(database_mutex_);
  if (!database_) {
    return fail(Fault::unavailable, "the state is not open: " + config_.dir);
  }
  const auto rows = database_->iterate(kSteps);
  std::uint64_t step = from;
  for (rows->Seek(sequence_key(from)); rows->Valid(); rows->Next(), ++step) {
    const auto found = sequence_from(rows->key().ToStringView());
    if (found != step) {
      return fail(damaged(step, "it is missing"));
    }
    const auto frame = decode_frame(rows->value().ToStringView());
    if (!frame) {
      return fail(damaged(step, frame.error().message));
    }
    if (frame->numbers.sequence != step) {
      return fail(damaged(step, "another step stands there"));
    }
    visit(*frame, rows->value().size());
  }
  return rows->status().ok() ? Result<void>()
                             : fail(database_->error_of(rows->status(), "reading"));
}

Result<void> RocksStore::load() {
  {
    const MutexLock lock(database_mutex_);
    if (auto opened = open_database(); !opened) {
      return opened;
    }
  }
  const auto first = first_that_counts();
  if (!first) {
    return fail(first.error());
  }
  if (*first == 0) {
    return {};
  }
  first_step_ = next_step_ = carried_until_ = *first;
  const auto read = each_frame(
      *first, [this](const Frame& frame, std::size_t bytes) { load_frame(frame, bytes); });
  return read ? load_watermark() : read;
}

void RocksStore::load_frame(const Frame& frame, std::size_t bytes) {
  uses_.push_back({.bytes = bytes});
  const std::uint64_t step = frame.numbers.sequence;
  place_all(frame.carried, step, frame.body_at);
  place_all(frame.rows, step, frame.body_at);
  meta_ = std::string(frame.meta);
  count_step(frame.numbers, frame.item_count, bytes);
  if (frame.items.empty()) {
    return;
  }
  StateBatch left;
  for (const Row& row : frame.items) {
    left.add_item(row, frame.bytes_of(row));
    left.items.back().item = row.item;
  }
  wait_for(frame.numbers.first_number, frame.item_count,
           std::make_shared<const StateBatch>(std::move(left)));
}

void RocksStore::place_all(Rows rows, std::uint64_t step, std::uint64_t body_at) {
  for (const Row& row : rows) {
    place(row, step, body_at);
  }
}

void RocksStore::place(const Row& row, std::uint64_t step, std::uint64_t body_at) {
  const Place now{step, static_cast<std::uint32_t>(body_at + row.begin), row.size};
  Place before;
  switch (row.kind) {
    case RowKind::event:
      before = events_.put(row.id, now);
      count(now, true);
      break;
    case RowKind::revision:  // of the format before
    case RowKind::told:
      before = incidents_.put(row.id, now);
      count(now, true);
      break;
    case RowKind::event_gone:
      before = events_.erase(row.id);
      break;
    case RowKind::incident_gone:
      before = incidents_.erase(row.id);
      break;
    case RowKind::record:
      break;
  }
  if (before) {
    count(before, false);
  }
}

void RocksStore::count(Place place, bool live) {
  Use& use = uses_[place.step - first_step_];
  const std::uint64_t bytes = place.size + kRowOverhead;
  use.live_bytes = live ? use.live_bytes + bytes : use.live_bytes - bytes;
  use.live_rows = live ? use.live_rows + 1 : use.live_rows - 1;
  live_bytes_ = live ? live_bytes_ + bytes : live_bytes_ - bytes;
}

bool RocksStore::is_newest(const Row& row, std::uint64_t step, std::uint64_t body_at) const {
  const Place here{step, static_cast<std::uint32_t>(body_at + row.begin), row.size};
  return (row.kind == RowKind::event && events_.find(row.id) == here) ||
         ((row.kind == RowKind::told || row.kind == RowKind::revision) &&
          incidents_.find(row.id) == here);
}

void RocksStore::count_step(const FrameNumbers& numbers, std::size_t items, std::uint64_t bytes) {
  const std::uint64_t end = numbers.first_number + items;
  next_step_ = numbers.sequence + 1;
  next_number_ = end;
  step_bytes_ += bytes;
  uses_.back().items_end = items == 0 ? 0 : end;
  const MutexLock lock(mutex_);
  end_number_ = end;
  drop_published(numbers.published);
}

Result<void> RocksStore::commit(std::shared_ptr<const StateBatch> batch) {
  FrameMore more;
  const std::uint64_t carried_until = take_along(batch->bytes.size(), more.carried);
  more.last_words = last_words_of(*batch);
  const FrameNumbers numbers{next_step_, next_number_, published_below(), first_step_};
  steps_write_ = true;
  auto written = write(numbers, *batch, more);
  steps_write_ = false;
  if (!written) {
    return written;
  }
  if (const std::uint64_t now = published_below(); now != numbers.published) {
    (void)note_published(now);  // else the next step does
  }
  const std::uint64_t bytes = head_.size() + batch->bytes.size() + more.bytes();
  uses_.push_back({.bytes = bytes});
  place_all(more.carried.rows, next_step_, head_.size() + batch->bytes.size());
  place_all(batch->rows, next_step_, head_.size());
  carried_until_ = carried_until;
  carried_bytes_ += more.carried.bytes.size();
  meta_ = batch->meta;
  const std::size_t items = batch->items.size();
  const std::size_t last_items = more.last_words.items.size();
  const bool synced = config_.sync && items != 0;
  written_first_step_ = numbers.first_step;
  count_step(numbers, items + last_items, bytes);
  wait_for(numbers.first_number, items, std::move(batch));
  wait_for(numbers.first_number + items, last_items,
           std::make_shared<const StateBatch>(std::move(more.last_words)));
  drop_dead(numbers.published);
  give_files_back(synced);
  return {};
}

// The last revisions of incidents that the batch forgets, as far as the bus may not have them.
StateBatch RocksStore::last_words_of(const StateBatch& batch) const {
  StateBatch last;
  std::unordered_map<Uuid, const Row*, UuidHash> said;  // by the batch itself
  const std::uint64_t published = published_below();
  for (const Row& row : batch.rows) {
    if (row.kind != RowKind::incident_gone) {
      continue;
    }
    if (said.empty()) {
      for (const Row& item : batch.items) {
        said[item.id] = &item;
      }
    }
    if (const auto found = said.find(row.id); found != said.end()) {
      last.add_item(*found->second, batch.bytes_of(*found->second));
      continue;
    }
    const Place place = incidents_.find(row.id);
    if (place && uses_[place.step - first_step_].items_end > published) {
      add_waiting(place.step, row.id, last);
    }
  }
  return last;
}

Result<void> RocksStore::write(const FrameNumbers& numbers, const StateBatch& batch,
                               const FrameMore& more) {
  encode_frame_head(numbers, batch, more, head_);
  const MutexLock lock(database_mutex_);
  if (!database_) {
    if (auto opened = open_again(); !opened) {
      return opened;
    }
  }
  auto written = write_with_head(batch, more);
  if (written || written.error().fault == Fault::corrupt) {
    return written;
  }
  log_warn("the state is opened again after an error of the disk",
           {{"error", written.error().message}});
  if (auto opened = open_again(); !opened) {
    return opened;
  }
  return write_with_head(batch, more);
}

Result<void> RocksStore::write_with_head(const StateBatch& batch, const FrameMore& more) {
  const std::string key = sequence_key(next_step_);
  const rocksdb::Slice key_part(key);
  const std::array<rocksdb::Slice, 4> parts{rocksdb::Slice(head_), rocksdb::Slice(batch.bytes),
                                            rocksdb::Slice(more.carried.bytes),
                                            rocksdb::Slice(more.last_words.outgoing)};
  scratch_->Clear();
  const auto put = scratch_->Put(database_->family(kSteps), rocksdb::SliceParts(&key_part, 1),
                                 rocksdb::SliceParts(parts.data(), parts.size()));
  FUSIOND_CHECK(put.ok(), "a step is far below 4 GiB");
  const bool renews = database_->format() != kStateFormat;
  if (renews) {
    RocksDatabase::put_format(kStateFormat, *scratch_);
  }
  auto written = write_or_close(*scratch_, config_.sync && !batch.items.empty());
  if (written && renews) {
    database_->note_format(kStateFormat);
  }
  return written;
}

// A RocksDB whose log has seen an error is not touched again: asked to resume it may take a new log
// and then stop the process when it syncs the old one.
Result<void> RocksStore::write_or_close(rocksdb::WriteBatch& batch, bool sync) {
  auto written = database_->write(batch, sync);
  if (!written) {
    database_.reset();
  }
  return written;
}

// Only oldest first: a younger step may say that a row of an older one is gone. That they do not
// count any more is written with the next step.
void RocksStore::drop_dead(std::uint64_t published) {
  while (uses_.size() > 1 && uses_.front().live_rows == 0 && uses_.front().items_end <= published) {
    step_bytes_ -= uses_.front().bytes;
    bytes_to_give_back_ += uses_.front().bytes;
    uses_.pop_front();
    ++first_step_;
  }
  carried_until_ = std::max(carried_until_, first_step_);
}

// What the newest step says does not count goes once that step is durable.
void RocksStore::give_files_back(bool synced) {
  if (bytes_to_give_back_ < config_.write_buffer_bytes) {
    return;
  }
  const MutexLock lock(database_mutex_);
  if (database_ && !config_.sync) {
    synced = database_->sync().has_value();
    if (!synced) {
      database_.reset();
    }
  }
  if (!database_ || !synced) {
    return;
  }
  bytes_to_give_back_ = 0;
  if (auto dropped = database_->drop_files_below(kSteps, sequence_key(written_first_step_));
      !dropped) {
    log_warn("old files of the state stay for now", {{"error", dropped.error().message}});
  }
}

bool RocksStore::has_too_much_dead() const {
  return step_bytes_ > kBytesPerLive * live_bytes_ + kBuffersSpare * config_.write_buffer_bytes;
}

// What cannot be read here is found at the next start, by a person; until then the shard works.
std::uint64_t RocksStore::take_along(std::uint64_t step_bytes, StateBatch& carried) {
  if (!carries_ || !has_too_much_dead()) {
    return carried_until_;
  }
  const auto until = carry(std::max(kCarryAtLeast, kCarryPerByte * step_bytes), carried);
  if (until) {
    return *until;
  }
  carried = StateBatch{};
  if (until.error().fault == Fault::corrupt) {
    carries_ = false;
    log_error("old steps of the state stay until the next start: they cannot be read",
              {{"error", until.error().message}});
  }
  return carried_until_;
}

// Goes through the oldest steps, about `most` bytes of them, as far as they are published: others
// would stay all the same. Steps without live rows cost nothing.
Result<std::uint64_t> RocksStore::carry(std::uint64_t most, StateBatch& carried) const {
  const std::uint64_t published = published_below();
  std::uint64_t done = 0;
  std::uint64_t step = carried_until_;
  for (; done < most && step < next_step_; ++step) {
    const Use& use = uses_[step - first_step_];
    if (use.items_end > published) {
      break;
    }
    if (use.live_rows == 0) {
      continue;
    }
    if (auto good = carry_step(step, carried); !good) {
      return fail(good.error());
    }
    done += use.bytes;
  }
  return step;
}

Result<void> RocksStore::carry_step(std::uint64_t step, StateBatch& carried) const {
  const auto bytes = read_step(step);
  if (!bytes) {
    return fail(bytes.error());
  }
  const auto frame = decode_frame(*bytes);
  if (!frame) {
    return fail(damaged(step, frame.error().message));
  }
  for (const auto* rows : {&frame->carried, &frame->rows}) {
    for (const Row& row : *rows) {
      if (!is_newest(row, step, frame->body_at)) {
        continue;
      }
      if (row.kind != RowKind::revision) {
        carried.add_row(row, frame->bytes_of(row));
        continue;
      }
      const auto told = told_row_of(frame->bytes_of(row));
      if (!told) {
        return fail(damaged(step, told.error().message));
      }
      carried.add_row({.kind = RowKind::told, .id = row.id}, *told);
    }
  }
  return {};
}

Result<void> RocksStore::visit(const Visit& visit) const {
  const std::uint64_t published = published_below();
  std::optional<Error> fault;
  auto read = each_frame(first_step_, [&](const Frame& frame, std::size_t) {
    for (const auto* rows : {&frame.carried, &frame.rows}) {
      for (Row row : *rows) {
        if (fault || !is_newest(row, frame.numbers.sequence, frame.body_at)) {
          continue;
        }
        if (row.kind != RowKind::revision) {
          const bool waits = row.kind == RowKind::told && rows == &frame.rows &&
                             frame.numbers.first_number + row.item >= published;
          visit(row, frame.bytes_of(row), waits);
          continue;
        }
        // A whole one that is not published waits in the outbox as it is.
        row.kind = RowKind::told;
        const auto told = told_row_of(frame.bytes_of(row));
        if (told) {
          visit(row, *told, false);
        } else {
          fault = damaged(frame.numbers.sequence, told.error().message);
        }
      }
    }
  });
  return read && fault ? fail(*fault) : read;
}

RocksStore::Sizes RocksStore::sizes() const {
  return {.step_bytes = step_bytes_,
          .live_bytes = live_bytes_,
          .index_bytes = events_.memory_bytes() + incidents_.memory_bytes(),
          .carried_bytes = carried_bytes_,
          .steps = uses_.size()};
}

}  // namespace fusiond::state
