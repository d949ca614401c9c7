// All rules of a deployment and what they share, as one value that is swapped as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/rules/priority_table.h"
#include "daemon/rules/rule.h"
#include "daemon/rules/zones.h"

namespace fusiond::rules {

// A list of plates that hits may name.
struct PlateList {
  EventTime as_of;
};

// Words that a headline may hold, compared whole, without case.
struct WordList {
  std::string language;  // "en"
  std::uint32_t version = 1;
  std::vector<std::string> words;
};

enum class SuppressionMode : std::uint8_t {
  hold,   // never firm
  lower,  // a priority of at most `priority`
  note,   // only said
};

// Somebody decided that some incidents are not to be acted on for a while.
struct Suppression {
  SuppressionMode mode = SuppressionMode::note;
  std::vector<std::string> types;
  std::string inside;
  Spans when;
  std::uint8_t priority = 0;
};

// People assemble here: posts and plates are not read, unless a rule is about a threat to life.
struct ProtectedEvent {
  std::string inside;
  Spans when;
};

// Where a camera stands.
struct Camera {
  std::string device;
  ZonePoint at;
};

struct Bundle {
  std::string version;      // with a digest of all files: written into each incident
  std::vector<Rule> rules;  // by name
  Zones zones;
  std::vector<Camera> cameras;  // by device
  std::map<std::string, PlateList> plate_lists;
  std::map<std::string, WordList> word_lists;
  std::map<std::string, Spans> calendars;
  std::map<std::string, Suppression> suppressions;
  std::map<std::string, ProtectedEvent> protected_events;
};

}  // namespace fusiond::rules
