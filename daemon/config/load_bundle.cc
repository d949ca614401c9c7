#include "daemon/config/load_bundle.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <simdjson.h>
#include <sstream>
#include <utility>

#include "daemon/base/sha256.h"
#include "daemon/config/load_calendar.h"
#include "daemon/config/load_rule.h"
#include "daemon/config/load_zones.h"
#include "daemon/config/rule_warnings.h"
#include "daemon/config/time_zones.h"
#include "daemon/rules/words.h"

namespace fusiond::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRules = 1000;
constexpr std::size_t kMaxWords = 2000;

class BundleReading {
 public:
  BundleReading(std::string folder, const std::map<std::string, std::string>& files,
                const RuleWorld& world, Faults& faults)
      : folder_(std::move(folder)), files_(files), world_(world), faults_(faults) {}

  LoadedBundle read() {
    shared_file();
    suppressions_file();
    rule_files();
    loaded_.bundle.version = version_ + "-" + digest().substr(0, 8);
    return std::move(loaded_);
  }

 private:
  // A file as text and tree; nothing when it cannot be read as YAML at all.
  struct Read {
    std::string path;
    YamlFile file;
  };
  std::optional<Read> yaml(const std::string& name) {
    const std::string path = path_of(name);
    const std::string& text = files_.at(name);
    if (text.find('\t') != std::string::npos) {
      check_surprises(path, text, YAML::Node(), faults_);  // YAML's own message is hard to read
      return std::nullopt;
    }
    auto file = parse_yaml(path, text, faults_);
    if (!file) {
      return std::nullopt;
    }
    check_surprises(path, text, file->root, faults_);
    return Read{path, *file};
  }

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return (fs::path(folder_) / name).string();
  }

  void shared_file() {
    if (!files_.contains("bundle.yaml")) {
      faults_.push_back(
          {path_of("bundle.yaml"), 0, 0, "is missing: it says what each kind of source may do"});
      return;
    }
    const auto read = yaml("bundle.yaml");
    if (!read) {
      return;
    }
    RuleNode top(read->path, read->file.root, bundle_keys(), faults_);
    check_refused_words(read->path, read->file.root, faults_);
    (void)top.text("schema");
    version_ = top.text("version").value_or("");
    if (auto sources = top.object("sources")) {
      catalogue(*sources);
    }
    for (const Scalar& file : top.names("zones")) {
      if (files_.contains(file.text)) {
        load_zones(path_of(file.text), files_.at(file.text), loaded_.bundle.zones, faults_);
      } else {
        top.fault(file.node,
                  "there is no file " + file.text + " in the folder; zones end in .geojson");
      }
    }
    for (const Scalar& file : top.names("cameras")) {
      if (files_.contains(file.text)) {
        load_cameras(path_of(file.text), files_.at(file.text), loaded_.bundle.cameras, faults_);
      } else {
        top.fault(file.node,
                  "there is no file " + file.text + " in the folder; cameras end in .geojson");
      }
    }
    for (RuleNode& node : top.objects("plate_lists")) {
      const auto name = node.text("list");
      const auto as_of = node.moment("as_of");
      if (name &&
          !loaded_.bundle.plate_lists
               .emplace(*name, rules::PlateList{event_time(micros_of(as_of.value_or(WallTime{})))})
               .second) {
        node.fault("list", "two lists are called `" + *name + "`");
      }
    }
    for (RuleNode& node : top.objects("word_lists")) {
      word_list(node);
    }
    for (RuleNode& node : top.objects("calendars")) {
      calendar(node);
    }
    for (RuleNode& node : top.objects("protected_events")) {
      protected_event(node);
    }
  }

  void catalogue(RuleNode& sources) {
    for (const std::string& name : sources.present()) {
      const auto known = bundle_source(name);
      auto node = known ? sources.object(name) : std::nullopt;
      if (!node) {
        continue;
      }
      const std::string may_open = node->text("may_open").value_or("never");
      const Micros keep = node->time("keep").value_or(Micros{0});
      if (node->has("keep") && keep <= Micros{0}) {
        node->fault("keep", "must be above 0 s");
      }
      sources_[name] = {may_open == "alone"          ? MayOpen::alone
                        : may_open == "with-support" ? MayOpen::with_support
                                                     : MayOpen::never,
                        keep};
      if (name == "social" && may_open != "never") {
        node->fault("may_open", "posts never open an incident; write never");
      }
      if ((name == "plate" || name == "camera") && may_open == "alone") {
        node->fault("may_open",
                    name + " may not open an incident alone; write with-support or never");
      }
    }
  }

  static bool bundle_source(const std::string& name) {
    const auto keys = bundle_keys().keys;
    const auto at = std::find_if(keys.begin(), keys.end(),
                                 [](const Key& key) { return key.name == "sources"; });
    const auto known = at->inner->keys;
    return std::any_of(known.begin(), known.end(),
                       [&](const Key& key) { return key.name == name; });
  }

  void word_list(RuleNode& node) {
    const auto name = node.text("list");
    rules::WordList list;
    list.language = node.text("language").value_or("");
    list.version = static_cast<std::uint32_t>(node.number("version").value_or(1));
    const std::vector<Scalar> words = node.names("words");
    for (const Scalar& word : words) {
      if (const std::string why = refused_term(word.text); !why.empty()) {
        node.fault(word.node, why);
      } else if (word.text.size() < 2 || word.text.size() > 60) {
        node.fault(word.node, "a word or phrase has 2 to 60 letters");
      } else if (!simdjson::validate_utf8(word.text.data(), word.text.size())) {
        node.fault(word.node, "a word or phrase is UTF-8 text");
      } else {
        list.words.push_back(word.text);
      }
    }
    if (words.size() > kMaxWords) {
      node.fault("words", "a list has at most 2000 words, got: " + std::to_string(words.size()));
      return;
    }
    if (list.words.size() == words.size()) {
      test_words(node, list);
    }
    if (name && !loaded_.bundle.word_lists.emplace(*name, std::move(list)).second) {
      node.fault("list", "two lists are called `" + *name + "`");
    }
  }

  // The texts that a list is tested with.
  static void test_words(RuleNode& node, const rules::WordList& list) {
    const rules::WordSet words(list.words);
    for (const Scalar& text : node.names("finds")) {
      if (!words.in(text.text)) {
        node.fault(text.node, "the list finds nothing in this text, and it must");
      }
    }
    for (const Scalar& text : node.names("passes_over")) {
      if (words.in(text.text)) {
        node.fault(text.node, "the list finds a word in this text, and it must not");
      }
    }
  }

  void calendar(RuleNode& node) {
    const auto name = node.text("calendar");
    const auto file = node.text("file");
    const std::string zone = node.text("zone").value_or("");
    if (!zone.empty() && zone_named(zone) == nullptr) {
      node.fault("zone",
                 "is no time zone that is known: " + zone + "; write such as America/Chicago");
      return;
    }
    if (!name || !file) {
      return;
    }
    rules::Spans spans;
    if (files_.contains(*file) && file->ends_with(".ics")) {
      spans = load_calendar(path_of(*file), files_.at(*file), zone, faults_);
    } else {
      node.fault("file", "there is no file " + *file + " in the folder; calendars end in .ics");
    }
    if (!loaded_.bundle.calendars.emplace(*name, std::move(spans)).second) {
      node.fault("calendar", "two calendars are called `" + *name + "`");
    }
  }

  std::string zone(RuleNode& node) {
    const auto name = node.text("inside");
    if (name && !loaded_.bundle.zones.has(*name)) {
      const std::string close = nearest(*name, loaded_.bundle.zones.names());
      node.fault("inside", "there is no zone `" + *name + "`" +
                               (close.empty() ? "" : "; did you mean `" + close + "`?"));
      return {};
    }
    return name.value_or("");
  }

  // From `from` to `until`, or when a calendar says so.
  rules::Spans spans(RuleNode& node, std::chrono::days most) {
    const bool by_calendar = node.has("calendar");
    if (by_calendar == node.has("from") || by_calendar == node.has("until")) {
      node.fault(node.node(), "says when by `from` and `until`, or by `calendar`");
      return {};
    }
    if (!by_calendar) {
      return {span(node, most)};
    }
    return calendar_of(node, "calendar", loaded_.bundle.calendars);
  }

  static rules::TimeSpan span(RuleNode& node, std::chrono::days most) {
    const auto from = node.moment("from");
    const auto until = node.moment("until");
    if (from && until && *until <= *from) {
      node.fault("until", "it ends before it begins");
    } else if (from && until && *until - *from > most) {
      node.fault("until", "it lasts longer than " + std::to_string(most.count()) + " days");
    }
    return {event_time(micros_of(from.value_or(WallTime{}))),
            event_time(micros_of(until.value_or(WallTime{})))};
  }

  void protected_event(RuleNode& node) {
    const auto name = node.text("name");
    rules::ProtectedEvent event{zone(node), spans(node, std::chrono::days{31})};
    if (event.inside.empty()) {
      return;
    }
    if (name && !loaded_.bundle.protected_events.emplace(*name, event).second) {
      node.fault("name", "two protected events are called `" + *name + "`");
    }
  }

  void suppressions_file() {
    if (!files_.contains("suppressions.yaml")) {
      return;
    }
    const auto read = yaml("suppressions.yaml");
    if (!read) {
      return;
    }
    RuleNode top(read->path, read->file.root, suppressions_keys(), faults_);
    check_refused_words(read->path, read->file.root, faults_);
    (void)top.text("schema");
    for (RuleNode& node : top.objects("suppressions")) {
      suppression(node);
    }
  }

  void suppression(RuleNode& node) {
    const auto name = node.text("name");
    rules::Suppression one;
    const std::string mode = node.text("mode").value_or("note");
    one.mode = mode == "hold"    ? rules::SuppressionMode::hold
               : mode == "lower" ? rules::SuppressionMode::lower
                                 : rules::SuppressionMode::note;
    for (const Scalar& type : node.names("types")) {
      one.types.push_back(type.text);
    }
    one.inside = zone(node);
    one.when = spans(node, std::chrono::days{31});
    (void)node.text("owner");
    (void)node.text("because");
    const auto priority = node.number("priority");
    one.priority = static_cast<std::uint8_t>(priority.value_or(0));
    if ((one.mode == rules::SuppressionMode::lower) != node.has("priority")) {
      node.fault(node.has("priority") ? node.at("priority") : node.node(),
                 "`priority` goes with mode lower: at most which priority");
    }
    if (name && !loaded_.bundle.suppressions.emplace(*name, std::move(one)).second) {
      node.fault("name", "two suppressions are called `" + *name + "`");
    }
  }

  void rule_files() {
    std::vector<std::string> names;
    for (const auto& [name, text] : files_) {
      if (name.ends_with(".yaml") && name != "bundle.yaml" && name != "suppressions.yaml") {
        names.push_back(name);
      } else if (name.ends_with(".yml")) {
        faults_.push_back({path_of(name), 0, 0, "is not read; call it .yaml"});
      }
    }
    if (names.size() > kMaxRules) {
      faults_.push_back(
          {folder_, 0, 0, "a folder has at most 1000 rules, got: " + std::to_string(names.size())});
      return;
    }
    for (const std::string& name : names) {
      rule_file(name);
    }
    if (!faults_.empty()) {
      return;  // a rule may name what is not there
    }
    for (RuleWarning& warning : warnings_of(loaded_.bundle, world_.today)) {
      loaded_.warnings.push_back({path_of(warning.rule + ".yaml"), 0, 0, warning.what});
    }
  }

  void rule_file(const std::string& name) {
    const auto read = yaml(name);
    if (!read) {
      return;
    }
    const std::size_t before = loaded_.warnings.size();
    Faults found;  // a key that two readers ask for is one fault
    {
      RuleNode top(read->path, read->file.root, rule_keys(), found);
      check_refused_words(read->path, read->file.root, found);
      const RuleSurroundings around{world_, loaded_.bundle, sources_};
      RuleDraft draft = read_rule(top, read->path, around, found);
      check_governance(top, fs::path(name).stem().string(), around, draft, loaded_.warnings);
      if (found.empty()) {
        check_thresholds(top, around, draft);
      }
      std::move(draft.tests.begin(), draft.tests.end(), std::back_inserter(loaded_.tests));
      std::move(draft.accepted.begin(), draft.accepted.end(), std::back_inserter(loaded_.accepted));
      loaded_.bundle.rules.push_back(std::move(draft.rule));
    }
    for (std::size_t i = before; i < loaded_.warnings.size(); ++i) {
      loaded_.warnings[i].file = read->path;
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::move(found.begin(), found.end(), std::back_inserter(faults_));
  }

  [[nodiscard]] std::string digest() const {
    std::string all;
    for (const auto& [name, text] : files_) {
      all += name + "\n" + std::to_string(text.size()) + "\n" + text;
    }
    return hex_of(sha256(all));
  }

  std::string folder_;
  const std::map<std::string, std::string>& files_;
  const RuleWorld& world_;
  Faults& faults_;
  LoadedBundle loaded_;
  std::string version_;
  std::map<std::string, SourceEntry> sources_;
};

}  // namespace

