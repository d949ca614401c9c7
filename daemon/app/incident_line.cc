#include "daemon/app/incident_line.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "daemon/base/time.h"
#include "daemon/model/chance.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::app {
namespace {

const char* word(IncidentChange change) {
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
  return "?";
}

const char* word(Status status) {
  switch (status) {
    case Status::exercise:
      return " [EXERCISE]";
    case Status::system:
      return " [SYSTEM]";
    case Status::test:
      return " [TEST]";
    case Status::draft:
      return " [DRAFT]";
    default:
      return "";
  }
}

std::string place_text(const IncidentContent& content) {
  if (!content.place) {
    return content.address_text.empty() ? "no place" : content.address_text;
  }
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%.5f,%.5f ±%u m", content.place->lat_e7 / 1e7,
                content.place->lon_e7 / 1e7, content.place->radius_m);
  return content.address_text.empty() ? text.data()
                                      : content.address_text + " (" + text.data() + ")";
}

// What a person said or took back to make this revision.
std::string said(const std::optional<Word>& word) {
  if (!word) {
    return "";
  }
  const char* what = word->retracted                 ? "a word taken back"
                     : word->kind == WordKind::same  ? "put together"
                     : word->kind == WordKind::apart ? "kept apart"
                                                     : "ejected";
  return std::string(" · ") + what + " by " + word->author + " because " + word->reason;
}

std::string count(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

std::string readable_line(const IncidentRevision& incident) {
  const auto& content = incident.content;
  std::array<char, 64> head{};
  std::snprintf(head.data(), head.size(), "%-9s %.8s r%llu P%u ", word(incident.change),
                content.id.str().c_str(), static_cast<unsigned long long>(incident.revision),
                static_cast<unsigned>(content.priority));
  std::string line = head.data() + content.title + word(content.status);
  if (!content.merged_into.empty()) {
    line += " → " + content.merged_into.str().substr(0, 8);
  }
  line += " · " + to_rfc3339(micros_of(content.first_occurred)) + " · " + place_text(content);
  return line + " · " +
         count(std::max<std::size_t>(content.members.size(), content.members_total), "report") +
         ", " + std::to_string(content.witnesses) +
         (content.witnesses == 1 ? " witness" : " witnesses") +
         (content.factors.empty() ? "" : ", real " + chance_words(content.confidence_permille)) +
         (content.late ? " · late" : "") + said(incident.cause.word);
}

std::string canonical_json(IncidentRevision incident) {
  IncidentRevision bare;
  bare.content = std::move(incident.content);
  bare.versions = std::move(incident.versions);
  return wire::incident_json(bare);
}

}  // namespace fusiond::app
