#include "tests/support/city.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/support/event_builder.h"

namespace fusiond::support {
namespace {

using namespace std::chrono_literals;

struct Scene {
  std::int64_t at_s;
  std::int64_t east_m;
  std::int64_t north_m;
  std::string kind;
};

struct Feed {
  std::string source;
  SourceKind kind;
  Micros lateness;
  LocationMethod method;
};

const std::vector<Feed>& feeds() {
  static const std::vector<Feed> list = {
      {"cad", SourceKind::cad, 15min, LocationMethod::gps},
      {"county", SourceKind::cad, 10min, LocationMethod::geocoded},
      {"sensors", SourceKind::acoustic, 5min, LocationMethod::acoustic},
      {"cameras", SourceKind::camera, 5min, LocationMethod::device_registry},
      {"posts", SourceKind::social, 40min, LocationMethod::text}};
  return list;
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> list = {"unclassified", "gunshot",    "shots_fired",
                                                "crash",        "fire",       "fight",
                                                "disturbance",  "loud_noise", "no_such_kind"};
  return list;
}

class Maker {
 public:
  Maker(SeededRng& rng, const CityOptions& options) : rng_(rng), options_(options) {
    const std::size_t scenes = 1 + rng_.below(4);
    for (std::size_t i = 0; i < scenes; ++i) {
      scenes_.push_back({rng_.between(0, 1500), rng_.between(-700, 700), rng_.between(-700, 700),
                         rng_.one_of(kinds())});
    }
  }

  void add_event(std::size_t number) {
    const Feed& feed = rng_.one_of(feeds());
    const Scene& scene = rng_.one_of(scenes_);
    EventBuilder builder("e" + std::to_string(number), feed.source);
    builder.from(feed.kind)
        .lateness(feed.lateness)
        .kind(rng_.chance(60) ? scene.kind : rng_.one_of(kinds()));
    const bool same_spot = rng_.chance(15);
    const bool same_time = rng_.chance(15);
    builder.at(std::chrono::seconds{scene.at_s + (same_time ? 0 : rng_.between(0, 700))});
    const bool unit = options_.units && feed.kind == SourceKind::cad && number % 4 == 0;
    spot(builder, scene, same_spot, unit ? LocationMethod::device_registry : feed.method);
    if (rng_.chance(8)) {
      builder.nowhere();
    }
    if (options_.keys) {
      add_keys(builder);
    }
    if (options_.statuses && rng_.chance(8)) {
      builder.status(rng_.chance(50) ? Status::exercise : Status::test);
    }
    if (options_.copies && !ids_.empty() && rng_.chance(feed.kind == SourceKind::social ? 50 : 4)) {
      builder.copy_of(rng_.one_of(ids_));
    }
    if (options_.copies && rng_.chance(3)) {
      builder.copy_of(EventBuilder("e" + std::to_string(number + 1), feed.source).build().id);
    }
    if (rng_.chance(20)) {
      builder.provenance("witness" + std::to_string(rng_.below(3)));
    }
    if (rng_.chance(40)) {
      builder.confidence(static_cast<std::uint16_t>(rng_.below(1001)));
    }
    if (rng_.chance(20)) {
      builder.priority(static_cast<std::uint8_t>(rng_.below(11)));
    }
    builder.by(delay(feed.lateness)).revision(1 + rng_.below(3));
    const Event first = builder.build();
    ids_.push_back(first.id);
    records.push_back(first);
    if (options_.revisions) {
      revise(first, scene, feed);
    }
  }

  std::vector<Event> records;

 private:
  void spot(EventBuilder& builder, const Scene& scene, bool exact, LocationMethod method) {
    const std::int64_t spread = rng_.chance(80) ? 150 : 500;
    const auto off = [&] { return exact ? 0 : rng_.between(-spread, spread); };
    const std::int64_t east = scene.east_m + off();
    builder.near(east, scene.north_m + off(), static_cast<std::uint32_t>(rng_.between(5, 120)))
        .method(method);
  }

  // Mostly in time; sometimes at the very edge, sometimes too late.
  Micros delay(Micros lateness) {
    if (options_.late && rng_.chance(10)) {
      return lateness + Micros{rng_.between(1, 600000000)};
    }
    if (rng_.chance(5)) {
      return lateness;
    }
    return Micros{rng_.between(0, lateness.count() / 2)};
  }

  void add_keys(EventBuilder& builder) {
    const auto pool = [&](const char* name, std::size_t size) {
      return name + std::to_string(rng_.below(size));
    };
    if (rng_.chance(25)) {
      builder.cad(pool("pd/", 5));
    }
    if (rng_.chance(12)) {
      builder.duplicate_of(pool("pd/", 5));
    }
    if (rng_.chance(10)) {
      builder.plate(pool("plate", 3));
    }
    if (rng_.chance(15)) {
      builder.caller(pool("caller", 4));
    }
    if (rng_.chance(15)) {
      builder.device(pool("device", 3));
    }
  }

