#include "daemon/fusion/confidence.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/model/chance.h"
#include "tests/support/event_builder.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;

// Reports of one incident, in the order given.
class ConfidenceTest {
 public:
  ConfidenceConfig config;

  ConfidenceTest& hear(const Event& event, std::uint32_t copies = 0,
                       std::optional<std::int64_t> fits_mn = std::nullopt) {
    events_.push_back(event);
    copies_.push_back(copies);
    fits_.push_back(fits_mn);
    return *this;
  }
  ConfidenceTest& callers(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "c" + std::to_string(events_.size());
      hear(EventBuilder(name).provenance("caller:" + name));
    }
    return *this;
  }
  [[nodiscard]] Belief weigh(std::vector<std::size_t> order = {}) const {
    if (order.empty()) {
      order.resize(events_.size());
      std::iota(order.begin(), order.end(), 0);
    }
    std::vector<Testimony> members;
    for (const std::size_t i : order) {
      members.push_back({&events_[i], copies_[i], fits_[i]});
    }
    Belief belief;
    Confidence(config).weigh(members, belief);
    return belief;
  }

 private:
  std::vector<Event> events_;
  std::vector<std::uint32_t> copies_;
  std::vector<std::optional<std::int64_t>> fits_;
};

EventBuilder post(const std::string& id) {
  return EventBuilder(id, "posts").from(SourceKind::social).provenance("author:" + id);
}

EventBuilder camera(const std::string& id, const std::string& device) {
  return EventBuilder(id, "cams").from(SourceKind::camera).device(device);
}

std::int64_t sum(const Belief& belief) {
  return std::accumulate(
      belief.factors.begin(), belief.factors.end(), std::int64_t{0},
      [](std::int64_t all, const Factor& factor) { return all + factor.total_mn; });
}

bool has(const Belief& belief, FactorKind kind) {
  return std::any_of(belief.factors.begin(), belief.factors.end(),
                     [&](const Factor& factor) { return factor.factor == kind; });
}

}  // namespace

TEST_CASE("the factors add up to the odds, and each is its count times its worth",
          "[fusion][confidence]") {
  ConfidenceTest t;
  t.config.limit_mn = 20000;
  t.callers(3).hear(camera("k1", "cam1")).hear(camera("k2", "cam2"));
  const Belief belief = t.weigh();
  REQUIRE(belief.factors.size() == 3);
  CHECK(belief.factors[0].factor == FactorKind::prior);
  CHECK(belief.factors[0].total_mn == 4500);
  CHECK(belief.factors[1].witness == WitnessKind::camera);
  CHECK(belief.factors[1].count == 2);
  CHECK(belief.factors[1].effective_milli == 1250);  // 2 / 1.6
  CHECK(belief.factors[1].total_mn == 1250);
  CHECK(belief.factors[2].witness == WitnessKind::caller);
  CHECK(belief.factors[2].effective_milli == 364);  // 3 / 2.2, less the one that is the prior
  CHECK(belief.factors[2].total_mn == 1092);
  CHECK(belief.factors[2].event_ids.size() == 2);
  CHECK(sum(belief) == belief.odds_mn);
  CHECK(belief.witnesses == 5);
}

TEST_CASE("a caller, device or author who says it again is no new witness",
          "[fusion][confidence]") {
  ConfidenceTest once;
  once.hear(camera("k0", "cam"));
  ConfidenceTest often;
  for (int i = 0; i < 10; ++i) {
    often.hear(camera("k" + std::to_string(i), "cam"));
  }
  CHECK(often.weigh().odds_mn == once.weigh().odds_mn);
  CHECK(often.weigh().witnesses == 1);
  CHECK(often.weigh().numbers == std::vector<std::uint32_t>(10, 1));
  for (int i = 10; i < 30; ++i) {
    often.hear(camera("k" + std::to_string(i), "cam"));
  }
  CHECK(often.weigh().odds_mn < once.weigh().odds_mn);  // and when it does not stop, less
  CHECK(has(often.weigh(), FactorKind::alone));
}

