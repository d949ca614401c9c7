// A line of a file of links → the events that it says belong together. README.md lists the forms.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace fusiond::fuse {

struct LinkLine {
  std::vector<std::string> events;  // one group
  std::string incident;             // not empty: `events` is one event, and this its group's name
  bool assigns = false;             // the line says where its event belongs, if only by itself
};

// Threads: one at a time.
class LinkLines {
 public:
  LinkLines();
  ~LinkLines();

  // ["a","b"], {"event_ids":["a","b"]}, {"event_id":"a","incident_id":"i"} (null: of none), or ids
  // between commas. Errors: bad_input.
  Result<LinkLine> read(const std::string& line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace fusiond::fuse
