#include "daemon/fusion/key_index.h"

#include <algorithm>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

void push(std::vector<std::string>& names, char space, Status status, const std::string& value) {
  if (value.empty()) {
    return;
  }
  std::string name{space, static_cast<char>('0' + static_cast<int>(status))};
  name += value;
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(std::move(name));
  }
}

}  // namespace

std::vector<std::string> KeyIndex::case_names(const Facts& facts) {
  std::vector<std::string> names;
  push(names, 'n', facts.status, facts.keys.cad_number);
  push(names, 'n', facts.status, facts.keys.duplicate_of);
  push(names, 'p', facts.status, facts.keys.plate);
  return names;
}

std::vector<std::string> KeyIndex::names(const Facts& facts) {
  std::vector<std::string> names = case_names(facts);
  push(names, 'c', facts.status, facts.keys.caller);
  push(names, 'd', facts.status, facts.keys.device);
  return names;
}

void KeyIndex::add(Node& node) {
  for (const std::string& name : names(node.facts)) {
    Nodes& nodes = index_[name];
    nodes.insert(std::lower_bound(nodes.begin(), nodes.end(), &node, Before{}), &node);
  }
}

void KeyIndex::remove(Node& node) {
  for (const std::string& name : names(node.facts)) {
    const auto found = index_.find(name);
    FUSIOND_CHECK(found != index_.end(), "a node leaves the keys that it entered under");
    const auto at = std::lower_bound(found->second.begin(), found->second.end(), &node, Before{});
    FUSIOND_CHECK(at != found->second.end() && *at == &node,
                  "a node leaves with the facts that it entered with");
    found->second.erase(at);
    if (found->second.empty()) {
      index_.erase(found);
    }
  }
}

KeyIndex::Nodes::const_iterator KeyIndex::lower(const Nodes& nodes, std::int64_t from) {
  return std::lower_bound(
      nodes.begin(), nodes.end(), from,
      [](const Node* node, std::int64_t time) { return node->facts.time < time; });
}

}  // namespace fusiond::fusion
