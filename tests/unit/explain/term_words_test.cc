#include "daemon/explain/term_words.h"

#include <catch2/catch.hpp>

#include "tests/unit/explain/sample.h"

using namespace fusiond;
using explain::Told;
using support::sample_member;
using support::small_association;

namespace {

const ScoreTerms kTerms{-12'770, -5'370, 3'370, 0, 0, -14'770, -18'000, 62, 234, Micros{30'000'000},
                        0,       ""};

std::string words(const std::vector<explain::Fact>& facts, const std::string& about) {
  for (const auto& fact : facts) {
    if (fact.about == about) {
      return fact.words;
    }
  }
  return "";
}

std::string missed(Gate gate, ScoreTerms terms = kTerms) {
  const auto config = small_association();
  return explain::missed_words({EventId{"a"}, terms, gate}, &config);
}

}  // namespace

TEST_CASE("each term has its sentence, with what allows for it", "[explain]") {
  const auto config = small_association();
  const Member call = sample_member("c1", SourceKind::cad, "shots_fired", 30);
  ScoreTerms terms = kTerms;
  terms.keys_mn = 5000;
  terms.key = "duplicate_of";
  const auto facts = explain::term_facts(Told{terms, &call, "report 1", true, &config});
  CHECK(words(facts, "place") ==
        "It is 62 m from where report 1 puts it, which fits well: 234 m are allowed for by a phone "
        "or satellite fix good to 45 m, by those who tell of such things being some 230 m from the "
        "scene, and by what report 1 leaves open.");
  CHECK(words(facts, "delay") ==
        "It tells of a time 30 s after report 1; a CAD call comes 2 min 50 s late on average, so "
        "that is usual.");
  CHECK(words(facts, "kind") ==
        "What it tells of (shots_fired) goes with report 1: seen together 29 times as often as by "
        "chance.");
  CHECK(words(facts, "keys") ==
        "It was called a duplicate by a dispatcher, as or of report 1, which counts 148 times.");
}

TEST_CASE("without the constants the sentences say less, and a key that is not shared nothing",
          "[explain]") {
  const auto facts = explain::term_facts(Told{kTerms, nullptr, "the earlier reports"});
  CHECK(
      words(facts, "place") ==
      "It is 62 m from where the earlier reports put it, which fits well: 234 m are allowed for.");
  CHECK(words(facts, "delay") == "It tells of a time 30 s after the last of the earlier reports.");
  CHECK(words(facts, "kind") ==
        "What it tells of goes with the earlier reports: seen together 29 times as often as by "
        "chance.");
  CHECK(words(facts, "keys").empty());
}

TEST_CASE("what speaks against joining is said as such", "[explain]") {
  const auto config = small_association();
  const Member call = sample_member("c1", SourceKind::cad, "crash", 30);
  ScoreTerms terms = kTerms;
  terms.distance_m = 900;
  terms.gap = std::chrono::seconds{600};
  terms.kind_mn = -2000;
  const auto facts = explain::term_facts(Told{terms, &call, "report 1", true, &config});
  CHECK(words(facts, "place").find("which is too far: 234 m") != std::string::npos);
  CHECK(words(facts, "delay").ends_with("so that speaks against it."));
  CHECK(words(facts, "kind") ==
        "What it tells of (crash) goes badly with report 1: seen together 0.1 times as often as by "
        "chance.");
}

TEST_CASE("that some callers are further off is said with their share", "[explain]") {
  auto config = small_association();
  config.caller_afar = {{500, 350}, {}, {}, {}, {}};
  const Member call = sample_member("c1", SourceKind::cad, "shots_fired", 30);
  const auto facts = explain::term_facts(Told{kTerms, &call, "report 1", true, &config});
  CHECK(words(facts, "place")
            .find("being some 230 m from the scene and 50 % of them 350 m further "
                  "off, and by what") != std::string::npos);
}

