#include "daemon/fuse/heard.h"

#include <algorithm>
#include <string_view>

#include "daemon/base/json_text.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::fuse {
namespace {

constexpr int kMaxHops = 100;  // of a copy to its root

void append_ids(std::string& line, std::string_view key, const std::vector<IncidentId>& ids) {
  line += ",\"";
  line += key;
  line += "\":[";
  bool first = true;
  for (const auto& id : ids) {
    line += first ? "" : ",";
    append_json_string(line, id.str());
    first = false;
  }
  line += "]";
}

void append_text(std::string& line, std::string_view key, std::string_view text) {
  if (!text.empty()) {
    line += ",\"";
    line += key;
    line += "\":";
    append_json_string(line, text);
  }
}

void append_maybe(std::string& line, const std::vector<MaybeSame>& list) {
  line += ",\"maybe\":[";
  for (std::size_t i = 0; i < list.size(); ++i) {
    line += i == 0 ? "" : ",";
    line += "{\"incident_id\":" + json_string(list[i].incident_id.str()) +
            ",\"probability_permille\":" + std::to_string(list[i].probability_permille) +
            ",\"short_by_mn\":" + std::to_string(list[i].short_by_mn) + "}";
  }
  line += "]";
}

}  // namespace

std::string_view word_of(IncidentChange change) {
  switch (change) {
    case IncidentChange::open:
      return "open";
    case IncidentChange::update:
      return "update";
    case IncidentChange::merged:
      return "merged";
    case IncidentChange::withdrawn:
      return "withdrawn";
    case IncidentChange::quiet:
      return "quiet";
    case IncidentChange::closed:
      return "closed";
    case IncidentChange::reopened:
      return "reopened";
    case IncidentChange::unspecified:
      break;
  }
  return "unspecified";
}

void Heard::note(const Event& event, const std::string& name) {
  if (names_.try_emplace(event.id, name).second) {
    order_.push_back(event.id);
  }
  if (event.copy_of) {
    copy_of_[event.id] = *event.copy_of;
  }
}

template <class Ids>
void Heard::append_names(std::string& line, std::string_view key, const Ids& ids) const {
  line += ",\"";
  line += key;
  line += "\":[";
  bool first = true;
  for (const EventId& id : ids) {
    line += first ? "" : ",";
    const auto name = names_.find(id);
    append_json_string(line, name == names_.end() ? id.str() : name->second);
    first = false;
  }
  line += "]";
}

// Of a revision; `renamed`: it went into an incident that this very answer opened.
std::string Heard::log_line(const IncidentRevision& revision, const Known& known,
                            bool renamed) const {
  const IncidentContent& said = revision.content;
  std::string line = "{\"t_ms\":" + std::to_string(micros_of(revision.updated) / 1000) +
                     ",\"incident_id\":" + json_string(said.id.str()) + ",\"state\":\"" +
                     std::string(word_of(revision.change)) +
                     "\",\"revision\":" + std::to_string(revision.revision);
  append_names(line, "members", known.members);
  append_names(line, "added", revision.members_added);
  append_names(line, "removed", revision.members_removed);
  append_text(line, "into", said.merged_into.str());
  if (renamed) {
    line += ",\"renamed\":true";
  }
  if (!revision.supersedes.empty()) {
    append_ids(line, "supersedes", revision.supersedes);
  }
  if (!said.maybe_same_as.empty()) {
    append_maybe(line, said.maybe_same_as);
  }
  append_text(line, "family", said.family);
  append_text(line, "title", said.title);
  line += ",\"priority\":" + std::to_string(said.priority);
  line += ",\"confidence_permille\":" + std::to_string(said.confidence_permille);
  if (const auto& place = said.place) {
    line += ",\"place\":[" + std::to_string(place->lat_e7) + "," + std::to_string(place->lon_e7) +
            "," + std::to_string(place->radius_m) + "]";
  }
  append_text(line, "cause", revision.cause.kind);
  if (const EventId& cause = revision.cause.event_id; !cause.empty()) {
    const auto name = names_.find(cause);
    append_text(line, "cause_event", name == names_.end() ? cause.str() : name->second);
  }
  line += ",\"line\":" + std::to_string(revision.cause.input.offset + 1);
  return line;
}

// A taker's revision comes before that of the giver: what left for elsewhere is not taken away
// again.
void Heard::regroup(const IncidentRevision& revision, Known& known) {
  const IncidentId& id = revision.content.id;
  for (const EventId& event : revision.members_added) {
    known.members.insert(event);
    where_[event] = id;
  }
  for (const EventId& event : revision.members_removed) {
    known.members.erase(event);
    const auto at = where_.find(event);
    if (at != where_.end() && at->second == id) {
      where_.erase(at);
    }
  }
}

std::vector<std::string> Heard::take(const std::vector<IncidentRevision>& answer, bool content) {
  std::vector<std::string> lines;
  lines.reserve(answer.size());
  std::set<IncidentId> opened;
  for (const IncidentRevision& revision : answer) {
    ++changes_[revision.change];
    if (revision.change == IncidentChange::open) {
      opened.insert(revision.content.id);
    }
    const bool renamed =
        revision.change == IncidentChange::merged && opened.contains(revision.content.merged_into);
    renamed_ += renamed ? 1 : 0;
    Known& known = known_[revision.content.id];
    known.state = revision.content.state;
    known.confidence_permille = revision.content.confidence_permille;
    regroup(revision, known);
    std::string line = log_line(revision, known, renamed);
    if (content) {
      line += ",\"incident\":" + wire::incident_json(revision);
    }
    lines.push_back(line + "}");
  }
  return lines;
}

const IncidentId* Heard::incident_of(const EventId& event) const {
  EventId at = event;
  for (int hops = 0; hops < kMaxHops; ++hops) {
    if (const auto found = where_.find(at); found != where_.end()) {
      return &found->second;
    }
    const auto copy = copy_of_.find(at);
    if (copy == copy_of_.end()) {
      break;
    }
    at = copy->second;
  }
  return nullptr;
}

std::vector<std::string> Heard::grouping() const {
  std::vector<std::string> lines;
  for (const EventId& event : order_) {
    if (const IncidentId* incident = incident_of(event)) {
      lines.push_back("{\"event_id\":" + json_string(names_.at(event)) + ",\"incident_id\":" +
                      json_string(incident->str()) + ",\"confidence_permille\":" +
                      std::to_string(known_.at(*incident).confidence_permille) + "}");
    }
  }
  return lines;
}

std::size_t Heard::incidents() const {
  return static_cast<std::size_t>(std::count_if(known_.begin(), known_.end(), [](const auto& one) {
    return one.second.state != IncidentState::merged &&
           one.second.state != IncidentState::withdrawn;
  }));
}

}  // namespace fusiond::fuse
