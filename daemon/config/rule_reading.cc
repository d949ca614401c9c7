#include "daemon/config/rule_reading.h"

#include <algorithm>

namespace fusiond::config {

void add_sources(const std::string& from, rules::Sources& sources) {
  if (from == "cad" || from == "caller") {
    sources.add(WitnessKind::caller);
  }
  if (from == "cad" || from == "unit") {
    sources.add(WitnessKind::unit);
  }
  for (const auto& [name, kind] : {std::pair{"acoustic", WitnessKind::acoustic},
                                   {"alarm", WitnessKind::alarm},
                                   {"camera", WitnessKind::camera},
                                   {"plate", WitnessKind::plate},
                                   {"social", WitnessKind::social},
                                   {"public-alert", WitnessKind::public_alert},
                                   {"traffic", WitnessKind::traffic},
                                   {"track", WitnessKind::track},
                                   {"operator", WitnessKind::operator_}}) {
    if (from == name) {
      sources.add(kind);
    }
  }
}

std::string source_of(const std::string& from) {
  return from == "caller" || from == "unit" ? "cad" : from;
}

void RuleReading::fault(const YAML::Node& where, const std::string& message) {
  faults_.push_back(fault_at(file_, where, message));
}

std::string RuleReading::known_name(RuleNode& node, const char* key, const std::string& what,
                                    const std::vector<std::string>& known) {
  const auto name = node.text(key);
  if (!name) {
    return {};
  }
  must_be_known(Scalar{*name, node.at(key)}, what, known);
  return *name;
}

bool RuleReading::must_be_known(const Scalar& name, const std::string& what,
                                const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name.text) != known.end()) {
    return true;
  }
  const std::string close = nearest(name.text, known);
  std::string all;
  for (const std::string& one : known) {
    all += (all.empty() ? "" : ", ") + one;
  }
  fault(name.node, "there is no " + what + " `" + name.text + "`" +
                       (!close.empty()     ? "; did you mean `" + close + "`?"
                        : known.empty()    ? "; there is none at all"
                        : all.size() > 200 ? ""
                                           : "; there are " + all));
  return false;
}

std::string RuleReading::zone(RuleNode& node, const char* key) {
  return known_name(node, key, "zone", around_.bundle.zones.names());
}

std::vector<std::string> RuleReading::part_names() const {
  std::vector<std::string> names;
  for (const rules::Part& part : draft.rule.parts) {
    names.push_back(part.name);
  }
  return names;
}

std::optional<rules::PartIndex> RuleReading::part_named(const Scalar& name) {
  const auto names = part_names();
  if (!must_be_known(name, "part before this one called", names)) {
    return std::nullopt;
  }
  return static_cast<rules::PartIndex>(std::find(names.begin(), names.end(), name.text) -
                                       names.begin());
}

rules::PartIndex RuleReading::reference(RuleNode& node, const char* key) {
  const auto name = node.text(key);
  const auto index = name ? part_named(Scalar{*name, node.at(key)}) : std::nullopt;
  if (index && draft.rule.parts[*index].role == PartRole::absent) {
    node.fault(key, "`" + *name + "` is what did not come, so nothing can be measured from it");
  }
  return index.value_or(0);
}

}  // namespace fusiond::config
