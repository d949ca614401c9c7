// v1.RulesActivation and v1.RulesOutcome bytes ↔ model: from when on which rules hold.
// Journey: app/rules_switch.cc → the log → pipeline/step.cc → here
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/uuid.h"
#include "daemon/model/rules_activation.h"
#include "daemon/ports/bus.h"

namespace fusiond::wire {

inline constexpr std::string_view kRulesType = "fusiond.rules.v1";
// Files of more bytes than this are packed (zones are large, and pack well); more than that cannot
// be unpacked.
inline constexpr std::size_t kPlainFilesBytes = 100'000;
inline constexpr std::size_t kMostFilesBytes = std::size_t{128} << 20U;

inline constexpr std::string_view kRulesOutcomeType = "fusiond.rules-outcome.v1";

// SHA-256 over names, sizes and contents of the files, 64 letters; a bundle's version ends in the
// first 8.
std::string digest_of_files(const RuleFiles& files);

// The identity of an activation, from its digest, author and time: a UUID (version 8).
ActivationId activation_id_of(const RulesActivation& activation);

// Required: a UUID, version and digest, author and reason (filled, one line, within the limits of
// words, wire/word_wire.h), said_us, at least one file, and the digest that the files have. Errors:
// bad_input that names the field.
Result<RulesActivation> decode_rules(std::string_view bytes);
std::string encode_rules(const RulesActivation& activation);

// Of an outcome the files may be missing. Errors: bad_input.
Result<RulesOutcome> decode_rules_outcome(std::string_view bytes);
std::string encode_rules_outcome(const RulesOutcome& outcome);

// The row of the rules that hold, in the journal; stands among those of events, under an id of its
// own. Errors of decode: corrupt.
inline constexpr Uuid kRulesRow{0x72756c6573000000ULL, 1};
std::string encode_rules_row(const RulesActivation& activation);
[[nodiscard]] bool is_rules_row(std::string_view bytes);
Result<RulesActivation> decode_rules_row(std::string_view bytes);

// An activation goes to every partition of the events topic.
ports::OutRecord rules_record(const std::string& topic, std::uint32_t partition,
                              const RulesActivation& activation);
ports::OutRecord rules_outcome_record(const std::string& topic, const RulesOutcome& outcome);

}  // namespace fusiond::wire
