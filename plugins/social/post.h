// A post of any platform, and the judgement whether it reports something somewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fusiond/v1/event.pb.h"
#include "plugins/social/options.h"

namespace fusiond::social {

enum class Change : std::uint8_t { created, edited, deleted };

struct Post {
  std::string platform;
  std::string id;      // as deletions name it, without the author in clear
  std::string author;  // in clear; only its keyed hash goes on
  std::string uri;
  std::string text;
  std::string copy_of;  // the id of the post that this one passes on
  bool is_repost = false;
  bool is_reply = false;
  Change change = Change::created;
  std::uint64_t revision = 0;  // 0 = the host numbers
  std::optional<std::int64_t> claimed_us;
  std::optional<std::int64_t> witnessed_us;
  std::vector<std::string> langs;
  std::vector<std::string> tags;
  std::vector<std::string> links;
};

struct Refusal {
  std::string_view reason;
  std::string detail;
};
struct Skip {
  std::string_view reason;
};
using Outcome = std::variant<v1::Event, Refusal, Skip>;

// An event when the post names a place and a thing that happened there; a deletion, or an edit that
// takes either away, is a RETRACT. All else is skipped by its reason.
[[nodiscard]] Outcome judge(const Options& options, const Post& post);

}  // namespace fusiond::social
