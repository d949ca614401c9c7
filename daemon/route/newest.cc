#include "daemon/route/newest.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace fusiond::route {
namespace {

// Smaller = stands for its content: on time before late, then the lowest revision, then the first
// that came in.
auto standing(const Event& event) {
  return std::tuple(!is_on_time(event), event.revision, event.received, event.occurred,
                    event.lateness);
}

// Larger = newer. Of two contents under one revision the one that came in first counts, then the
// smaller hash.
bool newer(const Event& a, const Event& b) {
  if (a.revision != b.revision) {
    return a.revision > b.revision;
  }
  if (a.received != b.received) {
    return a.received < b.received;
  }
  return a.content_hash < b.content_hash;
}

std::vector<EventRef> take_apart(EventState& state) {
  std::vector<EventRef> all = std::move(state.others);
  if (state.deciding) {
    all.push_back(std::move(state.deciding));
  }
  if (state.shown) {
    all.push_back(std::move(state.shown));
  }
  state = EventState{};
  return all;
}

// Requires: each content stands in `all` once.
void put_together(EventState& state, std::vector<EventRef> all, std::size_t contents) {
  std::sort(all.begin(), all.end(),
            [](const EventRef& a, const EventRef& b) { return newer(*a, *b); });
  const auto on_time = std::find_if(all.begin(), all.end(),
                                    [](const EventRef& event) { return is_on_time(*event); });
  const auto deciding = static_cast<std::size_t>(on_time - all.begin());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == deciding) {
      state.deciding = std::move(all[i]);
    } else if (i == 0) {
      state.shown = std::move(all[i]);
    } else if (state.others.size() + 2 < std::max<std::size_t>(contents, 2)) {
      state.others.push_back(std::move(all[i]));
    }
  }
}

}  // namespace

Joined join(EventState& state, const EventRef& event, std::size_t contents) {
  std::vector<EventRef> all = take_apart(state);
  Joined joined;
  const auto same = std::find_if(all.begin(), all.end(), [&](const EventRef& held) {
    return held->content_hash == event->content_hash;
  });
  joined.conflict = std::any_of(all.begin(), all.end(), [&](const EventRef& held) {
    return held->revision == event->revision && held->content_hash != event->content_hash;
  });
  joined.known = same != all.end();
  if (!joined.known) {
    all.push_back(event);
    joined.kept = true;
  } else if (standing(*event) < standing(**same)) {
    *same = event;
    joined.kept = true;
  }
  put_together(state, std::move(all), contents);
  return joined;
}

}  // namespace fusiond::route
