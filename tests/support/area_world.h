// Several engines that share a city by areas (design/0013), and between them a log that delays,
// repeats, and keeps the order between each two. On one thread, by one seed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/fusion/engine.h"
#include "daemon/route/homes.h"
#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/support/city.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"

namespace fusiond::support {

struct AreaWorldConfig {
  std::uint32_t cell_m = 500;
  std::uint32_t shards = 3;
  bool repeats = true;
  std::uint32_t restarts = 0;  // how often a shard starts anew, between any two deliveries
  Micros remember = std::chrono::hours{72};
  fusion::AssociationConfig association = small_association();
  rules::PriorityTable priorities = small_priorities();
};

class AreaWorld {
 public:
  AreaWorld(AreaWorldConfig config, SeededRng& rng);

  // Puts it into the log; nothing is delivered yet.
  void say(const Step& step);
  // Delivers up to `most` records, from whichever queue chance picks.
  void deliver(std::size_t most);
  // Delivers all there are. False when it does not come to rest.
  [[nodiscard]] bool rest();

  // Has what nobody needs any more forgotten, when all sources' clocks have reached this.
  void forget(WallTime reached);
  // How many event ids all shards together know something of, and what their disks hold.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t rows() const;

  // The incidents of all shards, by id.
  [[nodiscard]] std::vector<IncidentContent> incidents() const;
  // What a consumer knows that keeps the largest (epoch, revision) of each id.
  [[nodiscard]] std::vector<IncidentContent> told() const;
  [[nodiscard]] const fusion::Engine& engine(std::size_t shard) const { return *engines_[shard]; }
  // How many shards decide the members of an incident.
  [[nodiscard]] std::size_t owners_of(const IncidentContent& content) const;
  // The first promise that was broken; empty when none was.
  [[nodiscard]] const std::string& broken() const { return broken_; }

  struct Counts {
    std::uint64_t records = 0;  // events, words and ticks that were said
    std::uint64_t entered = 0;  // states that a shard was given to decide
    std::uint64_t left = 0;
    std::uint64_t restarts = 0;
    std::map<std::string, std::uint64_t> news;  // by kind
    [[nodiscard]] std::uint64_t all_news() const;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Enter {
    EventState state;
    fusion::Surroundings around;
    Event record;
  };
  struct Leave {
    EventId id;
    fusion::Owner to;
  };
  struct Forget {
    std::vector<EventId> ids;
    WallTime horizon;
  };
  using Item = std::variant<Enter, Leave, Word, Tick, Forget, fusion::AreaNews>;
  // What a shard has saved.
  struct Disk {
    std::map<EventId, EventState> events;
    std::map<WordId, Word> words;
    std::map<IncidentId, ToldIncident> told;
    std::map<fusion::ShortId, fusion::AreaRow> areas;
    std::map<std::uint64_t, fusion::NameRow> names;
    std::uint64_t starts = 0;
  };
  struct Queue {
    std::deque<Item> waiting;
    std::deque<Item> passed;  // the last ones delivered, for repeats
  };
  using Way = std::pair<std::uint32_t, std::uint32_t>;  // from (the router: shards), to
  void put(Way way, Item item);
  void deliver_one();
  void take(std::uint32_t shard, const Item& item);
  void consume(std::uint32_t shard, std::span<const IncidentRecord> records);
  void forget(std::uint32_t shard, const Forget& item);
  void save(std::uint32_t shard);
  void restart(std::uint32_t shard);
  [[nodiscard]] std::unique_ptr<fusion::Engine> make_engine(std::uint32_t shard) const;

  AreaWorldConfig config_;
  SeededRng& rng_;
  route::Router router_;
  route::Homes homes_;
  wire::IncidentBytes writer_;
  std::vector<std::unique_ptr<fusion::Engine>> engines_;
  std::vector<Disk> disks_;
  std::map<EventId, std::uint32_t> owners_;
  std::map<Way, Queue> queues_;
  std::vector<Way> busy_;
  std::map<IncidentId, IncidentRevision> newest_;
  std::map<std::tuple<IncidentId, std::uint64_t, std::uint64_t>, std::size_t> bodies_;
  std::string broken_;
  Counts counts_;
};

}  // namespace fusiond::support
