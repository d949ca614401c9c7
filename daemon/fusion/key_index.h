// Who shares a key: grouped events by CAD number, plate, caller and device, in (time, id) order.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/fusion/node.h"

namespace fusiond::fusion {

class KeyIndex {
 public:
  void add(Node& node);
  void remove(Node& node);

  // The names under which events with these keys stand. CAD numbers and duplicate-of share names,
  // so that they meet.
  static std::vector<std::string> case_names(const Facts& facts);  // those that can link cases
  static std::vector<std::string> names(const Facts& facts);       // all

  // Calls visit(Node&) for every node under `name` with a time in [from, to], in order.
  template <class Visit>
  void each(const std::string& name, std::int64_t from, std::int64_t to, Visit visit) const {
    const auto found = index_.find(name);
    if (found == index_.end()) {
      return;
    }
    for (auto node = lower(found->second, from);
         node != found->second.end() && (*node)->facts.time <= to; ++node) {
      visit(**node);
    }
  }

 private:
  using Nodes = std::vector<Node*>;
  static Nodes::const_iterator lower(const Nodes& nodes, std::int64_t from);

  std::unordered_map<std::string, Nodes> index_;
};

}  // namespace fusiond::fusion
