#include "daemon/bus/kafka/kafka_reader.h"

#include <algorithm>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/bus/kafka/client_config.h"
#include "daemon/bus/positions.h"

namespace fusiond::bus {
namespace {

constexpr std::size_t kBatch = 4'000;
constexpr int kConnectMs = 1'000;

ports::Headers headers_of(const rd_kafka_message_t& message) {
  ports::Headers found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return found;
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  found.reserve(rd_kafka_header_cnt(headers));
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    found.emplace_back(name,
                       std::string(static_cast<const char*>(value), value == nullptr ? 0 : size));
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<KafkaReader>> KafkaReader::open(ReaderParts parts, std::string topic,
                                                       std::map<std::uint32_t, std::int64_t> next) {
  auto reader = std::make_unique<KafkaReader>(parts, std::move(topic), std::move(next));
  if (auto good = reader->connect(); !good) {
    return fail(good.error());
  }
  if (auto good = reader->start(); !good) {
    return fail(good.error());
  }
  return reader;
}

KafkaReader::KafkaReader(ReaderParts parts, std::string topic,
                         std::map<std::uint32_t, std::int64_t> next)
    : parts_(parts), topic_(std::move(topic)), next_(std::move(next)), batch_(kBatch) {}

KafkaReader::~KafkaReader() {
  stop();
}

Result<void> KafkaReader::connect() {
  login_ = parts_.logins;
  auto conf = make_conf(parts_.config, ClientRole::consumer, parts_.health);
  if (!conf) {
    return fail(conf.error());
  }
  auto client = make_client(std::move(*conf), ClientRole::consumer);
  if (!client) {
    return fail(client.error());
  }
  client_ = std::move(*client);
  handle_.reset(rd_kafka_topic_new(client_.get(), topic_.c_str(), nullptr));
  if (!handle_) {
    return fail(error_of(rd_kafka_last_error(), "opening a reader of " + topic_));
  }
  if (!parts_.health.trouble()) {
    // Learns the partitions' leaders now; by itself the client would ask half a second later.
    const rd_kafka_metadata_t* raw = nullptr;
    rd_kafka_metadata(client_.get(), 0, handle_.get(), &raw, kConnectMs);
    const KafkaMetadata metadata(raw);
  }
  return {};
}

Result<void> KafkaReader::start() {
  queue_.reset(rd_kafka_queue_new(client_.get()));
  for (const auto& [partition, offset] : next_) {
    if (rd_kafka_consume_start_queue(handle_.get(), static_cast<std::int32_t>(partition), offset,
                                     queue_.get()) != 0) {
      return fail(error_of(rd_kafka_last_error(), "reading " + place_name(topic_, partition)));
    }
    started_.push_back(partition);
  }
  restart_ = false;
  return {};
}

void KafkaReader::stop() {
  for (const auto partition : started_) {
    rd_kafka_consume_stop(handle_.get(), static_cast<std::int32_t>(partition));
  }
  started_.clear();
  queue_.reset();  // with what was fetched and not read
}

Result<void> KafkaReader::restart() {
  stop();
  restart_ = true;  // until start() worked
  if (!client_ || login_ != parts_.logins ||
      rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    handle_.reset();
    client_.reset();
    if (auto good = connect(); !good) {
      return good;
    }
  }
  return start();
}

Result<std::size_t> KafkaReader::read(std::vector<ports::BusRecord>& out, std::size_t max,
                                      std::chrono::milliseconds wait) {
  if (auto error = std::exchange(error_, std::nullopt)) {
    return fail(std::move(*error));
  }
  if (restart_ || login_ != parts_.logins) {
    if (auto good = restart(); !good) {
      return fail(good.error());
    }
  }
  if (max == 0) {
    return 0;
  }
  rd_kafka_poll(client_.get(), 0);  // errors and statistics
  const std::size_t before = out.size();
  // One that waits for the first, one that does not wait: waiting in the batch call would wait for
  // a full batch.
  const KafkaMessage first(rd_kafka_consume_queue(queue_.get(), static_cast<int>(wait.count())));
  if (!first) {
    return 0;
  }
  take(*first, out);
  const std::size_t room = std::min(max - 1, batch_.size());
  const auto more =
      room == 0 ? 0 : rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), room);
  for (ssize_t i = 0; i < more; ++i) {
    const KafkaMessage message(batch_[static_cast<std::size_t>(i)]);
    take(*message, out);
  }
  const std::size_t taken = out.size() - before;
  if (taken > 0) {
    parts_.health.alive();
    parts_.read.add(static_cast<double>(taken));
    return taken;
  }
  if (auto error = std::exchange(error_, std::nullopt)) {
    return fail(std::move(*error));
  }
  return 0;
}

void KafkaReader::take(const rd_kafka_message_t& message, std::vector<ports::BusRecord>& out) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    note(message);
    return;
  }
  auto& record = out.emplace_back();
  record.topic = topic_;
  record.partition = static_cast<std::uint32_t>(message.partition);
  record.offset = static_cast<std::uint64_t>(message.offset);
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.appended = wall_time(rd_kafka_message_timestamp(&message, &kind) * 1'000);
  record.key.assign(static_cast<const char*>(message.key),
                    message.key == nullptr ? 0 : message.key_len);
  if (message.payload != nullptr) {
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  }
  record.headers = headers_of(message);
  next_[record.partition] = message.offset + 1;
}

void KafkaReader::note(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return;
  }
  const auto partition = static_cast<std::uint32_t>(std::max(0, message.partition));
  error_ = error_of(message.err, "reading " + place_name(topic_, partition) + ": " +
                                     rd_kafka_message_errstr(&message));
  restart_ = true;
}

Result<void> KafkaReader::seek(std::uint32_t partition, std::uint64_t offset) {
  const auto found = next_.find(partition);
  if (found == next_.end()) {
    return fail(no_such_partition(topic_, partition));
  }
  found->second = static_cast<std::int64_t>(offset);
  error_.reset();
  return restart();
}

}  // namespace fusiond::bus
