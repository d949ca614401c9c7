// What a rule must declare, and thresholds that make no sense.
#include <algorithm>
#include <cmath>
#include <set>

#include "daemon/config/rule_reading.h"

namespace fusiond::config {
namespace {

constexpr std::chrono::days kReview{365};
constexpr std::chrono::days kSocialLife{30};
constexpr std::chrono::days kWarnBefore{30};

bool reads(const RuleDraft& draft, WitnessKind kind) {
  return std::any_of(draft.rule.parts.begin(), draft.rule.parts.end(),
                     [&](const rules::Part& part) { return part.from.has(kind); });
}

class Governance {
 public:
  Governance(RuleNode& top, const RuleSurroundings& around, RuleDraft& draft, Faults& warnings)
      : top_(top), around_(around), draft_(draft), warnings_(warnings) {}

  void check(const std::string& stem) {
    if (const auto name = top_.text("rule"); name && *name != stem) {
      top_.fault("rule", "the rule is called as its file: " + stem);
    }
    if (auto owner = top_.object("owner")) {
      (void)owner->text("unit");
      (void)owner->text("contact");
    }
    (void)top_.text("schema");
    (void)top_.text("purpose");
    (void)top_.text("because");
    const auto author = top_.text("author");
    const auto approver = top_.text("approver");
    if (author && approver && *author == *approver) {
      top_.fault("approver",
                 "nobody approves their own rule: author and approver are both " + *author);
    }
    dates();
    authority();
    anchor();
    plates();
    posts();
  }

 private:
  void dates() {
    const auto created = top_.moment("created");
    const auto review = top_.moment("review_by");
    const auto expires = top_.moment("expires");
    if (created && review && (*review <= *created || *review - *created > kReview)) {
      top_.fault("review_by", "the review is within 365 days after `created`");
    }
    if (created && expires && *expires <= *created) {
      top_.fault("expires", "it expires before it was created");
    }
    if (expires) {
      draft_.rule.expires = event_time(micros_of(*expires));
    }
    if (draft_.rule.status != rules::RuleStatus::live) {
      return;
    }
    const WallTime today = around_.world.today;
    if (expires && *expires <= today) {
      top_.fault("expires", "it has expired; review it, and write a new date or `status: retired`");
    }
    if (review && *review <= today) {
      top_.fault("review_by", "its review is due; review it, and write a new date");
    } else if (review && *review - today <= kWarnBefore) {
      warnings_.push_back({"", top_.at("review_by").Mark().line + 1,
                           top_.at("review_by").Mark().column + 1,
                           "its review is due within 30 days"});
    }
  }

