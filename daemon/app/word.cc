#include "daemon/app/word.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "daemon/app/history.h"
#include "daemon/base/clock.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/ops/prometheus.h"
#include "daemon/wire/records.h"
#include "daemon/wire/word_wire.h"

namespace fusiond::app {
namespace {

constexpr std::chrono::seconds kPatience{30};  // until the log has it
constexpr std::size_t kShortId = 8;  // letters that name something, if nothing else has them
constexpr std::size_t kWholeId = 36;

bool goes_by(const std::string& id, const std::string& text) {
  return id == text || (text.size() >= kShortId && id.starts_with(text));
}

std::unexpected<Error> not_one(const std::set<std::string>& found, const std::string& text,
                               const std::string& noun) {
  if (found.empty()) {
    return fail(Fault::bad_input, "no incident shows " + noun + ": " + text);
  }
  std::string list;
  for (const std::string& id : found) {
    list += (list.empty() ? "" : ", ") + id;
  }
  return fail(Fault::bad_input, "several go by " + text + ": " + list);
}

// Of an incident the member that it has its id from.
EventId namesake(const IncidentContent& content) {
  for (const Member& member : content.members) {
    if (incident_id_of(member.event_id) == content.id) {
      return member.event_id;
    }
  }
  return content.members.front().event_id;
}

Result<std::vector<IncidentRevision>> newest_of_each(const bus::BusConfig& bus) {
  std::map<IncidentId, IncidentRevision> newest;
  std::optional<Error> fault;
  const auto read = each_record({"", "", bus}, [&](const KeptRecord& record) {
    auto revision = record.read();
    if (!revision) {
      fault = fault ? fault : std::optional(revision.error());
      return;
    }
    auto& held = newest[record.id];
    if (held.revision == 0 || std::pair(held.epoch, held.revision) < record.order()) {
      held = std::move(*revision);
    }
  });
  if (!read || fault) {
    return fail(read ? *fault : read.error());
  }
  std::vector<IncidentRevision> list;
  list.reserve(newest.size());
  for (auto& [id, revision] : newest) {
    list.push_back(std::move(revision));
  }
  return list;
}

Result<Word> word_named(const std::vector<IncidentRevision>& incidents, const std::string& text) {
  std::map<WordId, Word> found;
  std::set<std::string> ids;
  for (const IncidentRevision& incident : incidents) {
    for (const WordNote& note : incident.content.words) {
      if (goes_by(note.word.id.str(), text)) {
        ids.insert(note.word.id.str());
        auto& held = found[note.word.id];
        held = held.revision < note.word.revision ? note.word : held;
      }
    }
  }
  if (found.size() != 1) {
    return not_one(ids, text, "this word");
  }
  return found.begin()->second;
}

// What is to be said, as far as ids go.
Result<Word> word_of(const WordOptions& options, const std::vector<IncidentRevision>& incidents) {
  const bool whole = options.unseen && options.one.size() == kWholeId;
  if (options.kind == WordKind::unspecified) {
    auto found = word_named(incidents, options.one);
    if (!found && whole) {
      Word word;
      word.id = WordId{options.one};
      return word;
    }
    return found;
  }
  const auto event = [&](const std::string& text) -> Result<EventId> {
    auto found = event_named(incidents, text);
    if (!found && options.unseen && text.size() == kWholeId) {
      return EventId{text};
    }
    return found;
  };
  Word word;
  word.kind = options.kind;
  auto one = event(options.one);
  if (!one) {
    return fail(one.error());
  }
  word.event = std::move(*one);
  if (options.kind == WordKind::eject) {
    return word;
  }
  auto other = event(options.other);
  if (!other) {
    return fail(other.error());
  }
  word.other = std::move(*other);
  if (word.other == word.event) {
    return fail(Fault::bad_input, "both are one event: " + word.event.str());
  }
  return word;
}

// Waits until the log says where the record is.
Result<std::string> append(const bus::BusConfig& config, const Word& word) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const std::string topic = bus::topic_names(config.prefix).events;
  Result<ports::Appended> appended = fail(Fault::unavailable, "the log did not answer");
  const auto queued =
      (*bus)->append(wire::word_record(topic, word),
                     [&](const Result<ports::Appended>& result) { appended = result; });
  if (!queued) {
    return fail(queued.error());
  }
  if (const auto flushed = (*bus)->flush(kPatience); !flushed) {
    return fail(flushed.error());
  }
  if (!appended) {
    return fail(appended.error());
  }
  return topic + "/" + std::to_string(appended->partition) + "@" + std::to_string(appended->offset);
}

}  // namespace

Result<EventId> event_named(const std::vector<IncidentRevision>& incidents,
                            const std::string& text) {
  std::set<std::string> incident_ids;
  std::set<std::string> event_ids;
  std::map<std::string, const IncidentContent*> by_id;
  for (const IncidentRevision& incident : incidents) {
    const IncidentContent& content = incident.content;
    by_id[content.id.str()] = &content;
    if (goes_by(content.id.str(), text)) {
      incident_ids.insert(content.id.str());
    }
    for (const Member& member : content.members) {
      if (goes_by(member.event_id.str(), text)) {
        event_ids.insert(member.event_id.str());
      }
    }
  }
  std::set<std::string> found = incident_ids;
  found.insert(event_ids.begin(), event_ids.end());
  if (found.size() != 1) {
    return not_one(found, text, "this event or goes by it");
  }
  if (incident_ids.empty()) {
    return EventId{*event_ids.begin()};
  }
  const IncidentContent* content = by_id.at(*incident_ids.begin());
  for (std::size_t hops = 0; content->members.empty(); ++hops) {
    const auto next = by_id.find(content->merged_into.str());
    if (next == by_id.end() || hops > by_id.size()) {
      return fail(Fault::bad_input, "the incident has no members any more: " + text);
    }
    content = next->second;
  }
  return namesake(*content);
}

Result<SaidWord> say_word(const WordOptions& options) {
  const auto incidents = newest_of_each(options.bus);
  if (!incidents) {
    return fail(incidents.error());
  }
  auto word = word_of(options, *incidents);
  if (!word) {
    return fail(word.error());
  }
  word->author = options.author;
  word->reason = options.reason;
  word->retracted = options.kind == WordKind::unspecified;
  word->said = SystemClock{}.now();
  const std::int64_t said_us = micros_of(word->said);
  word->revision = std::max(static_cast<std::uint64_t>(said_us), word->revision + 1);
  if (!word->retracted) {
    word->id = word_id_of(options.author + "\n" + std::to_string(said_us) + "\n" +
                          std::to_string(static_cast<int>(word->kind)) + "\n" + word->event.str() +
                          "\n" + word->other.str());
  }
  if (const auto good = wire::decode_word(wire::encode_word(*word)); !good) {
    return fail(good.error());
  }
  auto place = append(options.bus, *word);
  if (!place) {
    return fail(place.error());
  }
  return SaidWord{std::move(*word), std::move(*place)};
}

}  // namespace fusiond::app
