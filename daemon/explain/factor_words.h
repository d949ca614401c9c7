// How sure an incident is, in words: every summand of its odds (design/0010).
#pragma once

#include <vector>

#include "daemon/explain/page.h"
#include "daemon/explain/people_words.h"
#include "daemon/model/incident.h"

namespace fusiond::explain {

// The chance first, then one fact per factor; none for an incident that says nothing of it.
std::vector<Fact> confidence_facts(const IncidentContent& content, const Called& called);

}  // namespace fusiond::explain
