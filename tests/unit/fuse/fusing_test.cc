#include "daemon/fuse/fusing.h"

#include <catch2/catch.hpp>

#include "daemon/fuse/heard.h"
#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"

using namespace fusiond;
using namespace std::chrono_literals;
using support::EventBuilder;

namespace {

// Fuses and listens, as `fusiond fuse` does.
struct FuseTest {
  fuse::Fusing fusing{{{support::small_association(), support::small_priorities(), {}, 1}}};
  fuse::Heard heard;
  std::vector<std::string> log;
  std::uint64_t offset = 0;

  void say(const Event& event) {
    heard.note(event, event.source_event_id);
    for (const auto& answer : fusing.take(event, offset++).answers) {
      hear(answer);
    }
  }
  void hear(const fuse::Fusing::Answer& answer) {
    for (auto& line : heard.take(answer, false)) {
      log.push_back(std::move(line));
    }
  }
  [[nodiscard]] bool logged(const std::string& state, const std::string& text) const {
    return std::any_of(log.begin(), log.end(), [&](const std::string& line) {
      return line.find("\"state\":\"" + state + "\"") != std::string::npos &&
             line.find(text) != std::string::npos;
    });
  }
};

// A line of the grouping, up to the confidence.
std::string where(const Event& event, const Event& root) {
  return "{\"event_id\":\"" + event.source_event_id + "\",\"incident_id\":\"" +
         incident_id_of(root.id).str() + "\"";
}

}  // namespace

TEST_CASE("the grouping has every event of an incident, and a copy where its root is", "[fuse]") {
  FuseTest t;
  const Event shot = EventBuilder("s1", "acoustic").from(SourceKind::acoustic).kind("gunshot");
  const Event call = EventBuilder("c1").at(40s).kind("shots_fired").near(60, 0);
  const Event far = EventBuilder("c2").at(50s).kind("crash").near(3000, 0);
  const Event copy = EventBuilder("c3").at(70s).kind("shots_fired").copy_of(call.id);
  for (const Event& event : {shot, call, far, copy}) {
    t.say(event);
  }
  t.hear(t.fusing.finish());
  const auto lines = t.heard.grouping();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with(where(shot, shot)));
  CHECK(lines[1].starts_with(where(call, shot)));
  CHECK(lines[2].starts_with(where(far, far)));
  CHECK(lines[3].starts_with(where(copy, shot)));
  CHECK(lines[3].find(",\"confidence_permille\":") != std::string::npos);
}

TEST_CASE("time passes by the ingest times: incidents turn quiet and close between the lines",
          "[fuse]") {
  FuseTest t;
  t.say(EventBuilder("c1").kind("crash"));
  t.say(EventBuilder("c2").at(2h).kind("crash"));
  CHECK(t.logged("quiet", "\"cause\":\"tick\""));
  CHECK(t.logged("closed", "\"cause\":\"tick\""));
  CHECK(t.fusing.ticks() == 720);
}

TEST_CASE("at the end of the file everything closes, and an empty file has an end too", "[fuse]") {
  FuseTest t;
  CHECK(t.fusing.finish().empty());
  t.say(EventBuilder("c1").kind("crash"));
  CHECK_FALSE(t.logged("closed", ""));
  t.hear(t.fusing.finish());
  CHECK(t.logged("closed", "\"t_ms\":1782864001000,"));
}

TEST_CASE("a wrong stamp far ahead does not tick for ever", "[fuse]") {
  FuseTest t;
  t.say(EventBuilder("c1").kind("crash"));
  t.say(EventBuilder("c2").at(24h * 365 * 100).kind("crash"));
  CHECK(t.fusing.ticks() < 10'000);
}
