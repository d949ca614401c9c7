#include "daemon/config/yaml_section.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <yaml-cpp/eventhandler.h>

#include "daemon/base/json_text.h"

namespace fusiond::config {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr int kMaxDepth = 32;

// Walks the events before a tree is built, so that a hostile file costs no more than its length.
class Guard final : public YAML::EventHandler {
 public:
  std::optional<std::pair<YAML::Mark, std::string>> found;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { see(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    note(mark, "aliases (*name) are not allowed here");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string&) override {
    see(mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnMapEnd() override { --depth_; }

 private:
  void note(const YAML::Mark& mark, std::string what) {
    if (!found) {
      found.emplace(mark, std::move(what));
    }
  }
  void see(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      note(mark, "anchors (&name) are not allowed here");
    }
  }
  void enter(const YAML::Mark& mark, YAML::anchor_t anchor) {
    see(mark, anchor);
    if (++depth_ > kMaxDepth) {
      note(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
  }
  int depth_ = 0;
};

FaultLine fault_line(const std::string& file, const YAML::Mark& mark, std::string message) {
  if (mark.is_null()) {
    return {file, 0, 0, std::move(message)};
  }
  return {file, mark.line + 1, mark.column + 1, std::move(message)};
}

// Plain decimal notation only, the whole text.
std::optional<double> as_number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

bool is_quoted(const YAML::Node& node) {
  return node.Tag() == "!";
}

void json_node(std::string& out, const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) {
    out += "null";
  } else if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    const bool plain = !is_quoted(node) && (text == "true" || text == "false" || as_number(text));
    plain ? void(out += text) : append_json_string(out, text);
  } else if (node.IsSequence()) {
    out.push_back('[');
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i > 0) {
        out.push_back(',');
      }
      json_node(out, node[i]);
    }
    out.push_back(']');
  } else {
    out.push_back('{');
    bool first = true;
    for (const auto& pair : node) {
      if (!first) {
        out.push_back(',');
      }
      first = false;
      append_json_string(out, pair.first.Scalar());
      out.push_back(':');
      json_node(out, pair.second);
    }
    out.push_back('}');
  }
}

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      corner = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string FaultLine::text() const {
  if (line == 0) {
    return file + ": " + message;
  }
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::optional<YamlFile> read_yaml(const std::string& path, Faults& faults) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    faults.push_back({path, 0, 0, "cannot be read"});
    return std::nullopt;
  }
  std::ostringstream text;
  text << in.rdbuf();
  return parse_yaml(path, text.str(), faults);
}

std::optional<YamlFile> parse_yaml(const std::string& path, const std::string& text,
                                   Faults& faults) {
  if (text.size() > kMaxBytes) {
    faults.push_back(
        {path, 0, 0,
         "larger than " + std::to_string(kMaxBytes) + " bytes: " + std::to_string(text.size())});
    return std::nullopt;
  }
  Guard guard;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    int documents = 0;
    while (parser.HandleNextDocument(guard)) {
      ++documents;
    }
    if (guard.found) {
      faults.push_back(fault_line(path, guard.found->first, guard.found->second));
      return std::nullopt;
    }
    if (documents > 1) {
      faults.push_back({path, 0, 0, "one document is wanted, got: " + std::to_string(documents)});
      return std::nullopt;
    }
    YamlFile file{path, YAML::Load(text)};
    if (!file.root.IsMap()) {
      faults.push_back({path, 1, 1, "a mapping of keys is wanted at the top"});
      return std::nullopt;
    }
    return file;
  } catch (const YAML::Exception& e) {
    // What the guard saw first says more than where the parser gave up.
    faults.push_back(guard.found ? fault_line(path, guard.found->first, guard.found->second)
                                 : fault_line(path, e.mark, e.msg));
  }
  return std::nullopt;
}

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  std::size_t fewest = word.size() / 2 + 1;
  for (const auto& name : names) {
    const std::size_t n = edits(word, name);
    if (n < fewest) {
      fewest = n;
      best = name;
    }
  }
  return best;
}

Section::Section(const std::string& file, YAML::Node node, std::string path, Faults& faults)
    : file_(file), node_(std::move(node)), path_(std::move(path)), faults_(faults) {
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    if (!pair.first.IsScalar()) {
      fault(pair.first, "a key must be plain text");
    } else if (!seen.insert(pair.first.Scalar()).second) {
      fault(pair.first, "the key stands twice: " + pair.first.Scalar());
    }
  }
}

Section::~Section() {
  for (const auto& pair : node_) {
    if (!pair.first.IsScalar()) {
      continue;
    }
    const std::string& key = pair.first.Scalar();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) {
      continue;
    }
    const std::string close = nearest(key, known_);
    fault(pair.first, "unknown key " + name(key.c_str()) +
                          (close.empty() ? "" : "; did you mean " + close + "?"));
  }
}

YAML::Node Section::take(const char* key) {
  known_.emplace_back(key);
  const YAML::Node& node = node_;
  return node[key] ? node[key] : YAML::Node(YAML::NodeType::Undefined);
}

bool Section::require(const char* key) {
  const YAML::Node& node = node_;
  if (node[key] && !node[key].IsNull()) {
    return true;
  }
  fault(node_, "the key is missing: " + name(key));
  return false;
}

bool Section::scalar(const char* key, YAML::Node& node, const char* wanted) {
  node.reset(take(key));
  if (!node.IsDefined() || node.IsNull()) {
    return false;
  }
  if (node.IsScalar()) {
    return true;
  }
  fault(node, name(key) + " must be " + wanted);
  return false;
}

