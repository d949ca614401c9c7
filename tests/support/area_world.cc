#include "tests/support/area_world.h"

#include <algorithm>
#include <functional>
#include <tuple>

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
      homes_(route::AreaGrid{config_.cell_m},
             {fusion::near_m(config_.association), config_.association.related_reach_m},
             config_.shards) {
  for (std::uint32_t shard = 0; shard < config_.shards; ++shard) {
    fusion::EngineConfig engine{config_.association, config_.priorities, {}, (1U << 10U) | shard};
    engine.seat = {shard, config_.shards};
    engines_.push_back(std::make_unique<fusion::Engine>(std::move(engine), writer_));
  }
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
    consume(shard, engine.enter(enter->state, enter->around,
                                {"event", record.id, record.revision, {}, record.received}));
  } else if (const auto* leave = std::get_if<Leave>(&item)) {
    consume(shard, engine.leave(leave->id, leave->to, {"event", leave->id, 0, {}, {}}));
  } else if (const auto* word = std::get_if<Word>(&item)) {
    consume(shard, engine.apply(*word, {"word", word->event, 0, {}, word->said, *word}));
  } else if (const auto* tick = std::get_if<Tick>(&item)) {
    consume(shard, engine.tick(*tick, {"tick", {}, 0, {}, tick->ingest_time}));
  } else {
    consume(shard, engine.hear(std::get<fusion::AreaNews>(item), {"area", {}, 0, {}, {}}));
  }
  for (fusion::AreaNews& news : engine.take_news()) {
    ++counts_.news[name_of(news)];
    const Way way{news.from, news.to};
    put(way, std::move(news));
  }
}

void AreaWorld::consume(std::uint32_t shard, std::span<const IncidentRecord> records) {
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
