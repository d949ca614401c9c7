#include "daemon/rules/words.h"

#include <catch2/catch.hpp>

using fusiond::rules::WordSet;

TEST_CASE("words are found whole, in any case, with what stands around them", "[rules]") {
  const WordSet words({"gun", "shots fired", "a+b"});
  CHECK(words.in("gun"));
  CHECK(words.in("He has a GUN!"));
  CHECK(words.in("Shots fired at 5th"));
  CHECK(words.in("it says (a+b)"));
  CHECK_FALSE(words.in("gunny sack"));
  CHECK_FALSE(words.in("begun"));
  CHECK_FALSE(words.in("shots were fired"));
  CHECK_FALSE(words.in(""));
}

TEST_CASE("letters of other languages bound words too", "[rules]") {
  const WordSet words({"disparos", "выстрелы"});
  CHECK(words.in("¡Disparos en la calle!"));
  CHECK(words.in("Слышны выстрелы"));
  CHECK_FALSE(words.in("выстрелыы"));
}

TEST_CASE("an empty list finds nothing", "[rules]") {
  CHECK_FALSE(WordSet({}).in("anything"));
}
