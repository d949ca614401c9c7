// Which public posts become events, and what of them.
#include "plugins/social/parse.h"

#include <string>

#include <catch2/catch.hpp>

#include "plugins/sdk/collected.h"
#include "plugins/social/words.h"

namespace fusiond::social {
namespace {

constexpr std::string_view kQuay =
    R"({"author_key":"0123456789abcdef","gazetteer":[{"names":["Riverside Park","Río Park"],"lat":44.12,"lon":-38.51,"radius_m":200},
    {"names":["Park"],"lat":44.1201,"lon":-38.5101,"radius_m":100},{"names":["Hilltop"],"lat":44.3,"lon":-38.9,"radius_m":200}]})";

sdk::Collected parsed(std::string_view body, std::string_view settings = kQuay) {
  const auto options = read_options(settings);
  INFO((options ? std::string() : options.error()));
  REQUIRE(options.has_value());
  Session session;
  sdk::Collected out;
  parse(*options, session, {body, "", 0}, out);
  return out;
}

std::string post(std::string_view text, std::string_view more = "",
                 std::string_view operation = "create") {
  return R"({"did":"did:plc:abc","time_us":1935784690123456,"kind":"commit","commit":{"rev":"r","operation":")" +
         std::string(operation) +
         R"(","collection":"app.bsky.feed.post","rkey":"k1","record":{"createdAt":"2031-05-05T21:58:09.000Z","langs":["en"],"text":")" +
         std::string(text) + "\"" + std::string(more) + "}}}";
}

v1::Event only(std::string_view body, std::string_view settings = kQuay) {
  const auto out = parsed(body, settings);
  REQUIRE(out.events.size() == 1);
  return out.events.front().event;
}

std::string reason(std::string_view body) {
  const auto out = parsed(body);
  return out.rejects.empty() ? out.skips.empty() ? "event" : "skip " + out.skips[0]
                             : out.rejects[0].reason;
}

std::string folded(std::string_view text) {
  std::string out;
  for (const auto& word : words_of(text)) {
    out += word.folded + "|";
  }
  return out;
}

TEST_CASE("words are compared without case, diacritics and punctuation", "[social][words]") {
  CHECK(folded("Été, Şişli! ÆON straße Łódź I'm #Tag3") == "ete|sisli|aeon|strasse|lodz|i|m|tag3|");
  CHECK(folded("İstanbul ILGAZ ığdır") == "istanbul|ilgaz|igdir|");
  CHECK(folded("e\xCC\x81t\xC3\xA9") == "ete|");  // composed and decomposed
  CHECK(folded("МОСКВА — ΑΘΗΝΑ 🔥") == "москва|αθηνα|");
  CHECK(folded("\xC3").size() > 0);  // a cut sequence does no harm
}

TEST_CASE("a markup's text is what a reader sees", "[social][words]") {
  CHECK(text_of_html("<p>a &amp; b&#39;s<br/>c &#x1F525; &lt;d&gt;</p><p>e</p>") ==
        "a & b's c 🔥 <d>  e");
  CHECK(text_of_html("&bogus; &#xD800; &#99999999; <unclosed") == "&bogus; &#xD800; &#99999999;");
}

TEST_CASE("a post that names a place and an event becomes one, without author and text",
          "[social]") {
  const auto event = only(post("Heard like 6 GUNSHOTS near riverside park, everyone inside"));
  CHECK(event.kind_codes(0).scheme() == "social");
  CHECK(event.kind_codes(0).code() == "shots");
  CHECK(event.text(0).headline() == "gunshots");
  CHECK(event.location().method() == v1::LOCATION_METHOD_TEXT);
  CHECK(event.location().radius_m() == 200);
  CHECK(event.location().address_text() == "Riverside Park");
  CHECK(event.times().occurred().seconds() == 1935784689);
  CHECK(event.times().quality() == v1::TIME_QUALITY_CLIENT_CLAIMED);
  CHECK(event.social_post().author_hash().size() == 32);
  CHECK(event.provenance() == "author:" + event.social_post().author_hash());
  CHECK(event.SerializeAsString().find("did:plc") == std::string::npos);
  CHECK(event.SerializeAsString().find("everyone") == std::string::npos);
  CHECK(parsed(post("gunshots Riverside Park")).events[0].original.empty());
}

TEST_CASE("the text is kept only as configured", "[social]") {
  auto settings = std::string(kQuay);
  settings.insert(1, R"("keep_text":true,)");
  const auto event = only(post("fire at Rio Park"), settings);
  CHECK(event.social_post().text() == "fire at Rio Park");
  CHECK(event.social_post().place_mentions(0).byte_begin() == 8);
  CHECK(event.social_post().place_mentions(0).byte_end() == 16);
  CHECK(event.handling().contains_personal_data());
}

TEST_CASE("posts without place, event or earnest are skipped by their reason", "[social]") {
  CHECK(reason(post("lovely day at Riverside Park")) == "skip no_event_word");
  CHECK(reason(post("gunshots somewhere")) == "skip no_place_word");
  CHECK(reason(post("was that fireworks at Riverside Park?")) == "skip negative_words");
  CHECK(reason(post("Shooting a film at Riverside Park")) == "skip negative_words");
  CHECK(reason(post("the shooting at Riverside Park last year")) == "skip negative_words");
  CHECK(reason(post("fire drill at Riverside Park")) == "skip negative_words");
  CHECK(reason(post("gunshotsville Riverside Parkway")) == "skip no_event_word");
}

