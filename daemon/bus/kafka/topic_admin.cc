#include "daemon/bus/kafka/topic_admin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "daemon/base/log.h"
#include "daemon/bus/kafka/client_config.h"
#include "daemon/bus/positions.h"
#include "daemon/bus/topics.h"

namespace fusiond::bus {
namespace {

constexpr std::size_t kTopicOverhead =
    48'588;  // with the default limit on records this is Kafka's default limit on batches
constexpr int kPauseMs = 50;
constexpr int kLooks = 50;  // for a topic just made to get its leaders

int millis(std::chrono::milliseconds time) {
  return static_cast<int>(time.count());
}

// A closed segment is what retention and compaction work on: a tenth of the retention, between ten
// minutes and a day.
std::chrono::milliseconds segment_of(const ports::TopicSpec& spec) {
  if (spec.compacted || spec.retention.count() == 0) {
    return std::chrono::hours{24};
  }
  return std::clamp<std::chrono::milliseconds>(spec.retention / 10, std::chrono::minutes{10},
                                               std::chrono::hours{24});
}

bool is_led(const rd_kafka_metadata_topic_t& topic) {
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt <= 0) {
    return false;
  }
  return std::all_of(topic.partitions, topic.partitions + topic.partition_cnt,
                     [](const auto& p) { return p.leader >= 0; });
}

}  // namespace

Result<std::map<std::string, std::uint32_t>> TopicAdmin::topics(
    std::chrono::milliseconds wait) const {
  const rd_kafka_metadata_t* raw = nullptr;
  // All topics: a question about one by its name may make it.
  const auto code = rd_kafka_metadata(client_.get(), 1, nullptr, &raw, millis(wait));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(error_of(code, "asking the broker for its topics"));
  }
  const KafkaMetadata metadata(raw);
  std::map<std::string, std::uint32_t> found;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    if (is_led(topic)) {
      found[topic.topic] = static_cast<std::uint32_t>(topic.partition_cnt);
    }
  }
  return found;
}

Result<void> TopicAdmin::ensure(const std::vector<ports::TopicSpec>& specs) const {
  for (const auto& spec : specs) {
    if (auto good = check_topic(spec); !good) {
      return good;
    }
  }
  const auto known = topics(config_.kafka.request_timeout);
  if (!known) {
    return fail(known.error());
  }
  std::vector<ports::TopicSpec> missing;
  std::vector<ports::TopicSpec> existing;
  for (const auto& spec : specs) {
    (known->contains(spec.name) ? existing : missing).push_back(spec);
  }
  if (auto good = create(missing); !good) {
    return good;
  }
  if (auto good = await(specs); !good) {
    return good;
  }
  return check_settings(existing);
}

std::map<std::string, std::string> TopicAdmin::settings_of(const ports::TopicSpec& spec) const {
  const std::chrono::milliseconds keep = spec.retention;
  return {
      {"cleanup.policy", spec.compacted ? "compact" : "delete"},
      {"retention.ms", spec.compacted || keep.count() == 0 ? "-1" : std::to_string(keep.count())},
      {"segment.ms", std::to_string(segment_of(spec).count())},
      {"message.timestamp.type", "LogAppendTime"},
      {"max.message.bytes", std::to_string(config_.max_record_bytes + kTopicOverhead)}};
}

KafkaAdminOptions TopicAdmin::options(rd_kafka_admin_op_t operation) const {
  KafkaAdminOptions options(rd_kafka_AdminOptions_new(client_.get(), operation));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), millis(config_.kafka.request_timeout),
                                            why.data(), why.size());
  return options;
}

void TopicAdmin::pause() const {
  const KafkaQueue empty(rd_kafka_queue_new(client_.get()));
  const KafkaEvent none(rd_kafka_queue_poll(empty.get(), kPauseMs));
}

Result<KafkaEvent> TopicAdmin::answer(rd_kafka_queue_t* queue, const char* doing) const {
  KafkaEvent event(rd_kafka_queue_poll(queue, millis(config_.kafka.request_timeout * 2)));
  if (!event) {
    return fail(Fault::unavailable, std::string(doing) + ": no answer from the broker: " +
                                        config_.kafka.bootstrap_servers);
  }
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(
        error_of(code, std::string(doing) + ": " + rd_kafka_event_error_string(event.get())));
  }
  return event;
}

