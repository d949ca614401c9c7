#include "daemon/fusion/score.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/fusion/key_index.h"
#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

constexpr double kPi = 3.14159265358979323846;

// ln(sum P(f|a) P(f|b) / P(f)) of two kinds of the small table, in nats.
double kind_nats(const std::string& a, const std::string& b) {
  const auto config = support::small_association();
  double sum = 0;
  for (std::size_t f = 0; f < config.families.size(); ++f) {
    sum += config.kinds.at(a)[f] * 1e-6 * config.kinds.at(b)[f] * 1e-6 /
           (config.family_prior_ppm[f] * 1e-6);
  }
  return std::log(sum);
}

Facts facts(const Score& score, const EventBuilder& event) {
  static KeyIndex keys;
  Facts facts = score.facts_of(event.build());
  facts.keys = keys.numbers_of(event.build());
  return facts;
}

}  // namespace

TEST_CASE("the pair score is the formula, to the milli-nat", "[fusion][score]") {
  const Score score{support::small_association()};
  // Radius 30 m at 90 % is a sigma of 13.98 m; a caller stands 45 m from a crash.
  const Facts a = facts(score, EventBuilder("a").kind("crash"));
  const Facts b = facts(score, EventBuilder("b").kind("crash").at(100s).near(120, 0));
  const double variance = 2 * (std::ceil(900 / (2 * std::log(10.0))) + 45 * 45);
  CHECK(a.variance_m2 + b.variance_m2 == static_cast<std::int64_t>(variance));
  const double square = static_cast<double>(distance2(*a.place, *b.place)) / 256;
  CHECK(std::sqrt(square) == Approx(120).margin(0.5));
  const ScoreTerms terms = terms_of(score.pair(a, b));
  CHECK(static_cast<double>(terms.place_mn) ==
        Approx(1000 * (-square / (2 * variance) - std::log(2 * kPi * variance))).margin(2));
  CHECK(static_cast<double>(terms.delay_mn) ==
        Approx(1000 * (-std::log(340.0) - 100.0 / 170)).margin(2));
  CHECK(static_cast<double>(terms.kind_mn) == Approx(1000 * kind_nats("crash", "crash")).margin(1));
  CHECK(terms.total_mn == terms.place_mn + terms.delay_mn + terms.kind_mn);
}

TEST_CASE("some callers are further off: the place term is the sum of both densities",
          "[fusion][score]") {
  auto config = support::small_association();
  config.caller_afar = {{500, 350}, {0, 0}, {0, 0}, {0, 0}, {100, 300}};
  const Score score{config};
  const auto density = [](double square, double variance) {
    return std::exp(-square / 2 / variance) / (2 * kPi * variance);
  };
  const auto mixed = [&](double square, double variance, double far, double extra) {
    return Approx(1000 * std::log((1 - far) * density(square, variance) +
                                  far * density(square, variance + extra)))
        .margin(8);
  };
  const Facts alert = facts(score, EventBuilder("a").kind("gunshot").from(SourceKind::acoustic));
  for (const int metres : {0, 150, 400, 700, 1500}) {
    INFO(metres);
    const Facts shots = facts(score, EventBuilder("b").kind("shots_fired").near(metres, 0));
    const Facts quarrel = facts(score, EventBuilder("c").kind("disturbance").at(1s));
    const double square = static_cast<double>(distance2(*alert.place, *shots.place)) / 256;
    const auto sum = static_cast<double>(alert.variance_m2 + shots.variance_m2);
    CHECK(static_cast<double>(score.pair(alert, shots).place_mn) ==
          mixed(square, sum, 0.5, 350.0 * 350));
    // Of two, either may be: by what they are on average.
    const auto both = static_cast<double>(shots.variance_m2 + quarrel.variance_m2);
    CHECK(static_cast<double>(score.pair(shots, quarrel).place_mn) ==
          mixed(square, both, 1 - 0.5 * 0.9, (0.5 * 350 * 350 + 0.1 * 300 * 300) / 0.6));
  }
  // The gate opens as far, and the whole uncertainty counts where a place is shown.
  const Facts far = facts(score, EventBuilder("b").kind("shots_fired").near(1500, 0));
  CHECK(score.in_spread(distance2(*alert.place, *far.place), alert, far));
  CHECK_FALSE(Score{support::small_association()}.in_spread(distance2(*alert.place, *far.place),
                                                            alert, far));
  CHECK(score.whole_variance_m2(far) == far.variance_m2 + 350 * 350 / 2);
  CHECK(score.whole_variance_m2(alert) == alert.variance_m2);
}

