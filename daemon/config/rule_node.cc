#include "daemon/config/rule_node.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace fusiond::config {
namespace {

bool is_quoted(const YAML::Node& node) {
  return node.Tag() == "!";
}

// How many letters it takes in its line. A quoted one has its quotes besides.
int length_of(const YAML::Node& node) {
  if (!node.IsScalar()) {
    return 1;
  }
  const std::string& text = node.Scalar();
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return std::max(1, static_cast<int>(letters) + (is_quoted(node) ? 2 : 0));
}

std::string listed(std::span<const std::string_view> names) {
  std::string all;
  for (const std::string_view name : names) {
    all += (all.empty() ? "" : ", ") + std::string(name);
  }
  return all;
}

std::string_view wanted(Shape shape) {
  switch (shape) {
    case Shape::prose:
      return "a sentence";
    case Shape::name:
    case Shape::word:
      return "one word";
    case Shape::number:
      return "a whole number";
    case Shape::truth:
      return "true or false";
    case Shape::object:
      return "a mapping of keys";
    case Shape::objects:
      return "a list of mappings";
    case Shape::names:
    case Shape::words:
      return "a list of names";
    case Shape::point:
      return "a latitude and a longitude, such as [41.8800, -87.6300]";
    default:
      return "one value";
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/+:").find(c) != std::string_view::npos;
  });
}

void walk(const std::string& file, const YAML::Node& node, Faults& faults) {
  constexpr std::string_view kTwoWays[] = {"yes", "no", "on", "off", "y", "n"};
  if (node.IsScalar()) {
    std::string lower = node.Scalar();
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!is_quoted(node) &&
        std::find(std::begin(kTwoWays), std::end(kTwoWays), lower) != std::end(kTwoWays)) {
      faults.push_back(fault_at(file, node,
                                "bare `" + node.Scalar() +
                                    "` is read as true or false by some and as a word by others; "
                                    "write true, false, or the word in quotes"));
    }
    return;
  }
  if (node.IsMap()) {
    for (const auto& pair : node) {
      walk(file, pair.first, faults);
      walk(file, pair.second, faults);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) {
      walk(file, item, faults);
    }
  }
}

}  // namespace

FaultLine fault_at(const std::string& file, const YAML::Node& node, std::string message) {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) {
    return {file, 0, 0, std::move(message)};
  }
  return {file, mark.line + 1, mark.column + 1, std::move(message), length_of(node)};
}

void check_surprises(const std::string& file, const std::string& text, const YAML::Node& root,
                     Faults& faults) {
  int line = 1;
  int column = 1;
  for (const char c : text) {
    if (c == '\t') {
      faults.push_back(
          {file, line, column, "a tab; YAML indents by spaces, and so do these files"});
      break;  // one is enough: there may be thousands
    }
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  walk(file, root, faults);
}

RuleNode::RuleNode(const std::string& file, YAML::Node node, const KeyTable& keys, Faults& faults)
    : file_(&file), node_(std::move(node)), keys_(&keys), faults_(&faults) {
  check_keys();
}

void RuleNode::check_keys() const {
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    if (!pair.first.IsScalar()) {
      fault(pair.first, "a key must be one word");
      continue;
    }
    const std::string& name = pair.first.Scalar();
    if (!seen.insert(name).second) {
      fault(pair.first, "the key stands twice: " + name);
      continue;
    }
    const auto known = std::find_if(keys_->keys.begin(), keys_->keys.end(),
                                    [&](const Key& key) { return key.name == name; });
    if (known == keys_->keys.end()) {
      report_unknown(pair.first);
    } else if (known->shape == Shape::planned) {
      fault(pair.first,
            "`" + name + "` (" + std::string(known->meaning) + ") is not supported yet");
    } else if (known->shape == Shape::refused) {
      fault(pair.first, "`" + name + "` is refused always. " + std::string(known->meaning));
    }
  }
  for (const Key& key : keys_->keys) {
    if (key.required && !has(key.name)) {
      fault(node_, std::string(keys_->name) + " needs `" + std::string(key.name) +
                       "`: " + std::string(key.meaning));
    }
  }
}

void RuleNode::report_unknown(const YAML::Node& key) const {
  const std::string& name = key.Scalar();
  for (const OtherName& other : other_names()) {
    const std::string_view first = other.ours.substr(0, other.ours.find_first_of(":. "));
    const bool here = std::any_of(keys_->keys.begin(), keys_->keys.end(),
                                  [&](const Key& one) { return one.name == first; });
    if (other.theirs == name && here) {
      fault(key, std::string(keys_->name) + " has no key `" + name + "`; here it is called " +
                     std::string(other.ours));
      return;
    }
  }
  std::vector<std::string> names;
  for (const Key& one : keys_->keys) {
    if (one.shape != Shape::planned && one.shape != Shape::refused) {
      names.emplace_back(one.name);
    }
  }
  const std::string close = nearest(name, names);
  std::string all;
  for (const std::string& one : names) {
    all += (all.empty() ? "" : ", ") + one;
  }
  fault(key, std::string(keys_->name) + " has no key `" + name + "`" +
                 (close.empty() ? "; it has " + all : "; did you mean `" + close + "`?"));
}