TEST_CASE("a rumour with 400 copies is no likelier than one without, and stays below a quarter",
          "[fusion][confidence]") {
  for (const std::uint16_t own : std::vector<std::uint16_t>{100, 400, 600, 1000}) {
    const auto rumour = [&](std::uint32_t copies, std::int64_t fits_mn) {
      ConfidenceTest t;
      t.config.limit_mn = 20000;
      return t.hear(post("p").confidence(own), copies, fits_mn).weigh();
    };
    CHECK(rumour(3, 0).odds_mn == rumour(0, 0).odds_mn);
    CHECK(rumour(400, 0).odds_mn == rumour(0, 0).odds_mn - 2000);
    CHECK(rumour(400, 0).permille <= 250);
    CHECK(rumour(3, 900).odds_mn > rumour(3, 0).odds_mn);  // it tells of what a caller told too
    CHECK(rumour(400, 5000).odds_mn == rumour(400, 0).odds_mn);
  }
}

TEST_CASE("more witnesses of a kind add less and less, and never too much",
          "[fusion][confidence]") {
  std::int64_t last = 0;
  std::int64_t last_step = 1'000'000;
  for (int n = 1; n <= 40; ++n) {
    ConfidenceTest t;
    t.config.limit_mn = 20000;
    const std::int64_t odds = t.callers(n).weigh().odds_mn;
    CHECK(odds >= last);
    CHECK((n == 1 || odds - last <= last_step + 3));
    last_step = n == 1 ? last_step : odds - last;
    last = odds;
  }
  CHECK(last < 4500 + 2000);
  const Belief crowd = ConfidenceTest{}.callers(500).weigh();
  CHECK(crowd.permille == 995);
  CHECK(has(crowd, FactorKind::limit));
}

TEST_CASE("the order of the members changes who is named first and nothing else",
          "[fusion][confidence]") {
  ConfidenceTest t;
  t.hear(camera("k1", "cam").confidence(300)).hear(post("p1").confidence(700), 3, 900);
  t.hear(post("p2")).hear(camera("k2", "cam").confidence(900)).callers(2);
  t.hear(EventBuilder("gone").lifecycle(Lifecycle::cancel));
  const Belief one = t.weigh();
  const Belief other = t.weigh({6, 5, 4, 3, 2, 1, 0});
  CHECK(one.odds_mn == other.odds_mn);
  CHECK(one.witnesses == other.witnesses);
  CHECK(one.factors.size() == other.factors.size());
}

TEST_CASE("the source's own confidence counts within its bounds", "[fusion][confidence]") {
  const auto odds = [](std::uint16_t own) {
    ConfidenceTest t;
    t.config.limit_mn = 20000;
    return t.hear(camera("k", "cam").confidence(own)).weigh().odds_mn;
  };
  CHECK(odds(500) == -5000);
  CHECK(odds(600) == -4200);
  CHECK(odds(1000) == -2000);
  CHECK(odds(0) == -8000);
}

TEST_CASE("what is taken back or called off speaks against the rest", "[fusion][confidence]") {
  const Belief plain = ConfidenceTest{}.callers(1).weigh();
  ConfidenceTest t;
  t.callers(1).hear(EventBuilder("x").provenance("caller:x").lifecycle(Lifecycle::cancel));
  const Belief cancelled = t.weigh();
  CHECK(cancelled.odds_mn == plain.odds_mn - 1500);
  CHECK(cancelled.witnesses == 1);
  t.hear(EventBuilder("y").provenance("caller:y").lifecycle(Lifecycle::retract));
  CHECK(t.weigh().odds_mn == plain.odds_mn - 1500 - 2500);
  ConfidenceTest gone;
  gone.hear(EventBuilder("y").lifecycle(Lifecycle::retract));
  CHECK(gone.weigh().odds_mn == 4500 - 2500);
  // The same caller who still says it elsewhere is not against it.
  t.hear(EventBuilder("z").provenance("caller:y"));
  CHECK(t.weigh().odds_mn > plain.odds_mn - 1500);
}

TEST_CASE("a probability reads as a number of cases in ten or a hundred", "[fusion][confidence]") {
  CHECK(permille_of(0) == 500);
  CHECK(permille_of(5300) == 995);
  CHECK(permille_of(-5300) == 5);
  CHECK(chance_words(5) == "fewer than 1 in 100");
  CHECK(chance_words(27) == "about 3 in 100");
  CHECK(chance_words(715) == "about 7 in 10");
  CHECK(chance_words(972) == "about 97 in 100");
  CHECK(chance_words(995) == "more than 99 in 100");
}

}  // namespace fusiond::fusion
