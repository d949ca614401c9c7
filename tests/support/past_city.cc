#include "tests/support/past_city.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::support {
namespace {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : rng_(seed) {}
  double even() { return static_cast<double>(rng_.next() >> 11) / 9007199254740992.0; }
  double normal(double sigma) {
    return sigma * std::sqrt(-2 * std::log(1 - even())) * std::cos(2 * std::numbers::pi * even());
  }
  double exponential(double mean) { return -mean * std::log(1 - even()); }
  // An index, by weight.
  std::size_t pick(const std::vector<double>& weights) {
    double sum = 0;
    for (const double weight : weights) {
      sum += weight;
    }
    double at = even() * sum;
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
      at -= weights[i];
      if (at < 0) {
        return i;
      }
    }
    return weights.size() - 1;
  }

 private:
  SeededRng rng_;
};

class Maker {
 public:
  Maker(const fusion::AssociationConfig& truth, const PastCityOptions& options)
      : truth_(truth), options_(options), chance_(options.seed) {
    for (const auto& [name, row] : truth.kinds) {
      if (name != "unclassified" && name != "gunshot") {
        kinds_.push_back(name);
      }
    }
  }

  PastCity make() {
    const int count = options_.days * options_.incidents_a_day;
    for (int i = 0; i < count; ++i) {
      incident();
    }
    std::stable_sort(city_.events.begin(), city_.events.end(),
                     [](const Event& a, const Event& b) { return a.received < b.received; });
    return std::move(city_);
  }

 private:
  struct Scene {
    double time_s = 0, x = 0, y = 0;
    std::size_t family = 0;
  };

  void incident() {
    Scene scene;
    scene.time_s = chance_.even() * options_.days * 86400;
    scene.x = (chance_.even() - 0.5) * options_.side_m;
    scene.y = (chance_.even() - 0.5) * options_.side_m;
    std::vector<double> shares(truth_.family_prior_ppm.begin(), truth_.family_prior_ppm.end());
    scene.family = chance_.pick(shares);
    std::vector<std::string> group;
    std::string first;
    const double go_on = options_.more_reports / (1 + options_.more_reports);
    do {
      const bool refers = !first.empty() && 100 * chance_.even() < options_.cross_referred_percent;
      const std::string number = "c" + std::to_string(++last_);
      put(call(scene, number).duplicate_of(refers ? first : ""), group);
      first = first.empty() ? number : first;
    } while (chance_.even() < go_on);
    if (truth_.families[scene.family] == "shots" && chance_.even() < 0.5) {
      put(alert(scene, "a" + std::to_string(++last_)), group);
    }
    if (group.size() > 1) {
      city_.groups.push_back(std::move(group));
    }
  }

  void put(const EventBuilder& builder, std::vector<std::string>& group) {
    city_.events.push_back(builder.build());
    group.push_back(city_.events.back().id.str());
  }

  EventBuilder call(const Scene& scene, const std::string& id) {
    std::vector<double> weights;
    for (const std::string& kind : kinds_) {
      weights.push_back(truth_.kinds.at(kind)[scene.family]);
    }
    const std::string& kind = kinds_[chance_.pick(weights)];
    const auto& row = truth_.kinds.at(kind);
    const auto leading =
        static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    EventBuilder builder(id);
    builder.kind(kind).cad(id);
    return at(builder, scene, SourceKind::cad, truth_.caller_stand_off_m[leading]);
  }

  EventBuilder alert(const Scene& scene, const std::string& id) {
    EventBuilder builder(id, "acoustic");
    builder.from(SourceKind::acoustic).kind("gunshot").method(LocationMethod::acoustic);
    return at(builder, scene, SourceKind::acoustic, truth_.stand_off_m.at(SourceKind::acoustic));
  }

  EventBuilder at(EventBuilder& builder, const Scene& scene, SourceKind source, double stand_off) {
    const double delay =
        chance_.exponential(static_cast<double>(truth_.delay_mean.at(source).count()) / 1e6);
    const bool misplaced =
        options_.misplaced_percent > 0 && 100 * chance_.even() < options_.misplaced_percent;
    const double off = misplaced ? 640 : 0;
    const double x = scene.x + off + chance_.normal(stand_off) + chance_.normal(options_.fix_m);
    const double y = scene.y + off + chance_.normal(stand_off) + chance_.normal(options_.fix_m);
    const double radius = options_.fix_m * std::sqrt(-2 * std::log(0.1));
    return builder.at(Micros{static_cast<std::int64_t>((scene.time_s + delay) * 1e6)})
        .near(std::lround(x), std::lround(y), static_cast<std::uint32_t>(std::lround(radius)));
  }

  const fusion::AssociationConfig& truth_;
  PastCityOptions options_;
  Chance chance_;
  std::vector<std::string> kinds_;
  PastCity city_;
  int last_ = 0;
};

}  // namespace

PastCity past_city(const fusion::AssociationConfig& truth, const PastCityOptions& options) {
  return Maker(truth, options).make();
}

}  // namespace fusiond::support
