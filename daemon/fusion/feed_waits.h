// Whose rules wait to know that nothing came (design/0014): by feed, up to when it must be heard.
// A root that waits no longer is found out when its entry comes up.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/fusion/nodes.h"
#include "daemon/rules/case_rule.h"

namespace fusiond::fusion {

class FeedWaits {
 public:
  void add(const rules::Wait& wait, ShortId root) {
    auto found = by_feed_.find(wait.feed);
    if (found == by_feed_.end()) {
      found = by_feed_.emplace(std::string(wait.feed), Entries{}).first;
    }
    const std::int64_t until = micros_of(wait.until);
    if (found->second.emplace(until, root).second) {
      by_root_[root].emplace_back(&found->second, until);
    }
  }
  // A root that is forgotten waits for nothing: a feed may never be heard.
  void drop(ShortId root) {
    const auto found = by_root_.find(root);
    if (found == by_root_.end()) {
      return;
    }
    for (const auto& [entries, until] : found->second) {
      entries->erase({until, root});
    }
    by_root_.erase(found);
  }

  // Takes out what the feeds have been heard beyond and calls touch(ShortId) for each.
  template <class Touch>
  void pass(const rules::FeedsHeard& heard, Touch touch) {
    if (by_root_.empty()) {
      return;
    }
    for (const SourceClock& clock : heard) {
      const auto found = by_feed_.find(clock.source.str());
      if (found == by_feed_.end()) {
        continue;
      }
      Entries& entries = found->second;
      while (!entries.empty() && entries.begin()->first < micros_of(clock.heard_to)) {
        const auto [until, root] = *entries.begin();
        entries.erase(entries.begin());
        auto& of_root = by_root_.at(root);
        std::erase(of_root, std::pair(&entries, until));
        if (of_root.empty()) {
          by_root_.erase(root);
        }
        touch(root);
      }
    }
  }

 private:
  using Entries = std::set<std::pair<std::int64_t, ShortId>>;
  std::map<std::string, Entries, std::less<>> by_feed_;  // entries stay where they are
  std::map<ShortId, std::vector<std::pair<Entries*, std::int64_t>>> by_root_;
};

}  // namespace fusiond::fusion
