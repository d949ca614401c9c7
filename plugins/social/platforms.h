// Two platforms' messages as posts.
#pragma once

#include <string_view>
#include <variant>

#include "plugins/sdk/json_read.h"
#include "plugins/social/post.h"

namespace fusiond::social {

using Reading = std::variant<Post, Refusal, Skip>;

// Jetstream v1 lines ({"did", "time_us", "kind", "commit"}) and v2 frames ({"$type": "message",
// "payload"}).
[[nodiscard]] Reading read_jetstream(const Options& options, sdk::Json message);
[[nodiscard]] bool is_jetstream(sdk::Json message);

// A Mastodon status, as `update` and `status.update` events carry it.
[[nodiscard]] Reading read_status(sdk::Json status, Change change);
// A Mastodon `delete` event: a bare id.
[[nodiscard]] Reading read_delete(std::string_view id);

}  // namespace fusiond::social
