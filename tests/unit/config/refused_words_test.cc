#include "daemon/config/refused_words.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/config/folded_text.h"
#include "daemon/config/load_rule.h"

using namespace fusiond;
using namespace fusiond::config;

namespace {

std::vector<std::string> lines_of(const char* path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with("//")) {
      lines.push_back(line);
    }
  }
  return lines;
}

// The terms, and how people disguise them.
std::vector<std::string> disguised(const std::vector<std::string>& terms) {
  std::vector<std::string> all;
  for (const std::string& term : terms) {
    all.push_back(term);
    const bool latin = std::all_of(term.begin(), term.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || c == ' '; });
    if (!latin || term.size() < 5) {
      continue;
    }
    std::string upper = term;
    std::string leet = term;
    std::string look;
    for (std::size_t i = 0; i < term.size(); ++i) {
      upper[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(term[i])));
      leet[i] = term[i] == 'a' ? '4' : term[i] == 'e' ? '3' : term[i] == 'o' ? '0' : term[i];
      look += term[i] == 'a' ? "\u0430" : term[i] == 'o' ? "\u043E" : std::string(1, term[i]);
    }
    std::string tag = "#" + term;
    tag.erase(std::remove(tag.begin(), tag.end(), ' '), tag.end());
    all.insert(all.end(), {upper, leet, look, tag});
  }
  return all;
}

}  // namespace

TEST_CASE("protected terms are refused, however they are written", "[config][rules]") {
  const auto terms = disguised(lines_of("tests/unit/config/protected_terms.txt"));
  CHECK(terms.size() >= 500);
  std::string passed;
  std::size_t refused = 0;
  for (const std::string& term : terms) {
    if (refused_term(term).empty()) {
      passed += term + "\n";
    } else {
      ++refused;
    }
  }
  INFO("let through:\n" << passed);
  WARN(refused << " of " << terms.size() << " protected terms refused");
  CHECK(refused * 100 >= terms.size() * 99);
}

TEST_CASE("ordinary words about threats are not refused", "[config][rules]") {
  const auto terms = lines_of("tests/unit/config/ordinary_terms.txt");
  CHECK(terms.size() >= 300);
  std::string stopped;
  std::size_t refused = 0;
  for (const std::string& term : terms) {
    if (const std::string why = refused_term(term); !why.empty()) {
      stopped += why + "\n";
      ++refused;
    }
  }
  INFO("refused:\n" << stopped);
  WARN(refused << " of " << terms.size() << " ordinary terms refused");
  CHECK(refused * 100 <= terms.size() * 2);
}

TEST_CASE("what is refused always has a code of its own each", "[config][rules]") {
  std::set<std::string_view> codes;
  for (const RefusedThing& thing : refused_things()) {
    codes.insert(thing.code);
    for (const std::string_view pattern : thing.patterns) {
      std::string term(pattern);
      std::erase(term, '*');
      INFO(thing.code << ": " << term);
      CHECK(refused_term(term).find("is refused always") != std::string::npos);
    }
  }
  CHECK(codes.size() == refused_things().size());
  CHECK(codes.size() >= 25);
}

TEST_CASE("one person's number or account is refused as a term", "[config][rules]") {
  for (const char* term :
       {"@somebody", "somebody@example.org", "555-010-0199", "+1 312 555 0199"}) {
    INFO(term);
    CHECK(refused_term(term).find("A-04") != std::string::npos);
  }
}

TEST_CASE("letters are made plain", "[config][rules]") {
  CHECK(holds(fold("Müslim"), "muslim*"));
  CHECK(holds(fold("m.u.s.l.i.m"), "muslim*"));
  CHECK(holds(fold("mus\u200Blim"), "muslim*"));
  CHECK(holds(fold("ｍｕｓｌｉｍ"), "muslim*"));
  CHECK(holds(fold("#BlackLivesMatter"), "black lives*"));
  CHECK(holds(fold("#blacklivesmatter"), "black lives*"));
  CHECK(holds(fold("мечеть"), "мечеть"));
  CHECK(!holds(fold("gunshots"), "shots"));
  CHECK(holds(fold("union"), "=union"));
  CHECK(!holds(fold("union station"), "=union"));
}
