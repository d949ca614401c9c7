#include "daemon/config/load.h"

#include <filesystem>
#include <sstream>

#include "daemon/config/load_bundle.h"
#include "daemon/config/load_parts.h"
#include "daemon/config/shipped.h"

namespace fusiond::config {
namespace {

namespace fs = std::filesystem;

// Relative paths stand for files beside the config file.
std::string beside(const std::string& config_path, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) {
    return path;
  }
  return (fs::path(config_path).parent_path() / path).lexically_normal().string();
}

void read_time(Section& section, const char* key, WallTime& time) {
  std::string text;
  if (!section.require(key)) {
    return;
  }
  section.text(key, text);
  const auto parsed = parse_rfc3339(text);
  if (parsed) {
    time = *parsed;
  } else {
    section.fault_at(key, section.path() + "." + key + ": " + parsed.error().message);
  }
}

void read_clock(Section& section, ClockConfig& clock) {
  std::string kind = "system";
  section.choice("kind", kind, {"system", "replay"});
  if (kind == "system") {
    return;
  }
  clock.replay = true;
  read_time(section, "real_origin", clock.real_origin);
  read_time(section, "shown_origin", clock.shown_origin);
  section.number("speed", clock.speed, 0.001, 100'000);
}

void read_log(Section& section, Config& config) {
  std::string level = "info";
  std::string format = "text";
  section.choice("level", level, {"debug", "info", "warn", "error"});
  section.choice("format", format, {"text", "json"});
  config.log_level = level == "debug"   ? LogLevel::debug
                     : level == "warn"  ? LogLevel::warn
                     : level == "error" ? LogLevel::error
                                        : LogLevel::info;
  config.log_format = format == "json" ? LogFormat::json : LogFormat::text;
}

// Reads a file of its own with `read`; the faults name that file.
template <class Value>
void read_file(Section& section, const char* key, const std::string& config_path, std::string name,
               Value& value, void (*read)(Section&, Value&)) {
  section.text(key, name);
  const std::string path = beside(config_path, name);
  if (!fs::exists(path)) {
    section.fault_at(key, section.path() + "." + key + ": no such file: " + path);
    return;
  }
  if (const auto file = read_yaml(path, section.faults())) {
    Section top(file->path, file->root, "", section.faults());
    read(top, value);
  }
}

// The folder's own faults matter to `check`: a daemon starts with the rules that hold, and refuses
// to switch to faulty ones.
void read_rule_folder(Section& section, Config& config, WallTime today) {
  std::string folder;
  section.text("rule_folder", folder);
  section.integer("rule_watch_s", config.rule_watch_s, 0, 86'400);
  if (folder.empty()) {
    return;
  }
  config.rule_folder = beside(config.path, folder);
  if (today == WallTime{}) {
    return;
  }
  RuleWorld world;
  for (const auto& [kind, row] : config.association.kinds) {
    world.kinds.push_back(kind);
  }
  world.feeds.emplace();
  for (const auto& source : config.ingest.sources) {
    world.feeds->push_back(source.name);
  }
  world.today = today;
  (void)load_bundle(config.rule_folder, world, section.faults());
}

void read_fusion(Section& section, Config& config, WallTime today) {
  read_file(section, "association", config.path, "association.yaml", config.association,
            &read_association);
  read_file(section, "rules", config.path, "rules.yaml", config.rules, &read_rules);
  read_rule_folder(section, config, today);
}

void read_roles(Section& top, Roles& roles) {
  std::vector<std::string> names{"intake", "correlate", "serve"};
  top.texts("roles", names);
  if (const auto read = roles_of(names)) {
    roles = *read;
  } else {
    top.fault_at("roles", "roles: " + read.error().message);
  }
}

void read_top(Section& top, Config& config, WallTime today) {
  read_roles(top, config.roles);
  top.text("state_dir", config.state_dir);
  config.state_dir = beside(config.path, config.state_dir);
  top.section("log", [&](Section& s) { read_log(s, config); });
  top.section("clock", [&](Section& s) { read_clock(s, config.clock); });
  config.bus.embedded.dir = config.state_dir + "/bus";
  top.section("bus", [&](Section& s) { read_bus(s, config.bus); });
  top.section("ingest", [&](Section& s) { read_ingest(s, config.ingest); });
  read_sources(top, config.ingest);
  read_devices(top, config.ingest);
  read_kinds(top, config.ingest);
  top.section("route", [&](Section& s) {
    auto hours = std::chrono::duration_cast<std::chrono::hours>(config.route.remember);
    read_duration(s, "remember_h", hours, 1, 24 * 366);
    config.route.remember = hours;
    s.integer("contents", config.route.contents, 2, 10'000);
  });
  if (top.require("fusion")) {
    top.section("fusion", [&](Section& s) { read_fusion(s, config, today); });
  }
  top.section("state", [&](Section& s) { read_state(s, config.state); });
  top.section("spool", [&](Section& s) { read_spool(s, config.spool); });
  top.section("shard", [&](Section& s) { read_shard(s, config.shard); });
  top.section("console", [&](Section& s) { read_console(s, config.console); });
}

// Where plugins lie when the config does not say: beside the program.
std::string plugins_beside_program() {
  std::error_code ec;
  const auto program = fs::read_symlink("/proc/self/exe", ec);
  const auto top = ec ? fs::path("..") : program.parent_path().parent_path();
  const auto built = top / "plugins";
  return fs::exists(built) ? built.string() : (top / "lib/fusiond/plugins").string();
}

// Paths and names that follow from others.
void settle(Config& config) {
  config.bus.embedded.dir = beside(config.path, config.bus.embedded.dir);
  auto& security = config.bus.kafka.security;
  for (std::string* file : {&security.ca_file, &security.certificate_file, &security.key_file,
                            &security.key_password_file, &security.password_file}) {
    *file = beside(config.path, *file);
  }
  config.ingest.plugin_dir = config.ingest.plugin_dir.empty()
                                 ? plugins_beside_program()
                                 : beside(config.path, config.ingest.plugin_dir);
  config.console.web_dir = beside(config.path, config.console.web_dir);
  config.ingest.state_dir = config.state_dir + "/ingest";
  config.state.dir = config.state_dir + "/shard-0";
  config.spool.dir = config.state_dir + "/spool";
  config.ingest.events_topic = config.bus.prefix + ".events.v1";
  config.ingest.dead_letter_topic = config.bus.prefix + ".deadletter.v1";
  for (auto& source : config.ingest.sources) {
    source.transport.file.path = beside(config.path, source.transport.file.path);
  }
}

// "/sources/0/settings" as people write it: "sources[0].settings".
std::string key_name(const std::string& pointer) {
  std::string name;
  std::istringstream steps(pointer);
  for (std::string step; std::getline(steps, step, '/');) {
    const bool index = !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
    if (index) {
      name += "[" + step + "]";
    } else if (!step.empty()) {
      name += (name.empty() ? "" : ".") + step;
    }
  }
  return name;
}

std::optional<YamlFile> own_file(const std::string& path, const std::string& shipped_name,
                                 const std::string& shipped, Faults& faults) {
  return path.empty() ? parse_yaml(shipped_name, shipped, faults) : read_yaml(path, faults);
}

}  // namespace

FaultLine Loaded::fault(const std::string& pointer, const std::string& message) const {
  const auto mark = at_pointer(root_, pointer).Mark();
  const std::string name = pointer.empty() ? "" : key_name(pointer) + ": ";
  return mark.is_null() ? FaultLine{config_.path, 0, 0, name + message}
                        : FaultLine{config_.path, mark.line + 1, mark.column + 1, name + message};
}

std::optional<Loaded> load(const std::string& path, Faults& faults, WallTime today) {
  Config config;
  config.path = path;
  config.ingest.plugin_dir.clear();
  const auto file = read_yaml(path, faults);
  if (!file) {
    return std::nullopt;
  }
  {
    Section top(file->path, file->root, "", faults);
    read_top(top, config, today);
  }
  settle(config);
  Loaded loaded(std::move(config), file->root);
  for (const auto& fault : ingest::check_config(loaded.config().ingest)) {
    faults.push_back(loaded.fault(fault.pointer, fault.message));
  }
  return loaded;
}

fusion::AssociationConfig load_association(const std::string& path, Faults& faults) {
  fusion::AssociationConfig config;
  if (const auto file = own_file(path, "shipped association", shipped_association(), faults)) {
    Section top(file->path, file->root, "", faults);
    read_association(top, config);
  }
  return config;
}

rules::PriorityTable load_rules(const std::string& path, Faults& faults) {
  rules::PriorityTable table;
  if (const auto file = own_file(path, "shipped rules", shipped_rules(), faults)) {
    Section top(file->path, file->root, "", faults);
    read_rules(top, table);
  }
  return table;
}

}  // namespace fusiond::config
