#include "daemon/fuse/link_lines.h"

#include <simdjson.h>

namespace fusiond::fuse {
namespace {

using simdjson::dom::element;

Result<std::vector<std::string>> texts_of(const element& list) {
  std::vector<std::string> texts;
  simdjson::dom::array items;
  if (list.get(items) != simdjson::SUCCESS) {
    return fail(Fault::bad_input,
                "a list of event ids was expected, got: " + simdjson::minify(list));
  }
  for (const element item : items) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) {
      return fail(Fault::bad_input, "an event id must be a text, got: " + simdjson::minify(item));
    }
    texts.emplace_back(text);
  }
  return texts;
}

std::vector<std::string> between_commas(const std::string& line) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(',', at), line.size());
    const auto from = line.find_first_not_of(" \t\r\"", at);
    if (from < end) {
      const auto last = line.find_last_not_of(" \t\r\"", end - 1);
      texts.push_back(line.substr(from, last + 1 - from));
    }
    at = end + 1;
  }
  return texts;
}

Result<LinkLine> of_object(const element& object) {
  LinkLine link;
  if (element list; object["event_ids"].get(list) == simdjson::SUCCESS) {
    auto events = texts_of(list);
    if (!events) {
      return fail(events.error().within("event_ids"));
    }
    link.events = std::move(*events);
    return link;
  }
  std::string_view event;
  if (object["event_id"].get(event) != simdjson::SUCCESS) {
    return fail(Fault::bad_input, "event_ids, or event_id and incident_id, expected, got: " +
                                      simdjson::minify(object));
  }
  link.events.emplace_back(event);
  link.assigns = true;
  if (std::string_view incident; object["incident_id"].get(incident) == simdjson::SUCCESS) {
    link.incident = incident;
  }
  return link;
}

}  // namespace

struct LinkLines::Parser {
  simdjson::dom::parser json;
};

LinkLines::LinkLines() : parser_(std::make_unique<Parser>()) {}
LinkLines::~LinkLines() = default;

Result<LinkLine> LinkLines::read(const std::string& line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) {
    return LinkLine{};
  }
  LinkLine link;
  if (line[first] != '[' && line[first] != '{') {
    link.events = between_commas(line);
    return link;
  }
  element parsed;
  if (const auto error = parser_->json.parse(line).get(parsed); error != simdjson::SUCCESS) {
    return fail(Fault::bad_input, std::string("not JSON: ") + simdjson::error_message(error));
  }
  if (line[first] == '{') {
    return of_object(parsed);
  }
  auto events = texts_of(parsed);
  if (!events) {
    return fail(events.error());
  }
  link.events = std::move(*events);
  return link;
}

}  // namespace fusiond::fuse
