#include "daemon/app/explain.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "daemon/explain/incident_page.h"
#include "daemon/explain/timeline.h"
#include "daemon/fuse/event_lines.h"

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

bool is_newer(const IncidentRevision& a, const IncidentRevision& b) {
  return std::pair(a.epoch, a.revision) > std::pair(b.epoch, b.revision);
}

// Everything that the kept revisions say of one id: incidents that go by it, incidents that ever
// held an event that goes by it, each at its newest revision.
class Found {
 public:
  explicit Found(const std::string& what) : events_{EventId{what}, fuse::id_of_name(what)} {}

  std::map<IncidentId, IncidentRevision> incidents;
  std::map<IncidentId, IncidentRevision> holders;
  std::map<IncidentId, IncidentRevision> left;   // the last revision that took the event out
  std::map<IncidentId, IncidentRevision> spoke;  // last revision that the event made elsewhere

  void take(const IncidentRevision& revision, const std::string& what) {
    const IncidentId& id = revision.content.id;
    const bool named = id.str() == what || (what.size() >= kShortId && id.str().starts_with(what));
    // Of an event that is no member (a copy, one taken back) there is no more than its id.
    for (const Member& one : revision.content.members) {
      if (sources_.insert(one.source).second) {
        events_.insert(event_id_of(one.source, what));
      }
    }
    const Member* member = find(revision.content, what);
    if (member != nullptr) {
      events_.insert(member->event_id);
    }
    keep(incidents, revision, named);
    keep(holders, revision, member != nullptr);
    const auto& removed = revision.members_removed;
    if (std::any_of(removed.begin(), removed.end(),
                    [&](const EventId& one) { return events_.contains(one); })) {
      left[id] = revision;
    } else if (events_.contains(revision.cause.event_id)) {
      spoke[id] = revision;
    }
  }

 private:
  std::set<EventId> events_;  // that go by it
  std::set<SourceId> sources_;

  static void keep(std::map<IncidentId, IncidentRevision>& in, const IncidentRevision& revision,
                   bool begin) {
    const auto at = in.find(revision.content.id);
    if (at == in.end()) {
      if (begin) {
        in.emplace(revision.content.id, revision);
      }
    } else if (is_newer(revision, at->second)) {
      at->second = revision;
    }
  }
};

std::unexpected<Error> ambiguous(const std::string& what, const std::string& list) {
  return fail(Fault::bad_input, "several go by " + what + ": " + list);
}

// What the words need to know of other incidents.
Result<explain::Surroundings> surroundings(const ExplainOptions& options,
                                           const std::vector<IncidentRevision>& revisions) {
  std::set<EventId> events;
  std::set<IncidentId> incidents;
  for (const IncidentRevision& revision : revisions) {
    const IncidentContent& content = revision.content;
    incidents.insert(content.related_to.begin(), content.related_to.end());
    incidents.insert(revision.supersedes.begin(), revision.supersedes.end());
    incidents.insert(content.merged_into);
    events.insert(revision.cause.event_id);
    events.insert(revision.members_removed.begin(), revision.members_removed.end());
    for (const MaybeSame& maybe : content.maybe_same_as) {
      incidents.insert(maybe.incident_id);
    }
    for (const Member& member : content.members) {
      if (member.reason.runner_up) {
        events.insert(member.reason.runner_up->anchor);
      }
    }
  }
  explain::Surroundings around;
  const auto read = each_revision(options.source, [&](const IncidentRevision& revision) {
    const IncidentContent& content = revision.content;
    if (incidents.contains(content.id)) {
      around.incidents[content.id] = content.title;
    }
    for (const Member& member : content.members) {
      if (events.contains(member.event_id)) {
        around.events[member.event_id] = explain::name_of(member) + " (incident " +
                                         content.id.str() + ", " + content.title + ")";
      }
    }
  });
  if (!read) {
    return fail(read.error());
  }
  if (!revisions.empty() && revisions.back().versions.association == options.association.version) {
    around.association = &options.association;
  }
  return around;
}

std::string written(const explain::Page& page, const ExplainOptions& options) {
  return options.json ? explain::json_of(page) + "\n" : explain::text_of(page);
}

