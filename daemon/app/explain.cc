#include "daemon/app/explain.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "daemon/app/explain_rule.h"
#include "daemon/explain/incident_page.h"
#include "daemon/explain/timeline.h"
#include "daemon/fuse/event_lines.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::app {
namespace {

constexpr std::size_t kShortId =
    6;  // letters of an incident's id that name it, if no other has them

const Member* find(const IncidentContent& content, const std::string& event) {
  const auto found =
      std::find_if(content.members.begin(), content.members.end(), [&](const Member& one) {
        return one.event_id.str() == event || one.source_event_id == event;
      });
  return found == content.members.end() ? nullptr : &*found;
}

// A record that is kept aside: the newest of its incident so far.
struct Newest {
  std::string text;
  KeptRecord record;
  void keep(const KeptRecord& given) {
    if (text.empty() || record.order() < given.order()) {
      text = given.text;
      record = given;
      record.text = text;
    }
  }
};
using NewestOf = std::map<IncidentId, std::unique_ptr<Newest>>;  // they stay where they are

void keep(NewestOf& in, const KeptRecord& record) {
  auto& slot = in[record.id];
  if (!slot) {
    slot = std::make_unique<Newest>();
  }
  slot->keep(record);
}

// Everything that is kept of one id: incidents that go by it, and incidents whose records ever
// spoke of an event that goes by it: the last that did so, and the newest of all.
struct Found {
  std::vector<std::string> names;  // of the event
  NewestOf incidents;
  NewestOf speakers;
  NewestOf speakers_now;

  void take(const KeptRecord& record, const std::string& what) {
    const std::string& id = record.id.str();
    if (id == what || (what.size() >= kShortId && id.starts_with(what))) {
      keep(incidents, record);
      return;
    }
    const bool speaks = std::any_of(names.begin(), names.end(),
                                    [&](const std::string& name) { return record.mentions(name); });
    if (speaks) {
      keep(speakers, record);
    }
    if (speaks || speakers.contains(record.id)) {
      keep(speakers_now, record);
    }
  }
};

std::unexpected<Error> ambiguous(const std::string& what, const std::string& list) {
  return fail(Fault::bad_input, "several go by " + what + ": " + list);
}

Result<Found> look_for(const ExplainOptions& options, std::vector<std::string> names) {
  Found found{std::move(names), {}, {}, {}};
  const auto read = each_record(
      options.source, [&](const KeptRecord& record) { found.take(record, options.what); });
  if (!read) {
    return fail(read.error());
  }
  return found;
}

// An event that no record lists (a copy, one taken back) is known by its id alone, which is made of
// its source and the id that this gave it.
Result<std::vector<std::string>> ids_by_source(const ExplainOptions& options) {
  std::set<SourceId> sources;
  std::optional<Error> fault;
  const auto read = each_record(options.source, [&](const KeptRecord& record) {
    const auto revision = record.read();
    if (!revision) {
      fault = fault ? fault : std::optional(revision.error());
      return;
    }
    for (const Member& member : revision->content.members) {
      sources.insert(member.source);
    }
  });
  if (!read || fault) {
    return fail(read ? *fault : read.error());
  }
  std::vector<std::string> ids;
  ids.reserve(sources.size());
  for (const SourceId& source : sources) {
    ids.push_back(event_id_of(source, options.what).str());
  }
  return ids;
}

Result<Found> look_everywhere(const ExplainOptions& options) {
  auto found = look_for(options, {options.what, fuse::id_of_name(options.what).str()});
  if (!found || !found->incidents.empty() || !found->speakers.empty()) {
    return found;
  }
  auto ids = ids_by_source(options);
  if (!ids) {
    return fail(ids.error());
  }
  return look_for(options, std::move(*ids));
}

// What the words need to know of other incidents; at most so many events, the first ones.
constexpr std::size_t kNamedEvents = 64;

struct Needed {
  std::set<EventId> events;
  std::set<IncidentId> incidents;

