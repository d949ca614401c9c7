// Reads an iCalendar file (RFC 5545) into the spans of time that its events cover.
#pragma once

#include <string>

#include "daemon/config/yaml_section.h"
#include "daemon/rules/rule.h"

namespace fusiond::config {

// Sorted, joined where they touch. `zone`: of events that name none and of whole days; empty: those
// are faults. A repetition goes by its zone's clock, so 18:00 stays 18:00 when clocks change; an
// hour that a change leaves out begins at the change. Refused, never guessed: an event that repeats
// without an end (UNTIL or COUNT), zones that the machine does not know, changed single
// repetitions (RECURRENCE-ID), EXRULE, and more than 1 MiB or 5,000 repetitions. `path` is for
// messages; a fault names the line of the event.
[[nodiscard]] rules::Spans load_calendar(const std::string& path, const std::string& text,
                                         const std::string& zone, Faults& faults);

}  // namespace fusiond::config