TEST_CASE("what several say together is where it is: only who joins may be further off",
          "[fusion][score]") {
  auto config = support::small_association();
  config.caller_afar = {{500, 350}, {0, 0}, {0, 0}, {0, 0}, {0, 0}};
  const Score score{config};
  const Score plain{support::small_association()};
  Witness witness;
  const Facts first = facts(score, EventBuilder("a").kind("shots_fired"));
  const Facts crash = facts(score, EventBuilder("e").kind("crash").at(9s).near(200, 0));
  const auto place = [&](const Score& by) {
    return by.episode(by.summary_of(witness), first, crash, {}).place_mn;
  };
  score.add(witness, first);
  CHECK(place(score) != place(plain));
  score.add(witness, facts(score, EventBuilder("b").kind("shots_fired").at(5s)));
  CHECK(place(score) == place(plain));
}

TEST_CASE("two reports of one kind are likelier of one matter, the rarer the kind",
          "[fusion][score]") {
  const Score plain{support::small_association()};
  const Score score{support::full_association()};
  const auto pair = [](const Score& with, const std::string& a, const std::string& b) {
    return with.pair(facts(with, EventBuilder("a").kind(a)), facts(with, EventBuilder("b").kind(b)))
        .kind_mn;
  };
  // 7 % beyond what the families say, over the kind's share; no kind counts as rarer than 0.5 %.
  const auto like = [&](const std::string& kind, double share) {
    return Approx(1000 * std::log(0.93 * std::exp(kind_nats(kind, kind)) + 0.07 / share)).margin(1);
  };
  CHECK(static_cast<double>(pair(score, "crash", "crash")) == like("crash", 0.06));
  CHECK(static_cast<double>(pair(score, "shots_fired", "shots_fired")) ==
        like("shots_fired", 0.005));
  // Another kind has what is left; a kind without a share all of it.
  CHECK(static_cast<double>(pair(score, "fight", "crash")) ==
        Approx(1000 * (kind_nats("fight", "crash") + std::log(0.93))).margin(1));
  CHECK(pair(score, "crash", "loud_noise") == pair(plain, "crash", "loud_noise"));
  CHECK(pair(score, "unclassified", "unclassified") == pair(plain, "unclassified", "unclassified"));
}

TEST_CASE("with more than one member it is the anchor's kind that counts as the same",
          "[fusion][score]") {
  const auto kind_of = [](const Score& score, const std::string& anchor) {
    Witness witness;
    score.add(witness, facts(score, EventBuilder("a").kind(anchor)));
    score.add(witness, facts(score, EventBuilder("b").kind("fight").at(1s)));
    return score.kind_mn(score.summary_of(witness), score.kind_of("crash"));
  };
  const Score plain{support::small_association()};
  const Score score{support::full_association()};
  const double families = std::exp(static_cast<double>(kind_of(plain, "crash")) / 1000);
  CHECK(static_cast<double>(kind_of(score, "crash")) ==
        Approx(1000 * std::log(0.93 * families + 0.07 / 0.06)).margin(3));
  CHECK(static_cast<double>(kind_of(score, "loud_noise") - kind_of(plain, "loud_noise")) ==
        Approx(1000 * std::log(0.93)).margin(3));
}

TEST_CASE("what begins with a source that is mostly alone attracts less", "[fusion][score]") {
  const Score plain{support::small_association()};
  const Score score{support::full_association()};
  const auto taken_off = [&](const EventBuilder& first) {
    const EventBuilder call = EventBuilder("b").kind("loud_noise").at(10s);
    const auto heard = [&](const Score& with) {
      Witness witness;
      const Facts anchor = facts(with, first);
      with.add(witness, anchor);
      with.add(witness, facts(with, EventBuilder("m").kind("loud_noise").at(5s)));
      return with.episode(with.summary_of(witness), anchor, facts(with, call), {}).kind_mn;
    };
    const std::int64_t pair = score.pair(facts(score, first), facts(score, call)).kind_mn -
                              plain.pair(facts(plain, first), facts(plain, call)).kind_mn;
    CHECK(heard(score) - heard(plain) == pair);
    return pair;
  };
  const auto from = [](SourceKind source) {
    return EventBuilder("a").kind("loud_noise").from(source);
  };
  CHECK(taken_off(from(SourceKind::camera)) == Approx(1000 * std::log(0.3)).margin(1));
  CHECK(taken_off(from(SourceKind::social)) == Approx(1000 * std::log(0.4)).margin(1));
  CHECK(taken_off(from(SourceKind::cad)) == 0);
  CHECK(taken_off(from(SourceKind::cad).method(LocationMethod::device_registry)) ==
        Approx(1000 * std::log(0.5)).margin(1));
}