  void add(const IncidentRevision& revision) {
    const IncidentContent& content = revision.content;
    incidents.insert(content.related_to.begin(), content.related_to.end());
    incidents.insert(revision.supersedes.begin(), revision.supersedes.end());
    incidents.insert(content.merged_into);
    add(revision.cause.event_id);
    for (const EventId& event : revision.members_removed) {
      add(event);
    }
    for (const MaybeSame& maybe : content.maybe_same_as) {
      incidents.insert(maybe.incident_id);
    }
    for (const Member& member : content.members) {
      if (member.reason.runner_up) {
        add(member.reason.runner_up->anchor);
      }
    }
  }
  void add(const EventId& event) {
    if (!event.empty() && events.size() < kNamedEvents) {
      events.insert(event);
    }
  }
};

void name(const IncidentContent& other, const Needed& needed, explain::Surroundings& around) {
  const std::string& id = other.id.str();
  around.incidents[other.id] = other.title;
  for (const Member& member : other.members) {
    if (needed.events.contains(member.event_id)) {
      around.events[member.event_id] =
          explain::name_of(member) + " (incident " + id + ", " + other.title + ")";
    }
  }
}

Result<explain::Surroundings> surroundings(const ExplainOptions& options,
                                           const std::vector<IncidentRevision>& revisions) {
  Needed needed;
  for (const IncidentRevision& revision : revisions) {
    needed.add(revision);
  }
  NewestOf others;
  const auto read = each_record(options.source, [&](const KeptRecord& record) {
    const bool own = !revisions.empty() && record.id == revisions.front().content.id;
    const bool speaks = std::any_of(needed.events.begin(), needed.events.end(),
                                    [&](const auto& id) { return record.mentions(id.str()); });
    if (!own && (needed.incidents.contains(record.id) || speaks)) {
      keep(others, record);
    }
  });
  if (!read) {
    return fail(read.error());
  }
  explain::Surroundings around;
  for (const auto& [id, newest] : others) {
    const auto revision = newest->record.read();
    if (!revision) {
      return fail(revision.error());
    }
    name(revision->content, needed, around);
  }
  if (!revisions.empty() && revisions.back().versions.association == options.association.version) {
    around.association = &options.association;
  }
  return around;
}

std::string written(const explain::Page& page, const ExplainOptions& options) {
  return options.json ? explain::json_of(page) + "\n" : explain::text_of(page);
}

// What an id names: an incident as a whole, or an event of one.
struct Target {
  IncidentRevision revision;
  std::optional<EventId> event;
};

// An event that no incident holds any more, as far as is known.
Result<explain::Page> page_of_gone(const Found& found, const std::string& what) {
  explain::Section section{"event", "Event " + what, {{"event_id", what}}, {}};
  for (const auto& [id, newest] : found.speakers) {
    const auto revision = newest->record.read();
    if (!revision) {
      return fail(revision.error());
    }
    const std::string incident = "incident " + id.str() + " (" + revision->content.title + ")";
    const auto is_it = [&](const EventId& event) {
      return std::find(found.names.begin(), found.names.end(), event.str()) != found.names.end();
    };
    const auto& removed = revision->members_removed;
    if (std::any_of(removed.begin(), removed.end(), is_it) || find(revision->content, what)) {
      section.facts.push_back(
          {"left", "It was in " + incident + " until about " +
                       to_rfc3339(micros_of(revision->updated)) + ", revision " +
                       std::to_string(revision->revision) +
                       "; no incident holds it now: it was taken back, or is counted as a copy."});
    } else if (is_it(revision->cause.event_id)) {
      section.facts.push_back(
          {"spoke", "It made revision " + std::to_string(revision->revision) + " of " + incident +
                        " and is no report of its own there: it is a copy of one, or took one "
                        "back."});
    } else {
      section.facts.push_back(
          {"mentioned", "It is named by " + incident + ", which does not hold it."});
    }
  }
  return explain::Page{{std::move(section)}};
}

std::unexpected<Error> unknown(const std::string& what) {
  return fail(Fault::bad_input,
              "no kept incident speaks of " + what +
                  ": it was never read, said nothing new, was too old to be taken in (see the dead "
                  "letters), or what it was part of is not kept any more");
}

std::optional<IncidentRevision> last_that_held(const Found& found, const IncidentId& id,
                                               const IncidentRevision& now,
                                               const std::string& what) {
  const auto speaker = found.speakers.find(id);
  if (speaker == found.speakers.end()) {
    return std::nullopt;
  }
  auto revision = speaker->second->record.read();
  const Member* member = revision ? find(revision->content, what) : nullptr;
  const auto& left_out = now.content.members_left_out;
  const bool stays = member != nullptr && std::find(left_out.begin(), left_out.end(),
                                                    member->event_id) != left_out.end();
  return stays ? std::optional(std::move(*revision)) : std::nullopt;
}

// Nothing when no incident goes by the id or holds the event.
Result<std::optional<Target>> target_of(const Found& found, const std::string& what) {
  std::string list;
  std::optional<Target> target;
  const auto take = [&](Target one, const std::string& name) {
    list += (list.empty() ? "" : ", ") + name;
    target = std::move(one);
  };
  for (const auto& [id, newest] : found.incidents) {
    auto revision = newest->record.read();
    if (!revision) {
      return fail(revision.error());
    }
    take({std::move(*revision), std::nullopt}, "incident " + id.str());
  }
  std::map<EventId, IncidentRevision> holders;
  for (const auto& [id, newest] : found.speakers_now) {
    auto revision = newest->record.read();
    if (!revision) {
      return fail(revision.error());
    }
    const Member* member = find(revision->content, what);
    if (member == nullptr) {
      // Of a large incident that lists it no more: the last record that did.
      auto last = last_that_held(found, id, *revision, what);
      if (!last) {
        continue;
      }
      revision = std::move(*last);
      member = find(revision->content, what);
    }
    // Of two that hold it one was withdrawn and came before the other.
    const EventId event = member->event_id;
    auto& slot = holders[event];
    if (slot.revision == 0 || slot.content.state == IncidentState::withdrawn) {
      slot = std::move(*revision);
    }
  }
  for (auto& [event, revision] : holders) {
    take({std::move(revision), event}, "event " + event.str());
  }
  if (found.incidents.size() + holders.size() > 1) {
    return ambiguous(what, list);
  }
  return target;
}

}  // namespace

