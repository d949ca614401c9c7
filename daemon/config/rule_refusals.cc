// What is refused always, at any depth.
#include <algorithm>
#include <cctype>

#include "daemon/config/folded_text.h"
#include "daemon/config/load_rule.h"
#include "daemon/config/refused_words.h"

namespace fusiond::config {
namespace {

// Keys under which people write to people: what stands there decides nothing.
bool is_prose(const std::string& key) {
  constexpr std::string_view kProse[] = {"title", "because", "single_source", "headline", "contact",
                                         "owner", "author",  "approver",      "tests",    "route"};
  return std::find(std::begin(kProse), std::end(kProse), key) != std::end(kProse);
}

std::string thing_in(const std::string& text) {
  const FoldedText folded = fold(text);
  for (const RefusedThing& thing : refused_things()) {
    for (const std::string_view pattern : thing.patterns) {
      if (holds(folded, pattern)) {
        return std::string(thing.code) + ": " + std::string(thing.what);
      }
    }
  }
  return {};
}

bool is_protected(const std::string& text) {
  const FoldedText folded = fold(text);
  const auto words = protected_words();
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return holds(folded, word); });
}

// A handle, a telephone number, an address of mail: one person.
bool is_one_person(const std::string& text) {
  const auto digits =
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return text.starts_with('@') || text.find('@') != std::string::npos || digits >= 7;
}

class Walk {
 public:
  Walk(const std::string& file, Faults& faults) : file_(file), faults_(faults) {}

  // `of`: the key whose value this is; `matched`: below `match`, or words of a list.
  void node(const YAML::Node& node, const std::string& of, bool matched) {
    if (node.IsScalar()) {
      scalar(node, of, matched);
    } else if (node.IsSequence()) {
      for (const auto& item : node) {
        this->node(item, of, matched);
      }
    } else if (node.IsMap()) {
      for (const auto& pair : node) {
        const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
        refuse(pair.first, thing_in(key));
        if (!is_prose(key)) {
          this->node(pair.second, key, matched || key == "match");
        }
      }
    }
  }

 private:
  void refuse(const YAML::Node& where, const std::string& why) {
    if (!why.empty()) {
      faults_.push_back(fault_at(
          file_, where, "`" + where.Scalar().substr(0, 80) + "` is refused always. " + why));
    }
  }
  void scalar(const YAML::Node& node, const std::string& of, bool matched) {
    const std::string& text = node.Scalar();
    refuse(node, thing_in(text));
    // Our own words (purposes, kinds of incident) are no terms.
    const bool term = matched && of != "kind" && of != "state";
    if (term && is_protected(text)) {
      refuse(node, "A-03: a characteristic or an activity that is protected");
    }
  }
  const std::string& file_;
  Faults& faults_;
};

}  // namespace

void check_refused_words(const std::string& file, const YAML::Node& root, Faults& faults) {
  Walk(file, faults).node(root, "", false);
}

std::string refused_term(const std::string& text) {
  const std::string shown = "`" + text.substr(0, 80) + "` is refused always. ";
  if (const std::string thing = thing_in(text); !thing.empty()) {
    return shown + thing;
  }
  if (is_protected(text)) {
    return shown + "A-03: a characteristic or an activity that is protected";
  }
  if (is_one_person(text)) {
    return shown + "A-04: one person's name, number or account";
  }
  return {};
}

}  // namespace fusiond::config