void Section::text(const char* key, std::string& value) {
  YAML::Node node;
  if (scalar(key, node, "text")) {
    value = node.Scalar();
  }
}

void Section::choice(const char* key, std::string& value, const std::vector<std::string>& names) {
  YAML::Node node;
  if (!scalar(key, node, "one word")) {
    return;
  }
  if (std::find(names.begin(), names.end(), node.Scalar()) != names.end()) {
    value = node.Scalar();
    return;
  }
  std::string all;
  for (const auto& one : names) {
    all += (all.empty() ? "" : ", ") + one;
  }
  const std::string close = nearest(node.Scalar(), names);
  fault(node, name(key) + " must be one of " + all +
                  (close.empty() ? "" : " (did you mean " + close + "?)") +
                  ", got: " + node.Scalar());
}

void Section::boolean(const char* key, bool& value) {
  YAML::Node node;
  if (!scalar(key, node, "true or false")) {
    return;
  }
  if (!is_quoted(node) && (node.Scalar() == "true" || node.Scalar() == "false")) {
    value = node.Scalar() == "true";
  } else {
    fault(node, name(key) + " must be true or false, got: " + node.Scalar());
  }
}

void Section::number(const char* key, double& value, double low, double high) {
  YAML::Node node;
  if (!scalar(key, node, "a number")) {
    return;
  }
  const auto read = is_quoted(node) ? std::nullopt : as_number(node.Scalar());
  if (!read) {
    fault(node, name(key) + " must be a number, got: " + node.Scalar());
  } else if (*read < low || *read > high) {
    std::ostringstream range;
    range << name(key) << " must be from " << low << " to " << high << ", got: " << node.Scalar();
    fault(node, range.str());
  } else {
    value = *read;
  }
}

bool Section::read_integer(const char* key, std::int64_t& value, std::int64_t low,
                           std::int64_t high) {
  YAML::Node node;
  if (!scalar(key, node, "a whole number")) {
    return false;
  }
  const std::string& text = node.Scalar();
  std::int64_t read = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, read);
  if (is_quoted(node) || error != std::errc{} || stop != end) {
    fault(node, name(key) + " must be a whole number, got: " + text);
    return false;
  }
  if (read < low || read > high) {
    fault(node, name(key) + " must be from " + std::to_string(low) + " to " + std::to_string(high) +
                    ", got: " + text);
    return false;
  }
  value = read;
  return true;
}

void Section::section(const char* key, const std::function<void(Section&)>& read) {
  const YAML::Node node = take(key);
  if (!node.IsDefined() || node.IsNull()) {
    return;
  }
  if (!node.IsMap()) {
    fault(node, name(key) + " must be a mapping of keys");
    return;
  }
  Section inner(file_, node, name(key), faults_);
  read(inner);
}

void Section::list(const char* key, const std::function<void(Section&, std::size_t)>& read) {
  const YAML::Node node = take(key);
  if (!node.IsDefined() || node.IsNull()) {
    return;
  }
  if (!node.IsSequence()) {
    fault(node, name(key) + " must be a list");
    return;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    const std::string place = name(key) + "[" + std::to_string(i) + "]";
    if (!node[i].IsMap()) {
      fault(node[i], place + " must be a mapping of keys");
      continue;
    }
    Section inner(file_, node[i], place, faults_);
    read(inner, i);
  }
}

void Section::mapping(const char* key,
                      const std::function<void(const std::string&, const YAML::Node&)>& read) {
  const YAML::Node node = take(key);
  if (!node.IsDefined() || node.IsNull()) {
    return;
  }
  if (!node.IsMap()) {
    fault(node, name(key) + " must be a mapping of keys");
    return;
  }
  for (const auto& pair : node) {
    read(pair.first.Scalar(), pair.second);
  }
}

void Section::texts(const char* key, std::vector<std::string>& values) {
  const YAML::Node node = take(key);
  if (!node.IsDefined() || node.IsNull()) {
    return;
  }
  if (!node.IsSequence()) {
    fault(node, name(key) + " must be a list");
    return;
  }
  values.clear();
  for (const auto& item : node) {
    if (item.IsScalar()) {
      values.push_back(item.Scalar());
    } else {
      fault(item, name(key) + " must hold plain text only");
    }
  }
}

void Section::fault(const YAML::Node& at, const std::string& message) {
  faults_.push_back(fault_line(file_, at.Mark(), message));
}

void Section::fault_at(const char* key, const std::string& message) {
  const YAML::Node& node = node_;
  fault(node[key] ? node[key] : node_, message);
}

std::string to_json(const YAML::Node& node) {
  std::string out;
  json_node(out, node);
  return out;
}

YAML::Node at_pointer(const YAML::Node& root, std::string_view pointer) {
  YAML::Node node;
  node.reset(root);
  while (!pointer.empty() && pointer.front() == '/') {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const std::string step(pointer.substr(0, end));
    pointer.remove_prefix(end);
    const YAML::Node& here = node;
    YAML::Node next;
    if (here.IsMap() && here[step]) {
      next.reset(here[step]);
    } else if (here.IsSequence() && as_number(step) && *as_number(step) >= 0 &&
               *as_number(step) < static_cast<double>(here.size())) {
      next.reset(here[static_cast<std::size_t>(*as_number(step))]);
    } else {
      break;
    }
    node.reset(next);
  }
  return node;
}

}  // namespace fusiond::config
