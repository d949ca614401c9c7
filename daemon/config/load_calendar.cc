#include "daemon/config/load_calendar.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <libical/ical.h>

#include "daemon/config/time_zones.h"

namespace fusiond::config {
namespace {

using Seconds = std::chrono::sys_seconds;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxTimes = 5000;

struct Freed {
  void operator()(icalcomponent* one) const { icalcomponent_free(one); }
  void operator()(icalrecur_iterator* one) const { icalrecur_iterator_free(one); }
};
using Component = std::unique_ptr<icalcomponent, Freed>;
using Repetition = std::unique_ptr<icalrecur_iterator, Freed>;

date::local_seconds local_of(const icaltimetype& time) {
  const auto day = date::year{time.year} / time.month / time.day;
  return date::local_days{day} + std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} +
         std::chrono::seconds{time.second};
}

icaltimetype ical_of(date::local_seconds local, bool is_date) {
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss clock{local - day};
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(ymd.year());
  time.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  time.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  time.hour = static_cast<int>(clock.hours().count());
  time.minute = static_cast<int>(clock.minutes().count());
  time.second = static_cast<int>(clock.seconds().count());
  time.is_date = is_date ? 1 : 0;
  return time;
}

// One event of the calendar.
class EventReading {
 public:
  EventReading(icalcomponent* event, std::string zone, rules::Spans& spans)
      : event_(event), default_zone_(std::move(zone)), spans_(spans) {}

  // What is wrong with it; empty when nothing is.
  std::string read() {
    if (icalcomponent_get_status(event_) == ICAL_STATUS_CANCELLED) {
      return {};
    }
    if (first(ICAL_RECURRENCEID_PROPERTY) != nullptr) {
      return "changes one repetition of another event (RECURRENCE-ID); write it as an event of its "
             "own, and leave it out of the other with EXDATE";
    }
    if (first(ICAL_EXRULE_PROPERTY) != nullptr) {
      return "has an EXRULE; name the days that are left out with EXDATE";
    }
    if (auto wrong = begin_and_end(); !wrong.empty()) {
      return wrong;
    }
    std::set<Seconds> left_out;
    if (auto wrong = dates(ICAL_EXDATE_PROPERTY, left_out); !wrong.empty()) {
      return wrong;
    }
    std::set<Seconds> begins{sys_of(start_, *zone_)};
    if (auto wrong = dates(ICAL_RDATE_PROPERTY, begins); !wrong.empty()) {
      return wrong;
    }
    if (auto wrong = repetitions(begins); !wrong.empty()) {
      return wrong;
    }
    for (const Seconds begin : begins) {
      if (!left_out.contains(begin)) {
        spans_.push_back({moment_of(begin), moment_of(end_of(begin))});
      }
    }
    return {};
  }

 private:
  [[nodiscard]] icalproperty* first(icalproperty_kind kind) const {
    return icalcomponent_get_first_property(event_, kind);
  }

  static EventTime moment_of(Seconds time) {
    return event_time(std::chrono::duration_cast<Micros>(time.time_since_epoch()).count());
  }

  // Of a time that a property names; nothing when it is none that is known.
  const date::time_zone* zone_of(icalproperty* property, const icaltimetype& time,
                                 std::string& wrong) const {
    std::string name = default_zone_;
    if (icaltime_is_utc(time)) {
      name = "UTC";
    } else if (icalparameter* id =
                   icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER)) {
      name = icalparameter_get_tzid(id);
    }
    if (name.empty()) {
      wrong =
          "names no time zone; write DTSTART;TZID=America/Chicago, or `zone` for the whole "
          "calendar in bundle.yaml";
      return nullptr;
    }
    const date::time_zone* zone = zone_named(name);
    if (zone == nullptr) {
      wrong = "names a time zone that is not known: " + name + "; write such as America/Chicago";
    }
    return zone;
  }

  // A moment that clocks leave out is that of the change; of one that comes twice the earlier.
  static Seconds sys_of(const icaltimetype& time, const date::time_zone& zone) {
    return date::floor<std::chrono::seconds>(zone.to_sys(local_of(time), date::choose::earliest));
  }

  std::string begin_and_end() {
    icalproperty* start = first(ICAL_DTSTART_PROPERTY);
    if (start == nullptr) {
      return "has no DTSTART";
    }
    start_ = icalproperty_get_dtstart(start);
    std::string wrong;
    if (icaltime_is_null_time(start_) || !icaltime_is_valid_time(start_)) {
      return "has a DTSTART that is no time";
    }
    zone_ = zone_of(start, start_, wrong);
    if (zone_ == nullptr) {
      return wrong;
    }
    const Seconds begin = sys_of(start_, *zone_);
    if (icalproperty* end = first(ICAL_DTEND_PROPERTY)) {
      const icaltimetype until = icalproperty_get_dtend(end);
      if (icaltime_is_null_time(until) || until.is_date != start_.is_date) {
        return "has a DTEND that does not go with its DTSTART";
      }
      const date::time_zone* zone = zone_of(end, until, wrong);
      if (zone == nullptr) {
        return wrong;
      }
      days_ = date::floor<date::days>(local_of(until) - local_of(start_)).count();
      length_ = sys_of(until, *zone) - begin;
    } else if (icalproperty* lasting = first(ICAL_DURATION_PROPERTY)) {
      length_ = std::chrono::seconds{icaldurationtype_as_int(icalproperty_get_duration(lasting))};
      days_ = date::floor<date::days>(length_).count();
    } else if (start_.is_date != 0) {
      days_ = 1;
      length_ = date::days{1};
    } else {
      return "has no end; write DTEND or DURATION";
    }
    return length_ <= std::chrono::seconds{0} ? "ends before it begins" : "";
  }

