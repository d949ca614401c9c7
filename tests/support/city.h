// Small generated cities for the property tests: a few scenes, a handful of sources, everything
// that real feeds do wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/model/event.h"
#include "daemon/model/event_state.h"
#include "daemon/model/word.h"
#include "daemon/rules/bundle.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::support {

struct CityOptions {
  std::size_t events = 12;
  bool revisions = true;  // moves, retypes, retractions, late words
  bool keys = true;
  bool copies = true;
  bool late = true;
  bool statuses = true;
  bool units = false;  // some calls are placed by units on scene
};

// Every record that the city's sources ever send, each once. Same seed, same city.
std::vector<Event> city_records(SeededRng& rng, const CityOptions& options);

// What reaches the engine next: a record, a tick, a restart, a person's word, or other rules.
struct Step {
  std::optional<Event> record;
  std::optional<Tick> tick;
  bool restart = false;
  std::optional<Word> word{};
  std::shared_ptr<const rules::Bundle> rules{};
};

// Words about these records' events and about events that nobody knows: said, said again,
// contradicted and taken back.
std::vector<Word> city_words(SeededRng& rng, const std::vector<Event>& records, std::size_t count);

// Puts the words into a delivery, mixed up, some twice.
void say_in_between(SeededRng& rng, const std::vector<Word>& words, std::vector<Step>& steps);

// The records in one legal order: mixed up, some twice, with ticks of sources going down and up in
// between and a restart now and then.
std::vector<Step> one_delivery(SeededRng& rng, const std::vector<Event>& records, bool restarts);

}  // namespace fusiond::support
