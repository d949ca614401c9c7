#include "plugins/sdk/settings.h"

#include <algorithm>
#include <numeric>

namespace fusiond::sdk {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 2, 2) + 1;
  for (const auto& candidate : candidates) {
    if (const auto distance = edit_distance(word.substr(0, 64), candidate);
        distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

void Faults::add(std::string_view pointer, std::string_view what) {
  if (!text_.empty()) {
    text_ += '\n';
  }
  text_.append(pointer).append(": ").append(what);
}

Settings::Settings(std::optional<Json> object, std::string pointer, Faults& faults)
    : object_(object), pointer_(std::move(pointer)), faults_(faults) {
  if (object_ && !object_->is_object()) {
    faults_.add(pointer_, std::string("must be an object, is ") + std::string(describe(object_)));
    object_.reset();
  }
}

std::string Settings::pointer_to(std::string_view key) const {
  return pointer_ + "/" + escaped(key);
}

void Settings::fault(std::string_view key, std::string_view what) {
  faults_.add(pointer_ + "/" + std::string(key), what);
}

std::optional<Json> Settings::value(std::string_view key) {
  read_.emplace_back(key);
  Json found;
  if (!object_ || object_->at_key(key).get(found) != simdjson::SUCCESS || found.is_null()) {
    return std::nullopt;
  }
  return found;
}

std::string Settings::text(std::string_view key, std::string_view otherwise) {
  const auto found = value(key);
  const auto read = read_text(found);
  if (read.found == Found::wrong) {
    fault(key, "must be a text, is " + std::string(describe(found)));
  }
  return read ? read.value : std::string(otherwise);
}

std::string Settings::required_text(std::string_view key) {
  const auto before = faults_.text().size();
  auto read = text(key);
  if (read.empty() && faults_.text().size() == before) {
    fault(key, "is required");
  }
  return read;
}

bool Settings::flag(std::string_view key, bool otherwise) {
  const auto found = value(key);
  bool read = otherwise;
  if (found && found->get(read) != simdjson::SUCCESS) {
    fault(key, "must be true or false, is " + std::string(describe(found)));
    return otherwise;
  }
  return read;
}

double Settings::number(std::string_view key, double otherwise, double least, double most) {
  const auto found = value(key);
  if (!found) {
    return otherwise;
  }
  double read = 0;
  if (found->get(read) != simdjson::SUCCESS) {
    fault(key, "must be a number, is " + std::string(describe(found)));
    return otherwise;
  }
  if (!(read >= least && read <= most)) {
    fault(key, "must be from " + std::to_string(least) + " to " + std::to_string(most) + ", is " +
                   std::to_string(read));
    return otherwise;
  }
  return read;
}

std::vector<std::string> Settings::texts(std::string_view key, std::vector<std::string> otherwise) {
  const auto found = value(key);
  if (!found) {
    return otherwise;
  }
  std::vector<std::string> out;
  simdjson::dom::array list;
  if (found->get(list) != simdjson::SUCCESS) {
    if (auto one = read_text(found)) {
      return {one.value};
    }
    fault(key, "must be a text or a list of texts, is " + std::string(describe(found)));
    return otherwise;
  }
  std::size_t index = 0;
  for (const auto item : list) {
    if (auto one = read_text(item)) {
      out.push_back(one.value);
    } else {
      fault(std::string(key) + "/" + std::to_string(index),
            "must be a text, is " + std::string(describe(item)));
    }
    ++index;
  }
  return out;
}

std::map<std::string, std::string> Settings::table(std::string_view key) {
  std::map<std::string, std::string> out;
  const auto found = value(key);
  simdjson::dom::object rows;
  if (!found) {
    return out;
  }
  if (found->get(rows) != simdjson::SUCCESS) {
    fault(key, "must be an object, is " + std::string(describe(found)));
    return out;
  }
  for (const auto row : rows) {
    if (auto one = read_text(row.value)) {
      out.emplace(std::string(row.key), one.value);
    } else {
      faults_.add(pointer_to(key) + "/" + escaped(row.key),
                  "must be a text or a number, is " + std::string(describe(row.value)));
    }
  }
  return out;
}

Settings Settings::object(std::string_view key) {
  const auto found = value(key);
  return {found, pointer_to(key), faults_};
}

std::vector<Settings> Settings::objects(std::string_view key) {
  std::vector<Settings> out;
  const auto found = value(key);
  simdjson::dom::array list;
  if (found && found->get(list) != simdjson::SUCCESS) {
    fault(key, "must be a list of objects, is " + std::string(describe(found)));
    return out;
  }
  std::size_t index = 0;
  if (found) {
    for (const auto item : list) {
      out.emplace_back(item, pointer_to(key) + "/" + std::to_string(index++), faults_);
    }
  }
  return out;
}

std::vector<std::string> Settings::keys() const {
  std::vector<std::string> out;
  simdjson::dom::object members;
  if (object_ && object_->get(members) == simdjson::SUCCESS) {
    for (const auto member : members) {
      out.emplace_back(member.key);
    }
  }
  return out;
}

void Settings::finish() {
  for (const auto& key : keys()) {
    if (std::ranges::find(read_, key) == read_.end()) {
      const auto near = nearest(key, read_);
      faults_.add(pointer_to(key), near.empty()
                                       ? std::string("unknown key")
                                       : "unknown key; did you mean " + std::string(near) + "?");
    }
  }
}

}  // namespace fusiond::sdk