LoadedBundle load_bundle(const std::string& folder, const std::map<std::string, std::string>& files,
                         const RuleWorld& world, Faults& faults) {
  return BundleReading(folder, files, world, faults).read();
}

LoadedBundle load_bundle(const std::string& folder, const RuleWorld& world, Faults& faults) {
  std::error_code ec;
  if (!fs::is_directory(folder, ec)) {
    faults.push_back({folder, 0, 0, "there is no such folder of rules"});
    return {};
  }
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    const auto ending = entry.path().extension();
    if (!entry.is_regular_file() ||
        (ending != ".yaml" && ending != ".yml" && ending != ".geojson" && ending != ".ics")) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in && !text.str().empty()) {
      faults.push_back({entry.path().string(), 0, 0, "cannot be read"});
    }
    files[entry.path().filename().string()] = text.str();
  }
  return load_bundle(folder, files, world, faults);
}

std::string with_line(const FaultLine& fault) {
  std::string text = fault.text() + "\n";
  std::ifstream in(fault.file, std::ios::binary);
  std::string line;
  for (int i = 0; i < fault.line && std::getline(in, line); ++i) {
  }
  if (fault.line == 0 || !in || line.size() > 400) {
    return text;
  }
  std::replace(line.begin(), line.end(), '\t', ' ');
  const std::string margin = std::to_string(fault.line);
  text += "  " + margin + " | " + line + "\n";
  const int length = std::max(1, fault.length);
  text += "  " + std::string(margin.size(), ' ') + " | " +
          std::string(static_cast<std::size_t>(std::max(0, fault.column - 1)), ' ') +
          std::string(static_cast<std::size_t>(length), '^') + "\n";
  return text;
}

}  // namespace fusiond::config
