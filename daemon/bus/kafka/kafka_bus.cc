#include "daemon/bus/kafka/kafka_bus.h"

#include <array>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/bus/kafka/client_config.h"
#include "daemon/bus/kafka/kafka_reader.h"
#include "daemon/bus/kafka/topic_admin.h"
#include "daemon/bus/partitioner.h"
#include "daemon/bus/positions.h"
#include "daemon/bus/topics.h"

namespace fusiond::bus {
namespace {

constexpr int kPollMs = 50;
constexpr int kProbeMs = 200;
constexpr std::chrono::milliseconds kProbeEvery{2'000};
constexpr std::chrono::milliseconds kProbeAgain{300};
constexpr std::chrono::seconds kStalledAfter{5};
constexpr int kCloseMs = 5'000;
constexpr int kAwayCloseMs = 1'000;
constexpr int kCloseStepMs = 100;

std::map<std::string, std::uint32_t> partitions_of(const BusConfig& config) {
  std::map<std::string, std::uint32_t> found;
  for (const auto& spec : topic_specs(config)) {
    found[spec.name] = spec.partitions;
  }
  return found;
}

}  // namespace

// What is remembered of a record until the broker has confirmed it; owned by the record while
// librdkafka has it.
struct KafkaBus::Delivery {
  KafkaBus& bus;
  TopicCounters& counters;
  ports::Done done;
  std::uint64_t round = 0;
  // Of a view: whom to tell, and who keeps its bytes.
  std::uint64_t ticket = 0;
  std::shared_ptr<ports::Answers> answers{};
  std::shared_ptr<const void> held{};
  void tell(const Result<ports::Appended>& result) const {
    if (answers) {
      answers->answered(ticket, result);
    } else if (done) {
      done(result);
    }
  }
};

Result<std::unique_ptr<KafkaBus>> KafkaBus::open(const BusConfig& config, const Clock& clock,
                                                 Metrics& metrics) {
  const auto faults = kafka_faults(config);
  if (!faults.empty()) {
    return fail(faults.front());
  }
  auto bus = std::make_unique<KafkaBus>(config, clock, metrics);
  // What the guarantees rest on is asked back from the client before anything runs.
  for (const auto role : {ClientRole::producer, ClientRole::consumer}) {
    if (const auto conf = make_conf(config, role, bus->health_); !conf) {
      return fail(conf.error());
    }
  }
  auto asker = bus->make_asker();
  if (!asker) {
    return fail(asker.error());
  }
  {
    const MutexLock lock(bus->mutex_);
    bus->asker_ = std::move(*asker);
  }
  bus->thread_ = std::jthread([raw = bus.get()](const std::stop_token& stop) { raw->serve(stop); });
  return bus;
}

KafkaBus::KafkaBus(const BusConfig& config, const Clock& clock, Metrics& metrics)
    : config_(config),
      partitions_(partitions_of(config)),
      clock_(clock),
      metrics_(metrics),
      health_(clock, config.kafka.bootstrap_servers),
      watch_(config.kafka.security, clock, metrics),
      renewed_(metrics.counter("fusiond_bus_logins_renewed_total",
                               "Times the clients were made anew with changed credentials")),
      progress_at_(clock.mono()) {}

KafkaBus::~KafkaBus() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  KafkaClient client;
  {
    const MutexLock lock(mutex_);
    topics_.clear();
    client = std::move(producer_);
  }
  if (client) {
    drain(client.get());
  }
}

// Delivers what the client has and gives up the rest. A broker that is away gets a second to come
// back.
void KafkaBus::drain(rd_kafka_t* client) {
  for (int waited = 0; waited < kCloseMs && (waited < kAwayCloseMs || !health_.trouble());
       waited += kCloseStepMs) {
    if (rd_kafka_flush(client, kCloseStepMs) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      break;
    }
  }
  abandon(client);
}

Result<KafkaClient> KafkaBus::make_producer() {
  auto conf = make_conf(config_, ClientRole::producer, health_);
  if (!conf) {
    return fail(conf.error());
  }
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  return make_client(std::move(*conf), ClientRole::producer);
}

Result<KafkaClient> KafkaBus::make_asker() {
  auto conf = make_conf(config_, ClientRole::asker, health_);
  if (!conf) {
    return fail(conf.error());
  }
  return make_client(std::move(*conf), ClientRole::asker);
}

Result<rd_kafka_t*> KafkaBus::producer() {
  if (!producer_ && !replacing_) {
    auto made = make_producer();
    if (!made) {
      return fail(Fault::unavailable, made.error().message);
    }
    producer_ = std::move(*made);
  }
  return producer_.get();
}

Result<void> KafkaBus::append(ports::OutRecord record, ports::Done done) {
  if (auto good = check_size(record, config_.max_record_bytes, metrics_); !good) {
    return good;
  }
  TopicCounters& counters = metrics_.of(record.topic);
  auto delivery = std::make_unique<Delivery>(*this, counters, std::move(done), 0);
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FATAL;  // as while it is replaced
  {
    // Held while the record goes in, so that none slips into a client that is being given up.
    const MutexLock lock(mutex_);
    const auto client = producer();
    if (!client) {
      return fail(client.error());
    }
    if (*client != nullptr) {
      delivery->round = pending_.enter();
      code = produce(*client, record, delivery.get());
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        pending_.leave(delivery->round);
      }
    }
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(delivery.release());  // on_delivery has it
    return {};
  }
  return fail(not_taken(code, record.topic, counters));
}

