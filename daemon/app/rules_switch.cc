#include "daemon/app/rules_switch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "daemon/base/json_text.h"
#include "daemon/base/mutex.h"
#include "daemon/wire/rules_wire.h"

namespace fusiond::app {
namespace {

using std::chrono_literals::operator""ms;

constexpr std::chrono::seconds kPatience{30};  // until the log has it
constexpr std::chrono::milliseconds kLook{100};

std::string place_of(const RulesOutcome& outcome) {
  return std::to_string(outcome.partition) + "@" + std::to_string(outcome.offset);
}

// Of each activation what the partitions said, in the order of their first words.
std::vector<std::vector<const RulesOutcome*>> by_activation(
    const std::vector<RulesOutcome>& outcomes) {
  std::vector<std::vector<const RulesOutcome*>> groups;
  std::map<ActivationId, std::size_t> known;
  for (const RulesOutcome& outcome : outcomes) {
    const auto [at, is_new] = known.emplace(outcome.activation.id, groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    groups[at->second].push_back(&outcome);
  }
  return groups;
}

}  // namespace

Result<RulesActivation> make_activation(RuleFiles files, std::string version, std::string author,
                                        std::string reason, WallTime now) {
  RulesActivation activation;
  activation.version = std::move(version);
  activation.digest = wire::digest_of_files(files);
  activation.author = std::move(author);
  activation.reason = std::move(reason);
  activation.said = now;
  activation.files = std::move(files);
  activation.id = wire::activation_id_of(activation);
  return wire::decode_rules(wire::encode_rules(activation));
}

Result<std::vector<ports::Appended>> put_into_log(ports::Bus& bus, const std::string& events_topic,
                                                  const RulesActivation& activation) {
  struct Answers {
    Mutex mutex;
    std::vector<ports::Appended> places GUARDED_BY(mutex);
    std::optional<Error> fault GUARDED_BY(mutex);
  };
  const auto partitions = bus.partitions(events_topic);
  if (!partitions) {
    return fail(partitions.error().within(events_topic));
  }
  const auto answers = std::make_shared<Answers>();  // the bus may answer after we gave up
  for (std::uint32_t partition = 0; partition < *partitions; ++partition) {
    const auto queued = bus.append(wire::rules_record(events_topic, partition, activation),
                                   [answers](const Result<ports::Appended>& result) {
                                     const MutexLock lock(answers->mutex);
                                     if (result) {
                                       answers->places.push_back(*result);
                                     } else {
                                       answers->fault = result.error();
                                     }
                                   });
    if (!queued) {
      return fail(queued.error().within("partition " + std::to_string(partition)));
    }
  }
  if (const auto flushed = bus.flush(kPatience); !flushed) {
    return fail(flushed.error());
  }
  const MutexLock lock(answers->mutex);
  if (answers->fault) {
    return fail(*answers->fault);
  }
  if (answers->places.size() != *partitions) {
    return fail(Fault::unavailable, "the log did not answer for every partition");
  }
  std::sort(answers->places.begin(), answers->places.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  return answers->places;
}

Result<std::vector<RulesOutcome>> rule_outcomes(ports::Bus& bus, const std::string& rules_topic) {
  const auto extent = bus.extent(rules_topic, 0);
  if (!extent) {
    return fail(extent.error().within(rules_topic));
  }
  std::vector<RulesOutcome> outcomes;
  if (extent->begin == extent->end) {
    return outcomes;
  }
  auto reader = bus.open_reader(rules_topic, {{0, ports::StartAt::From::begin, 0}});
  if (!reader) {
    return fail(reader.error());
  }
  std::vector<ports::BusRecord> records;
  for (std::uint64_t next = extent->begin; next < extent->end;) {
    records.clear();
    if (const auto got = (*reader)->read(records, 100, 200ms); !got) {
      return fail(got.error());
    }
    for (const ports::BusRecord& record : records) {
      next = record.offset + 1;
      auto outcome = wire::decode_rules_outcome(record.value.value_or(""));
      if (!outcome) {
        return fail(Fault::corrupt, rules_topic + "/0@" + std::to_string(record.offset) + ": " +
                                        outcome.error().message);
      }
      outcomes.push_back(std::move(*outcome));
    }
  }
  return outcomes;
}

Result<std::vector<RulesOutcome>> await_outcomes(ports::Bus& bus, const Clock& clock,
                                                 const std::string& rules_topic,
                                                 const ActivationId& id, std::size_t partitions,
                                                 std::chrono::seconds patience) {
  const MonoTime until = clock.mono() + patience;
  while (true) {
    auto all = rule_outcomes(bus, rules_topic);
    if (!all) {
      return all;
    }
    std::map<std::uint32_t, RulesOutcome> said;
    for (RulesOutcome& outcome : *all) {
      if (outcome.activation.id == id) {
        said.insert_or_assign(outcome.partition, std::move(outcome));
      }
    }
    if (said.size() >= partitions || clock.mono() >= until) {
      std::vector<RulesOutcome> list;
      for (auto& [partition, outcome] : said) {
        list.push_back(std::move(outcome));
      }
      return list;
    }
    clock.pause(kLook);
  }
}

std::vector<RulesOutcome> taken_in_order(const std::vector<RulesOutcome>& outcomes) {
  std::vector<RulesOutcome> taken;
  std::set<ActivationId> known;
  for (const RulesOutcome& outcome : outcomes) {
    if (outcome.taken && outcome.partition == 0 && known.insert(outcome.activation.id).second) {
      taken.push_back(outcome);
    }
  }
  return taken;
}

Result<RulesOutcome> to_roll_back_to(const std::vector<RulesOutcome>& outcomes,
                                     const std::string& version) {
  const auto taken = taken_in_order(outcomes);
  if (taken.empty()) {
    return fail(Fault::bad_input, "no rules were ever put into force");
  }
  const RulesActivation& holds = taken.back().activation;
  for (auto one = taken.rbegin(); one != taken.rend(); ++one) {
    const bool wanted = version.empty() ? one->activation.digest != holds.digest
                                        : one->activation.version == version;
    if (wanted) {
      return *one;
    }
  }
  return fail(Fault::bad_input, version.empty()
                                    ? "no other rules were in force before " + holds.version
                                    : "no rules of this version were in force: " + version);
}

std::string history_text(const std::vector<RulesOutcome>& outcomes) {
  const auto taken = taken_in_order(outcomes);
  const std::string holds = taken.empty() ? "" : taken.back().activation.id.str();
  std::string text;
  for (const auto& group : by_activation(outcomes)) {
    const RulesActivation& one = group.front()->activation;
    text += to_rfc3339(micros_of(one.said)) + "  " + one.version + "  by " + one.author +
            "  because: " + one.reason + (one.id.str() == holds ? "  (in force)" : "") + "\n";
    for (const RulesOutcome* outcome : group) {
      text += outcome->taken
                  ? "    from " + place_of(*outcome) + " on, instead of " +
                        (outcome->version_before.empty() ? "no rules" : outcome->version_before) +
                        "; told anew: " + std::to_string(outcome->told) + "\n"
                  : "    refused at " + place_of(*outcome) + ": " + outcome->refused + "\n";
    }
  }
  return text.empty() ? "no rules were ever put into force\n" : text;
}

std::string history_json(const std::vector<RulesOutcome>& outcomes) {
  std::string text = "[";
  for (const RulesOutcome& outcome : outcomes) {
    const RulesActivation& one = outcome.activation;
    text += text.size() == 1 ? "" : ",";
    text += "{\"activation_id\":" + json_string(one.id.str()) +
            ",\"version\":" + json_string(one.version) + ",\"digest\":" + json_string(one.digest) +
            ",\"author\":" + json_string(one.author) + ",\"reason\":" + json_string(one.reason) +
            ",\"said\":" + json_string(to_rfc3339(micros_of(one.said))) +
            ",\"partition\":" + std::to_string(outcome.partition) +
            ",\"offset\":" + std::to_string(outcome.offset) +
            ",\"taken\":" + (outcome.taken ? "true" : "false") +
            ",\"refused\":" + json_string(outcome.refused) +
            ",\"version_before\":" + json_string(outcome.version_before) +
            ",\"told\":" + std::to_string(outcome.told) + "}";
  }
  return text + "]";
}

}  // namespace fusiond::app
