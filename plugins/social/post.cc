#include "plugins/social/post.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "plugins/sdk/build_event.h"
#include "plugins/sdk/keyed_hash.h"

namespace fusiond::social {
namespace {

using Hit = PhraseTable::Hit;

double distance_m(const Place& a, const Place& b) {
  constexpr double kMetersPerDegree = 111'195.0;
  const double north = (a.lat - b.lat) * kMetersPerDegree;
  const double east = std::remainder(a.lon - b.lon, 360.0) * kMetersPerDegree *
                      std::cos((a.lat + b.lat) / 2 * std::numbers::pi / 180);
  return std::hypot(north, east);
}

std::size_t letters_of(const Hit& hit, const std::vector<Word>& words) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < hit.words; ++i) {
    sum += words[hit.first_word + i].folded.size();
  }
  return sum;
}

// What the words of a post say.
struct Reading {
  std::vector<Word> words;
  std::vector<Hit> events;
  std::vector<Hit> places;
  bool negative = false;
};

Reading read(const Options& options, const std::string& text) {
  Reading out;
  out.words = words_of(text);
  out.events = options.event_words.find(out.words);
  out.places = options.place_names.find(out.words);
  out.negative = (options.skip_questions && text.find('?') != std::string::npos) ||
                 !options.negative_words.find(out.words).empty();
  return out;
}

std::string_view why_not(const Options& options, const Post& post, const Reading& reading) {
  const auto listed = [&](const std::string& lang) {
    return std::ranges::find(options.langs, lang) != options.langs.end();
  };
  if (!options.langs.empty() && std::ranges::none_of(post.langs, listed)) {
    return "other_language";
  }
  if (options.require_event_word && reading.events.empty()) {
    return "no_event_word";
  }
  if (options.require_place && reading.places.empty()) {
    return "no_place_word";
  }
  return reading.negative ? "negative_words" : "";
}

v1::Event begin(const Options& options, const Post& post) {
  v1::Event event;
  event.set_type("gov.rtcc.social.post.v1");
  event.set_source_kind(v1::SOURCE_KIND_SOCIAL);
  event.set_status(v1::STATUS_ACTUAL);
  event.set_source_event_id(post.id);
  event.set_revision(post.revision);
  auto& social = *event.mutable_social_post();
  social.set_platform(post.platform);
  if (!post.author.empty()) {
    social.set_author_hash(sdk::keyed_hash(options.author_key, post.author));
    event.set_provenance("author:" + social.author_hash());
  }
  if (!post.copy_of.empty()) {
    sdk::add_reference(event, post.copy_of, v1::RELATION_COPY_OF);
  }
  social.set_is_reply(post.is_reply);
  social.set_is_repost(post.is_repost);
  social.set_edited(post.change == Change::edited);
  return event;
}

// The claimed time counts while the platform saw the post soon after; older or later claims are the
// client's fancy.
void set_times(const Options& options, const Post& post, v1::Event& event) {
  auto& times = *event.mutable_times();
  if (post.claimed_us) {
    sdk::set_timestamp(*event.mutable_social_post()->mutable_claimed_time(), *post.claimed_us);
  }
  if (post.witnessed_us) {
    sdk::set_timestamp(*event.mutable_social_post()->mutable_witnessed_time(), *post.witnessed_us);
    sdk::set_timestamp(*times.mutable_published(), *post.witnessed_us);
  }
  const bool plausible =
      post.claimed_us &&
      (!post.witnessed_us || (*post.claimed_us <= *post.witnessed_us &&
                              *post.witnessed_us - *post.claimed_us <= options.claimed_within_us));
  if (plausible) {
    sdk::set_timestamp(*times.mutable_occurred(), *post.claimed_us);
    times.set_quality(v1::TIME_QUALITY_CLIENT_CLAIMED);
  } else if (post.witnessed_us) {
    sdk::set_timestamp(*times.mutable_occurred(), *post.witnessed_us);
    times.set_quality(v1::TIME_QUALITY_EXACT);
    if (post.claimed_us) {
      sdk::add_flag(event, "claimed_time_ignored");
    }
  } else {
    times.set_quality(v1::TIME_QUALITY_UNKNOWN);
  }
}

v1::Event retraction(const Options& options, const Post& post) {
  auto event = begin(options, post);
  set_times(options, post, event);
  event.set_lifecycle(v1::LIFECYCLE_RETRACT);
  event.mutable_social_post()->set_deleted(post.change == Change::deleted);
  return event;
}