TEST_CASE("keys add up, a shared number counts instead of a cross-reference", "[fusion][score]") {
  const Score score{support::small_association()};
  const auto keys = [&](const EventBuilder& a, const EventBuilder& b) {
    return score.keys(facts(score, a), facts(score, b));
  };
  CHECK(keys(EventBuilder("a").cad("1"), EventBuilder("b").cad("1").duplicate_of("1")).value_mn ==
        20000);
  CHECK(keys(EventBuilder("a").cad("1"), EventBuilder("b").cad("2").duplicate_of("1")).value_mn ==
        5000);
  CHECK(keys(EventBuilder("a").plate("x").caller("y"), EventBuilder("b").plate("x").caller("y"))
            .value_mn == 12000);
  CHECK(keys(EventBuilder("a").plate("x").caller("y"), EventBuilder("b").plate("x").caller("y"))
            .key == Key::plate);
  CHECK(keys(EventBuilder("a").device("d"), EventBuilder("b").device("d").at(119s)).value_mn ==
        3000);
  CHECK(keys(EventBuilder("a").device("d"), EventBuilder("b").device("d").at(120s)).value_mn == 0);
  CHECK(keys(EventBuilder("a"), EventBuilder("b")).value_mn == 0);
}

TEST_CASE("the background is the usual rate and a share of what was reported near by",
          "[fusion][score]") {
  const Score score{support::small_association()};
  CHECK(score.background_mn(0) == -22000);
  for (const std::uint32_t n : {1U, 3U, 100U, 100000U}) {
    const double near = 0.4 * n / (kPi * 250000 * 900);
    CHECK(static_cast<double>(score.background_mn(n)) ==
          Approx(1000 * std::log(std::exp(-22.0) + near)).margin(1));
  }
}

TEST_CASE("a background that is next to nothing, or more than can be, does no harm",
          "[fusion][score]") {
  auto config = support::small_association();
  config.background_ln_mn = -60000;
  CHECK(Score{config}.background_mn(0) < -30000);
  CHECK(Score{config}.background_mn(1) == Score{config}.background_mn(1));
  config.background_ln_mn = 0;
  CHECK(Score{config}.background_mn(0) == Approx(0).margin(1));
}

TEST_CASE("what many told of lately is told of again: ln((1 + recent) / 2)", "[fusion][score]") {
  const Score score{support::small_association()};
  const Facts first = facts(score, EventBuilder("a").kind("crash"));
  Witness witness;
  score.add(witness, first);
  const auto recent = [&](Micros at) {
    const Facts event = facts(score, EventBuilder("e").kind("crash").at(at));
    return score.episode(score.summary_of(witness), first, event, {}).recent_mn;
  };
  CHECK(recent(0s) == 0);
  CHECK(static_cast<double>(recent(300s)) ==
        Approx(1000 * std::log((1 + std::exp(-1.0)) / 2)).margin(1));
  for (int i = 1; i < 20; ++i) {
    score.add(witness, facts(score, EventBuilder("m" + std::to_string(i)).at(i * 10s)));
  }
  double left = 0;
  for (int i = 0; i < 20; ++i) {
    left += std::exp(-(200.0 - 10 * i) / 300);
  }
  CHECK(static_cast<double>(recent(200s)) == Approx(1000 * std::log((1 + left) / 2)).margin(1));
  CHECK(recent(24h) == Approx(-693).margin(1));
}

