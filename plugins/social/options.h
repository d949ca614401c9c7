// The settings of one source of public posts. README.md lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/social/words.h"

namespace fusiond::social {

struct Place {
  std::string name;  // the first of its names
  double lat = 0;
  double lon = 0;
  double radius_m = 0;
};

struct Options {
  std::string author_key;
  std::vector<Place> places;
  PhraseTable place_names;         // value = index of places
  std::vector<std::string> codes;  // "shots", "fire", …
  PhraseTable event_words;         // value = index of codes
  PhraseTable negative_words;
  bool skip_questions = true;
  bool require_place = true;
  bool require_event_word = true;
  bool keep_text = false;
  bool keep_reposts = false;
  std::vector<std::string> langs;  // empty = all
  double spread_m = 1500;          // places nearer to each other than this do not contradict
  std::int64_t claimed_within_us = 300'000'000;
  std::size_t max_part_bytes = 1U << 20U;
};

// Errors: every fault of the settings, a line each.
[[nodiscard]] std::expected<Options, std::string> read_options(std::string_view settings_json);

}  // namespace fusiond::social