void set_kinds(const Options& options, const Reading& reading, v1::Event& event) {
  auto hits = reading.events;
  std::ranges::sort(hits, [&](const Hit& a, const Hit& b) {
    const auto letters = letters_of(a, reading.words) <=> letters_of(b, reading.words);
    return letters != 0 ? letters > 0 : a.first_word < b.first_word;
  });
  std::string headline;
  std::vector<std::size_t> seen;
  for (const auto& hit : hits) {
    if (std::ranges::find(seen, hit.value) != seen.end()) {
      continue;
    }
    seen.push_back(hit.value);
    std::string phrase;
    for (std::size_t i = 0; i < hit.words; ++i) {
      phrase += (phrase.empty() ? "" : " ") + reading.words[hit.first_word + i].folded;
    }
    sdk::add_kind_code(event, "social", options.codes[hit.value], phrase);
    headline += (headline.empty() ? "" : ", ") + phrase;
  }
  if (!headline.empty()) {
    event.add_text()->set_headline(headline);
  }
}

void set_location(v1::Location& location, const Place& place) {
  location.mutable_point()->set_lat(place.lat);
  location.mutable_point()->set_lon(place.lon);
  location.set_radius_m(place.radius_m);
  location.set_method(v1::LOCATION_METHOD_TEXT);
}

// The longest name wins, unless another name lies far from it: then nobody knows, and no place is
// better than a wrong one.
void set_place(const Options& options, const Reading& reading, v1::Event& event) {
  if (reading.places.empty()) {
    return;
  }
  const Hit* best = &reading.places.front();
  for (const auto& hit : reading.places) {
    best = letters_of(hit, reading.words) > letters_of(*best, reading.words) ? &hit : best;
    const auto& place = options.places[hit.value];
    auto& mention = *event.mutable_social_post()->add_place_mentions();
    mention.set_text(place.name);
    if (options.keep_text) {
      mention.set_byte_begin(static_cast<std::uint32_t>(reading.words[hit.first_word].begin));
      mention.set_byte_end(
          static_cast<std::uint32_t>(reading.words[hit.first_word + hit.words - 1].end));
    }
    set_location(*mention.mutable_location(), place);
    mention.set_score(1.0);
  }
  const auto& place = options.places[best->value];
  const bool contradicted = std::ranges::any_of(reading.places, [&](const Hit& hit) {
    const auto& other = options.places[hit.value];
    return distance_m(place, other) > options.spread_m + place.radius_m + other.radius_m;
  });
  if (contradicted) {
    sdk::add_flag(event, "several_places");
    return;
  }
  set_location(*event.mutable_location(), place);
  event.mutable_location()->set_role(v1::LOCATION_ROLE_CURRENT);
  event.mutable_location()->set_address_text(place.name);
}

void keep_text(const Post& post, v1::Event& event) {
  auto& social = *event.mutable_social_post();
  social.set_text(post.text);
  social.set_post_uri(post.uri);
  for (const auto& tag : post.tags) {
    social.add_tags(tag);
  }
  for (const auto& link : post.links) {
    social.add_links(link);
  }
  event.mutable_handling()->set_contains_personal_data(true);
}

}  // namespace

Outcome judge(const Options& options, const Post& post) {
  if (post.change == Change::deleted) {
    return retraction(options, post);
  }
  if (post.is_repost && !options.keep_reposts) {
    return Skip{"repost"};
  }
  const auto reading = read(options, post.text);
  const bool bare_repost = post.is_repost && post.text.empty();  // its root says what it says
  if (const auto reason = bare_repost ? std::string_view{} : why_not(options, post, reading);
      !reason.empty()) {
    if (post.change == Change::edited) {
      return retraction(options, post);
    }
    return Skip{reason};
  }
  auto event = begin(options, post);
  set_times(options, post, event);
  event.set_lifecycle(post.change == Change::edited ? v1::LIFECYCLE_UPDATE : v1::LIFECYCLE_NEW);
  for (const auto& lang : post.langs) {
    event.mutable_social_post()->add_langs(lang);
  }
  set_kinds(options, reading, event);
  set_place(options, reading, event);
  if (options.keep_text) {
    keep_text(post, event);
  }
  return event;
}

}  // namespace fusiond::social
