#include "daemon/backtest/account.h"

#include <algorithm>
#include <utility>

namespace fusiond::backtest {
namespace {

const std::string* name_of(const IncidentContent& content, const EventId& id) {
  const auto member = std::find_if(content.members.begin(), content.members.end(),
                                   [&](const Member& one) { return one.event_id == id; });
  return member == content.members.end() ? nullptr : &member->source_event_id;
}

// The reports that speak for it.
std::vector<std::string> evidence_of(const IncidentContent& content, const Finding& finding) {
  std::vector<std::string> names;
  for (const FindingPart& part : finding.parts) {
    const bool speaks = part.role == PartRole::anchor || part.role == PartRole::support ||
                        part.role == PartRole::then;
    if (!speaks || part.state != PartState::found) {
      continue;
    }
    for (const EventId& id : part.event_ids) {
      if (const std::string* name = name_of(content, id)) {
        names.push_back(*name);
      }
    }
  }
  return names;
}

void note_members(const IncidentContent& content, Spoken& spoken) {
  spoken.events.clear();
  spoken.names.clear();
  for (const Member& member : content.members) {
    spoken.events.push_back(member.event_id);
    spoken.names.push_back(member.source_event_id);
    if (!member.keys.cad_number.empty()) {
      spoken.names.push_back(member.keys.cad_number);
    }
    if (spoken.heard == WallTime{} || member.first_received < spoken.heard) {
      spoken.heard = member.first_received;
    }
  }
  spoken.events.insert(spoken.events.end(), content.members_left_out.begin(),
                       content.members_left_out.end());
  spoken.address = content.address_text;
}

}  // namespace

void Account::take(const IncidentRevision& revision) {
  const IncidentContent& content = revision.content;
  const std::pair order{revision.epoch, revision.revision};
  auto& newest = newest_[content.id];
  if (order <= newest) {
    return;
  }
  newest = order;
  if (content.state == IncidentState::merged || content.state == IncidentState::withdrawn) {
    end(revision);
    return;
  }
  const bool says =
      !content.findings.empty() && content.findings.front().state > FindingState::unmet;
  if (!says && !spoken_.contains(content.id)) {
    return;
  }
  Spoken& spoken = spoken_[content.id];
  spoken.id = content.id;
  spoken.gone = false;
  note_members(content, spoken);
  note_rules(revision, spoken);
  spoken.type = content.type;
  spoken.priority = content.priority;
  spoken.rule = says ? content.findings.front().rule : "";
  spoken.state = says ? content.findings.front().state : FindingState::unmet;
  if (says) {
    note_alarm(revision, spoken);
  }
}

void Account::end(const IncidentRevision& revision) {
  const auto found = spoken_.find(revision.content.id);
  if (found != spoken_.end()) {
    found->second.gone = true;
  }
}

void Account::note_rules(const IncidentRevision& revision, Spoken& spoken) {
  for (const Finding& finding : revision.content.findings) {
    if (finding.state <= FindingState::unmet) {
      continue;
    }
    OfRule& rule = spoken.rules[finding.rule];
    rule.most = std::max(rule.most, finding.state);
    rule.evidence = evidence_of(revision.content, finding);
    if (!rule.provisional) {
      rule.provisional = revision.updated;
    }
    if (finding.state == FindingState::firm && !rule.firm) {
      rule.firm = revision.updated;
    }
  }
}

void Account::note_alarm(const IncidentRevision& revision, Spoken& spoken) {
  const bool first = !spoken.provisional;
  const bool firm = spoken.state == FindingState::firm && !spoken.firm;
  if (first) {
    spoken.provisional = revision.updated;
  }
  if (firm) {
    spoken.firm = revision.updated;
  }
  if (first || firm || spoken.priority > spoken.most_priority) {
    alarms_.push_back({revision.updated, spoken.id, spoken.state, spoken.priority});
  }
  spoken.most = std::max(spoken.most, spoken.state);
  spoken.most_priority = std::max(spoken.most_priority, spoken.priority);
}

}  // namespace fusiond::backtest
