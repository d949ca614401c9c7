// The plain word for everything that a record says with a number or an enumerator. Tables in
// words.cc; a new enumerator is one row there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/time.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

std::string metres(std::int64_t m);          // "62 m", "1.2 km"
std::string span(Micros time);               // "30 s", "4 min 10 s", "2 h 3 min"
std::string nats(std::int64_t mn);           // "-12.94"
std::string percent(std::int64_t permille);  // "46 %"
// How often evidence of this many milli-nats is: "13 times", "1/20", "more than a million
// times".
std::string times(std::int64_t mn);
// The same before the thing itself: "13 times", "1/20 of".
std::string times_of(std::int64_t mn);
std::string count(std::size_t n, std::string_view noun);  // "1 report", "3 reports"
std::string point(std::int32_t lat_e7, std::int32_t lon_e7);

std::string_view word_of(SourceKind kind);            // "CAD call", "acoustic sensor"
std::string_view word_of(IncidentState state);        // "open", …
std::string_view word_of(IncidentChange change);      // "opened", "joined with another"
std::string_view meaning_of(IncidentState state);     // what the state means to an operator
std::string_view fix_word_of(LocationMethod method);  // "a phone or satellite fix"
// The key that two reports share ("cad"), between the two: "has the same CAD number as"; and after
// them: "have the same CAD number".
std::string key_between(std::string_view key);
std::string key_of_both(std::string_view key);

}  // namespace fusiond::explain
