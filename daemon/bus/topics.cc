#include "daemon/bus/topics.h"

#include <string_view>

namespace fusiond::bus {

TopicNames topic_names(const std::string& prefix) {
  return {.events = prefix + ".events.v1",
          .incidents = prefix + ".incidents.v1",
          .incident_changes = prefix + ".incident-changes.v1",
          .dead_letters = prefix + ".deadletter.v1",
          .rules = prefix + ".rules.v1",
          .audit = prefix + ".audit.v1"};
}

std::vector<ports::TopicSpec> topic_specs(const BusConfig& config) {
  const TopicNames names = topic_names(config.prefix);
  const TopicRetention& keep = config.retention;
  return {
      {.name = names.events,
       .partitions = config.partitions,
       .compacted = false,
       .retention = keep.events},
      {.name = names.incidents,
       .partitions = config.partitions,
       .compacted = true,
       .retention = {}},
      {.name = names.incident_changes,
       .partitions = config.partitions,
       .compacted = false,
       .retention = keep.incident_changes},
      {.name = names.dead_letters,
       .partitions = 1,
       .compacted = false,
       .retention = keep.dead_letters},
      {.name = names.rules, .partitions = 1, .compacted = false, .retention = {}},
      {.name = names.audit, .partitions = 1, .compacted = false, .retention = keep.audit},
  };
}

std::vector<ports::TopicSpec> topic_specs(const BusConfig& config, const TopicUse& use) {
  const TopicNames names = topic_names(config.prefix);
  auto specs = topic_specs(config);
  std::erase_if(specs, [&](const ports::TopicSpec& spec) {
    const bool used =
        (use.intake && (spec.name == names.events || spec.name == names.dead_letters)) ||
        (use.correlate && spec.name != names.audit) ||
        (use.serve && spec.name == names.incident_changes);
    return !used;
  });
  return specs;
}

Result<void> check_topic(const ports::TopicSpec& topic) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string& name = topic.name;
  if (name.empty() || name.size() > 249 || name == "." || name == ".." ||
      name.find_first_not_of(kLetters) != std::string::npos) {
    return fail(Fault::bad_config,
                "a topic's name has 1 to 249 of the letters a-z A-Z 0-9 . _ -, got: " +
                    name.substr(0, 300));
  }
  if (topic.partitions == 0) {
    return fail(Fault::bad_config, "a topic has at least one partition: " + name);
  }
  return {};
}

}  // namespace fusiond::bus
