#include "daemon/config/rule_diff.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace fusiond::config {
namespace {

// One value of a file: where it stands, how that place is called, and what it says.
struct Leaf {
  std::string path;   // "support/call/near/within"
  std::string group;  // of one in a list the list's place and its name: "support/call"
  std::string words;  // "the radius of `call`"
  std::string value;
};

struct Phrase {
  std::string_view end;  // of the path
  std::string_view words;
};

// By the end of a path; %s is the part that it is about.
constexpr std::array kPhrases = {
    Phrase{"near/within", "the radius of %s"},
    Phrase{"near/speed", "the speed that %s may have come with"},
    Phrase{"near/of", "whose neighbourhood %s is looked for in"},
    Phrase{"time/from", "the earliest time of %s"},
    Phrase{"time/to", "the latest time of %s"},
    Phrase{"match/kind", "the kinds that %s takes"},
    Phrase{"match/confidence", "the confidence that %s needs"},
    Phrase{"match/words", "the list of words that %s is read by"},
    Phrase{"match/list", "the lists of plates that %s takes"},
    Phrase{"prior", "how often %s alone turns out real"},
    Phrase{"likelier", "the factor of %s"},
    Phrase{"at_least", "how many of %s are needed"},
    Phrase{"at_most", "how many of %s count at most"},
    Phrase{"distinct", "by what reports of %s are independent"},
    Phrase{"until", "how long %s is waited for"},
    Phrase{"provisional/probability", "the probability from which it is provisional"},
    Phrase{"firm/probability", "the probability from which it is firm"},
    Phrase{"incident/type", "the type of its incidents"},
    Phrase{"priority/base", "the priority to begin with"},
    Phrase{"verify_before", "what is to be verified first"},
    Phrase{"review_by", "the date of its review"},
    Phrase{"expires", "the date on which it ends"},
    Phrase{"status", "the status"},
    Phrase{"title", "the title"},
    Phrase{"version", "the version"},
};

bool ends_with(std::string_view path, std::string_view end) {
  return path == end || (path.ends_with(end) && path[path.size() - end.size() - 1] == '/');
}

// By what those in a list are told apart.
std::optional<std::string> name_of(const YAML::Node& item) {
  if (!item.IsMap()) {
    return std::nullopt;
  }
  for (const char* key : {"as", "name", "list", "use", "because"}) {
    if (item[key] && item[key].IsScalar()) {
      return item[key].Scalar();
    }
  }
  return std::nullopt;
}

bool is_plain(const YAML::Node& list) {
  return std::all_of(list.begin(), list.end(),
                     [](const YAML::Node& item) { return item.IsScalar(); });
}

class Leaves {
 public:
  std::vector<Leaf> of(const YAML::Node& root) {
    walk(root, "", "", "");
    return std::move(leaves_);
  }

 private:
  static std::string joined(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "/" + key;
  }

  void walk(const YAML::Node& node, const std::string& path, const std::string& group,
            const std::string& about) {
    if (node.IsMap()) {
      // A part's own name makes it another part; an anchor stands alone.
      const auto name = about.empty() ? name_of(node) : std::nullopt;
      for (const auto& entry : node) {
        walk(entry.second, joined(path, entry.first.Scalar()), group,
             name && !path.empty() ? *name : about);
      }
    } else if (node.IsSequence() && !is_plain(node)) {
      list(node, path, group, about);
    } else {
      leaves_.push_back({path, group, words_for(path, about), value_of(node)});
    }
  }

  void list(const YAML::Node& node, const std::string& path, const std::string& group,
            const std::string& about) {
    std::size_t number = 0;
    for (const YAML::Node& item : node) {
      ++number;
      const auto name = name_of(item);
      const std::string place = joined(path, name.value_or(std::to_string(number)));
      if (path == "tests") {
        leaves_.push_back({place, place, "the test `" + name.value_or(std::to_string(number)) + "`",
                           YAML::Dump(item)});
      } else {
        walk(item, place, name && group.empty() ? place : group, name.value_or(about));
      }
    }
  }

  static std::string value_of(const YAML::Node& node) {
    if (!node.IsSequence()) {
      return node.IsScalar() ? node.Scalar() : "nothing";
    }
    std::string text;
    for (const YAML::Node& item : node) {
      text += (text.empty() ? "" : ", ") + item.Scalar();
    }
    return text.empty() ? "none" : text;
  }

  static std::string words_for(const std::string& path, const std::string& about) {
    for (const Phrase& phrase : kPhrases) {
      if (!ends_with(path, phrase.end)) {
        continue;
      }
      std::string words(phrase.words);
      const auto at = words.find("%s");
      if (at == std::string::npos) {
        return words;
      }
      if (!about.empty()) {
        return words.replace(at, 2, "`" + about + "`");
      }
    }
    std::string words = "`" + path + "`";
    std::replace(words.begin(), words.end(), '/', '.');
    return words;
  }

