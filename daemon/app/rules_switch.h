// Putting rules into force: an activation is a record in the log, and holds from its offset on in
// each partition (design/0015). Journey: main.cc, app/rule_keeper.cc -> here -> the log ->
// pipeline/step.cc, which says on <prefix>.rules.v1 what became of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/app/rules.h"
#include "daemon/base/clock.h"
#include "daemon/base/result.h"
#include "daemon/model/rules_activation.h"
#include "daemon/ports/bus.h"

namespace fusiond::app {

// The activation of `files` as ready rules, said now. Errors: bad_input (author or reason missing
// or too long).
Result<RulesActivation> make_activation(RuleFiles files, std::string version, std::string author,
                                        std::string reason, WallTime now);

// Writes it to every partition of the events topic and waits until the log has all of it. Errors:
// bad_input (larger than the log takes), unavailable (some partitions may have it: say it again).
Result<std::vector<ports::Appended>> put_into_log(ports::Bus& bus, const std::string& events_topic,
                                                  const RulesActivation& activation);

// What <prefix>.rules.v1 says now, in its order. Errors: unavailable, corrupt.
Result<std::vector<RulesOutcome>> rule_outcomes(ports::Bus& bus, const std::string& rules_topic);

// Waits until as many partitions have said what became of `id`; gives those that did.
Result<std::vector<RulesOutcome>> await_outcomes(ports::Bus& bus, const Clock& clock,
                                                 const std::string& rules_topic,
                                                 const ActivationId& id, std::size_t partitions,
                                                 std::chrono::seconds patience);

// Which activations were taken, by partition 0, each with its files; a repeat is left out.
std::vector<RulesOutcome> taken_in_order(const std::vector<RulesOutcome>& outcomes);

// What is to be put into force again: the newest bundle before the one that holds and other than
// it, or the newest called `version`. Errors: bad_input when there is none.
Result<RulesOutcome> to_roll_back_to(const std::vector<RulesOutcome>& outcomes,
                                     const std::string& version);

// One line for each activation, the newest last.
std::string history_text(const std::vector<RulesOutcome>& outcomes);
std::string history_json(const std::vector<RulesOutcome>& outcomes);

}  // namespace fusiond::app
