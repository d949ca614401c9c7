// What people say, rule by rule (design/0006). That the engine equals F with words in any order is
// shown in tests/property.
#include "daemon/fusion/people.h"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/fusion_line.h"

namespace fusiond::fusion {
namespace {

using namespace std::chrono_literals;
using support::EventBuilder;
using support::FusionLine;

EventId id_of(const std::string& name) {
  return name.empty() ? EventId{} : event_id_of(SourceId{"cad"}, name);
}

// Said at minute `minute`; `name` makes the word's id.
Word word(const std::string& name, WordKind kind, const std::string& one, const std::string& other,
          int minute) {
  Word said;
  said.id = word_id_of(name);
  said.revision = 1;
  said.kind = kind;
  said.event = id_of(one);
  said.other = id_of(other);
  said.author = "clerk";
  said.reason = name;
  said.said = wall_time(support::kStartUs) + minute * 1min;
  return said;
}
Word taken_back(Word said) {
  ++said.revision;
  said.retracted = true;
  return said;
}

class Said {
 public:
  void crash(const std::string& name, Micros at, std::int64_t east_m) {
    (void)line.say(EventBuilder(name).at(at).kind("crash").near(east_m, 0));
  }
  void say(const Word& said) { (void)line.say(said); }
  // The incident that counts this event.
  IncidentContent of(const std::string& name) {
    for (const IncidentContent& content : line.engine().incidents()) {
      for (const Member& member : content.members) {
        if (member.event_id == id_of(name)) {
          return content;
        }
      }
    }
    return {};
  }
  bool together(const std::string& one, const std::string& other) {
    return of(one).id == of(other).id;
  }
  WordEffect effect(const std::string& event, const std::string& name) {
    for (const WordNote& note : of(event).words) {
      if (note.word.id == word_id_of(name)) {
        return note.effect;
      }
    }
    return WordEffect::unspecified;
  }
  FusionLine line;
};

}  // namespace

TEST_CASE("same puts incidents together over any distance, and taken back leaves what was",
          "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.crash("far", 3h, 90000);
  const auto before = s.line.engine().incidents();
  const Word same = word("w", WordKind::same, "a", "far", 200);
  s.say(same);
  const IncidentContent one = s.of("a");
  REQUIRE(s.together("a", "far"));
  REQUIRE(one.links.size() == 1);
  CHECK(one.links[0].basis == LinkBasis::person);
  CHECK(one.links[0].word == same.id);
  CHECK(one.links[0].anchor == id_of("far"));
  CHECK(one.links[0].parent_anchor == id_of("a"));
  CHECK(one.words.at(0).word == same);
  s.say(taken_back(same));
  CHECK(s.line.engine().incidents() == before);
  CHECK(s.line.broken().empty());
}

TEST_CASE("a merge by one member tears it out of nothing", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.crash("b", 30s, 20);
  s.crash("far", 10s, 9000);
  REQUIRE(s.together("a", "b"));
  s.say(word("w", WordKind::same, "far", "b", 5));
  CHECK(s.together("a", "b"));
  CHECK(s.together("a", "far"));
}

TEST_CASE("a chain of same is one incident, whichever way it is said", "[fusion][people]") {
  Said s;
  for (int i = 0; i < 4; ++i) {
    s.crash("e" + std::to_string(i), 1min * i, 9000 * i);
  }
  s.say(word("w1", WordKind::same, "e3", "e0", 5));
  s.say(word("w2", WordKind::same, "e2", "e1", 6));
  s.say(word("w3", WordKind::same, "e1", "e3", 7));
  CHECK(s.of("e0").members.size() == 4);
  CHECK(s.of("e0").links.size() == 3);
}

TEST_CASE("apart keeps two out of one episode and out of one case", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.crash("b", 30s, 20);
  REQUIRE(s.together("a", "b"));
  s.say(word("w", WordKind::apart, "a", "b", 5));
  CHECK_FALSE(s.together("a", "b"));
  CHECK(s.of("b").members.at(0).reason.runner_up->missed == Gate::person);
  s.crash("c", 40s, 10);  // fits both; it may join one
  CHECK_FALSE(s.together("a", "b"));
}

TEST_CASE("apart holds over a shared CAD number", "[fusion][people]") {
  Said s;
  (void)s.line.say(EventBuilder("a").at(0s).kind("crash").cad("pd/1"));
  (void)s.line.say(EventBuilder("b").at(60s).kind("fire").near(900, 0).cad("pd/1"));
  REQUIRE(s.together("a", "b"));
  s.say(word("w", WordKind::apart, "b", "a", 5));
  CHECK_FALSE(s.together("a", "b"));
}

TEST_CASE("the machine does not undo what people put apart by joining a third",
          "[fusion][people]") {
  Said s;
  s.crash("x", 0s, 9000);
  s.crash("p", 10s, 0);
  s.say(word("w1", WordKind::same, "x", "p", 5));
  s.say(word("w2", WordKind::apart, "x", "y", 6));
  s.crash("y", 30s, 10);  // fits p
  CHECK(s.together("x", "p"));
  CHECK_FALSE(s.together("y", "p"));
}

TEST_CASE("a case that comes to be another one puts out whom people put apart from it",
          "[fusion][people]") {
  Said s;
  const auto report = [](const std::string& name, Micros at, std::int64_t east_m) {
    return EventBuilder(name).at(at).kind("crash").near(east_m, 0);
  };
  const auto link = report("m", 30s, -900).plate("x");
  (void)s.line.say(report("p", 0s, 0).plate("r").cad("pd/1"));
  (void)s.line.say(report("r", 60s, 900).plate("r").cad("pd/5"));
  (void)s.line.say(report("y", 120s, 1800).cad("pd/5"));
  (void)s.line.say(link);
  (void)s.line.say(report("x", 90s, -1800).plate("x"));
  s.say(word("w", WordKind::apart, "x", "y", 5));
  REQUIRE(s.together("p", "y"));
  REQUIRE(s.together("m", "x"));
  REQUIRE_FALSE(s.together("m", "p"));
  // Nothing about y changes: m turns out to be of p's matter, and x with it.
  (void)s.line.say(EventBuilder{link}.cad("pd/1").revision(2));
  CHECK(s.together("x", "p"));
  CHECK(s.together("r", "p"));
  CHECK_FALSE(s.together("y", "p"));
}

TEST_CASE("an ejected event stands alone until a newer same", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.crash("b", 30s, 20);
  s.crash("c", 60s, 10);
  s.say(word("w1", WordKind::eject, "a", "", 5));
  CHECK(s.of("a").members.size() == 1);
  CHECK(s.together("b", "c"));
  s.say(word("old", WordKind::same, "a", "c", 4));
  CHECK(s.effect("a", "old") == WordEffect::overruled);
  CHECK_FALSE(s.together("a", "c"));
  s.say(word("new", WordKind::same, "a", "c", 6));
  CHECK(s.together("a", "c"));
}

TEST_CASE("of same and apart the newer holds, whatever comes first", "[fusion][people]") {
  for (const bool same_first : {false, true}) {
    Said s;
    s.crash("a", 0s, 0);
    s.crash("b", 1min, 9000);
    const Word same = word("same", WordKind::same, "a", "b", 5);
    const Word apart = word("apart", WordKind::apart, "a", "b", 6);
    s.say(same_first ? same : apart);
    s.say(same_first ? apart : same);
    CHECK_FALSE(s.together("a", "b"));
    CHECK(s.effect("a", "same") == WordEffect::overruled);
    s.say(taken_back(apart));
    CHECK(s.together("a", "b"));
    CHECK(s.effect("a", "same") == WordEffect::holds);
  }
}

TEST_CASE("newer words that lead there overrule an older apart", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.crash("b", 1min, 9000);
  s.crash("c", 2min, 18000);
  s.say(word("apart", WordKind::apart, "a", "b", 5));
  s.say(word("w1", WordKind::same, "a", "c", 6));
  s.say(word("w2", WordKind::same, "c", "b", 7));
  CHECK(s.of("a").members.size() == 3);
  CHECK(s.effect("a", "apart") == WordEffect::overruled);
}

TEST_CASE("a word about an event that is not known waits for it", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  s.say(word("w", WordKind::same, "a", "b", 5));
  CHECK(s.effect("a", "w") == WordEffect::waits);
  s.crash("b", 1min, 9000);
  CHECK(s.together("a", "b"));
  (void)s.line.say(
      EventBuilder("b").at(1min).kind("crash").lifecycle(Lifecycle::retract).revision(2));
  CHECK(s.effect("a", "w") == WordEffect::waits);
}

TEST_CASE("an exercise never mixes with the real, whoever says so", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  (void)s.line.say(EventBuilder("drill").at(1min).kind("crash").status(Status::exercise));
  s.say(word("w", WordKind::same, "a", "drill", 5));
  CHECK_FALSE(s.together("a", "drill"));
  CHECK(s.effect("a", "w") == WordEffect::refused);
  CHECK(s.effect("drill", "w") == WordEffect::refused);
}

TEST_CASE("a word about a copy speaks of its root", "[fusion][people]") {
  Said s;
  s.crash("root", 0s, 0);
  (void)s.line.say(EventBuilder("copy").at(1min).kind("crash").copy_of(id_of("root")));
  s.crash("far", 2min, 9000);
  s.say(word("w", WordKind::same, "copy", "far", 5));
  CHECK(s.together("root", "far"));
  s.say(word("never", WordKind::apart, "copy", "root", 6));
  CHECK(s.effect("root", "never") == WordEffect::refused);
}

TEST_CASE("same takes in an id that came too late to be grouped", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  (void)s.line.say(EventBuilder("late").at(10s).by(2h).kind("crash"));
  REQUIRE(s.of("late").late);
  s.say(word("w", WordKind::same, "late", "a", 150));
  CHECK(s.together("late", "a"));
  CHECK_FALSE(s.of("a").late);
}

TEST_CASE("an incident lists the newest 64 words and says how many there are", "[fusion][people]") {
  Said s;
  s.crash("a", 0s, 0);
  for (int i = 0; i < 70; ++i) {
    s.say(word("w" + std::to_string(i), WordKind::same, "a", "nobody" + std::to_string(i), i));
  }
  const IncidentContent content = s.of("a");
  CHECK(content.words_total == 70);
  REQUIRE(content.words.size() == kListedWords);
  CHECK(content.words.front().word.reason == "w6");
  CHECK(content.words.back().word.reason == "w69");
}

}  // namespace fusiond::fusion
