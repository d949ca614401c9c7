#include "daemon/fusion/live_roots.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace fusiond::fusion {

LiveRoots::LiveRoots(const AssociationConfig& config, const Nodes& nodes, NodeQueue& waiting)
    : nodes_(nodes),
      waiting_(waiting),
      roots_(config.related_reach_m, config.related_window.count()) {}

void LiveRoots::list(Node& root, const Listed& listed) {
  const bool was = root.listed.has_value();
  if (was && root.listed->stands_as(listed)) {
    root.listed->quiet_after = listed.quiet_after;
    root.listed->closed_after = listed.closed_after;
    return;
  }
  unlist(root);
  root.listed = listed;
  root.related_stale = true;
  if (listed.can_relate()) {
    roots_.add(root);
    touch_later(root);
  }
}

void LiveRoots::unlist(Node& node) {
  if (!node.listed) {
    return;
  }
  if (node.listed->can_relate()) {
    touch_later(node);
    roots_.remove(node);
  }
  node.listed.reset();
}

void LiveRoots::drop(Node& node) {
  if (node.listed && node.listed->can_relate()) {
    roots_.remove(node);
  }
  node.listed.reset();
}

void LiveRoots::touch_later(const Node& root) {
  roots_.each_after(root, [&](Node& later) {
    if (root.listed->time >= later.related_from) {
      later.related_stale = true;
      later.book_stale = true;
      waiting_.push(later);
    }
  });
}

void LiveRoots::relate(Node& root) {
  if (!std::exchange(root.related_stale, false)) {
    return;
  }
  root.related.clear();
  root.related_from = std::numeric_limits<std::int64_t>::min();
  if (!root.listed->can_relate()) {
    return;
  }
  roots_.before(root, kRelated, found_);
  for (const Node* other : found_) {
    if (other->named_by != nullptr) {
      root.related.push_back(other->named_by->incident_id());
    } else if (const auto name = incident_name(*other)) {  // told by another shard
      root.related.push_back(incident_id_of(long_id(*name)));
    }
  }
  std::sort(root.related.begin(), root.related.end());
  if (found_.size() == kRelated) {
    root.related_from = found_.back()->listed->time;
  }
}

// One entry per end: when its time has moved on, it is followed when the entry comes up.
void LiveRoots::wait_for_ends(Node& root, std::int64_t closing) {
  Listed& listed = *root.listed;
  const auto wait = [&](std::int64_t end, std::int64_t& waits) {
    if (end >= closing && end < waits) {
      waits = end;
      ends_.add(end, root.number);
    }
  };
  wait(listed.quiet_after, listed.quiet_waits);
  wait(listed.closed_after, listed.closed_waits);
}

void LiveRoots::touch_ended(std::int64_t closing) {
  while (const auto entry = ends_.pop_before(closing)) {
    Node* root = nodes_.find(entry->id);
    if (root == nullptr || !root->listed) {
      continue;
    }
    for (std::int64_t* waits : {&root->listed->quiet_waits, &root->listed->closed_waits}) {
      if (*waits == entry->time) {
        *waits = kNoTime;
        root->ended = true;
        waiting_.push(*root);
      }
    }
  }
}

}  // namespace fusiond::fusion
