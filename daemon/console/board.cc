#include "daemon/console/board.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/wire/incident_head.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::console {
namespace {

bool is_active(IncidentState state) {
  return state == IncidentState::open || state == IncidentState::quiet;
}

std::size_t size_of(const Change& change) {
  return sizeof(Change) + change.incident_id.size() + change.bytes.size() + change.json.size();
}

}  // namespace

void Board::begin(std::uint32_t partition, std::uint64_t offset) {
  if (offset > position_.next(partition) || !position_.all().contains(partition)) {
    position_.set(partition, offset);
    floor_.set(partition, offset);
  }
}

Taken Board::apply(ports::BusRecord record) {
  if (record.offset < position_.next(record.partition)) {
    return Taken::repeat;
  }
  position_.set(record.partition, record.offset + 1);
  if (!record.value) {
    return Taken::unreadable;
  }
  auto brief = wire::incident_brief(*record.value);
  if (!brief) {
    return Taken::unreadable;
  }
  const auto change = std::make_shared<Change>();  // shared: see Entry
  change->partition = record.partition;
  change->offset = record.offset;
  change->incident_id = std::move(brief->id);
  change->epoch = brief->epoch;
  change->revision = brief->revision;
  change->active = is_active(brief->state);
  change->updated = brief->updated;
  change->digest = std::hash<std::string>{}(*record.value);
  change->bytes = std::move(*record.value);
  if (const Entry known = find(change->incident_id)) {
    const auto was = std::tie(known->epoch, known->revision);
    const auto is = std::tie(change->epoch, change->revision);
    if (is <= was) {
      return is == was && change->digest != known->digest ? Taken::conflict : Taken::repeat;
    }
  }
  change->number = end_;
  show(change);
  keep(change);
  prune();
  return Taken::fresh;
}

void Board::show(const Entry& change) {
  Entry& newest = newest_[change->incident_id];
  active_ -= newest && newest->active ? 1 : 0;
  active_ += change->active ? 1 : 0;
  newest = change;
  if (!change->active) {
    ended_.push_back(change);
  }
  latest_ = std::max(latest_, change->updated);
}

void Board::keep(const Entry& change) {
  change->in_ring = true;
  ring_.push_back(change);
  ring_bytes_ += size_of(*change);
  ++end_;
  while (ring_.size() > limits_.ring_changes ||
         (ring_bytes_ > limits_.ring_bytes && ring_.size() > 1)) {
    const Entry& oldest = ring_.front();
    ring_bytes_ -= size_of(*oldest);
    oldest->in_ring = false;
    floor_.set(oldest->partition, oldest->offset + 1);
    ring_.pop_front();
  }
}

void Board::forget(const std::string& incident_id) {
  const auto found = newest_.find(incident_id);
  active_ -= found->second->active ? 1 : 0;
  newest_.erase(found);
}

void Board::prune() {
  while (!ended_.empty()) {
    const Entry& oldest = ended_.front();
    const auto found = newest_.find(oldest->incident_id);
    const bool current = found != newest_.end() && found->second == oldest;
    const bool expired = oldest->updated + limits_.closed_keep < latest_;
    if (current && !expired && newest_.size() <= limits_.max_incidents) {
      break;
    }
    if (current) {
      forget(Entry(oldest)->incident_id);
    }
    ended_.pop_front();
  }
  if (newest_.size() > limits_.max_incidents) {
    crowd_out();
  }
}

// A hundredth at once, so that a full board does not search itself for each record.
void Board::crowd_out() {
  std::vector<Entry> all = picture(true);
  const std::size_t stay = limits_.max_incidents - limits_.max_incidents / 100;
  for (std::size_t i = stay; i < all.size(); ++i) {
    forget(all[i]->incident_id);
    ++crowded_out_;
  }
}

const Board::Entry& Board::at(std::uint64_t number) const {
  FUSIOND_CHECK(number >= first() && number < end_,
                "a change is asked for while it is in the ring");
  return ring_[static_cast<std::size_t>(number - first())];
}

const std::string& Board::json(const Entry& change) {
  if (change->json.empty()) {
    auto json = wire::incident_json(change->bytes);
    FUSIOND_CHECK(json.has_value(), "what has a brief can be printed");
    const std::size_t before = size_of(*change);
    change->json = std::move(*json);
    change->bytes = std::string();
    if (change->in_ring) {
      ring_bytes_ = ring_bytes_ - before + size_of(*change);
    }
  }
  return change->json;
}

std::vector<Board::Entry> Board::picture(bool all) const {
  std::vector<Entry> out;
  out.reserve(newest_.size());
  for (const auto& [id, change] : newest_) {
    if (all || change->active) {
      out.push_back(change);
    }
  }
  std::ranges::sort(out, [](const Entry& a, const Entry& b) {
    return std::tie(b->updated, b->number) < std::tie(a->updated, a->number);
  });
  return out;
}

Board::Entry Board::find(const std::string& incident_id) const {
  const auto found = newest_.find(incident_id);
  return found == newest_.end() ? nullptr : found->second;
}

std::vector<Board::Entry> Board::revisions(const std::string& incident_id) const {
  std::vector<Entry> out;
  for (const auto& change : ring_) {
    if (change->incident_id == incident_id) {
      out.push_back(change);
    }
  }
  return out;
}

}  // namespace fusiond::console
