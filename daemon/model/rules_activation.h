// Somebody puts a bundle of rules into force (design/0015), as proto/fusiond/v1/rules.proto has it.
// Made by wire/rules_wire.cc; a value, valid once built.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"

namespace fusiond {

using ActivationId = StrongId<struct ActivationIdTag>;  // a UUID

// The files of a folder of rules, by name without the folder.
using RuleFiles = std::map<std::string, std::string>;

struct RulesActivation {
  ActivationId id;
  std::string version;  // of the bundle, as incidents name it
  std::string digest;   // of the files, 64 letters
  std::string author;
  std::string reason;
  WallTime said;
  RuleFiles files;
  friend bool operator==(const RulesActivation&, const RulesActivation&) = default;
};

// Of two activations the one said later holds, in whatever order they come.
inline bool holds_over(const RulesActivation& a, const RulesActivation& b) {
  return std::tie(a.said, a.id) > std::tie(b.said, b.id);
}

// What became of an activation in one partition.
struct RulesOutcome {
  RulesActivation activation;  // without files unless the partition is 0
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  bool taken = false;
  std::string refused;         // why it was not taken
  std::string version_before;  // what held until then; empty = no rules
  std::uint64_t told = 0;      // revisions of incidents that it made
  friend bool operator==(const RulesOutcome&, const RulesOutcome&) = default;
};

}  // namespace fusiond