Error KafkaBus::not_taken(rd_kafka_resp_err_t code, std::string_view topic,
                          TopicCounters& counters) {
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL || code == RD_KAFKA_RESP_ERR__FATAL) {
    counters.overloaded.add();
    return {Fault::overloaded,
            "the queue to the Kafka broker takes no records now, waiting records: " +
                std::to_string(pending_.count())};
  }
  counters.failed.add();
  return error_of(code, "appending to " + std::string(topic));
}

KafkaBus::Topic& KafkaBus::topic(std::string_view name) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    found = topics_.emplace(std::string(name), Topic{}).first;
    found->second.counters = &metrics_.of(found->first);
    const auto known = partitions_.find(found->first);
    found->second.partitions = known == partitions_.end() ? 0 : known->second;
  }
  if (producer_ && !found->second.handle) {
    found->second.handle.reset(rd_kafka_topic_new(producer_.get(), found->first.c_str(), nullptr));
  }
  return found->second;
}

Result<void> KafkaBus::append_view(const ports::RecordView& record,
                                   std::shared_ptr<const void> held,
                                   const std::shared_ptr<ports::Answers>& answers) {
  if (auto good = check_size(record.topic, size_of(record), config_.max_record_bytes, metrics_);
      !good) {
    return good;
  }
  const MutexLock lock(mutex_);
  const auto client = producer();
  if (!client) {
    return fail(client.error());
  }
  Topic& to = topic(record.topic);
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FATAL;  // as while it is replaced
  if (*client != nullptr && to.handle) {
    auto delivery = std::make_unique<Delivery>(*this, *to.counters, ports::Done{}, pending_.enter(),
                                               record.ticket, answers, std::move(held));
    code = produce_view(*client, to, record, delivery.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      static_cast<void>(delivery.release());  // on_delivery has it
      return {};
    }
    pending_.leave(delivery->round);
  }
  return fail(not_taken(code, record.topic, *to.counters));
}