Result<std::string> explain(const ExplainOptions& options) {
  const auto found = look_everywhere(options);
  if (!found) {
    return fail(found.error());
  }
  const auto target = target_of(*found, options.what);
  if (!target) {
    return fail(target.error());
  }
  if (!*target) {
    if (found->speakers.empty()) {
      return unknown(options.what);
    }
    const auto page = page_of_gone(*found, options.what);
    return page ? written(*page, options) : Result<std::string>(fail(page.error()));
  }
  const IncidentRevision& revision = (*target)->revision;
  if (!options.rule.empty()) {
    const auto page = rule_page(options, revision, (*target)->event);
    return page ? written(*page, options) : Result<std::string>(fail(page.error()));
  }
  const auto around = surroundings(options, {revision});
  if (!around) {
    return fail(around.error());
  }
  return written((*target)->event ? explain::event_page(revision, *(*target)->event, *around)
                                  : explain::incident_page(revision, *around),
                 options);
}

Result<std::string> timeline(const ExplainOptions& options) {
  const auto found = look_everywhere(options);
  if (!found) {
    return fail(found.error());
  }
  const auto target = target_of(*found, options.what);
  if (!target) {
    return fail(target.error());
  }
  if (!*target) {
    return unknown(options.what);
  }
  const auto revisions = revisions_of(options.source, (*target)->revision.content.id);
  if (!revisions) {
    return fail(revisions.error());
  }
  const auto around = surroundings(options, *revisions);
  if (!around) {
    return fail(around.error());
  }
  return written(explain::timeline_page(*revisions, *around), options);
}

Result<std::string> explain_record(const std::string& record,
                                   const fusion::AssociationConfig& association,
                                   const RecordOf& other) {
  const auto revision = wire::incident_from_json(record);
  if (!revision) {
    return fail(revision.error());
  }
  Needed needed;
  needed.add(*revision);
  explain::Surroundings around;
  for (const IncidentId& id : needed.incidents) {
    const auto text = id.empty() ? std::nullopt : other(id.str());
    const auto known = text ? wire::incident_from_json(*text) : Result<IncidentRevision>{};
    if (text && known) {
      name(known->content, needed, around);
    }
  }
  if (revision->versions.association == association.version) {
    around.association = &association;
  }
  return explain::json_of(explain::incident_page(*revision, around));
}

}  // namespace fusiond::app