  void authority() {
    auto authority = top_.object("authority");
    if (!authority) {
      return;
    }
    (void)authority->text("basis");
    std::set<std::string> allowed;
    const auto listed = authority->names("sources");
    for (const Scalar& source : listed) {
      allowed.insert(source.text);
    }
    std::set<std::string> used;
    for (const auto& part : draft_.from) {
      for (const Scalar& from : part) {
        used.insert(source_of(from.text));
        if (!allowed.contains(source_of(from.text))) {
          top_.fault(from.node, "it reads " + source_of(from.text) +
                                    ", which authority.sources does not name");
        }
      }
    }
    for (const Scalar& source : listed) {
      if (!used.contains(source.text)) {
        top_.fault(source.node,
                   "no part reads " + source.text + "; authority goes no further than the rule");
      }
    }
    const auto keep = authority->time("keep");
    if (keep && *keep <= Micros{0}) {
      authority->fault("keep", "must be above 0 s");
    }
    for (const std::string& source : used) {
      const auto entry = around_.sources.find(source);
      if (keep && entry != around_.sources.end() && *keep > entry->second.keep) {
        authority->fault("keep", "what " + source + " said may be kept " +
                                     std::to_string(entry->second.keep.count() / 86'400'000'000) +
                                     " d at most (bundle.yaml)");
      }
    }
  }

  // A silence is opened by no report.
  void anchor() {
    if (draft_.rule.pattern && draft_.rule.pattern->quiet_for) {
      return;
    }
    for (const Scalar& from : draft_.from.front()) {
      const auto entry = around_.sources.find(source_of(from.text));
      if (entry != around_.sources.end() && entry->second.may_open == MayOpen::never) {
        top_.fault(from.node, source_of(from.text) +
                                  " may not open an incident (bundle.yaml: may_open: never); "
                                  "make it a part of `support`");
      }
    }
  }

  // A hit is a lead: people look first.
  void plates() {
    if (!reads(draft_, WitnessKind::plate)) {
      return;
    }
    auto incident = top_.object("incident");
    if (incident && draft_.rule.verify_before.empty()) {
      incident->fault(
          incident->node(),
          "a rule that reads plates needs `verify_before: [stop, detain]`: a hit is a lead");
    }
    const bool opened = draft_.rule.anchor().from.has(WitnessKind::plate);
    for (RuleNode& route : top_.objects("route")) {
      const auto to = route.text("to");
      if (opened && to && to->starts_with("dispatch")) {
        route.fault(
            "to",
            "a plate hit is a lead and goes to people who check it, never straight to dispatch; "
            "write such as review.plates");
      }
    }
  }

  void posts() {
    auto social = top_.object("social");
    if (!reads(draft_, WitnessKind::social)) {
      if (social) {
        top_.fault("social", "no part reads posts");
      }
      return;
    }
    if (!social) {
      top_.fault(top_.node(),
                 "a rule that reads posts needs `social`: {predicate, level, inside, hours}");
      return;
    }
    const auto predicate = social->text("predicate");
    (void)social->text("level");
    draft_.rule.threat_to_life = predicate == "threat-to-life";
    if (predicate == "criminal" && !social->has("case_number")) {
      social->fault("predicate", "a criminal predicate needs a `case_number`");
    }
    (void)social->text("case_number");
    if (!top_.text("approver_role")) {
      top_.fault(
          "approver",
          "a rule that reads posts is approved by a supervisor; write `approver_role: supervisor`");
    }
    const auto created = top_.moment("created");
    const auto expires = top_.moment("expires");
    if (created && expires && *expires - *created > kSocialLife) {
      top_.fault("expires", "a rule that reads posts expires within 30 days after `created`");
    }
    bound_posts(*social, created, expires);
  }

  // Zone and hours hold for the anchor of the rule.
  void bound_posts(RuleNode& social, std::optional<WallTime> created,
                   std::optional<WallTime> expires) {
    const auto zone = social.text("inside");
    const auto zones = around_.bundle.zones.names();
    if (zone && std::find(zones.begin(), zones.end(), *zone) == zones.end()) {
      const std::string close = nearest(*zone, zones);
      social.fault("inside", "there is no zone `" + *zone + "`" +
                                 (close.empty() ? "" : "; did you mean `" + close + "`?"));
    } else if (zone && !draft_.rule.inside.empty() && draft_.rule.inside != *zone) {
      social.fault("inside", "the rule itself is for the zone " + draft_.rule.inside);
    } else if (zone) {
      draft_.rule.inside = *zone;
    }
    const auto hours = social.hours("hours");
    if (hours && created && expires && *expires - *created <= kSocialLife) {
      for (const HoursSpan& span : spans_of(*hours, *created, *expires)) {
        draft_.rule.hours.push_back(
            {event_time(micros_of(span.from)), event_time(micros_of(span.to))});
      }
    }
  }

  RuleNode& top_;
  const RuleSurroundings& around_;
  RuleDraft& draft_;
  Faults& warnings_;
};

// The most that a part can add: everybody there is, n / (1 + (n - 1) * 0.6) → 1 / 0.6.
std::int64_t most_mn(const rules::Part& part) {
  if (part.likelier_mn <= 0) {
    return 0;
  }
  constexpr std::uint32_t kMany = 100'000;
  const auto n = static_cast<std::int64_t>(std::min(part.at_most, kMany));
  const std::int64_t effective = n * 1'000'000 / (1000 + (n - 1) * 600);
  return part.role == PartRole::absent ? part.likelier_mn : part.likelier_mn * effective / 1000 + 1;
}

// A pattern that takes two who do not know of each other does not rest on one.
bool counts_independent(const rules::Rule& rule) {
  const rules::Part& counted = rule.anchor();
  if (rule.pattern && rule.pattern->quiet_for) {
    return true;  // it rests on no report at all
  }
  return rule.pattern && std::max(counted.at_least, rule.firm.count) > 1 &&
         counted.distinct != rules::Field::report && counted.distinct != rules::Field::plate;
}

std::string percent(std::int64_t odds_mn) {
  const double share = 1 / (1 + std::exp(-static_cast<double>(odds_mn) / 1000));
  const auto permille = static_cast<int>(share * 1000);
  std::string digits = std::to_string(permille);
  digits.insert(0, digits.size() < 3 ? 3 - digits.size() : 0, '0');
  return permille == 1000 ? "1" : "0." + digits;
}

}  // namespace

rules::Spans calendar_of(RuleNode& node, std::string_view key,
                         const std::map<std::string, rules::Spans>& calendars) {
  const auto name = node.text(key);
  if (!name) {
    return {};
  }
  if (const auto found = calendars.find(*name); found != calendars.end()) {
    return found->second;
  }
  std::vector<std::string> known;
  for (const auto& [one, spans] : calendars) {
    known.push_back(one);
  }
  const std::string close = nearest(*name, known);
  node.fault(key, "there is no calendar `" + *name + "`" +
                      (close.empty() ? known.empty() ? "; there is none at all" : ""
                                     : "; did you mean `" + close + "`?"));
  return {};
}

void check_governance(RuleNode& top, const std::string& stem, const RuleSurroundings& around,
                      RuleDraft& draft, Faults& warnings) {
  Governance(top, around, draft, warnings).check(stem);
}

void check_thresholds(RuleNode& top, const RuleSurroundings& around, const RuleDraft& draft) {
  const rules::Rule& rule = draft.rule;
  auto decide = top.object("decide");
  if (!decide || rule.parts.empty()) {
    return;
  }
  std::int64_t most = 0;
  for (const rules::Part& part : rule.parts) {
    most += part.role == PartRole::anchor ? part.likelier_mn : most_mn(part);
  }
  for (const auto& [key, threshold] :
       {std::pair{"provisional", &rule.provisional}, {"firm", &rule.firm}}) {
    auto node = decide->object(key);
    if (node && node->has("probability") && threshold->odds_mn > most) {
      node->fault("probability", std::string("can never be reached: everything together makes ") +
                                     percent(most) + " at most");
    }
  }
  auto firm = decide->object("firm");
  const bool alone = rule.anchor().likelier_mn >= rule.firm.odds_mn && rule.firm.needs.least == 0 &&
                     !counts_independent(rule);
  if (!firm || !alone) {
    if (firm && firm->has("single_source")) {
      firm->fault("single_source", "the anchor alone is never firm here; leave it out");
    }
    return;
  }
  const auto accepted = firm->text("single_source");
  bool with_support = false;
  for (const Scalar& from : draft.from.front()) {
    const auto entry = around.sources.find(source_of(from.text));
    with_support = with_support || (entry != around.sources.end() &&
                                    entry->second.may_open == MayOpen::with_support);
  }
  if (with_support) {
    firm->fault(firm->node(),
                "the anchor alone would be firm, and its source may open an incident only with "
                "support (bundle.yaml); add `needs`");
  } else if (!accepted || !accepted->starts_with("accepted-by ")) {
    firm->fault(firm->node(),
                "the anchor alone would be firm; add `needs`, or "
                "`single_source: accepted-by WHO`");
  }
}

}  // namespace fusiond::config
