// What people said about which events belong together (design/0006), and what became of it.
#pragma once

#include <functional>
#include <string>

#include "daemon/explain/page.h"
#include "daemon/model/word.h"

namespace fusiond::explain {

using Called = std::function<std::string(const EventId&)>;  // what an event is called

// "Ann said that report 1 and report 3 are one matter (same car)": without the full stop.
std::string said_words(const Word& word, const Called& called);
// The same as a fact of an incident, with what became of it.
Fact word_fact(const WordNote& note, const Called& called);

}  // namespace fusiond::explain
