#include "daemon/explain/page.h"

#include <string_view>

#include "daemon/base/json_text.h"
#include "daemon/explain/words.h"

namespace fusiond::explain {
namespace {

// A name as it stands in brackets: without its unit, which the number carries.
std::string plain_name(std::string_view name) {
  for (const std::string_view unit : {"_mn", "_m", "_us", "_permille", "_n"}) {
    if (name.ends_with(unit)) {
      name.remove_suffix(unit.size());
      break;
    }
  }
  std::string text(name);
  for (char& c : text) {
    c = c == '_' ? ' ' : c;
  }
  return text;
}

std::string number_with_unit(std::string_view name, std::int64_t value) {
  if (name.ends_with("_mn")) {
    return nats(value);
  }
  if (name.ends_with("_m")) {
    return metres(value);
  }
  if (name.ends_with("_us")) {
    return span(Micros{value});
  }
  if (name.ends_with("_permille")) {
    return percent(value);
  }
  return std::to_string(value);
}

std::string brackets(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += (text.empty() ? " [" : ", ") + plain_name(name) + " " + number_with_unit(name, value);
  }
  return text.empty() ? text : text + "]";
}

void append_fact(std::string& out, const Fact& fact) {
  out += "{\"about\":" + json_string(fact.about) + ",\"words\":" + json_string(fact.words);
  for (const auto& [name, value] : fact.values) {
    out += "," + json_string(name) + ":" + std::to_string(value);
  }
  out += "}";
}

void append_section(std::string& out, const Section& section) {
  out += "{\"kind\":" + json_string(section.kind) + ",\"title\":" + json_string(section.title);
  for (const auto& [name, id] : section.ids) {
    out += "," + json_string(name) + ":" + json_string(id);
  }
  out += ",\"facts\":[";
  for (std::size_t i = 0; i < section.facts.size(); ++i) {
    out += i == 0 ? "" : ",";
    append_fact(out, section.facts[i]);
  }
  out += "]}";
}

}  // namespace

std::string text_of(const Page& page) {
  std::string out;
  for (const Section& section : page.sections) {
    out += (out.empty() ? "" : "\n") + section.title + "\n";
    for (const Fact& fact : section.facts) {
      out += "  " + fact.words + brackets(fact.values) + "\n";
    }
  }
  return out;
}

std::string json_of(const Page& page) {
  std::string out = "{\"sections\":[";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    out += i == 0 ? "" : ",";
    append_section(out, page.sections[i]);
  }
  return out + "]}";
}

}  // namespace fusiond::explain
