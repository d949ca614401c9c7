// A line of a file → Event or Word, told apart by their fields: the JSON form of v1.Event (it has
// `times`), a flat event (it has `t_event_ms`), the JSON form of v1.Word (it has `wordId`).
// README.md lists the fields of the flat one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/model/event_state.h"
#include "daemon/model/word.h"

namespace fusiond::fuse {

// What a line need not say, because no intake has stamped it.
struct LineRules {
  Micros lateness = std::chrono::hours{1};
  Micros skew = std::chrono::seconds{30};  // occurred is at most this much later than received
};

// What a line says: an event, and what it is called where names are written out (the id that the
// line itself uses), or a person's word.
struct Said {
  EventRef event;
  std::string name;
  std::optional<Word> word{};
  std::string disposition{};  // what officers found, in the city's code; of a call that is over
};

// The id of a flat line's event. One scheme for all sources, since a copy names its root by the id
// alone.
EventId id_of_name(const std::string& name);

// Threads: one at a time.
class EventLines {
 public:
  explicit EventLines(LineRules rules);
  ~EventLines();

  // Errors: bad_input that names the field and the value.
  Result<Said> read(const std::string& line);

 private:
  struct Parser;
  LineRules rules_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace fusiond::fuse
