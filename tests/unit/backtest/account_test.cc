#include "daemon/backtest/account.h"

#include <catch2/catch.hpp>

#include "tests/unit/backtest/revisions.h"

using namespace fusiond;
using namespace fusiond::backtest;

TEST_CASE("an incident is spoken of from the first finding that is provisional", "[backtest]") {
  Account account;
  account.take(revision_of({.second = 10, .state = FindingState::unmet}));
  CHECK(account.spoken().empty());
  CHECK(account.incidents() == 1);
  account.take(revision_of({.revision = 2, .second = 20}));
  account.take(revision_of({.revision = 3, .second = 50, .state = FindingState::firm}));
  const Spoken& spoken = account.spoken().at(incident_of("i"));
  CHECK(spoken.heard == at_second(0));
  CHECK(spoken.provisional == at_second(20));
  CHECK(spoken.firm == at_second(50));
  CHECK(spoken.rules.at("shots").firm == at_second(50));
  CHECK(spoken.rules.at("shots").evidence == std::vector<std::string>{"a1", "c1"});
  CHECK(account.alarms().size() == 2);
}

TEST_CASE("an alarm is what is new, firm, or more urgent than ever", "[backtest]") {
  Account account;
  std::uint64_t revision = 0;
  const auto say = [&](FindingState state, std::uint8_t priority) {
    account.take(revision_of({.revision = ++revision, .state = state, .priority = priority}));
    return account.alarms().size();
  };
  CHECK(say(FindingState::provisional, 6) == 1);
  CHECK(say(FindingState::provisional, 6) == 1);
  CHECK(say(FindingState::provisional, 8) == 2);
  CHECK(say(FindingState::provisional, 6) == 2);
  CHECK(say(FindingState::provisional, 8) == 2);
  CHECK(say(FindingState::firm, 8) == 3);
  CHECK(say(FindingState::unmet, 2) == 3);
  CHECK(say(FindingState::firm, 8) == 3);
}

TEST_CASE("a repeat or an older revision is left out", "[backtest]") {
  Account account;
  account.take(revision_of({.revision = 2, .state = FindingState::firm}));
  account.take(revision_of({.revision = 1}));
  account.take(revision_of({.revision = 2}));
  CHECK(account.spoken().at(incident_of("i")).state == FindingState::firm);
  CHECK(account.alarms().size() == 1);
}

TEST_CASE("what merged is gone until it is told again", "[backtest]") {
  Account account;
  account.take(revision_of({}));
  IncidentRevision merged = revision_of({.revision = 2});
  merged.content.state = IncidentState::merged;
  account.take(merged);
  CHECK(account.spoken().at(incident_of("i")).gone);
  account.take(revision_of({.revision = 3}));
  CHECK_FALSE(account.spoken().at(incident_of("i")).gone);
}