  // Whole days end with the day, however long it is; others last as long as the first.
  [[nodiscard]] Seconds end_of(Seconds begin) const {
    if (start_.is_date == 0) {
      return begin + length_;
    }
    const auto day = date::floor<date::days>(zone_->to_local(begin)) + date::days{days_};
    return date::floor<std::chrono::seconds>(zone_->to_sys(day, date::choose::earliest));
  }

  std::string dates(icalproperty_kind kind, std::set<Seconds>& times) const {
    for (icalproperty* one = first(kind); one != nullptr;
         one = icalcomponent_get_next_property(event_, kind)) {
      icaltimetype time = icaltime_null_time();
      if (kind == ICAL_EXDATE_PROPERTY) {
        time = icalproperty_get_exdate(one);
      } else {
        const icaldatetimeperiodtype either = icalproperty_get_rdate(one);
        time = either.time;
        if (icaltime_is_null_time(time)) {
          return "has an RDATE that is a period; write its begin";
        }
      }
      std::string wrong;
      const date::time_zone* zone = zone_of(one, time, wrong);
      if (zone == nullptr) {
        return wrong;
      }
      times.insert(sys_of(time, *zone));
    }
    return {};
  }

  std::string repetitions(std::set<Seconds>& begins) const {
    for (icalproperty* one = first(ICAL_RRULE_PROPERTY); one != nullptr;
         one = icalcomponent_get_next_property(event_, ICAL_RRULE_PROPERTY)) {
      icalrecurrencetype rule = icalproperty_get_rrule(one);
      if (rule.freq == ICAL_NO_RECURRENCE) {
        return "has an RRULE that is none";
      }
      if (rule.count == 0 && icaltime_is_null_time(rule.until)) {
        return "repeats without an end; add UNTIL=20271231T235959Z or COUNT=52 to its RRULE";
      }
      if (icaltime_is_utc(rule.until)) {  // it is compared with the zone's clock
        const Seconds until = std::chrono::floor<std::chrono::seconds>(
            date::locate_zone("UTC")->to_sys(local_of(rule.until), date::choose::earliest));
        rule.until = ical_of(date::floor<std::chrono::seconds>(zone_->to_local(until)), false);
      }
      const Repetition steps(
          icalrecur_iterator_new(rule, ical_of(local_of(start_), start_.is_date != 0)));
      if (steps == nullptr) {
        return "has an RRULE that is none";
      }
      for (icaltimetype time = icalrecur_iterator_next(steps.get()); !icaltime_is_null_time(time);
           time = icalrecur_iterator_next(steps.get())) {
        begins.insert(sys_of(time, *zone_));
        if (begins.size() > kMaxTimes) {
          return "repeats more than 5000 times; end it earlier";
        }
      }
    }
    return {};
  }

  icalcomponent* event_;
  std::string default_zone_;
  rules::Spans& spans_;
  icaltimetype start_ = icaltime_null_time();
  const date::time_zone* zone_ = nullptr;
  std::chrono::seconds length_{0};
  std::int64_t days_ = 0;
};

// The lines on which events begin, in order.
std::vector<int> event_lines(const std::string& text) {
  std::vector<int> lines;
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (text.compare(at, 12, "BEGIN:VEVENT") == 0) {
      lines.push_back(line);
    }
    const std::size_t end = text.find('\n', at);
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

rules::Spans joined(rules::Spans spans) {
  std::sort(spans.begin(), spans.end(),
            [](const rules::TimeSpan& a, const rules::TimeSpan& b) { return a.from < b.from; });
  rules::Spans all;
  for (const rules::TimeSpan& span : spans) {
    if (!all.empty() && span.from <= all.back().to) {
      all.back().to = std::max(all.back().to, span.to);
    } else {
      all.push_back(span);
    }
  }
  return all;
}

}  // namespace

rules::Spans load_calendar(const std::string& path, const std::string& text,
                           const std::string& zone, Faults& faults) {
  if (text.size() > kMaxBytes) {
    faults.push_back({path, 0, 0, "is larger than 1048576 bytes"});
    return {};
  }
  icalerror_set_errors_are_fatal(false);
  const Component calendar(icalparser_parse_string(text.c_str()));
  if (calendar == nullptr || icalcomponent_isa(calendar.get()) != ICAL_VCALENDAR_COMPONENT) {
    faults.push_back({path, 1, 1, "is no iCalendar file: it begins with BEGIN:VCALENDAR"});
    return {};
  }
  const std::vector<int> lines = event_lines(text);
  rules::Spans spans;
  std::size_t count = 0;
  for (icalcomponent* event =
           icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
       event != nullptr;
       event = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    const int line = count < lines.size() ? lines[count] : 0;
    ++count;
    std::string wrong = EventReading(event, zone, spans).read();
    if (wrong.empty() && icalcomponent_count_errors(event) > 0) {
      wrong = "holds a line that is none of iCalendar's";
    }
    if (!wrong.empty()) {
      faults.push_back({path, line, 1, "this event " + wrong});
    }
    if (spans.size() > kMaxTimes) {
      faults.push_back({path, line, 1, "a calendar has at most 5000 times"});
      return {};
    }
  }
  if (count == 0) {
    faults.push_back({path, 1, 1, "holds no event (BEGIN:VEVENT)"});
  }
  return joined(std::move(spans));
}

}  // namespace fusiond::config
