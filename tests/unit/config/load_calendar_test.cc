#include "daemon/config/load_calendar.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace fusiond;
using config::Faults;

namespace {

std::string calendar(const std::string& event) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a city//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n" +
         event + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

// "2026-07-04T20:00:00Z/2026-07-05T02:00:00Z", one after the other.
std::vector<std::string> times(const rules::Spans& spans) {
  std::vector<std::string> all;
  for (const rules::TimeSpan& span : spans) {
    all.push_back(to_rfc3339(micros_of(span.from)).substr(0, 16) + "/" +
                  to_rfc3339(micros_of(span.to)).substr(0, 16));
  }
  return all;
}

std::vector<std::string> read(const std::string& event, const std::string& zone = "") {
  Faults faults;
  const auto spans = config::load_calendar("city.ics", calendar(event), zone, faults);
  for (const auto& fault : faults) {
    FAIL(fault.text());
  }
  return times(spans);
}

std::string fault_of(const std::string& text, const std::string& zone = "") {
  Faults faults;
  CHECK(config::load_calendar("city.ics", text, zone, faults).empty());
  return faults.empty() ? "" : faults.front().text();
}

}  // namespace

TEST_CASE("an event covers its time by its own zone's clock", "[config][calendar]") {
  CHECK(read("DTSTART;TZID=America/Chicago:20260704T200000\r\n"
             "DTEND;TZID=America/Chicago:20260705T010000\r\n") ==
        std::vector<std::string>{"2026-07-05T01:00/2026-07-05T06:00"});
  CHECK(read("DTSTART:20260704T200000Z\r\nDURATION:PT90M\r\n") ==
        std::vector<std::string>{"2026-07-04T20:00/2026-07-04T21:30"});
  CHECK(read("DTSTART;VALUE=DATE:20260704\r\n", "America/Chicago") ==
        std::vector<std::string>{"2026-07-04T05:00/2026-07-05T05:00"});
}

TEST_CASE("a repetition keeps its hour when clocks change", "[config][calendar]") {
  // 2026-03-08 is the day of 23 hours in Chicago, 2026-11-01 that of 25.
  CHECK(read("DTSTART;TZID=America/Chicago:20260307T180000\r\n"
             "DTEND;TZID=America/Chicago:20260307T190000\r\n"
             "RRULE:FREQ=DAILY;COUNT=3\r\n") ==
        std::vector<std::string>{"2026-03-08T00:00/2026-03-08T01:00",
                                 "2026-03-08T23:00/2026-03-09T00:00",
                                 "2026-03-09T23:00/2026-03-10T00:00"});
  CHECK(read("DTSTART;VALUE=DATE:20261031\r\nRRULE:FREQ=WEEKLY;BYDAY=SA,MO;UNTIL=20261103\r\n",
             "America/Chicago") == std::vector<std::string>{"2026-10-31T05:00/2026-11-01T05:00",
                                                            "2026-11-02T06:00/2026-11-03T06:00"});
  // The hour that is left out begins at the change.
  CHECK(read("DTSTART;TZID=America/Chicago:20260308T023000\r\nDURATION:PT1H\r\n") ==
        std::vector<std::string>{"2026-03-08T08:00/2026-03-08T09:00"});
}

TEST_CASE("an end in UTC ends a repetition by the zone's clock", "[config][calendar]") {
  CHECK(read("DTSTART;TZID=America/Chicago:20260701T200000\r\nDURATION:PT1H\r\n"
             "RRULE:FREQ=DAILY;UNTIL=20260703T010000Z\r\n")
            .size() == 2);
}

TEST_CASE("days that are left out or added count, cancelled events do not", "[config][calendar]") {
  CHECK(read("DTSTART:20260701T200000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\n"
             "EXDATE:20260702T200000Z\r\nRDATE:20260710T200000Z\r\n") ==
        std::vector<std::string>{"2026-07-01T20:00/2026-07-01T21:00",
                                 "2026-07-03T20:00/2026-07-03T21:00",
                                 "2026-07-10T20:00/2026-07-10T21:00"});
  CHECK(read("DTSTART:20260701T200000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n").empty());
}

TEST_CASE("what touches is one span", "[config][calendar]") {
  CHECK(read("DTSTART;VALUE=DATE:20260704\r\nRRULE:FREQ=DAILY;COUNT=3\r\n", "America/Chicago") ==
        std::vector<std::string>{"2026-07-04T05:00/2026-07-07T05:00"});
}

TEST_CASE("what a calendar cannot be taken at its word for is refused", "[config][calendar]") {
  const std::string begin = "DTSTART:20260701T200000Z\r\nDURATION:PT1H\r\n";
  CHECK(fault_of("hello") == "city.ics:1:1: is no iCalendar file: it begins with BEGIN:VCALENDAR");
  CHECK(fault_of("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n") ==
        "city.ics:1:1: holds no event (BEGIN:VEVENT)");
  for (const auto& [event, message] : std::vector<std::pair<std::string, std::string>>{
           {begin + "RRULE:FREQ=DAILY\r\n", "repeats without an end"},
           {begin + "RRULE:FREQ=MINUTELY;COUNT=100000\r\n", "repeats more than 5000 times"},
           {begin + "RECURRENCE-ID:20260701T200000Z\r\n", "RECURRENCE-ID"},
           {begin + "EXRULE:FREQ=DAILY;COUNT=2\r\n", "EXRULE"},
           {"DTSTART:20260701T200000\r\nDURATION:PT1H\r\n", "names no time zone"},
           {"DTSTART;TZID=Mars/Base:20260701T200000\r\nDURATION:PT1H\r\n", "Mars/Base"},
           {"DTSTART:20260701T200000Z\r\n", "has no end"},
           {"DTSTART:20260701T200000Z\r\nDTEND:20260701T190000Z\r\n", "ends before it begins"},
           {"DTSTART:20260701T200000Z\r\nDTEND;VALUE=DATE:20260702\r\n", "does not go with"},
           {"DURATION:PT1H\r\n", "has no DTSTART"}}) {
    INFO(event);
    const std::string fault = fault_of(calendar(event));
    CHECK(fault.starts_with("city.ics:4:1: this event "));
    CHECK(fault.find(message) != std::string::npos);
  }
  CHECK(fault_of(std::string(2'000'000, 'x')) == "city.ics: is larger than 1048576 bytes");
}
