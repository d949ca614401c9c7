// A dispatch system's view of fusiond in C++ with librdkafka and nothing of the daemon: reads
// incident-changes and keeps the newest state of every incident. The consumer's rule: of one
// incident id keep the largest (epoch, revision) and drop everything else. usage: consume
// --bootstrap HOST:PORT [--topic rtcc.incident-changes.v1] [--client FILE] [--until-end] [--state]
//   --state   at the end: one line per incident, sorted by id: "<incident id> <epoch> <revision>
//   <value as hex>"
//   --client  a file with further properties of librdkafka (security.protocol ...), KEY=VALUE, one
//   a line
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "fusiond/v1/incident.pb.h"

namespace {

volatile std::sig_atomic_t g_stop = 0;

struct Options {
  std::string bootstrap;
  std::string topic = "rtcc.incident-changes.v1";
  std::string client;
  bool until_end = false;
  bool state = false;
};

struct Held {
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::string value;
};

// True when (epoch, revision) is larger than what is held of the incident.
bool is_news(const std::map<std::string, Held>& held, const fusiond::v1::Incident& incident) {
  const auto it = held.find(incident.incident_id());
  return it == held.end() || std::pair(incident.epoch(), incident.revision()) >
                                 std::pair(it->second.epoch, it->second.revision);
}

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "consume: %s\n", what.c_str());
  std::exit(1);
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto value = [&]() -> std::string {
      return i + 1 < argc ? argv[++i] : (die("a value is missing after " + std::string(flag)), "");
    };
    if (flag == "--bootstrap") {
      options.bootstrap = value();
    } else if (flag == "--topic") {
      options.topic = value();
    } else if (flag == "--client") {
      options.client = value();
    } else if (flag == "--until-end") {
      options.until_end = true;
    } else if (flag == "--state") {
      options.state = true;
    } else {
      die("unknown argument: " + std::string(flag));
    }
  }
  if (options.bootstrap.empty()) {
    die("--bootstrap HOST:PORT is needed");
  }
  return options;
}

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

void set_from_file(rd_kafka_conf_t* conf, const std::string& path) {
  char error[512];
  std::ifstream file(path);
  if (!file) {
    die("the file cannot be read: " + path);
  }
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (line.empty() || line[0] == '#') {
      continue;
    }
    if (equals == std::string::npos ||
        rd_kafka_conf_set(conf, line.substr(0, equals).c_str(), line.substr(equals + 1).c_str(),
                          error, sizeof error) != RD_KAFKA_CONF_OK) {
      die("a line of " + path + " is no property: " + line.substr(0, equals));
    }
  }
}

Client connect(const Options& options) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (!options.client.empty()) {
    set_from_file(conf, options.client);
  }
  const std::pair<const char*, const char*> settings[] = {
      {"bootstrap.servers", options.bootstrap.c_str()},
      {"group.id", "dispatch-cpp"},
      {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"}};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
      die(error);
    }
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (client == nullptr) {
    die(error);
  }
  rd_kafka_poll_set_consumer(client);
  return {client, rd_kafka_destroy};
}

// Assigns every partition of the topic from its beginning; returns how many there are.
std::size_t assign_all(rd_kafka_t* client, const std::string& topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle, &metadata, 10'000);
  rd_kafka_topic_destroy(handle);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1) {
    die(std::string("the topic cannot be read: ") + rd_kafka_err2str(error));
  }
  if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    die("the topic cannot be read: " + topic + ": " + rd_kafka_err2str(metadata->topics[0].err));
  }
  const auto count = static_cast<std::size_t>(metadata->topics[0].partition_cnt);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(static_cast<int>(count));
  for (std::size_t p = 0; p < count; ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), static_cast<std::int32_t>(p))->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  return count;
}

void print_change(const fusiond::v1::Incident& incident) {
  std::printf(
      "%s %s r%llu P%u %s, %d reports%s\n",
      fusiond::v1::IncidentChange_Name(incident.change()).c_str(),
      incident.incident_id().substr(0, 8).c_str(),
      static_cast<unsigned long long>(incident.revision()), incident.priority(),
      incident.title().c_str(), incident.members_size(),
      incident.merged_into().empty() ? "" : (" -> " + incident.merged_into().substr(0, 8)).c_str());
  std::fflush(stdout);
}

void print_state(const std::map<std::string, Held>& held) {
  for (const auto& [id, state] : held) {
    std::printf("%s %llu %llu ", id.c_str(), static_cast<unsigned long long>(state.epoch),
                static_cast<unsigned long long>(state.revision));
    for (const char byte : state.value) {
      std::printf("%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  std::signal(SIGINT, [](int) { g_stop = 1; });
  std::signal(SIGTERM, [](int) { g_stop = 1; });
  const Client client = connect(options);
  const std::size_t partitions = assign_all(client.get(), options.topic);
  std::map<std::string, Held> held;
  std::set<std::int32_t> ended;
  fusiond::v1::Incident incident;
  while (g_stop == 0 && !(options.until_end && ended.size() == partitions)) {
    const std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message(
        rd_kafka_consumer_poll(client.get(), 200), rd_kafka_message_destroy);
    if (!message) {
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ended.insert(message->partition);
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      die(rd_kafka_message_errstr(message.get()));
    }
    if (message->payload == nullptr) {
      continue;
    }
    if (!incident.ParseFromArray(message->payload, static_cast<int>(message->len))) {
      die("a record that is no incident at offset " + std::to_string(message->offset));
    }
    if (!is_news(held, incident)) {
      continue;
    }
    held[incident.incident_id()] = {
        incident.epoch(), incident.revision(),
        std::string(static_cast<const char*>(message->payload), message->len)};
    if (!options.state) {
      print_change(incident);
    }
  }
  rd_kafka_consumer_close(client.get());
  if (options.state) {
    print_state(held);
  }
  return 0;
}
