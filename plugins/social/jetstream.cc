// Bluesky: an account's id and a record's key name a post; the account's id is hashed, so that it
// stands nowhere in clear.
#include <algorithm>

#include "plugins/sdk/civil_time.h"
#include "plugins/sdk/keyed_hash.h"
#include "plugins/social/platforms.h"

namespace fusiond::social {
namespace {

using sdk::Json;

std::string text_at(Json base, std::string_view path) {
  return sdk::read_text(sdk::find(base, path)).value;
}

std::string id_of(const Options& options, std::string_view did, std::string_view rkey) {
  return sdk::keyed_hash(options.author_key, did) + "/" + std::string(rkey);
}

// "at://did:plc:abc/app.bsky.feed.post/3k" as the id of that post; empty when it is none.
std::string id_of_uri(const Options& options, std::string_view uri) {
  constexpr std::string_view kPrefix = "at://";
  constexpr std::string_view kPosts = "/app.bsky.feed.post/";
  const auto at = uri.find(kPosts);
  if (!uri.starts_with(kPrefix) || at == std::string_view::npos) {
    return {};
  }
  return id_of(options, uri.substr(kPrefix.size(), at - kPrefix.size()),
               uri.substr(at + kPosts.size()));
}

std::vector<std::string> texts_of(const std::optional<Json>& list) {
  std::vector<std::string> out;
  simdjson::dom::array items;
  if (list && list->get(items) == simdjson::SUCCESS) {
    for (const auto item : items) {
      if (auto text = sdk::read_text(item); text && out.size() < 64) {
        out.push_back(std::move(text.value));
      }
    }
  }
  return out;
}

void read_facets(Json record, Post& post) {
  const auto facets = sdk::find(record, "facets");
  simdjson::dom::array items;
  if (!facets || facets->get(items) != simdjson::SUCCESS) {
    return;
  }
  for (const auto facet : items) {
    const auto tag = text_at(facet, "/features/0/tag");
    const auto link = text_at(facet, "/features/0/uri");
    if (!tag.empty() && post.tags.size() < 64) {
      post.tags.push_back(tag);
    }
    if (!link.empty() && post.links.size() < 64) {
      post.links.push_back(link);
    }
  }
}

std::optional<Refusal> read_record(const Options& options, Json record, Post& post) {
  const auto text = sdk::read_text(sdk::find(record, "text"));
  if (text.found == sdk::Found::wrong) {
    return Refusal{"wrong_type", "record.text must be a text"};
  }
  post.text = text.value;
  if (const auto claimed =
          sdk::read_time(text_at(record, "createdAt"), sdk::TimeFormat::text, sdk::Zone{})) {
    post.claimed_us = claimed->us;
  }
  post.langs = texts_of(sdk::find(record, "langs"));
  post.is_reply = sdk::find(record, "reply").has_value();
  read_facets(record, post);
  for (const auto* path :
       {"/embed/record/uri", "/embed/record/record/uri"}) {  // a quote; a quote with pictures
    if (auto quoted = id_of_uri(options, text_at(record, path)); !quoted.empty()) {
      post.copy_of = std::move(quoted);
    }
  }
  return std::nullopt;
}

// v1 counts microseconds, v2 writes the time.
std::optional<std::int64_t> witnessed_of(Json message) {
  const auto count = text_at(message, "time_us");
  const auto instant =
      count.empty() ? sdk::read_time(text_at(message, "time"), sdk::TimeFormat::text, sdk::Zone{})
                    : sdk::read_time(count, sdk::TimeFormat::epoch_us, sdk::Zone{});
  return instant ? std::optional(instant->us) : std::nullopt;
}

Reading read_commit(const Options& options, Json message, Json commit) {
  const auto collection = text_at(commit, "collection");
  const bool repost = collection == "app.bsky.feed.repost";
  if (collection.empty()) {
    return Refusal{"wrong_type", "collection must be a text"};
  }
  if (collection != "app.bsky.feed.post" && !repost) {
    return Skip{"other_collection"};
  }
  const auto did = text_at(message, "did");
  const auto rkey = text_at(commit, "rkey");
  const auto operation = text_at(commit, "operation");
  if (did.empty() || rkey.empty()) {
    return Refusal{"no_id", "did and rkey must be texts"};
  }
  Post post;
  post.platform = "bluesky";
  post.id = id_of(options, did, rkey);
  post.author = did;
  post.uri = "at://" + did + "/" + collection + "/" + rkey;
  post.is_repost = repost;
  post.witnessed_us = witnessed_of(message);
  if (!post.witnessed_us) {
    return Refusal{"bad_time", "time_us (or time) must be a time"};
  }
  post.revision = static_cast<std::uint64_t>(std::max<std::int64_t>(*post.witnessed_us, 0));
  if (operation == "delete") {
    if (repost && !options.keep_reposts) {
      return Skip{"repost"};
    }
    post.change = Change::deleted;
    return post;
  }
  if (operation != "create" && operation != "update") {
    return Refusal{"wrong_type",
                   "operation must be create, update or delete, is " + operation.substr(0, 40)};
  }
  post.change = operation == "update" ? Change::edited : Change::created;
  const auto record = sdk::find(commit, "record");
  if (!record || !record->is_object()) {
    return Refusal{"wrong_type",
                   "record must be an object, is " + std::string(sdk::describe(record))};
  }
  if (auto refusal = read_record(options, *record, post)) {
    return *refusal;
  }
  if (repost) {
    post.copy_of = id_of_uri(options, text_at(*record, "/subject/uri"));
  }
  return post;
}

}  // namespace

bool is_jetstream(Json message) {
  return sdk::find(message, "did").has_value() || sdk::find(message, "$type").has_value();
}

Reading read_jetstream(const Options& options, Json message) {
  const auto payload = sdk::find(message, "payload");
  if (sdk::find(message, "$type")) {
    if (text_at(message, "$type") != "message" || !payload || !payload->is_object()) {
      return Skip{"control_frame"};
    }
    const auto type = text_at(*payload, "$type");
    const auto kind = type.substr(type.rfind('#') + 1);
    return kind == "commit"     ? read_commit(options, *payload, *payload)
           : kind == "identity" ? Reading{Skip{"identity"}}
           : kind == "account"  ? Reading{Skip{"account"}}
                                : Reading{Skip{"control_frame"}};
  }
  const auto kind = text_at(message, "kind");
  if (kind == "identity" || kind == "account") {
    return Skip{kind == "identity" ? "identity" : "account"};
  }
  const auto commit = sdk::find(message, "commit");
  if (kind != "commit" || !commit || !commit->is_object()) {
    return Refusal{"unknown_message", "kind must be commit, identity or account"};
  }
  return read_commit(options, message, *commit);
}

}  // namespace fusiond::social