  void revise(const Event& first, const Scene& scene, const Feed& feed) {
    for (std::size_t i = rng_.below(3); i > 0; --i) {
      EventBuilder builder{first};
      const std::size_t what = rng_.below(9);
      if (what == 0) {
        builder.kind(rng_.one_of(kinds()));
      }
      if (what == 1) {
        spot(builder, scene, false, feed.method);
      }
      if (what == 2) {
        builder.lifecycle(Lifecycle::retract);
      }
      if (what == 3) {
        builder.headline("words " + std::to_string(rng_.below(3)));
      }
      if (what == 4) {
        builder.at(std::chrono::seconds{scene.at_s + rng_.between(0, 700)});
      }
      if (what == 5 && options_.keys) {
        add_keys(builder);
      }
      if (what == 6) {
        builder.nowhere();
      }
      if (what == 7) {
        builder.lifecycle(Lifecycle::cancel);
      }
      if (what == 8) {
        builder.confidence(static_cast<std::uint16_t>(rng_.below(1001)));
      }
      builder.by(delay(feed.lateness)).revision(1 + rng_.below(5));
      records.push_back(builder.build());
    }
  }

  SeededRng& rng_;
  const CityOptions& options_;
  std::vector<Scene> scenes_;
  std::vector<EventId> ids_;
};

Tick some_tick(SeededRng& rng) {
  Tick tick{wall_time(kStartUs + rng.between(0, 7200) * 1000000), {}};
  for (const Feed& feed : feeds()) {
    if (rng.chance(70)) {
      tick.sources.push_back(
          {SourceId{feed.source}, rng.chance(75), tick.ingest_time, feed.lateness});
    }
  }
  return tick;
}

}  // namespace

std::vector<Event> city_records(SeededRng& rng, const CityOptions& options) {
  Maker maker{rng, options};
  for (std::size_t i = 0; i < options.events; ++i) {
    maker.add_event(i);
  }
  return std::move(maker.records);
}

std::vector<Word> city_words(SeededRng& rng, const std::vector<Event>& records, std::size_t count) {
  const auto some_event = [&] {
    if (rng.chance(4)) {
      return event_id_of(SourceId{"cad"}, "nobody" + std::to_string(rng.below(2)));
    }
    return rng.chance(50) ? rng.one_of(records).id
                          : records[rng.below(std::min<std::size_t>(records.size(), 5))].id;
  };
  std::vector<Word> words;
  for (std::size_t i = 0; i < count; ++i) {
    Word word;
    word.id = WordId{event_id_of(SourceId{"words"}, std::to_string(i)).str()};
    word.revision = 1 + rng.below(3);
    word.author = "operator " + std::to_string(rng.below(3));
    word.reason = "reason " + std::to_string(i);
    word.event = some_event();
    word.other = some_event();
    const std::uint64_t what = rng.below(10);
    word.kind = what < 5 ? WordKind::same : what < 8 ? WordKind::apart : WordKind::eject;
    if (word.kind == WordKind::eject || word.event == word.other) {
      word.kind = WordKind::eject;
      word.other = EventId{};
    }
    word.said = wall_time(kStartUs + rng.between(0, 20) * 60'000'000);  // often at the same moment
    words.push_back(word);
    for (std::size_t again = rng.below(3); again > 0; --again) {
      word.revision = 1 + rng.below(5);
      word.retracted = rng.chance(60);
      word.reason = "again " + std::to_string(rng.below(2));
      word.said += Micros{rng.between(0, 600'000'000)};
      words.push_back(word);
    }
  }
  return words;
}

void say_in_between(SeededRng& rng, const std::vector<Word>& words, std::vector<Step>& steps) {
  for (const Word& word : words) {
    for (std::size_t times = rng.chance(15) ? 2 : 1; times > 0; --times) {
      const auto at = static_cast<std::ptrdiff_t>(rng.below(steps.size() + 1));
      steps.insert(steps.begin() + at, Step{std::nullopt, std::nullopt, false, word});
    }
  }
}

std::vector<Step> one_delivery(SeededRng& rng, const std::vector<Event>& records, bool restarts) {
  std::vector<Event> order = records;
  for (const Event& record : records) {
    if (rng.chance(15)) {
      order.push_back(record);
    }
    if (rng.chance(10)) {  // the same words again, under a higher revision, a while later
      order.push_back(EventBuilder{record}
                          .revision(record.revision + 1 + rng.below(4))
                          .by(record.received.time_since_epoch() -
                              record.occurred.time_since_epoch() +
                              Micros{rng.between(1, 400000000)}));
    }
  }
  rng.shuffle(order);
  std::vector<Step> steps;
  for (Event& record : order) {
    steps.push_back({std::move(record), std::nullopt, false});
    if (rng.chance(12)) {
      steps.push_back({std::nullopt, some_tick(rng), false});
    }
    if (restarts && rng.chance(4)) {
      steps.push_back({std::nullopt, std::nullopt, true});
    }
  }
  return steps;
}

}  // namespace fusiond::support
