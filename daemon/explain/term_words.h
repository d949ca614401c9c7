// The score of a report against others in words: every term, the need, the limit that was missed.
#pragma once

#include <string>
#include <vector>

#include "daemon/explain/page.h"
#include "daemon/fusion/association_config.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

// What a score is about.
struct Told {
  const ScoreTerms& terms;
  const Member* report = nullptr;  // the later one; null when the record does not hold it
  std::string others;              // "the earlier reports of the group", "report 2"
  bool is_one = false;             // others is a single report
  const fusion::AssociationConfig* config = nullptr;  // of the record's version; null: not known
  std::int64_t margin_mn = 0;                         // beyond theta, that this kind of link needs
  const Member* first = nullptr;  // what the others began with; null when it is not known
};

// One fact per term that says something, in the order of the table in term_words.cc: a new term is
// one row there.
std::vector<Fact> term_facts(const Told& told);
// The sum beside the need, and what raised the need.
std::vector<Fact> need_facts(const Told& told);
// Which limit a candidate missed and by how much, as the end of a sentence: "its first report was
// more than 15 min earlier".
std::string missed_words(const Candidate& candidate, const fusion::AssociationConfig* config);

}  // namespace fusiond::explain
