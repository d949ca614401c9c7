// What a restart reads back from the state.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/model/event_state.h"
#include "daemon/model/rules_activation.h"
#include "daemon/model/told_incident.h"
#include "daemon/ports/state_store.h"
#include "daemon/wire/state_wire.h"

namespace fusiond::pipeline {

struct Restored {
  std::optional<wire::ShardMeta> meta;  // absent: the state is new
  std::vector<EventState> events;
  std::vector<ToldIncident> incidents;     // as last told
  std::vector<Word> words{};               // of people, the records that hold
  std::optional<RulesActivation> rules{};  // that hold; absent: none was ever put into force
};

// Errors: corrupt when a row makes no sense, bad_config when another version wrote it, unavailable.
Result<Restored> load_state(const ports::StateStore& store);

// The wall clock's seconds, so that it lies above whatever a lost folder had, or one that was put
// back from a snapshot had since; and above the stored one, whatever the clock says.
std::uint64_t next_epoch(const Restored& restored, WallTime now);

}  // namespace fusiond::pipeline
