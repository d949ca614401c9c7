// What an explanation is made of: sections of facts, a sentence each, the numbers after it. Plain
// values; text for people and JSON for programs are two ways to write one page.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fusiond::explain {

// Names end with their unit: "total_mn" milli-nats, "distance_m", "gap_us", "chance_permille";
// others are plain counts.
using Values = std::vector<std::pair<std::string, std::int64_t>>;
using Ids = std::vector<std::pair<std::string, std::string>>;  // "event_id" → …

struct Fact {
  std::string about;  // a bounded set of words: "place", "need", "runner_up", …
  std::string words;  // one sentence
  Values values{};
  friend bool operator==(const Fact&, const Fact&) = default;
};

struct Section {
  std::string kind;  // "incident", "report", "link", "revision", …
  std::string title;
  Ids ids{};
  std::vector<Fact> facts{};
};

struct Page {
  std::vector<Section> sections;
};

// One title a section, one line a fact: the words, then the numbers in brackets.
std::string text_of(const Page& page);
// {"sections":[{"kind","title",<ids>,"facts":[{"about","words",<values>}]}]}, one line.
std::string json_of(const Page& page);

}  // namespace fusiond::explain