// The value is not copied: the delivery keeps it.
rd_kafka_resp_err_t KafkaBus::produce_view(rd_kafka_t* client, const Topic& topic,
                                           const ports::RecordView& record, Delivery* delivery) {
  KafkaHeaders headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  std::array<rd_kafka_vu_t, 7> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topic.handle.get();
  parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[1].u.i = 0;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[4].u.ptr = delivery;
  parts[5].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[5].u.i32 = topic.partitions == 0
                       ? RD_KAFKA_PARTITION_UA
                       : static_cast<std::int32_t>(partition_of(record.key, topic.partitions));
  parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[6].u.headers = headers.get();
  const KafkaError error(rd_kafka_produceva(client, parts.data(), parts.size()));
  if (error) {
    return rd_kafka_error_code(error.get());
  }
  static_cast<void>(headers.release());  // the record has them
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Of our own topics the config says how many partitions there are: where somebody has added some, a
// key stays where it was, and nothing goes where nobody reads.
std::int32_t KafkaBus::partition_for(const ports::OutRecord& record) const {
  if (record.partition) {
    return static_cast<std::int32_t>(*record.partition);
  }
  const auto known = partitions_.find(record.topic);
  return known == partitions_.end()
             ? RD_KAFKA_PARTITION_UA
             : static_cast<std::int32_t>(partition_of(record.key, known->second));
}

rd_kafka_resp_err_t KafkaBus::produce(rd_kafka_t* client, const ports::OutRecord& record,
                                      Delivery* delivery) {
  KafkaHeaders headers(record.headers.empty() ? nullptr
                                              : rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  std::array<rd_kafka_vu_t, 7> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = record.topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = partition_for(record);
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  // librdkafka copies; it takes void* all the same. A tombstone is a null value, an empty one is
  // not.
  parts[3].vtype = RD_KAFKA_VTYPE_KEY;
  parts[3].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_VALUE;
  if (record.value) {
    parts[4].u.mem = {const_cast<char*>(record.value->data()), record.value->size()};
  }
  parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[5].u.ptr = delivery;
  parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[6].u.headers = headers.get();
  const KafkaError error(rd_kafka_produceva(client, parts.data(), headers ? 7 : 6));
  if (error) {
    return rd_kafka_error_code(error.get());
  }
  static_cast<void>(headers.release());  // the record has them
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaBus::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const std::unique_ptr<Delivery> delivery(static_cast<Delivery*>(message->_private));
  KafkaBus& bus = delivery->bus;
  // Without an offset the broker took a retry for a duplicate; it may be wrong (README.md).
  const bool placed = message->offset >= 0;
  const bool good = message->err == RD_KAFKA_RESP_ERR_NO_ERROR && placed;
  if (good) {
    ++bus.reported_;
    bus.health_.alive();
    bus.health_.took(rd_kafka_topic_name(message->rkt));
    delivery->counters.appended.add();
  } else {
    delivery->counters.failed.add();
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
      bus.health_.denied(rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
    }
  }
  if (delivery->done || delivery->answers) {
    if (good) {
      delivery->tell(ports::Appended{static_cast<std::uint32_t>(message->partition),
                                     static_cast<std::uint64_t>(message->offset)});
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      delivery->tell(fail(Fault::unavailable, std::string("the broker does not say where in ") +
                                                  rd_kafka_topic_name(message->rkt) +
                                                  " the record is"));
    } else {
      delivery->tell(fail(error_of(message->err, std::string("the record did not get into ") +
                                                     rd_kafka_topic_name(message->rkt))));
    }
  }
  delivery->held.reset();
  bus.pending_.leave(delivery->round);
}

void KafkaBus::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    KafkaClient client;
    KafkaClient asker;
    {
      const MutexLock lock(mutex_);
      client = producer_;
      asker = asker_;
    }
    if (client && rd_kafka_fatal_error(client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      client.reset();
      replace_producer();
      continue;
    }
    rd_kafka_poll(asker.get(), client ? 0 : kPollMs);
    if (client) {
      rd_kafka_poll(client.get(), kPollMs);
    }
    look_after(asker.get());
    if (watch_.changed()) {
      client.reset();
      asker.reset();
      renew_login();
    }
  }
}

// Keeps health true: asks a broker that is away whether it is back, and notices records that nobody
// confirms.
void KafkaBus::look_after(rd_kafka_t* client) {
  const MonoTime now = clock_.mono();
  const std::size_t waiting = pending_.count();
  metrics_.queued(waiting);
  const bool progressed = std::exchange(reported_, 0) > 0;
  if (progressed || (waiting == 0 && now - replaced_at_ > kStalledAfter)) {
    progress_at_ = now;
    health_.stalled(std::nullopt);
  } else if (waiting > 0 && now - progress_at_ > kStalledAfter) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now - progress_at_).count();
    health_.stalled("no record reached the Kafka broker for " + std::to_string(seconds) +
                    " s, records that wait: " + std::to_string(waiting));
  }
  const bool doubted = health_.take_doubt();
  if (progressed) {
    unanswered_ = 0;
  }
  if (progressed || (now < probe_at_ && !doubted)) {
    return;
  }
  probe(client);
}

// Asks for metadata, which any broker of the cluster answers at once. One question that is not
// answered is no proof on a busy machine.
void KafkaBus::probe(rd_kafka_t* client) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(client, 0, nullptr, &raw, kProbeMs);
  const KafkaMetadata metadata(raw);
  const MonoTime now = clock_.mono();
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    unanswered_ = 0;
    health_.alive();
    probe_at_ = now + kProbeEvery;
    return;
  }
  if (++unanswered_ >= 2) {
    health_.away(code == RD_KAFKA_RESP_ERR__TRANSPORT ? "" : rd_kafka_err2str(code));
  }
  probe_at_ = now + kProbeAgain;
}