const Key& RuleNode::key_of(std::string_view key) const {
  return *std::find_if(keys_->keys.begin(), keys_->keys.end(),
                       [&](const Key& one) { return one.name == key; });
}

bool RuleNode::has(std::string_view key) const {
  return std::any_of(node_.begin(), node_.end(), [&](const auto& pair) {
    return pair.first.IsScalar() && pair.first.Scalar() == key && !pair.second.IsNull();
  });
}

YAML::Node RuleNode::at(std::string_view key) const {
  for (const auto& pair : node_) {
    if (pair.first.IsScalar() && pair.first.Scalar() == key) {
      return pair.second;
    }
  }
  return node_;
}

std::vector<std::string> RuleNode::present() const {
  std::vector<std::string> keys;
  for (const auto& pair : node_) {
    if (pair.first.IsScalar()) {
      keys.push_back(pair.first.Scalar());
    }
  }
  return keys;
}

void RuleNode::fault(const YAML::Node& where, const std::string& message) const {
  faults_->push_back(fault_at(*file_, where, message));
}

void RuleNode::fault(std::string_view key, const std::string& message) const {
  fault(at(key), message);
}

std::optional<Scalar> RuleNode::scalar(std::string_view key) const {
  if (!has(key)) {
    return std::nullopt;
  }
  const YAML::Node node = at(key);
  if (node.IsScalar()) {
    return Scalar{node.Scalar(), node};
  }
  fault(node, "`" + std::string(key) + "` must be " + std::string(wanted(key_of(key).shape)));
  return std::nullopt;
}

bool RuleNode::is_allowed(const Key& key, const Scalar& value) const {
  if (key.shape == Shape::word || key.shape == Shape::words) {
    if (std::find(key.choices.begin(), key.choices.end(), value.text) != key.choices.end()) {
      return true;
    }
    std::vector<std::string> names(key.choices.begin(), key.choices.end());
    const std::string close = nearest(value.text, names);
    fault(value.node,
          "`" + std::string(key.name) + "` knows no `" + value.text + "`; write " +
              (names.size() == 1 ? "" : "one of ") + listed(key.choices) +
              (close.empty() || names.size() == 1 ? "" : " (did you mean " + close + "?)"));
    return false;
  }
  const bool phrase =  // of a list of words
      key.name == "words" || key.name == "finds" || key.name == "passes_over";
  if ((key.shape == Shape::name || key.shape == Shape::names) && !phrase && !is_name(value.text)) {
    fault(value.node, "`" + std::string(key.name) +
                          "` must be one word of letters, digits and . _ - /, got: " +
                          value.text.substr(0, 80));
    return false;
  }
  if (key.shape == Shape::prose && (value.text.empty() || value.text.size() > 1000)) {
    fault(value.node, "`" + std::string(key.name) + "` must be a sentence of at most 1000 letters");
    return false;
  }
  return true;
}

std::optional<std::string> RuleNode::text(std::string_view key) {
  auto value = scalar(key);
  return value && is_allowed(key_of(key), *value) ? std::optional(std::move(value->text))
                                                  : std::nullopt;
}

std::optional<std::int64_t> RuleNode::number(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  const Key& known = key_of(key);
  std::int64_t read = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [stop, error] = std::from_chars(value->text.data(), end, read);
  if (error != std::errc{} || stop != end || read < known.low || read > known.high) {
    fault(value->node, "`" + std::string(key) + "` must be a whole number from " +
                           std::to_string(known.low) + " to " + std::to_string(known.high) +
                           ", got: " + value->text.substr(0, 80));
    return std::nullopt;
  }
  return read;
}

std::optional<bool> RuleNode::truth(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->text != "true" && value->text != "false") {
    fault(value->node,
          "`" + std::string(key) + "` must be true or false, got: " + value->text.substr(0, 80));
    return std::nullopt;
  }
  return value->text == "true";
}

template <class T>
std::optional<T> RuleNode::kept(const Scalar& where, const Result<T>& result) const {
  if (result) {
    return *result;
  }
  fault(where.node, result.error().message);
  return std::nullopt;
}

std::optional<std::uint16_t> RuleNode::permille(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  if (key_of(key).shape == Shape::share) {
    return kept(*value, read_permille(value->text));
  }
  const auto rest = kept(*value, after_at_least(value->text, "0.60"));
  return rest ? kept(*value, read_permille(*rest)) : std::nullopt;
}

std::optional<std::int64_t> RuleNode::odds_mn(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  if (key_of(key).shape == Shape::share) {
    return kept(*value, read_odds_mn(value->text));
  }
  const auto rest = kept(*value, after_at_least(value->text, "0.60"));
  return rest ? kept(*value, read_odds_mn(*rest)) : std::nullopt;
}

