// The part of Fold that searches: whom an event looks at, and which episodes it may belong to.
#include <algorithm>
#include <array>
#include <bit>

#include "daemon/fusion/fold.h"

namespace fusiond::fusion {
namespace {

// Asks for what a comparison reads of an anchor, ahead of time.
void prefetch(const Node& anchor) {
  const auto* at = reinterpret_cast<const char*>(&anchor);
  __builtin_prefetch(at + 64);
  __builtin_prefetch(at + 128);
  __builtin_prefetch(at + 192);
}

}  // namespace

std::span<const Seen> Fold::look(const Node& node) {
  if (seen_by_ != &node) {
    look_around(node);
  }
  return seen();
}

// All there are, unless the cubes hold so many that the latest must be picked.
void Fold::look_around(const Node& node) {
  seen_count_ = 0;
  spans_.clear();
  seen_by_ = &node;
  cut_ = false;
  std::size_t rows = 0;
  events_.each_cell(node, sight_, node.facts.time - window_us_, node.facts.time,
                    [&](const Row* first, const Row* last, const GridPoint& at) {
                      spans_.push_back({first, last, at});
                      rows += static_cast<std::size_t>(last - first);
                    });
  if (rows > 4 * crowd_events_) {
    look_at_latest(node);
  } else {
    for (const Span& span : spans_) {
      scan(node, span);
    }
  }
  if (seen_count_ > crowd_events_) {
    keep_latest();
  }
}

// Slice by slice back in time, until enough are seen.
void Fold::look_at_latest(const Node& node) {
  while (!spans_.empty() && seen_count_ <= crowd_events_) {
    const auto share = static_cast<std::ptrdiff_t>(1 + 2 * crowd_events_ / spans_.size());
    std::int64_t from = node.facts.time - window_us_;
    for (const Span& span : spans_) {
      if (span.last - span.first > share) {
        from = std::max(from, (span.last - share)->time);
      }
    }
    for (Span& span : spans_) {
      const Row* first =
          std::lower_bound(span.first, span.last, from,
                           [](const Row& row, std::int64_t time) { return row.time < time; });
      scan(node, {first, span.last, span.at});
      span.last = first;
    }
    std::erase_if(spans_, [](const Span& span) { return span.first == span.last; });
  }
}

void Fold::scan(const Node& node, const Span& span) {
  const std::int64_t time = node.facts.time;
  const std::int64_t sight2 = sight_ * sight_;
  const auto rows = static_cast<std::size_t>(span.last - span.first);
  if (seen_.size() < seen_count_ + rows) {
    seen_.resize(2 * (seen_count_ + rows));
  }
  Seen* next = seen_.data() + seen_count_;
  for (const Row* row = span.first; row < span.last; ++row) {
    const std::int64_t square = Neighbourhood::square_to(*row, span.at);
    if (square > sight2 || row->anchor == nullptr ||
        (row->time == time && !before(*row->node, node))) {
      continue;
    }
    *next++ = {{square, row->time, row->variance_m2, row->kind, row->delay_row, row->key_bits},
               row->node,
               row->anchor,
               row->anchor_time,
               row->alone_m2};
  }
  seen_count_ = static_cast<std::size_t>(next - seen_.data());
}

void Fold::keep_latest() {
  const auto end = seen_.begin() + static_cast<std::ptrdiff_t>(crowd_events_);
  const auto last = seen_.begin() + static_cast<std::ptrdiff_t>(seen_count_);
  std::nth_element(seen_.begin(), end, last, [](const Seen& a, const Seen& b) {
    return a.time != b.time ? a.time > b.time : b.node->number < a.node->number;
  });
  seen_count_ = crowd_events_;
  cut_ = true;
}

bool Fold::shares_key(const Seen& seen, const Node& node) const {
  return score_.keys(seen.node->facts, node.facts).value_mn > 0;
}

// Makes one of those that name the same anchor, among the first `count`; says how many are left.
std::size_t Fold::merge(std::size_t count) {
  const std::uint64_t mark = new_mark();
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Sighted one = sighted_[i];
    Node& anchor = *one.anchor;
    if (anchor.mark == mark) {
      sighted_[anchor.slot].reached |= one.reached;
    } else if (!anchor.ejected) {
      anchor.mark = mark;
      anchor.slot = static_cast<std::uint32_t>(left);
      // What is left moves to the front, and what it takes the place of to where it was.
      std::swap(sighted_[left++], sighted_[i]);
    }
  }
  return left;
}