  std::vector<Leaf> leaves_;
};

const Leaf* find(const std::vector<Leaf>& leaves, const std::string& path) {
  const auto at = std::find_if(leaves.begin(), leaves.end(),
                               [&](const Leaf& leaf) { return leaf.path == path; });
  return at == leaves.end() ? nullptr : &*at;
}

bool has_group(const std::vector<Leaf>& leaves, const std::string& group) {
  return std::any_of(leaves.begin(), leaves.end(),
                     [&](const Leaf& leaf) { return leaf.group == group; });
}

// "a new support `call`: near.within 400 m, likelier 4x"
std::string whole(const std::vector<Leaf>& leaves, const std::string& group) {
  std::string text;
  for (const Leaf& leaf : leaves) {
    if (leaf.group != group || leaf.path.size() <= group.size()) {
      continue;
    }
    std::string key = leaf.path.substr(group.size() + 1);
    std::replace(key.begin(), key.end(), '/', '.');
    if (key != "as" && key != "name") {
      text += (text.empty() ? ": " : "; ") + key + " " + leaf.value;
    }
  }
  return text;
}

std::string called(const std::string& group) {
  const auto cut = group.rfind('/');
  std::string list = cut == std::string::npos ? "" : group.substr(0, cut);
  std::replace(list.begin(), list.end(), '/', '.');
  return list + " `" + group.substr(cut + 1) + "`";
}

// The differences of one file, without its name.
std::vector<std::string> between(const std::vector<Leaf>& before, const std::vector<Leaf>& after) {
  std::vector<std::string> sentences;
  std::vector<std::string> told;  // groups that came or went as a whole
  const auto once = [&](const std::string& group) {
    const bool is_new = std::find(told.begin(), told.end(), group) == told.end();
    told.push_back(group);
    return is_new;
  };
  for (const Leaf& leaf : after) {
    const Leaf* was = find(before, leaf.path);
    if (was != nullptr && was->value == leaf.value) {
      continue;
    }
    if (leaf.path.starts_with("tests/")) {
      sentences.push_back(leaf.words + (was == nullptr ? " is new" : " is another"));
    } else if (was != nullptr) {
      sentences.push_back(leaf.words + " changes from " + was->value + " to " + leaf.value);
    } else if (!leaf.group.empty() && !has_group(before, leaf.group)) {
      if (once(leaf.group)) {
        sentences.push_back("a new " + called(leaf.group) + whole(after, leaf.group));
      }
    } else {
      sentences.push_back(leaf.words + " is now " + leaf.value + ", where nothing was said");
    }
  }
  for (const Leaf& leaf : before) {
    if (find(after, leaf.path) != nullptr) {
      continue;
    }
    if (!leaf.group.empty() && !has_group(after, leaf.group)) {
      if (once(leaf.group)) {
        sentences.push_back((leaf.path.starts_with("tests/") ? leaf.words : called(leaf.group)) +
                            " is gone");
      }
    } else {
      sentences.push_back(leaf.words + " is gone; it was " + leaf.value);
    }
  }
  return sentences;
}

std::string stem_of(const std::string& name) {
  return name.ends_with(".yaml") ? name.substr(0, name.size() - 5) : name;
}

std::string title_of(const YAML::Node& root) {
  const YAML::Node title = root["title"];
  return title && title.IsScalar() ? ": " + title.Scalar() : "";
}

}  // namespace

std::vector<std::string> rule_changes(const std::map<std::string, std::string>& before,
                                      const std::map<std::string, std::string>& after,
                                      Faults& faults) {
  std::vector<std::string> all;
  for (const auto& [name, text] : after) {
    const auto was = before.find(name);
    if (was != before.end() && was->second == text) {
      continue;
    }
    if (!name.ends_with(".yaml")) {
      all.push_back(name + (was == before.end() ? " is new" : " is another file"));
      continue;
    }
    const auto now = parse_yaml(name, text, faults);
    if (now && was == before.end()) {
      all.push_back(stem_of(name) + " is new" + title_of(now->root));
    } else if (const auto then = now ? parse_yaml(name, was->second, faults) : std::nullopt) {
      for (const std::string& one : between(Leaves().of(then->root), Leaves().of(now->root))) {
        all.push_back(stem_of(name) + ": " + one);
      }
    }
  }
  for (const auto& [name, text] : before) {
    if (!after.contains(name)) {
      all.push_back(stem_of(name) + " is gone");
    }
  }
  return all;
}

}  // namespace fusiond::config