TEST_CASE("the kind term says that both are of one kind, and that such sources are often alone",
          "[explain]") {
  const auto config = support::full_association();
  const Member camera = sample_member("v1", SourceKind::camera, "crash", 0);
  const Member call = sample_member("c1", SourceKind::cad, "crash", 30);
  const auto said = [&](const Member& first) {
    return words(explain::term_facts(Told{kTerms, &call, "report 1", true, &config, 0, &first}),
                 "kind");
  };
  CHECK(said(camera) ==
        "What it tells of (crash) goes with report 1: seen together 29 times as often as by "
        "chance. That both are of one kind is part of it: 6 % of all reports are of it. It began "
        "with a camera; what one is the first to tell of nobody else tells of in 70 % of cases, "
        "and that is taken off.");
  CHECK(said(sample_member("c0", SourceKind::cad, "loud_noise", 0)) ==
        "What it tells of (crash) goes with report 1: seen together 29 times as often as by "
        "chance.");
  Member unit = sample_member("u1", SourceKind::cad, "fight", 0);
  unit.place->method = LocationMethod::device_registry;
  CHECK(
      said(unit).ends_with("chance. It began with a unit's own call; what one is the first to "
                           "tell of nobody else tells of in 50 % of cases, and that is taken "
                           "off."));
}

TEST_CASE("the need is said beside the evidence, with what raised it", "[explain]") {
  const auto config = small_association();
  const auto usual = explain::need_facts(Told{kTerms, nullptr, "report 1", true, &config});
  CHECK(words(usual, "need") ==
        "Together that is 25 times the evidence that was needed: 1,000 times likelier that they "
        "belong together than a coincidence, where 55 times was asked for.");
  CHECK(words(usual, "background") ==
        "Nothing else was reported within 500 m in the 15 min before, so the need is the usual "
        "one.");
  ScoreTerms busy = kTerms;
  busy.background_n = 3;
  busy.need_mn = -16'000;
  CHECK(words(explain::need_facts(Told{busy, nullptr, "report 1", true, &config}), "background") ==
        "3 other reports within 500 m in the 15 min before make a coincidence 7.4 times as "
        "likely as usual: so much more was needed.");
  busy.background_n = 1;
  busy.need_mn = -18'000;
  CHECK(words(explain::need_facts(Told{busy, nullptr, "report 1", true, &config}), "background") ==
        "1 other report within 500 m in the 15 min before: no more than usual here, so the need "
        "is the usual one.");
  CHECK(words(explain::need_facts(Told{busy, nullptr, "report 1", true}), "background") ==
        "1 other report near by makes a coincidence likelier and may have raised the need.");
}

TEST_CASE("whether others told of it lately is said when it counts", "[explain]") {
  ScoreTerms terms = kTerms;
  CHECK(words(explain::term_facts(Told{terms, nullptr, "report 1", true}), "recent").empty());
  terms.recent_mn = 2000;
  CHECK(words(explain::term_facts(Told{terms, nullptr, "report 1", true}), "recent") ==
        "Several told of it shortly before; what many tell of is told of again: 7.4 times as "
        "likely as after a single report.");
  terms.recent_mn = -500;
  CHECK(words(explain::term_facts(Told{terms, nullptr, "report 1", true}), "recent") ==
        "Nobody has told of it for a while: a further report is 0.6 times as likely as right after "
        "one.");
}

TEST_CASE("each limit that is missed is named with its size", "[explain]") {
  CHECK(missed(Gate::none) == "it would have sufficed");
  CHECK(missed(Gate::time) == "its first report was more than 15 min earlier");
  CHECK(missed(Gate::distance) == "its first report was more than 400 m away");
  CHECK(missed(Gate::person) == "people said that something in it is not the same matter");
  CHECK(missed(Gate::pair) ==
        "no single report of it was within 400 m and 15 min and within the errors of both");
  ScoreTerms wide = kTerms;
  wide.distance_m = 390;
  wide.sigma_m = 60;
  CHECK(missed(Gate::spread, wide) ==
        "it was 390 m off, where their errors allow for 222 m at most unless they share a number");
  ScoreTerms weak = kTerms;
  weak.total_mn = -21'000;
  CHECK(missed(Gate::score, weak) ==
        "the evidence was 1/20 of what was needed (short by 3.00 nats)");
}
