#include "plugins/acoustic/record.h"

#include <algorithm>

#include "plugins/acoustic/options.h"

namespace fusiond::acoustic {

Record::Record(sdk::Json object) : object_(object) {
  for (const auto& source : {std::optional(object), sdk::find(object, "properties")}) {
    simdjson::dom::object members;
    if (!source || source->get(members) != simdjson::SUCCESS) {
      continue;
    }
    for (const auto member : members) {
      members_.emplace_back(plain_name(member.key), member.value);
    }
  }
}

Record::Record(const std::vector<std::string>& plain_names,
               const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < plain_names.size() && i < values.size(); ++i) {
    columns_.emplace_back(plain_names[i], std::string(sdk::trimmed(values[i])));
  }
}

std::optional<sdk::Json> Record::json(const std::vector<std::string>& names) const {
  for (const auto& name : names) {
    if (object_ && name.starts_with('/')) {
      if (auto found = sdk::find(*object_, name); found && !found->is_null()) {
        return found;
      }
      continue;
    }
    for (const auto& [key, value] : members_) {
      if (key == name && !value.is_null()) {
        return value;
      }
    }
  }
  return std::nullopt;
}

sdk::Read<std::string> Record::text(const std::vector<std::string>& names) const {
  if (object_) {
    return sdk::read_text(json(names));
  }
  for (const auto& name : names) {
    for (const auto& [key, value] : columns_) {
      if (key == name && !value.empty()) {
        return {value, sdk::Found::ok};
      }
    }
  }
  return {};
}

bool Record::is_empty() const {
  return std::ranges::all_of(members_,
                             [](const auto& member) { return member.second.is_null(); }) &&
         std::ranges::all_of(columns_, [](const auto& column) { return column.second.empty(); });
}

}  // namespace fusiond::acoustic
