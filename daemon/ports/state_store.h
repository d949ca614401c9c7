// What a shard keeps across restarts. Bytes only; wire/ gives them meaning. One atomic write per
// step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/uuid.h"

namespace fusiond::ports {

enum class RowKind : std::uint8_t {
  event = 1,      // id = event id, bytes = EventStateRecord
  revision,       // id = incident id, bytes = Incident; among the items: to be published, and kept
                  // in memory only
  record,         // no id, bytes = OutboxRecord; among the items only, forgotten once published
  event_gone,     // the event is forgotten; no bytes
  incident_gone,  // so is the incident
  told,           // id = incident id, bytes = ToldIncident: what the revision `item` said
};

struct Row {
  RowKind kind = RowKind::event;
  Uuid id;
  std::uint32_t begin = 0;  // of its bytes in StateBatch::bytes, of a revision in its `outgoing`
  std::uint32_t size = 0;
  // Of revisions: what the records' headers say.
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::int64_t updated_us = 0;
  std::uint32_t item = 0;  // its place among the step's items; of told: that of its revision
  friend bool operator==(const Row&, const Row&) = default;
};

// One step's changes, applied together or not at all; of an id the last row holds. Of a revision
// only its `told` row is saved: after a crash it is made again, under another epoch.
struct StateBatch {
  std::string meta;        // ShardMeta: input offset, epoch, source clocks
  std::vector<Row> items;  // revisions and records, to be published in this order
  std::vector<Row> rows;   // events, what was told, and what is gone
  std::string bytes;       // of rows and records
  std::string outgoing;    // of revisions

  [[nodiscard]] std::string_view bytes_of(const Row& row) const {
    const std::string& all = row.kind == RowKind::revision ? outgoing : bytes;
    return std::string_view(all).substr(row.begin, row.size);
  }
  // Sets begin, size and item of `row`. Requires: fewer than 4 GiB in all.
  void add_item(Row row, std::string_view its_bytes) {
    row.item = static_cast<std::uint32_t>(items.size());
    items.push_back(placed(row, its_bytes));
  }
  void add_row(Row row, std::string_view its_bytes) { rows.push_back(placed(row, its_bytes)); }
  // A revision with what the state keeps of it.
  void add_revision(const Row& row, std::string_view its_bytes, std::string_view told) {
    add_item(row, its_bytes);
    Row kept;
    kept.kind = RowKind::told;
    kept.id = row.id;
    kept.item = items.back().item;
    add_row(kept, told);
  }

 private:
  Row placed(Row row, std::string_view its_bytes) {
    std::string& all = row.kind == RowKind::revision ? outgoing : bytes;
    row.begin = static_cast<std::uint32_t>(all.size());
    row.size = static_cast<std::uint32_t>(its_bytes.size());
    all += its_bytes;
    return row;
  }
};

// One revision or record that is not published yet. The bytes live as long as the page.
struct OutboxItem {
  std::uint64_t number = 0;  // rises, never used twice
  Row row;
  std::string_view bytes;
  std::size_t held = 0;  // which of the page's batches they are in
};
struct OutboxPage {
  std::vector<OutboxItem> items;
  std::vector<std::shared_ptr<const StateBatch>> held;  // what the bytes are in
};

// Threads: commit and visit from the shard's thread; outbox, published from the publisher's;
// unpublished and unpublished_bytes from any.
class StateStore {
 public:
  virtual ~StateStore() = default;
  // Durable (synced) when it returns if the batch has items; else durable against a crash of the
  // process. The batch is shared with the outbox, which gives its items to the publisher.
  // Errors: unavailable; memory and state are as before, the same batch may be tried again.
  virtual Result<void> commit(std::shared_ptr<const StateBatch> batch) = 0;
  // Empty when the state is new.
  [[nodiscard]] virtual std::optional<std::string> meta() const = 0;
  // The newest row of each event and of each incident that is not gone, in no order. `waits`: it is
  // of a revision that is not known to be published.
  using Visit = std::function<void(const Row& row, std::string_view bytes, bool waits)>;
  virtual Result<void> visit(const Visit& visit) const = 0;
  // Up to `max` items from the first that is not published yet, at or after `from`. After a restart
  // there are records only, and the last revisions of incidents that are gone.
  virtual Result<OutboxPage> outbox(std::uint64_t from, std::size_t max) = 0;
  // Says that items up to and including `number` are published. Survives a crash of the process; a
  // power cut may bring the last of them back.
  virtual Result<void> published(std::uint64_t number) = 0;
  [[nodiscard]] virtual std::uint64_t unpublished() const = 0;
  // Memory that they hold.
  [[nodiscard]] virtual std::uint64_t unpublished_bytes() const = 0;
};

}  // namespace fusiond::ports
