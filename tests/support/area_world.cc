#include "tests/support/area_world.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "daemon/wire/told_wire.h"
#include "tests/support/decoded.h"

namespace fusiond::support {
namespace {

const char* name_of(const fusion::AreaNews& news) {
  static const char* const kNames[] = {"standing", "gone", "card",    "interest",
                                       "holders",  "want", "telling", "clocks"};
  return kNames[news.what.index()];
}

}  // namespace

std::uint64_t AreaWorld::Counts::all_news() const {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : news) {
    sum += count;
  }
  return sum;
}

AreaWorld::AreaWorld(AreaWorldConfig config, SeededRng& rng)
    : config_(std::move(config)),
      rng_(rng),
      router_({.remember = config_.remember}),
      homes_(route::AreaGrid{config_.cell_m},
             {fusion::near_m(config_.association), config_.association.related_reach_m},
             config_.shards) {
  disks_.resize(config_.shards);
  for (std::uint32_t shard = 0; shard < config_.shards; ++shard) {
    engines_.push_back(make_engine(shard));
  }
}

std::unique_ptr<fusion::Engine> AreaWorld::make_engine(std::uint32_t shard) const {
  const std::uint64_t epoch = ((disks_[shard].starts + 1) << 10U) | shard;
  fusion::EngineConfig engine{config_.association, config_.priorities, {}, epoch};
  engine.seat = {shard, config_.shards};
  return std::make_unique<fusion::Engine>(std::move(engine), writer_);
}

void AreaWorld::save(std::uint32_t shard) {
  Disk& disk = disks_[shard];
  fusion::AreaRows rows = engines_[shard]->take_rows();
  for (fusion::AreaRow& row : rows.events) {
    const fusion::ShortId id = row.id;
    row.known ? (void)disk.areas.insert_or_assign(id, std::move(row)) : (void)disk.areas.erase(id);
  }
  for (fusion::NameRow& row : rows.names) {
    const std::uint64_t name = row.name;
    row.empty() ? (void)disk.names.erase(name)
                : (void)disk.names.insert_or_assign(name, std::move(row));
  }
  for (fusion::AreaNews& news : engines_[shard]->take_news()) {
    ++counts_.news[name_of(news)];
    const Way way{news.from, news.to};
    put(way, std::move(news));
  }
}

// What was told to others and not delivered yet is in the log.
void AreaWorld::restart(std::uint32_t shard) {
  Disk& disk = disks_[shard];
  ++counts_.restarts;
  ++disk.starts;
  fusion::EngineSnapshot snapshot;
  for (const auto& [id, state] : disk.events) {
    snapshot.events.push_back(state);
  }
  for (const auto& [id, told] : disk.told) {
    snapshot.incidents.push_back(told);
  }
  for (const auto& [id, word] : disk.words) {
    snapshot.words.push_back(word);
  }
  for (const auto& [id, row] : disk.areas) {
    snapshot.areas.events.push_back(row);
  }
  for (const auto& [name, row] : disk.names) {
    snapshot.areas.names.push_back(row);
  }
  snapshot.sources = engines_[shard]->sources();
  snapshot.sequences = engines_[shard]->sequences();
  engines_[shard] = make_engine(shard);
  engines_[shard]->restore(snapshot);
  consume(shard, engines_[shard]->resume({"start", {}, 0, {}, {}}));
  save(shard);
}

void AreaWorld::forget(WallTime reached) {
  std::vector<Forget> forgets(config_.shards, Forget{{}, reached - config_.remember});
  for (const EventId& id : router_.forget(reached)) {
    homes_.forget(id);
    forgets[owners_.at(id)].ids.push_back(id);
  }
  for (std::uint32_t shard = 0; shard < config_.shards; ++shard) {
    put({config_.shards, shard}, std::move(forgets[shard]));
  }
}

void AreaWorld::forget(std::uint32_t shard, const Forget& item) {
  Disk& disk = disks_[shard];
  for (const IncidentId& id : engines_[shard]->forget(item.ids, item.horizon)) {
    disk.told.erase(id);
  }
  for (const EventId& id : engines_[shard]->forgotten()) {
    disk.events.erase(id);
  }
}

std::size_t AreaWorld::size() const {
  std::size_t sum = 0;
  for (const auto& engine : engines_) {
    sum += engine->size();
  }
  return sum;
}

std::size_t AreaWorld::rows() const {
  std::size_t sum = 0;
  for (const Disk& disk : disks_) {
    sum += disk.events.size() + disk.told.size() + disk.areas.size() + disk.names.size();
  }
  return sum;
}

void AreaWorld::put(Way way, Item item) {
  Queue& queue = queues_[way];
  if (queue.waiting.empty()) {
    busy_.push_back(way);
  }
  queue.waiting.push_back(std::move(item));
}