TEST_CASE("an address that was typed is the scene's, unless the thing is told of from afar",
          "[fusion][score]") {
  const Score score{support::small_association()};
  const auto off2 = [&](const std::string& kind, LocationMethod method) {
    return facts(score, EventBuilder("a").kind(kind).method(method)).variance_m2 - 196;
  };
  CHECK(off2("crash", LocationMethod::gps) == 45 * 45);
  CHECK(off2("crash", LocationMethod::geocoded) == 9 * 9);
  CHECK(off2("crash", LocationMethod::manual) == 9 * 9);
  CHECK(off2("shots_fired", LocationMethod::geocoded) == 230 * 230);
}

TEST_CASE("a kind is told of from as far as any family that it may well mean", "[fusion][score]") {
  auto config = support::small_association();
  config.kinds["bang"] = {200000, 10000, 10000, 10000, 770000};
  config.kinds["thud"] = {199999, 10000, 10000, 10000, 770001};
  const Score score{config};
  CHECK(facts(score, EventBuilder("a").kind("bang")).variance_m2 == 196 + 230 * 230);
  CHECK(facts(score, EventBuilder("a").kind("thud")).variance_m2 == 196 + 60 * 60);
}

TEST_CASE("an episode speaks for its members: nearer than each, surer of the kind",
          "[fusion][score]") {
  const Score score{support::small_association()};
  Witness witness;
  const Facts first = facts(score, EventBuilder("a").kind("loud_noise"));
  for (int i = 0; i < 4; ++i) {
    score.add(witness,
              facts(score, EventBuilder("m" + std::to_string(i)).kind("loud_noise").at(i * 10s)));
  }
  const Facts shot =
      facts(score, EventBuilder("s").kind("gunshot").from(SourceKind::acoustic).at(60s));
  const ScoreTerms together = terms_of(score.episode(score.summary_of(witness), first, shot, {}));
  const ScoreTerms alone = terms_of(score.pair(first, shot));
  CHECK(together.place_mn > alone.place_mn);
  CHECK(together.kind_mn > alone.kind_mn);
  CHECK(together.gap == 30s);
  // 2 ln P^ = 2 ln P(f|a) + 3 (ln P(f|m) - ln P(f)), so P^ is close to certain of shots.
  CHECK(together.kind_mn <= 3000);
}

TEST_CASE("one member alone is the pair", "[fusion][score]") {
  const Score score{support::small_association()};
  const Facts a = facts(score, EventBuilder("a").kind("fight"));
  const Facts b = facts(score, EventBuilder("b").kind("disturbance").at(10s));
  Witness witness;
  score.add(witness, a);
  CHECK(score.episode(score.summary_of(witness), a, b, {}).kind_mn == score.pair(a, b).kind_mn);
}

TEST_CASE(
    "odd places do no harm: no radius, certainty of 0 and 100 %, a radius as large as the number "
    "goes",
    "[fusion][score]") {
  const Score score{support::small_association()};
  for (const Place& place :
       std::vector<Place>{{0, 0, 0, 0, LocationMethod::gps},
                          {900000000, 0, 1, 1000, LocationMethod::gps},
                          {-900000000, -1800000000, 4294967295, 65535, LocationMethod::gps}}) {
    const Facts odd = facts(score, EventBuilder("a").place(place));
    CHECK(odd.variance_m2 >= 1);
    CHECK(odd.variance_m2 <= std::int64_t{1} << 31);
    Witness witness;
    score.add(witness, odd);
    CHECK(witness.weight > 0);
    const ScoreTerms terms = terms_of(score.episode(score.summary_of(witness), odd, odd, {}));
    CHECK(terms.distance_m == 0);
  }
}

TEST_CASE("a family is named when it has half of the belief", "[fusion][score]") {
  const Score score{support::small_association()};
  const auto name = [&](const std::vector<std::string>& kinds) {
    std::vector<std::uint32_t> rows;
    rows.reserve(kinds.size());
    for (const std::string& kind : kinds) {
      rows.push_back(score.kind_of(kind));
    }
    return score.family_name(score.family_of(rows));
  };
  CHECK(name({"gunshot"}) == "shots");
  CHECK(name({"unclassified"}) == "disorder");
  CHECK(name({"unclassified", "crash"}) == "crash");
  CHECK(name({"loud_noise", "loud_noise"}) == "shots");
  CHECK(name({"no such kind"}) == name({"unclassified"}));
}

}  // namespace fusiond::fusion