// Brings those of the latest anchors to the front, at least `wanted` if there are so many, by
// slices of time: whoever is of a slice comes with all of it. So few others need be asked for.
std::size_t Fold::take_latest(std::int64_t time, std::size_t wanted) {
  constexpr std::size_t kSlices = 256;
  const auto width = static_cast<std::uint64_t>(2 * window_us_) / kSlices + 1;
  const auto shift = static_cast<unsigned>(std::bit_width(width));
  const auto slice_of = [&](const Sighted& one) {
    const auto before = static_cast<std::uint64_t>(time - one.time) >> shift;
    return std::min<std::size_t>(before, kSlices - 1);
  };
  std::array<std::size_t, kSlices> counts{};
  for (const Sighted& one : sighted_) {
    ++counts[slice_of(one)];
  }
  std::size_t last = 0;
  for (std::size_t sum = counts[0]; sum < wanted && last + 1 < kSlices;) {
    sum += counts[++last];
  }
  const auto end = std::partition(sighted_.begin(), sighted_.end(),
                                  [&](const Sighted& one) { return slice_of(one) <= last; });
  return static_cast<std::size_t>(end - sighted_.begin());
}

// The episodes with a member in pair reach or the anchor in sight, the latest of them.
void Fold::gather(const Node& node) {
  sighted_.clear();
  for (const Seen& seen : seen()) {
    const bool reached = in_pair_reach(seen, node);
    if (reached || (seen.square <= reach2_ && seen.node == seen.anchor)) {
      sighted_.push_back({seen.anchor, seen.anchor_time, &seen, reached});
      if (seen.alone_m2 == 0) {
        __builtin_prefetch(seen.anchor);
      }
    }
  }
  if (sighted_.size() <= crowd_anchors_) {
    gather_all(node);
  } else {
    gather_latest(node);
  }
}

// All that are sighted. Of an episode of one report nobody else is a member, and of what is scored
// its row knows all: its node need not be looked at, unless keys are compared.
void Fold::gather_all(const Node& node) {
  const bool has_keys = node.facts.keys.any();
  const std::uint64_t mark = new_mark();
  const auto add = [&](const Sighted& one, const Seen* alone) {
    if (alone == nullptr || has_keys) {
      one.anchor->mark = mark;
      one.anchor->slot = static_cast<std::uint32_t>(found_.size());
    }
    found_.emplace_back(one.anchor, alone, one.reached);
  };
  for (const Sighted& one : sighted_) {
    if (one.seen->alone_m2 != 0) {
      add(one, one.seen);
    } else if (one.anchor->mark == mark) {
      found_[one.anchor->slot].reached |= one.reached;
    } else if (!one.anchor->ejected) {
      prefetch(*one.anchor);
      add(one, nullptr);
    }
  }
}

void Fold::gather_latest(const Node& node) {
  std::size_t wanted = crowd_anchors_;
  std::size_t taken = sighted_.size();
  std::size_t left = 0;
  for (;; wanted *= 2) {
    if (sighted_.size() > wanted) {
      taken = take_latest(node.facts.time, wanted);
    } else {
      taken = sighted_.size();
    }
    for (std::size_t i = 0; i < taken; ++i) {
      __builtin_prefetch(sighted_[i].anchor);
    }
    left = merge(taken);
    if (left >= crowd_anchors_ || taken == sighted_.size()) {
      break;
    }
  }
  cut_ = cut_ || left > crowd_anchors_ || taken < sighted_.size();
  sighted_.resize(left);
  keep_latest_anchors();
  for (std::size_t i = 0; i < sighted_.size(); ++i) {
    const Sighted& one = sighted_[i];
    prefetch(*one.anchor);
    found_.emplace_back(one.anchor, one.seen->alone_m2 == 0 ? nullptr : one.seen, one.reached);
    one.anchor->mark = mark_;
    one.anchor->slot = static_cast<std::uint32_t>(i);
  }
}

void Fold::keep_latest_anchors() {
  if (sighted_.size() <= crowd_anchors_) {
    return;
  }
  const auto end = sighted_.begin() + static_cast<std::ptrdiff_t>(crowd_anchors_);
  std::nth_element(sighted_.begin(), end, sighted_.end(),
                   [](const Sighted& a, const Sighted& b) { return before(*b.anchor, *a.anchor); });
  sighted_.erase(end, sighted_.end());
  (void)new_mark();
}

}  // namespace fusiond::fusion