void AreaWorld::say(const Step& step) {
  ++counts_.records;
  const std::uint32_t router = config_.shards;
  if (step.record) {
    const Routed routed = router_.take(*step.record);
    if (!routed.changed) {
      return;
    }
    route::Home home = homes_.settle(*routed.changed);
    ++counts_.entered;
    if (home.left) {
      ++counts_.left;
      put({router, *home.left}, Leave{step.record->id, {home.owner, home.moves}});
    }
    owners_[step.record->id] = home.owner;
    put({router, home.owner}, Enter{*routed.changed,
                                    {std::move(home.near), std::move(home.wide), home.moves},
                                    *step.record});
  }
  for (std::uint32_t shard = 0; shard < config_.shards; ++shard) {
    if (step.word) {
      put({router, shard}, *step.word);
    }
    if (step.tick) {
      put({router, shard}, *step.tick);
    }
  }
}

void AreaWorld::deliver(std::size_t most) {
  for (; most > 0 && !busy_.empty(); --most) {
    deliver_one();
  }
}

bool AreaWorld::rest() {
  constexpr std::size_t kMost = 2'000'000;
  for (std::size_t count = 0; !busy_.empty(); ++count) {
    if (count == kMost) {
      return false;
    }
    deliver_one();
  }
  return true;
}

void AreaWorld::deliver_one() {
  if (counts_.restarts < config_.restarts && rng_.chance(5)) {
    restart(static_cast<std::uint32_t>(rng_.below(config_.shards)));
  }
  const std::size_t picked = rng_.below(busy_.size());
  const Way way = busy_[picked];
  Queue& queue = queues_[way];
  const Item item = std::move(queue.waiting.front());
  queue.waiting.pop_front();
  const bool is_news = std::holds_alternative<fusion::AreaNews>(item);
  if (is_news && config_.repeats) {
    queue.passed.push_back(item);
    if (queue.passed.size() > 4) {
      queue.passed.pop_front();
    }
    if (rng_.chance(4)) {  // the sender did not hear that they had arrived
      for (const Item& again : queue.passed) {
        take(way.second, again);
      }
    }
  }
  if (queue.waiting.empty()) {
    busy_[picked] = busy_.back();
    busy_.pop_back();
  }
  take(way.second, item);
}

void AreaWorld::take(std::uint32_t shard, const Item& item) {
  fusion::Engine& engine = *engines_[shard];
  if (const auto* enter = std::get_if<Enter>(&item)) {
    const Event& record = enter->record;
    disks_[shard].events.insert_or_assign(record.id, enter->state);
    consume(shard, engine.enter(enter->state, enter->around,
                                {"event", record.id, record.revision, {}, record.received}));
  } else if (const auto* leave = std::get_if<Leave>(&item)) {
    disks_[shard].events.erase(leave->id);
    consume(shard, engine.leave(leave->id, leave->to, {"event", leave->id, 0, {}, {}}));
  } else if (const auto* word = std::get_if<Word>(&item)) {
    consume(shard, engine.apply(*word, {"word", word->event, 0, {}, word->said, *word}));
    disks_[shard].words.insert_or_assign(word->id, *engine.word(word->id));
  } else if (const auto* tick = std::get_if<Tick>(&item)) {
    consume(shard, engine.tick(*tick, {"tick", {}, 0, {}, tick->ingest_time}));
  } else if (const auto* old = std::get_if<Forget>(&item)) {
    forget(shard, *old);
  } else {
    consume(shard, engine.hear(std::get<fusion::AreaNews>(item), {"area", {}, 0, {}, {}}));
  }
  save(shard);
}

void AreaWorld::consume(std::uint32_t shard, std::span<const IncidentRecord> records) {
  for (const IncidentRecord& record : records) {
    disks_[shard].told.insert_or_assign(record.id, *wire::decode_told(record.told));
  }
  for (IncidentRevision& revision : decoded(records)) {
    const IncidentId id = revision.content.id;
    const auto order = std::tuple(revision.epoch, revision.revision);
    if (revision.epoch % 1024 != shard) {
      broken_ = "an epoch is its shard's";
    }
    if (!bodies_.emplace(std::tuple(id, revision.epoch, revision.revision), bodies_.size())
             .second) {
      broken_ = "one (epoch, revision) of an id is told once";
    }
    const auto found = newest_.find(id);
    if (found == newest_.end() || std::tuple(found->second.epoch, found->second.revision) < order) {
      newest_[id] = std::move(revision);
    }
  }
}

std::vector<IncidentContent> AreaWorld::incidents() const {
  std::vector<IncidentContent> contents;
  for (const auto& engine : engines_) {
    for (IncidentContent& content : engine->incidents()) {
      contents.push_back(std::move(content));
    }
  }
  std::sort(contents.begin(), contents.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  return contents;
}

std::size_t AreaWorld::owners_of(const IncidentContent& content) const {
  std::set<std::uint32_t> owners;
  for (const Member& member : content.members) {
    owners.insert(owners_.at(member.event_id));
  }
  return owners.size();
}

std::vector<IncidentContent> AreaWorld::told() const {
  std::vector<IncidentContent> contents;
  for (const auto& [id, revision] : newest_) {
    if (revision.content.state != IncidentState::merged) {
      contents.push_back(revision.content);
    }
  }
  return contents;
}

}  // namespace fusiond::support
