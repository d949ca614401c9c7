// `fusiond word`: says which events belong together, or takes a word back (design/0006).
// Journey: daemon/main.cc -> here -> the log -> pipeline/step.cc
#pragma once

#include <string>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"
#include "daemon/model/incident.h"

namespace fusiond::app {

struct WordOptions {
  bus::BusConfig bus;
  WordKind kind = WordKind::unspecified;  // unspecified: take `one` back
  std::string one;                        // an event or an incident; of a retraction the word
  std::string other;                      // same and apart
  std::string author;
  std::string reason;
  bool unseen = false;  // says it though no incident shows what it speaks of
};

struct SaidWord {
  Word word;
  std::string place;  // in the log
};

// The event that `text` names among `incidents` (the newest revision of each): an event's id, or an
// incident's, which stands for the member that it has its id from, also when it was merged; the
// first 8 letters or more will do. Errors: bad_input when nothing or several go by it.
Result<EventId> event_named(const std::vector<IncidentRevision>& incidents,
                            const std::string& text);

// Returns once the log has it. Errors: bad_input (nothing goes by an id; author or reason missing
// or too long), bad_config, unavailable.
Result<SaidWord> say_word(const WordOptions& options);

}  // namespace fusiond::app