Result<void> TopicAdmin::create(const std::vector<ports::TopicSpec>& specs) const {
  if (specs.empty()) {
    return {};
  }
  std::vector<KafkaNewTopic> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  std::array<char, 256> why{};
  for (const auto& spec : specs) {
    topics.emplace_back(rd_kafka_NewTopic_new(spec.name.c_str(), static_cast<int>(spec.partitions),
                                              config_.kafka.replication, why.data(), why.size()));
    if (!topics.back()) {
      return fail(Fault::bad_config, "topic " + spec.name + ": " + why.data());
    }
    for (const auto& [name, value] : settings_of(spec)) {
      rd_kafka_NewTopic_set_config(topics.back().get(), name.c_str(), value.c_str());
    }
    raw.push_back(topics.back().get());
  }
  const KafkaQueue queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_CreateTopics(client_.get(), raw.data(), raw.size(),
                        options(RD_KAFKA_ADMIN_OP_CREATETOPICS).get(), queue.get());
  const auto event = answer(queue.get(), "making topics");
  if (!event) {
    return fail(event.error());
  }
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    const std::string name = rd_kafka_topic_result_name(results[i]);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }  // somebody was faster; await() compares
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* said = rd_kafka_topic_result_error_string(results[i]);
      return fail(error_of(
          code, "making topic " + name + (said != nullptr ? ": " + std::string(said) : "")));
    }
    log_info("a topic was made", {{"topic", name}});
  }
  return {};
}

Result<void> TopicAdmin::await(const std::vector<ports::TopicSpec>& specs) const {
  for (int look = 0; look < kLooks; ++look) {
    const auto known = topics(config_.kafka.request_timeout);
    if (!known) {
      return fail(known.error());
    }
    bool all = true;
    for (const auto& spec : specs) {
      const auto found = known->find(spec.name);
      all = all && found != known->end();
      if (found != known->end() && found->second != spec.partitions) {
        return fail(other_partitions(spec.name, spec.partitions, found->second));
      }
    }
    if (all) {
      return {};
    }
    pause();
  }
  return fail(Fault::unavailable,
              "the broker has not finished making the topics, of which the first is: " +
                  specs.front().name);
}

namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Nothing when `actual` serves as well as `wanted`.
bool serves(const std::string& name, const std::string& wanted, const std::string& actual) {
  if (name == "cleanup.policy" || name == "message.timestamp.type") {
    return actual == wanted;
  }
  const auto want = number(wanted);
  const auto have = number(actual);
  if (!want || !have) {
    return true;
  }
  if (name == "max.message.bytes") {
    return *have >= *want;
  }
  if (name == "retention.ms") {
    return *want == -1 || (*have != -1 && *have <= *want);
  }  // longer than wanted breaks a promise to people
  return true;
}

}  // namespace

Result<void> TopicAdmin::check_settings(const std::vector<ports::TopicSpec>& specs) const {
  if (specs.empty()) {
    return {};
  }
  std::vector<KafkaConfigResource> resources;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const auto& spec : specs) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec.name.c_str()));
    raw.push_back(resources.back().get());
  }
  const KafkaQueue queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_DescribeConfigs(client_.get(), raw.data(), raw.size(),
                           options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS).get(), queue.get());
  const auto event = answer(queue.get(), "asking for the settings of topics");
  if (!event) {
    // Some brokers do not tell (no right to ask, no such request): the topics work all the same.
    log_warn("the settings of existing topics could not be checked",
             {{"error", event.error().message}});
    return {};
  }
  std::size_t count = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count && i < specs.size(); ++i) {
    const std::string topic = rd_kafka_ConfigResource_name(results[i]);
    const auto spec =
        std::find_if(specs.begin(), specs.end(), [&](const auto& s) { return s.name == topic; });
    if (spec == specs.end()) {
      continue;
    }
    const auto wanted = settings_of(*spec);
    std::size_t entries = 0;
    const auto* entry = rd_kafka_ConfigResource_configs(results[i], &entries);
    for (std::size_t e = 0; e < entries; ++e) {
      const char* value = rd_kafka_ConfigEntry_value(entry[e]);
      const auto found = wanted.find(rd_kafka_ConfigEntry_name(entry[e]));
      if (value == nullptr || found == wanted.end() || serves(found->first, found->second, value)) {
        continue;
      }
      return fail(Fault::bad_config, "topic " + topic + " exists with another " + found->first +
                                         " than " + found->second + ", it has: " + value);
    }
  }
  return {};
}

namespace {

// What a broker says about a partition that is just being made or moved.
bool passes_by(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
}

}  // namespace

Result<ports::Extent> TopicAdmin::extent(const std::string& topic, std::uint32_t partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  auto code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  for (int look = 0; look < kLooks && passes_by(code); ++look) {
    if (look > 0) {
      pause();
    }
    code = rd_kafka_query_watermark_offsets(client_.get(), topic.c_str(),
                                            static_cast<std::int32_t>(partition), &low, &high,
                                            millis(config_.kafka.request_timeout));
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ports::Extent{static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
  }
  return fail(error_of(code, "asking for the extent of " + place_name(topic, partition)));
}

}  // namespace fusiond::bus
