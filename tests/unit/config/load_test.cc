#include "daemon/config/load.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

using namespace fusiond;
using config::Faults;

namespace {

// A folder with the shipped association and rules beside a config file of the test's own.
class ConfigTest {
 public:
  ConfigTest()
      : dir_(std::filesystem::temp_directory_path() /
             ("fusiond-config-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(dir_);
    for (const char* name : {"association.yaml", "rules.yaml"}) {
      std::filesystem::copy_file(std::string("config/") + name, dir_ / name,
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }
  ~ConfigTest() { std::filesystem::remove_all(dir_); }
  std::optional<config::Loaded> load(const std::string& text) {
    write("fusiond.yaml", text);
    faults.clear();
    return config::load((dir_ / "fusiond.yaml").string(), faults);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name) << text;
  }
  // The faults without the folder.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& fault : faults) {
      out.push_back(fault.text().substr(dir_.string().size() + 1));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  [[nodiscard]] std::string dir() const { return dir_.string(); }

  Faults faults;

 private:
  std::filesystem::path dir_;
};

// "a.b.c" → scalar text for every leaf of the file.
void leaves(const YAML::Node& node, const std::string& path,
            std::map<std::string, std::string>& out) {
  if (!node.IsMap() || node.size() == 0) {
    out[path] = node.IsScalar() ? node.Scalar() : "{}";
    return;
  }
  for (const auto& pair : node) {
    leaves(pair.second, path.empty() ? pair.first.Scalar() : path + "." + pair.first.Scalar(), out);
  }
}

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}
template <class Int>
  requires std::is_integral_v<Int>
std::string text(Int value) {
  return std::to_string(value);
}
std::string text(bool value) {
  return value ? "true" : "false";
}
template <class Rep, class Period>
std::string text(std::chrono::duration<Rep, Period> value) {
  return std::to_string(value.count());
}

using Rows = std::map<std::string, std::string>;

void add_bus(Rows& rows) {
  const bus::BusConfig bus;
  rows.insert({{"bus.kind", "embedded"},
               {"bus.prefix", bus.prefix},
               {"bus.partitions", text(bus.partitions)},
               {"bus.max_record_bytes", text(bus.max_record_bytes)},
               {"bus.queue_records", text(bus.queue_records)},
               {"bus.queue_bytes", text(bus.queue_bytes)},
               {"bus.retention.events_h", text(bus.retention.events)},
               {"bus.retention.incident_changes_h", text(bus.retention.incident_changes)},
               {"bus.retention.dead_letters_h", text(bus.retention.dead_letters)},
               {"bus.retention.audit_h", text(bus.retention.audit)},
               {"bus.embedded.sync", text(bus.embedded.sync)},
               {"bus.embedded.compact_after_s", text(bus.embedded.compact_after)},
               {"bus.embedded.keep_tombstones_h", text(bus.embedded.keep_tombstones)},
               {"bus.embedded.keep_free_bytes", text(bus.embedded.keep_free_bytes)},
               {"bus.embedded.maintain_every_ms", text(bus.embedded.maintain_every)},
               {"bus.kafka.bootstrap_servers", bus.kafka.bootstrap_servers},
               {"bus.kafka.client_id", bus.kafka.client_id},
               {"bus.kafka.replication", text(bus.kafka.replication)},
               {"bus.kafka.request_timeout_ms", text(bus.kafka.request_timeout)},
               {"bus.kafka.security.protocol", "plaintext"},
               {"bus.kafka.security.ca_file", bus.kafka.security.ca_file},
               {"bus.kafka.security.certificate_file", bus.kafka.security.certificate_file},
               {"bus.kafka.security.key_file", bus.kafka.security.key_file},
               {"bus.kafka.security.key_password_file", bus.kafka.security.key_password_file},
               {"bus.kafka.security.mechanism", "scram_sha_512"},
               {"bus.kafka.security.username", bus.kafka.security.username},
               {"bus.kafka.security.password_file", bus.kafka.security.password_file},
               {"bus.kafka.security.check_every_ms", text(bus.kafka.security.check_every)},
               {"bus.kafka.properties", "{}"}});
}

void add_ingest(Rows& rows) {
  const ingest::IngestConfig in;
  const auto& r = in.radius;
  rows.insert({{"ingest.listen", in.receiver.address + ":" + text(in.receiver.port)},
               {"ingest.max_connections", text(in.receiver.max_connections)},
               {"ingest.max_body_bytes", text(in.receiver.max_body_bytes)},
               {"ingest.max_delivery_bytes", text(in.max_delivery_bytes)},
               {"ingest.max_event_bytes", text(in.max_event_bytes)},
               {"ingest.dead_letter_max_bytes", text(in.dead_letter_max_bytes)},
               {"ingest.max_future_s", text(in.max_future_s)},
               {"ingest.parse_timeout_ms", text(in.parse_timeout_ms)},
               {"ingest.max_parts_per_delivery", text(in.max_parts_per_delivery)},
               {"ingest.max_plugin_restarts", text(in.max_plugin_restarts)},
               {"ingest.tick_every_s", text(in.tick_every_s)},
               {"ingest.bulk_ahead_ms", text(in.bulk_ahead_ms)},
               {"ingest.default_kind", in.default_kind},
               {"ingest.radius.gps_m", text(r.gps_m)},
               {"ingest.radius.cell_m", text(r.cell_m)},
               {"ingest.radius.manual_m", text(r.manual_m)},
               {"ingest.radius.derived_m", text(r.derived_m)},
               {"ingest.radius.geocoded_m", text(r.geocoded_m)},
               {"ingest.radius.acoustic_m", text(r.acoustic_m)},
               {"ingest.radius.device_registry_m", text(r.device_registry_m)},
               {"ingest.radius.zone_centroid_m", text(r.zone_centroid_m)},
               {"ingest.radius.text_m", text(r.text_m)},
               {"ingest.radius.unknown_m", text(r.unknown_m)},
               {"ingest.radius.block_m", text(r.block_m)},
               {"ingest.radius.intersection_m", text(r.intersection_m)},
               {"ingest.radius.rounded_3_decimals_m", text(r.rounded_3_decimals_m)}});
}

void add_shard(Rows& rows) {
  const pipeline::ShardConfig shard;
  const state::StateConfig state;
  const state::SpoolConfig spool;
  rows.insert({{"route.remember_h", text(std::chrono::duration_cast<std::chrono::hours>(
                                        route::RouterConfig{}.remember))},
               {"route.contents", text(route::RouterConfig{}.contents)},
               {"state.sync", text(state.sync)},
               {"state.write_buffer_bytes", text(state.write_buffer_bytes)},
               {"spool.max_bytes", text(spool.max_bytes)},
               {"spool.sync", text(spool.sync)},
               {"shard.batch_records", text(shard.batch_records)},
               {"shard.read_wait_ms", text(shard.read_wait)},
               {"shard.outbox_entries", text(shard.outbox_entries)},
               {"shard.outbox_bytes", text(shard.outbox_bytes)},
               {"shard.dead_letter_max_bytes", text(shard.limits.dead_letter_max_bytes)},
               {"shard.source_labels", text(shard.limits.source_labels)},
               {"shard.patience.first_ms", text(shard.patience.first)},
               {"shard.patience.most_ms", text(shard.patience.most)},
               {"shard.publisher.window", text(shard.publisher.window)},
               {"shard.publisher.stop_wait_ms", text(shard.publisher.stop_wait)}});
}

void add_console(Rows& rows) {
  const console::ConsoleConfig c;
  rows.insert({{"console.listen", c.listen_address + ":" + text(c.listen_port)},
               {"console.web_dir", c.web_dir},
               {"console.heartbeat_ms", text(c.heartbeat_ms)},
               {"console.ring_changes", text(c.ring_changes)},
               {"console.ring_bytes", text(c.ring_bytes)},
               {"console.closed_keep_s", text(c.closed_keep_s)},
               {"console.max_incidents", text(c.max_incidents)},
               {"console.max_connections", text(c.max_connections)},
               {"console.max_streams", text(c.max_streams)},
               {"console.max_stream_backlog_bytes", text(c.max_stream_backlog_bytes)},
               {"console.idle_timeout_s", text(c.idle_timeout_s)},
               {"console.request_timeout_s", text(c.request_timeout_s)}});
}

}  // namespace

TEST_CASE("config/fusiond.yaml loads and holds every key at its default", "[config]") {
  Faults faults;
  REQUIRE(config::load("config/fusiond.yaml", faults));
  for (const auto& fault : faults) {
    FAIL_CHECK(fault.text());
  }
  Rows wanted{{"roles", "{}"},
              {"state_dir", config::Config{}.state_dir},
              {"log.level", "info"},
              {"log.format", "text"},
              {"clock.kind", "system"},
              {"fusion.association", "association.yaml"},
              {"fusion.rules", "rules.yaml"},
              {"fusion.rule_folder", ""},
              {"fusion.rule_watch_s", "2"}};
  add_bus(wanted);
  add_ingest(wanted);
  add_shard(wanted);
  add_console(wanted);
  Rows found;
  leaves(YAML::LoadFile("config/fusiond.yaml"), "", found);
  CHECK(found == wanted);
}

TEST_CASE("the shipped association and rules are read to the last number", "[config]") {
  Faults faults;
  const auto loaded = config::load("config/fusiond.yaml", faults);
  REQUIRE(loaded);
  const auto& association = loaded->config().association;
  CHECK(association.families.size() == 10);
  for (const auto& [kind, row] : association.kinds) {
    std::uint64_t sum = 0;
    for (const auto share : row) {
      sum += share;
    }
    INFO(kind);
    CHECK(sum == 1'000'000);
  }
  CHECK(association.kinds.at("gunshot").at(0) == 940'000);
  CHECK(association.delay_mean.at(SourceKind::social) == std::chrono::seconds{700});
  CHECK(association.kind_share_ppm.at("sideshow") == 2200);
  CHECK(association.like_permille == 70);
  CHECK(association.alone_permille.at(SourceKind::camera) == 780);
  CHECK(association.alone_unit_permille == 780);
  CHECK(association.caller_afar.at(0) == fusion::AssociationConfig::Afar{500, 350});
  CHECK(association.caller_afar.at(1) == fusion::AssociationConfig::Afar{});
  CHECK(association.theta_mn == 3500);
  const fusion::ConfidenceConfig defaults;
  CHECK(association.confidence.witnesses == defaults.witnesses);
  CHECK(association.confidence.kinds_mn.at("burglary_alarm") == -4000);
  CHECK(association.confidence.limit_mn == defaults.limit_mn);
  CHECK(loaded->config().rules.families.at("shots").priority == 9);
}

TEST_CASE("shares of kinds and sources that are not there are faults, each with the nearest name",
          "[config]") {
  ConfigTest t;
  t.write("association.yaml",
          "version: x\nfamilies: [a]\nfamily_prior_ppm: {a: 1000000}\nkinds: {unclassified: {a: "
          "1000000}, crash: {a: 1000000}}\nkind_share_ppm: {crush: 5, unclassified: 5, crash: "
          "0}\nlike_permille: 901\nlike_least_ppm: 99\nalone_permille: {unit: 5, camera: 1000, "
          "plates: 5}\ndelay_mean_s: {cad: 1}\nstand_off_m: {cad: 3}\ncaller_stand_off_m: {a: "
          "1}\ncaller_afar: {b: {}, a: {permille: 1000}}\n");
  t.load("fusion: {}\n");
  CHECK(t.lines() ==
        std::vector<std::string>{
            "association.yaml:12:18: unknown family b",
            "association.yaml:12:36: caller_afar.a.permille must be from 0 to 999, got: 1000",
            "association.yaml:5:25: kind_share_ppm: no such kind: crush; did you mean crash?",
            "association.yaml:5:42: unclassified is no kind that two reports can share",
            "association.yaml:5:52: kind_share_ppm.crash must be a whole number from 1 to 1000000, "
            "got: 0",
            "association.yaml:6:16: like_permille must be from 0 to 900, got: 901",
            "association.yaml:7:17: like_least_ppm must be from 100 to 1000000, got: 99",
            "association.yaml:8:35: alone_permille.camera must be a whole number from 0 to 999, "
            "got: 1000",
            "association.yaml:8:49: unknown source kind plates; did you mean plate?"});
}

TEST_CASE("faults of the config and of the files it names come together, each with its place",
          "[config]") {
  ConfigTest t;
  t.write("association.yaml",
          "version: x\nfamilies: [a, b]\nfamily_prior_ppm: {a: 500000, b: 400000}\nkinds:\n  "
          "unclassified: {a: 1, c: 2}\n"
          "delay_mean_s: {cad: 0}\nstand_off_m: {cameras: 3}\ncaller_stand_off_m: {a: "
          "1}\nthetta_mn: 1\nconfidence:\n  witnesses: {callers: {}, camera: {prior_m: 1}}\n  "
          "limit_mn: 7000\n");
  t.load(
      "fusion: {}\nbus: {kind: embeded}\nsources:\n  - name: cad\n    plugin: cad_poll\n    "
      "transport: {kind: http_pol}\n    lateness_s: 0\n");
  CHECK(
      t.lines() ==
      std::vector<std::string>{
          "association.yaml:11:24: unknown kind of witness callers; did you mean caller?",
          "association.yaml:11:37: unknown key confidence.witnesses.camera.prior_m; did you mean "
          "prior_mn?",
          "association.yaml:12:13: confidence.limit_mn must be from 100 to 6900, got: 7000",
          "association.yaml:3:19: family_prior_ppm must name every family with a share above 0 and "
          "add up to 1000000, got: 900000",
          "association.yaml:5:24: unknown family c",
          "association.yaml:6:21: delay_mean_s.cad must be a whole number from 1 to 86400, got: 0",
          "association.yaml:7:24: unknown source kind cameras; did you mean camera?",
          "association.yaml:8:21: caller_stand_off_m must name every family",
          "association.yaml:9:1: unknown key thetta_mn; did you mean theta_mn?",
          "fusiond.yaml:2:13: bus.kind must be one of kafka, embedded, memory (did you mean "
          "embedded?), got: embeded",
          "fusiond.yaml:6:23: sources[0].transport.kind must be one of http_poll, webhook, file "
          "(did you mean http_poll?), got: http_pol",
          "fusiond.yaml:7:17: sources[0].lateness_s must be from 1 to 604800, got: 0",
      });
}

TEST_CASE("paths are relative to the folder of the config file", "[config]") {
  ConfigTest t;
  const auto loaded = t.load("fusion: {}\nstate_dir: var\nconsole: {web_dir: web}\n");
  REQUIRE(loaded);
  CHECK(t.faults.empty());
  CHECK(loaded->config().state_dir == t.dir() + "/var");
  CHECK(loaded->config().bus.embedded.dir == t.dir() + "/var/bus");
  CHECK(loaded->config().console.web_dir == t.dir() + "/web");
}

TEST_CASE("a replay clock needs both origins", "[config]") {
  ConfigTest t;
  t.load("fusion: {}\nclock: {kind: replay, real_origin: yesterday}\n");
  CHECK(t.lines() ==
        std::vector<std::string>{"fusiond.yaml:2:36: clock.real_origin: not an RFC 3339 time with "
                                 "an offset, got: yesterday",
                                 "fusiond.yaml:2:8: the key is missing: clock.shown_origin"});
}

TEST_CASE("the shipped city configs have no faults once their words are filled in", "[config]") {
  for (const char* city : {"alder", "oakland"}) {
    std::ifstream in(std::string("config/cities/") + city + ".yaml");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::map<std::string, std::string> words = {{"@STATE@", "state"},
                                                      {"@REAL@", "2026-01-01T00:00:00Z"},
                                                      {"@SHOWN@", "2026-01-01T00:00:00Z"},
                                                      {"@SPEED@", "60"},
                                                      {"@BUS@", "embedded"},
                                                      {"@BOOTSTRAP@", "127.0.0.1:1"},
                                                      {"@CONFIG@", "."},
                                                      {"@CONSOLE_PORT@", "0"},
                                                      {"@WEB@", "web"},
                                                      {"@PLUGINS@", "plugins"},
                                                      {"@POLL@", "http://127.0.0.1:1/cad.json"}};
    for (const auto& [word, value] : words) {
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
        text.replace(at, word.size(), value);
      }
    }
    ConfigTest t;
    INFO(city);
    t.load(text);
    CHECK(t.lines() == std::vector<std::string>{});
  }
}

TEST_CASE("the association and the rules that were built in are those of the config folder",
          "[config]") {
  config::Faults faults;
  const auto built_in = config::load_association("", faults);
  const auto file = config::load_association("config/association.yaml", faults);
  const auto rules = config::load_rules("", faults);
  CHECK(faults.empty());
  CHECK(built_in.version == file.version);
  CHECK(built_in.kinds == file.kinds);
  CHECK(built_in.background_ln_mn == file.background_ln_mn);
  CHECK(built_in.crowd_events == file.crowd_events);
  CHECK(built_in.crowd_anchors == file.crowd_anchors);
  CHECK(built_in.members_listed == file.members_listed);
  CHECK(rules.families.size() == config::load_rules("config/rules.yaml", faults).families.size());
}