std::optional<std::int64_t> RuleNode::least_number(std::string_view key) {
  const auto value = scalar(key);
  const auto rest = value ? kept(*value, after_at_least(value->text, "8")) : std::nullopt;
  if (!rest) {
    return std::nullopt;
  }
  const Key& known = key_of(key);
  std::int64_t read = 0;
  const char* end = rest->data() + rest->size();
  const auto [stop, error] = std::from_chars(rest->data(), end, read);
  if (error != std::errc{} || stop != end || read < known.low || read > known.high) {
    fault(value->node, "`" + std::string(key) + "` must be at least a whole number from " +
                           std::to_string(known.low) + " to " + std::to_string(known.high) +
                           ", got: " + value->text.substr(0, 80));
    return std::nullopt;
  }
  return read;
}

std::optional<WallTime> RuleNode::moment(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  if (key_of(key).shape == Shape::date) {
    return kept(*value, read_date(value->text));
  }
  const auto read = parse_rfc3339(value->text);
  if (!read) {
    fault(value->node, "`" + value->text.substr(0, 80) +
                           "` is no moment; write such as 2026-12-04T22:00:00-06:00");
    return std::nullopt;
  }
  return *read;
}

std::optional<std::int64_t> RuleNode::distance_cm(std::string_view key) {
  const auto value = scalar(key);
  return value ? kept(*value, read_distance_cm(value->text)) : std::nullopt;
}

std::optional<Micros> RuleNode::time(std::string_view key) {
  const auto value = scalar(key);
  if (!value) {
    return std::nullopt;
  }
  if (key_of(key).shape != Shape::most_time) {
    return kept(*value, read_length_of_time(value->text));
  }
  const auto rest = kept(*value, after_at_most(value->text, "24 h"));
  return rest ? kept(*value, read_length_of_time(*rest)) : std::nullopt;
}

std::optional<std::int64_t> RuleNode::speed_mm_per_s(std::string_view key) {
  const auto value = scalar(key);
  return value ? kept(*value, read_speed_mm_per_s(value->text)) : std::nullopt;
}

std::optional<std::int64_t> RuleNode::factor_mn(std::string_view key) {
  const auto value = scalar(key);
  return value ? kept(*value, read_factor_mn(value->text)) : std::nullopt;
}

std::optional<DailyHours> RuleNode::hours(std::string_view key) {
  const auto value = scalar(key);
  return value ? kept(*value, read_hours(value->text)) : std::nullopt;
}

std::optional<std::pair<std::int32_t, std::int32_t>> RuleNode::point(std::string_view key) {
  if (!has(key)) {
    return std::nullopt;
  }
  const YAML::Node node = at(key);
  if (!node.IsSequence() || node.size() != 2 || !node[0].IsScalar() || !node[1].IsScalar()) {
    fault(node, "`" + std::string(key) + "` must be " + std::string(wanted(Shape::point)));
    return std::nullopt;
  }
  const auto lat = kept(Scalar{node[0].Scalar(), node[0]}, read_degrees(node[0].Scalar(), 90));
  const auto lon = kept(Scalar{node[1].Scalar(), node[1]}, read_degrees(node[1].Scalar(), 180));
  return lat && lon ? std::optional(std::pair(*lat, *lon)) : std::nullopt;
}

std::vector<Scalar> RuleNode::names(std::string_view key) {
  std::vector<Scalar> names;
  if (!has(key)) {
    return names;
  }
  const YAML::Node node = at(key);
  const Key& known = key_of(key);
  const auto take = [&](const YAML::Node& item) {
    if (!item.IsScalar()) {
      fault(item, "`" + std::string(key) + "` must be a list of names");
      return;
    }
    Scalar value{item.Scalar(), item};
    const bool twice = std::any_of(names.begin(), names.end(),
                                   [&](const Scalar& one) { return one.text == value.text; });
    if (twice) {
      fault(item, "`" + value.text + "` stands twice in `" + std::string(key) + "`");
    } else if (is_allowed(known, value)) {
      names.push_back(std::move(value));
    }
  };
  if (node.IsSequence()) {
    if (node.size() == 0) {
      fault(node, "`" + std::string(key) + "` is empty");
    }
    for (const auto& item : node) {
      take(item);
    }
  } else {
    take(node);
  }
  return names;
}

std::optional<RuleNode> RuleNode::object(std::string_view key) {
  if (!has(key)) {
    return std::nullopt;
  }
  const YAML::Node node = at(key);
  if (!node.IsMap()) {
    fault(node, "`" + std::string(key) + "` must be a mapping of keys");
    return std::nullopt;
  }
  return RuleNode(*file_, node, *key_of(key).inner, *faults_);
}

std::vector<RuleNode> RuleNode::objects(std::string_view key) {
  std::vector<RuleNode> list;
  if (!has(key)) {
    return list;
  }
  const YAML::Node node = at(key);
  if (!node.IsSequence()) {
    fault(node, "`" + std::string(key) + "` must be a list, each entry after a dash");
    return list;
  }
  for (const auto& item : node) {
    if (item.IsMap()) {
      list.emplace_back(*file_, item, *key_of(key).inner, *faults_);
    } else {
      fault(item, "an entry of `" + std::string(key) + "` must be a mapping of keys");
    }
  }
  return list;
}

}  // namespace fusiond::config
