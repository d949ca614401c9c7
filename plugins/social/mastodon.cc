// Mastodon: a deletion names the server's own id of a status, so that is the post's id here.
#include "plugins/sdk/civil_time.h"
#include "plugins/social/platforms.h"

namespace fusiond::social {
namespace {

std::string text_at(sdk::Json base, std::string_view path) {
  return sdk::read_text(sdk::find(base, path)).value;
}

void read_tags(sdk::Json status, Post& post) {
  const auto tags = sdk::find(status, "tags");
  simdjson::dom::array items;
  if (tags && tags->get(items) == simdjson::SUCCESS) {
    for (const auto tag : items) {
      if (auto name = text_at(tag, "name"); !name.empty() && post.tags.size() < 64) {
        post.tags.push_back(std::move(name));
      }
    }
  }
}

}  // namespace

Reading read_status(sdk::Json status, Change change) {
  if (!status.is_object()) {
    return Refusal{"wrong_type",
                   "a status must be an object, is " + std::string(sdk::describe(status))};
  }
  const auto id = sdk::read_text(sdk::find(status, "id"));
  if (!id) {
    return Refusal{id.found == sdk::Found::wrong ? "wrong_type" : "no_id", "id must be a text"};
  }
  Post post;
  post.platform = "mastodon";
  post.id = id.value;
  post.change = change;
  post.uri = text_at(status, "uri");
  // The account's address is the same on every server; `acct` lacks the host for the server's own
  // people.
  post.author = text_at(status, "/account/url");
  post.author = post.author.empty() ? text_at(status, "/account/acct") : post.author;
  const auto reblog = sdk::find(status, "reblog");
  const auto shown = reblog && reblog->is_object() ? *reblog : status;
  if (reblog && reblog->is_object()) {
    post.is_repost = true;
    post.copy_of = text_at(*reblog, "id");
  }
  for (const auto* path : {"/quote/quoted_status/id", "/quote/id"}) {
    if (auto quoted = text_at(status, path); !quoted.empty() && post.copy_of.empty()) {
      post.copy_of = std::move(quoted);
    }
  }
  const auto content = sdk::read_text(sdk::find(shown, "content"));
  if (content.found == sdk::Found::wrong) {
    return Refusal{"wrong_type", "content must be a text"};
  }
  post.text = text_of_html(content.value);
  const auto created =
      sdk::read_time(text_at(status, "created_at"), sdk::TimeFormat::text, sdk::Zone{});
  if (!created) {
    return Refusal{"bad_time", "created_at must be a time"};
  }
  post.claimed_us = created->us;
  post.is_reply = !sdk::is_nothing(sdk::find(status, "in_reply_to_id"));
  if (auto language = text_at(shown, "language"); !language.empty()) {
    post.langs.push_back(std::move(language));
  }
  read_tags(shown, post);
  return post;
}

Reading read_delete(std::string_view id) {
  id = sdk::trimmed(id);
  if (id.empty() || id.size() > 64 ||
      id.find_first_not_of("0123456789") != std::string_view::npos) {
    return Refusal{"no_id", "a deletion must hold an id, holds: " + std::string(id.substr(0, 80))};
  }
  Post post;
  post.platform = "mastodon";
  post.id = std::string(id);
  post.change = Change::deleted;
  return post;
}

}  // namespace fusiond::social