// Reports all that the client still has as not delivered. After this it holds no record.
void KafkaBus::abandon(rd_kafka_t* client) {
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client, kCloseMs);
}

void KafkaBus::replace_producer() {
  KafkaClient old;
  {
    const MutexLock lock(mutex_);
    topics_.clear();
    old = std::move(producer_);
    producer_.reset();
    replacing_ = true;
  }
  std::array<char, 256> why{};
  rd_kafka_fatal_error(old.get(), why.data(), why.size());
  const std::string what =
      std::string("the Kafka client met an error that it cannot recover from and is replaced: ") +
      why.data();
  health_.line(3, "REPLACED", what);
  health_.stalled(what);
  replaced_at_ = clock_.mono();
  abandon(old.get());
  old.reset();
  clock_.pause(kProbeAgain);  // the next one may meet the same
  const MutexLock lock(mutex_);
  replacing_ = false;  // the next append makes one
}

// A connection keeps the certificate it was made with, so new files mean new clients. The old one
// goes first, so that the order stays.
void KafkaBus::renew_login() {
  auto made = make_asker();
  if (!made) {
    log_warn("the new credentials for the Kafka broker cannot be used, the old ones stay",
             {{"error", made.error().message}});
    watch_.refused(made.error().message);
    return;
  }
  KafkaClient old;
  {
    const MutexLock lock(mutex_);
    asker_ = std::move(*made);
    topics_.clear();
    old = std::move(producer_);
    producer_.reset();
    replacing_ = true;
  }
  if (old) {
    drain(old.get());
  }
  old.reset();
  watch_.used();
  ++logins_;
  renewed_.add();
  log_info("the clients log in to the Kafka broker with new credentials");
  const MutexLock lock(mutex_);
  replacing_ = false;  // the next append makes one
}

Result<void> KafkaBus::flush(std::chrono::milliseconds wait) {
  if (pending_.wait(wait)) {
    return {};
  }
  return fail(Fault::unavailable,
              "the Kafka broker did not take everything in time, records that wait: " +
                  std::to_string(pending_.count()));
}

Result<void> KafkaBus::ensure_topics(const std::vector<ports::TopicSpec>& topics) {
  return TopicAdmin(asker(), config_).ensure(topics);
}

Result<std::uint32_t> KafkaBus::partitions(const std::string& topic) {
  const auto topics = TopicAdmin(asker(), config_).topics(config_.kafka.request_timeout);
  if (!topics) {
    return fail(topics.error());
  }
  const auto found = topics->find(topic);
  if (found == topics->end()) {
    return fail(no_such_topic(topic));
  }
  return found->second;
}

Result<ports::Extent> KafkaBus::extent(const std::string& topic, std::uint32_t partition) {
  return TopicAdmin(asker(), config_).extent(topic, partition);
}

Result<std::unique_ptr<ports::BusReader>> KafkaBus::open_reader(
    const std::string& topic, const std::vector<ports::StartAt>& start) {
  std::map<std::uint32_t, std::int64_t> next;
  for (const auto& from : start) {
    switch (from.from) {
      case ports::StartAt::From::begin:
        next[from.partition] = RD_KAFKA_OFFSET_BEGINNING;
        break;
      case ports::StartAt::From::offset:
        next[from.partition] = static_cast<std::int64_t>(from.offset);
        break;
      case ports::StartAt::From::end: {  // the end as of now, not as of the first fetch
        const auto found = extent(topic, from.partition);
        if (!found) {
          return fail(found.error());
        }
        next[from.partition] = static_cast<std::int64_t>(found->end);
        break;
      }
    }
  }
  auto reader = KafkaReader::open(ReaderParts{config_, health_, logins_, metrics_.of(topic).read},
                                  topic, std::move(next));
  if (!reader) {
    return fail(reader.error());
  }
  return std::move(*reader);
}

std::optional<std::string> KafkaBus::trouble() const {
  const auto broker = health_.trouble();
  const auto ours = watch_.trouble();
  return broker && ours ? *ours + "; " + *broker : broker ? broker : ours;
}

}  // namespace fusiond::bus
