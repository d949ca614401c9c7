#include "plugins/social/options.h"

#include <algorithm>
#include <array>

#include "plugins/sdk/settings.h"

namespace fusiond::social {
namespace {

struct WordCode {
  std::string_view word;
  std::string_view code;
};
constexpr std::array<WordCode, 34> kEventWords = {{
    {"gunshot", "shots"},
    {"gunshots", "shots"},
    {"gun shots", "shots"},
    {"gunfire", "shots"},
    {"shots fired", "shots"},
    {"shot at", "shots"},
    {"shooting", "shots"},
    {"shooter", "shots"},
    {"heard shots", "shots"},
    {"tiroteo", "shots"},
    {"disparos", "shots"},
    {"fireworks", "fireworks"},
    {"firecrackers", "fireworks"},
    {"fire", "fire"},
    {"on fire", "fire"},
    {"flames", "fire"},
    {"smoke", "fire"},
    {"burning", "fire"},
    {"incendio", "fire"},
    {"crash", "crash"},
    {"car crash", "crash"},
    {"collision", "crash"},
    {"car accident", "crash"},
    {"pileup", "crash"},
    {"hit and run", "crash"},
    {"choque", "crash"},
    {"explosion", "explosion"},
    {"exploded", "explosion"},
    {"fight", "fight"},
    {"brawl", "fight"},
    {"stabbing", "weapon"},
    {"stabbed", "weapon"},
    {"robbery", "robbery"},
    {"sideshow", "sideshow"},
}};

const std::vector<std::string>& negative_words() {
  static const std::vector<std::string> words = {
      // pictures, plays and games
      "film", "movie", "trailer", "episode", "season", "scene", "video game", "gameplay", "game",
      "novel", "book", "song", "album", "lyrics", "photo", "photos", "photo shoot", "photoshoot",
      "portrait", "camera", "screenshot", "headshot", "headshots", "rolls of film",
      // long ago
      "yesterday", "last week", "last month", "last year", "years ago", "year ago", "months ago",
      "weeks ago", "days ago", "anniversary", "on this day", "remember when", "used to", "history",
      "historic",
      // not in earnest, not now
      "drill", "exercise", "training", "rehearsal", "simulation", "not a", "no shots", "was not",
      "wasn t", "false alarm", "espresso", "flu shot", "vaccine", "fire sale", "you re fired",
      "crash course"};
  return words;
}

void read_places(sdk::Settings& in, Options& out) {
  for (auto& place : in.objects("gazetteer")) {
    const auto names = place.texts("names");
    if (names.empty()) {
      place.fault("names", "is required");
    }
    const auto before = place.faults().text().size();
    Place made{.name = names.empty() ? "" : names.front(),
               .lat = place.number("lat", 1000, -90, 90),
               .lon = place.number("lon", 1000, -180, 180),
               .radius_m = place.number("radius_m", 250, 1, 100'000)};
    if (place.faults().text().size() == before && (made.lat > 90 || made.lon > 180)) {
      place.fault(made.lat > 90 ? "lat" : "lon", "is required");
    }
    place.finish();
    for (const auto& name : names) {
      if (words_of(name).empty()) {
        place.fault("names", "holds no word: " + name);
      }
      out.place_names.add(name, out.places.size());
    }
    out.places.push_back(std::move(made));
  }
}

void add_event_word(Options& out, std::string_view word, std::string_view code) {
  auto found = std::ranges::find(out.codes, code);
  if (found == out.codes.end()) {
    out.codes.emplace_back(code);
    found = out.codes.end() - 1;
  }
  out.event_words.add(word, static_cast<std::size_t>(found - out.codes.begin()));
}

void read_words(sdk::Settings& in, Options& out) {
  const auto table = in.table("event_words");
  for (const auto& [word, code] : table) {
    if (words_of(word).empty()) {
      in.fault("event_words/" + word, "holds no word");
    }
    add_event_word(out, word, code);
  }
  if (table.empty()) {
    for (const auto& [word, code] : kEventWords) {
      add_event_word(out, word, code);
    }
  }
  for (const auto& word : in.texts("negative_words", negative_words())) {
    out.negative_words.add(word, 0);
  }
}

void read_all(sdk::Settings& in, Options& out) {
  out.author_key = in.required_text("author_key");
  if (!out.author_key.empty() && out.author_key.size() < 16) {
    in.fault("author_key", "must have at least 16 characters");
  }
  read_places(in, out);
  read_words(in, out);
  out.skip_questions = in.flag("skip_questions", out.skip_questions);
  out.require_place = in.flag("require_place", out.require_place);
  out.require_event_word = in.flag("require_event_word", out.require_event_word);
  if (out.require_place && out.places.empty() && in.faults().empty()) {
    in.fault("gazetteer",
             "is required while require_place is true: without it every post is skipped");
  }
  out.keep_text = in.flag("keep_text", out.keep_text);
  out.keep_reposts = in.flag("keep_reposts", out.keep_reposts);
  out.langs = in.texts("langs");
  out.spread_m = in.number("spread_m", out.spread_m, 0, 1'000'000);
  out.claimed_within_us =
      static_cast<std::int64_t>(in.number("claimed_within_s", 300, 0, 86'400) * 1e6);
  out.max_part_bytes = static_cast<std::size_t>(
      in.number("max_part_bytes", static_cast<double>(out.max_part_bytes), 1024, 1U << 28U));
}

}  // namespace

std::expected<Options, std::string> read_options(std::string_view settings_json) {
  Options out;
  auto faults = sdk::read_settings(settings_json, [&](sdk::Settings& in) { read_all(in, out); });
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return out;
}

}  // namespace fusiond::social