// An event that no incident holds any more, as far as is known.
explain::Page page_of_gone(const Found& found, const std::string& what) {
  explain::Section section{"event", "Event " + what, {{"event_id", what}}, {}};
  for (const auto& [id, revision] : found.left) {
    section.facts.push_back(
        {"left", "It was in incident " + id.str() + " (" + revision.content.title +
                     ") and left it with revision " + std::to_string(revision.revision) + ", at " +
                     to_rfc3339(micros_of(revision.updated)) + ", because of " +
                     revision.cause.kind + " " + revision.cause.event_id.str() +
                     "; no incident holds it now: it was taken back, or is counted as a copy."});
  }
  for (const auto& [id, revision] : found.spoke) {
    section.facts.push_back(
        {"spoke",
         "It made revision " + std::to_string(revision.revision) + " of incident " + id.str() +
             " (" + revision.content.title +
             ") and is no report of its own there: it is a copy of one, or took one back."});
  }
  return {{std::move(section)}};
}

// The incidents that hold the event now, by the event's id.
std::map<EventId, const IncidentRevision*> places_of(const Found& found, const std::string& what) {
  std::map<EventId, const IncidentRevision*> places;
  for (const auto& [id, revision] : found.holders) {
    if (const Member* member = find(revision.content, what)) {
      const auto [at, is_new] = places.emplace(member->event_id, &revision);
      if (!is_new && at->second->content.state == IncidentState::withdrawn) {
        at->second = &revision;
      }
    }
  }
  return places;
}

Result<Found> look_for(const ExplainOptions& options) {
  Found found(options.what);
  const auto read = each_revision(options.source, [&](const IncidentRevision& revision) {
    found.take(revision, options.what);
  });
  if (!read) {
    return fail(read.error());
  }
  return found;
}

std::unexpected<Error> unknown(const std::string& what) {
  return fail(Fault::bad_input,
              "no kept incident speaks of " + what +
                  ": it was never read, said nothing new, was too old to be taken in (see the dead "
                  "letters), or what it was part of is not kept any more");
}

Result<IncidentId> incident_named(const Found& found, const std::string& what) {
  if (found.incidents.size() > 1) {
    std::string list;
    for (const auto& [id, revision] : found.incidents) {
      list += (list.empty() ? "" : ", ") + id.str();
    }
    return ambiguous(what, list);
  }
  if (!found.incidents.empty()) {
    return found.incidents.begin()->first;
  }
  const auto places = places_of(found, what);
  if (places.empty()) {
    return unknown(what);
  }
  if (places.size() > 1) {
    std::string list;
    for (const auto& [event, revision] : places) {
      list += (list.empty() ? "event " : ", event ") + event.str();
    }
    return ambiguous(what, list);
  }
  return places.begin()->second->content.id;
}

}  // namespace

Result<std::string> explain(const ExplainOptions& options) {
  const auto found = look_for(options);
  if (!found) {
    return fail(found.error());
  }
  const auto places = places_of(*found, options.what);
  if (found->incidents.empty() && places.empty() &&
      (!found->left.empty() || !found->spoke.empty())) {
    return written(page_of_gone(*found, options.what), options);
  }
  const auto id = incident_named(*found, options.what);
  if (!id) {
    return fail(id.error());
  }
  const bool whole = !found->incidents.empty();
  const IncidentRevision& revision = whole ? found->incidents.at(*id) : *places.begin()->second;
  const auto around = surroundings(options, {revision});
  if (!around) {
    return fail(around.error());
  }
  return written(whole ? explain::incident_page(revision, *around)
                       : explain::event_page(revision, places.begin()->first, *around),
                 options);
}

Result<std::string> timeline(const ExplainOptions& options) {
  const auto found = look_for(options);
  if (!found) {
    return fail(found.error());
  }
  const auto id = incident_named(*found, options.what);
  if (!id) {
    return fail(id.error());
  }
  const auto revisions = revisions_of(options.source, *id);
  if (!revisions) {
    return fail(revisions.error());
  }
  const auto around = surroundings(options, *revisions);
  if (!around) {
    return fail(around.error());
  }
  return written(explain::timeline_page(*revisions, *around), options);
}

}  // namespace fusiond::app
