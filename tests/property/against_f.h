// A delivery held against F: what the property tests share. When engine and F differ, the delivery
// is cut down to the smallest one that still fails.
#pragma once

#include <string>
#include <vector>

#include "daemon/model/event_state.h"
#include "daemon/model/incident.h"
#include "tests/support/city.h"
#include "tests/support/fusion_line.h"

namespace fusiond {

std::vector<IncidentContent> reference(
    const std::vector<Event>& records, const std::vector<Word>& words,
    const std::vector<SourceClock>& clocks,
    const fusion::AssociationConfig& association = support::small_association(),
    const rules::Bundle& bundle = {});

// Which incident differs and in what, so that a failure can be read.
std::string difference(const std::vector<IncidentContent>& engine,
                       const std::vector<IncidentContent>& truth);

// The same incidents whatever the clocks have made of their states.
std::vector<IncidentContent> without_states(std::vector<IncidentContent> contents);

// When the engine is compared with F: after every message, or at the end and but for the states.
enum class Compare { always, at_end };

// The first thing that is wrong with a delivery, after which step, and how; empty when nothing is.
// Checked: engine = F, every promise of an emission (FusionLine), every member within rho and T of
// its anchor.
std::string fault_of(const std::vector<support::Step>& steps, Compare when,
                     const fusion::AssociationConfig& association = support::small_association(),
                     const rules::Bundle& bundle = {});

// Fails the test when the delivery has a fault, with the smallest delivery that has one.
void require_f(const std::vector<support::Step>& steps, Compare when,
               const fusion::AssociationConfig& association = support::small_association(),
               const rules::Bundle& bundle = {});

// A delivery in words, a line per step.
std::string words_of(const std::vector<support::Step>& steps);

// The incidents that a delivery ends in.
std::vector<IncidentContent> outcome(const std::vector<support::Step>& steps);

}  // namespace fusiond