TEST_CASE("the longest place wins, and far places that contradict leave none", "[social][place]") {
  const auto near = only(post("fire in the park, Riverside Park"));
  CHECK(near.location().address_text() == "Riverside Park");
  const auto far = only(post("fire at Hilltop, not far from Riverside Park"));
  CHECK_FALSE(far.has_location());
  CHECK(far.flags(0) == "several_places");
  CHECK(far.social_post().place_mentions_size() == 2);
}

TEST_CASE("a quote is a copy of what it quotes", "[social]") {
  const auto event =
      only(post("fire at Riverside Park",
                R"(,"embed":{"record":{"uri":"at://did:plc:abc/app.bsky.feed.post/root1"}})"));
  CHECK(event.references(0).relation() == v1::RELATION_COPY_OF);
  const auto id = event.source_event_id();
  CHECK(event.references(0).source_event_id() ==
        id.substr(0, 33) + "root1");  // the same author's hash
}

TEST_CASE("a deletion, or an edit that takes the report away, retracts", "[social]") {
  const auto gone = only(post("", "", "delete"));
  CHECK(gone.lifecycle() == v1::LIFECYCLE_RETRACT);
  CHECK(gone.source_event_id() == only(post("fire Riverside Park")).source_event_id());
  CHECK(only(post("nothing to see", "", "update")).lifecycle() == v1::LIFECYCLE_RETRACT);
  CHECK(only(post("fire Riverside Park", "", "update")).lifecycle() == v1::LIFECYCLE_UPDATE);
}

TEST_CASE("a claimed time far from the witnessed one does not count", "[social][time]") {
  const auto event = only(
      R"({"did":"d","time_us":1935784690123456,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"k",
      "record":{"createdAt":"2020-01-01T00:00:00Z","text":"fire Riverside Park"}}})");
  CHECK(event.times().occurred().seconds() == 1935784690);
  CHECK(event.flags(0) == "claimed_time_ignored");
}

TEST_CASE("a stream's events, comments and deletions are told apart", "[social][mastodon]") {
  const auto out = parsed(
      ":thump\n\nevent: update\ndata: "
      "{\"id\":\"7\",\"created_at\":\"2031-05-05T22:03:00.000Z\",\"content\":\"<p>fire at "
      "Riverside Park</p>\",\"account\":{\"acct\":\"wren\"}}\n\n"
      "event: delete\ndata: 7\n\nevent: delete\ndata: 12345");
  REQUIRE(out.events.size() == 2);
  CHECK(out.events[0].event.source_event_id() == "7");
  CHECK(out.events[0].event.SerializeAsString().find("wren") == std::string::npos);
  CHECK(out.events[1].event.lifecycle() == v1::LIFECYCLE_RETRACT);
  CHECK(out.events[1].event.source_event_id() == "7");
  CHECK(out.skips == std::vector<std::string>{"heartbeat"});
  REQUIRE(out.rejects.size() == 1);
  CHECK(out.rejects[0].reason == "truncated");  // the id may go on
}

TEST_CASE("account messages are skipped, broken ones refused", "[social][bad]") {
  CHECK(reason(R"({"did":"d","kind":"identity"})") == "skip identity");
  CHECK(reason(R"({"did":"d","kind":"commit","commit":{"collection":"app.bsky.feed.like"}})") ==
        "skip other_collection");
  CHECK(reason(R"({"did":"d","kind":"commit","commit":[]})") == "unknown_message");
  CHECK(
      reason(
          R"({"did":"d","kind":"commit","time_us":1,"commit":{"collection":"app.bsky.feed.post","rkey":"k","operation":"create","record":7}})") ==
      "wrong_type");
  CHECK(reason(R"({"did":"d","kind":"commit","time_us":1e999})") == "bad_number");
  CHECK(reason("[[]]") == "wrong_type");
  CHECK(reason("\xff\xfe") == "not_json");
  CHECK(reason("") == "skip empty_delivery");
}

TEST_CASE("wrong settings are named all at once", "[social][settings]") {
  const auto options = read_options(
      R"({"author_key":"short","gazetteer":[{"names":["a"],"lat":91,"lon":0},{"names":["!"],"lon":0}],"skip_question":true})");
  REQUIRE_FALSE(options.has_value());
  CHECK(options.error() ==
        "/author_key: must have at least 16 characters\n"
        "/gazetteer/0/lat: must be from -90.000000 to 90.000000, is 91.000000\n"
        "/gazetteer/1/lat: is required\n"
        "/gazetteer/1/names: holds no word: !\n"
        "/skip_question: unknown key; did you mean skip_questions?");
  CHECK(read_options(R"({"author_key":"0123456789abcdef"})").error() ==
        "/gazetteer: is required while require_place is true: without it every post is skipped");
}

}  // namespace
}  // namespace fusiond::social
