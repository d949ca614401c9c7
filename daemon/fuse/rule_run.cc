#include "daemon/fuse/rule_run.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>

#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"

namespace fusiond::fuse {
namespace {

constexpr std::int64_t kSteps = 3600;  // ticks in a test at most, about

std::string share(std::uint32_t permille) {
  std::string digits = std::to_string(permille);
  digits.insert(0, digits.size() < 3 ? 3 - digits.size() : 0, '0');
  return permille >= 1000 ? "1.000" : "0." + digits;
}

std::string_view word_of(FindingState state) {
  switch (state) {
    case FindingState::firm:
      return "firm";
    case FindingState::provisional:
      return "provisional";
    case FindingState::unmet:
      return "unmet";
    case FindingState::unspecified:
      break;
  }
  return "nothing";
}

std::string listed(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) {
    all += (all.empty() ? "" : ", ") + name;
  }
  return "[" + all + "]";
}

// In the order given.
template <class Entry>
std::vector<std::string> devices_of(const std::vector<Entry>& entries) {
  std::vector<std::string> devices;
  for (const Entry& entry : entries) {
    devices.push_back(entry.device);
  }
  return devices;
}

class Playing {
 public:
  Playing(const rules::RuleTest& test, fusion::EngineConfig config)
      : test_(test), lateness_(test.feed.front().lateness), engine_(std::move(config), writer_) {}

  RuleRun play(const std::set<std::string>& feeds) {
    for (const std::string& feed : feeds) {
      sources_.insert(feed);
    }
    for (const Event& event : test_.feed) {
      sources_.insert(event.source.str());
    }
    WallTime end = test_.start;
    for (const Event& event : test_.feed) {
      end = std::max(end, event.received);
    }
    for (const rules::Expectation& expect : test_.expectations) {
      end = std::max(end, test_.start + expect.by.value_or(Micros{0}));
    }
    const Micros step = std::max<Micros>(std::chrono::seconds{1}, (end - test_.start) / kSteps);
    for (now_ = test_.start; now_ < end; now_ = std::min(end, now_ + step)) {
      advance();
    }
    advance();
    for (const rules::Expectation& expect : test_.expectations) {
      if (!expect.by) {
        judge(expect);
      }
    }
    return std::move(run_);
  }

 private:
  // Takes in what has come by now, then lets the clock tick, then looks.
  void advance() {
    for (; next_ < test_.feed.size() && test_.feed[next_].received <= now_; ++next_) {
      const Event& event = test_.feed[next_];
      note(std::string("report ") + test_.names.at(event.id) + " comes in" +
           (event.revision > 1 ? " again" : "") + ": " + event.kind);
      Routed routed = router_.take(EventRef(event));
      if (routed.changed) {
        (void)engine_.apply(std::move(*routed.changed),
                            {"event", event.id, event.revision, {}, event.received});
      }
      look();
    }
    Tick tick{now_, {}};
    for (const std::string& source : sources_) {
      const bool down = std::any_of(
          test_.outages.begin(), test_.outages.end(), [&](const rules::TestOutage& outage) {
            return outage.feed == source && outage.from <= now_ && now_ < outage.to;
          });
      tick.sources.push_back({SourceId{source}, !down, now_, lateness_});
    }
    (void)engine_.tick(tick, {"tick", {}, 0, {}, now_});
    look();
    for (std::size_t i = 0; i < test_.expectations.size(); ++i) {
      const auto& by = test_.expectations[i].by;
      if (by && test_.start + *by <= now_ && judged_.insert(i).second) {
        judge(test_.expectations[i]);
      }
    }
  }

  void note(std::string what) { run_.timeline.push_back({now_ - test_.start, std::move(what)}); }

  [[nodiscard]] static const Finding* finding_of(const IncidentContent& content,
                                                 const std::string& rule) {
    const auto at = std::find_if(content.findings.begin(), content.findings.end(),
                                 [&](const Finding& one) { return one.rule == rule; });
    return at == content.findings.end() ? nullptr : &*at;
  }

  void look() {
    for (const IncidentContent& content : engine_.incidents()) {
      const Finding* finding = finding_of(content, test_.rule);
      if (finding == nullptr) {
        continue;
      }
      const auto seen = last_.find(content.id);
      if (seen != last_.end() && seen->second == *finding) {
        continue;
      }
      const bool told_otherwise = seen == last_.end() || seen->second.state != finding->state ||
                                  seen->second.priority != finding->priority ||
                                  seen->second.odds_mn != finding->odds_mn;
      if (told_otherwise) {
        note(said(*finding));
      }
      last_.insert_or_assign(content.id, *finding);
      run_.findings.push_back(*finding);
    }
  }

  static std::string said(const Finding& finding) {
    return std::string(word_of(finding.state)) + ", probability " +
           share(finding.probability_permille) + ", priority " + std::to_string(finding.priority);
  }

  [[nodiscard]] std::vector<std::string> reports(const Finding& finding, bool against) const {
    std::vector<std::string> names;
    for (const FindingPart& part : finding.parts) {
      const bool counts = part.state == PartState::found && part.role != PartRole::absent;
      if (counts && (part.role == PartRole::oppose) == against) {
        for (const EventId& id : part.event_ids) {
          names.push_back(test_.names.at(id));
        }
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // What is otherwise than expected; empty when nothing is.
  [[nodiscard]] std::string wrong_about(const rules::Expectation& expect,
                                        const IncidentContent& content,
                                        const Finding& finding) const {
    if (expect.state && finding.state != *expect.state) {
      return "expected " + std::string(word_of(*expect.state)) + ", it is " + said(finding) +
             why(finding);
    }
    if (expect.priority && finding.priority != *expect.priority) {
      return "expected priority " + std::to_string(*expect.priority) + ", it is " +
             std::to_string(finding.priority);
    }
    if (expect.probability_permille &&
        finding.probability_permille != *expect.probability_permille) {
      return "expected probability " + share(*expect.probability_permille) + ", it is " +
             share(finding.probability_permille) + why(finding);
    }
    for (const bool against : {false, true}) {
      const auto& names = against ? expect.opposed_by : expect.because;
      if (names && *names != reports(finding, against)) {
        return std::string("expected ") + (against ? "opposed_by " : "because ") + listed(*names) +
               ", it is " + listed(reports(finding, against)) + why(finding);
      }
    }
    if (auto missed = wrong_misses(expect, finding); !missed.empty()) {
      return missed;
    }
    const std::array lists = {
        std::tuple("suppressed_by", &expect.suppressed_by, finding.suppressed_by),
        std::tuple("verify_before", &expect.verify_before, finding.verify_before),
        std::tuple("cameras", &expect.cameras, devices_of(finding.cameras)),
        std::tuple("pins", &expect.pins, devices_of(finding.pins))};
    for (const auto& [name, expected, is] : lists) {
      if (*expected && **expected != is) {
        return std::string("expected ") + name + " " + listed(**expected) + ", it is " + listed(is);
      }
    }
    if (expect.route && *expect.route != finding.route.to) {
      return "expected route " + *expect.route + ", it is " +
             (finding.route.to.empty() ? "none" : finding.route.to);
    }
    if (expect.type && *expect.type != content.type) {
      return "expected type " + *expect.type + ", it is " + content.type;
    }
    return {};
  }

  [[nodiscard]] std::string wrong_misses(const rules::Expectation& expect,
                                         const Finding& finding) const {
    for (const std::string& name : expect.missed) {
      std::string limits;
      bool found = false;
      for (const FindingPart& part : finding.parts) {
        for (const Miss& miss : part.misses) {
          if (test_.names.at(miss.event_id) == name) {
            found = found || !expect.limit || miss.limit == *expect.limit;
            limits +=
                (limits.empty() ? "" : "; ") + part.name + ": " + words_of(miss.limit, miss.by);
          }
        }
      }
      if (!found) {
        return "expected that " + name + " misses " +
               (expect.limit ? words_of(*expect.limit, 0) : "a limit") + ", " +
               (limits.empty() ? "no part names it as missing one" : "it misses " + limits);
      }
    }
    return {};
  }

  // Each part: what was found, and which limit kept others out.
  [[nodiscard]] std::string why(const Finding& finding) const {
    std::string text;
    for (const FindingPart& part : finding.parts) {
      text += "\n      " + part.name + ": " +
              (part.state == PartState::found     ? "found"
               : part.state == PartState::waiting ? "waiting"
                                                  : "missed");
      for (const EventId& id : part.event_ids) {
        text += " " + test_.names.at(id);
      }
      for (const Miss& miss : part.misses) {
        text += "; " + test_.names.at(miss.event_id) + " misses " + words_of(miss.limit, miss.by);
      }
    }
    if (!finding.needs.empty()) {
      text += "\n      firm needs: " + listed(finding.needs);
    }
    return text;
  }

  void fail(const rules::Expectation& expect, const std::string& what) {
    run_.unmet.push_back({expect.line, expect.column, what});
  }

  void judge(const rules::Expectation& expect) {
    std::vector<IncidentContent> incidents = engine_.incidents();
    std::erase_if(incidents, [&](const IncidentContent& one) {  // of other rules' patterns
      return one.pattern && one.pattern->rule != test_.rule;
    });
    if (expect.incidents && incidents.size() != *expect.incidents) {
      fail(expect, "expected " + std::to_string(*expect.incidents) + " incidents, there are " +
                       std::to_string(incidents.size()));
      return;
    }
    std::vector<std::pair<const IncidentContent*, const Finding*>> found;
    for (const IncidentContent& content : incidents) {
      if (const Finding* finding = finding_of(content, test_.rule)) {
        found.emplace_back(&content, finding);
      }
    }
    if (expect.nothing) {
      for (const auto& [content, finding] : found) {
        if (finding->state > FindingState::unmet) {
          fail(expect, "expected nothing, it is " + said(*finding) + why(*finding));
          return;
        }
      }
    }
    const bool asks = expect.state || expect.priority || expect.probability_permille ||
                      expect.because || expect.opposed_by || !expect.missed.empty() ||
                      expect.suppressed_by || expect.verify_before || expect.cameras ||
                      expect.pins || expect.route || expect.type;
    if (!asks) {
      return;
    }
    std::string first;
    for (const auto& [content, finding] : found) {
      const std::string wrong = wrong_about(expect, *content, *finding);
      if (wrong.empty()) {
        return;
      }
      first = first.empty() ? wrong : first;
    }
    fail(expect, found.empty() ? "the rule finds no anchor" : first);
  }

  const rules::RuleTest& test_;
  Micros lateness_;
  wire::IncidentBytes writer_;
  route::Router router_{route::RouterConfig{}};
  fusion::Engine engine_;
  std::set<std::string> sources_;
  std::set<std::size_t> judged_;
  std::map<IncidentId, Finding> last_;
  std::size_t next_ = 0;
  WallTime now_;
  RuleRun run_;
};

}  // namespace

std::string words_of(Limit limit, std::int64_t by) {
  const auto with = [&](const char* name, std::int64_t unit, const char* unit_name) {
    return std::string(name) +
           (by == 0 ? "" : ", by " + std::to_string((by + unit - 1) / unit) + " " + unit_name);
  };
  switch (limit) {
    case Limit::confidence:
      return with("confidence", 1, "thousandths");
    case Limit::priority:
      return with("priority", 1, "");
    case Limit::state:
      return "state";
    case Limit::list:
      return "list";
    case Limit::list_age:
      return with("list_age", 1'000'000, "s");
    case Limit::words:
      return "words";
    case Limit::time:
      return with("time", 1'000'000, "s");
    case Limit::near:
      return with("near", 100, "m");
    case Limit::speed:
      return with("speed", 278, "km/h");
    case Limit::same:
      return "same";
    case Limit::inside:
      return "inside";
    case Limit::distinct:
      return "distinct";
    case Limit::count:
      return "count";
    case Limit::missing:
      return "missing";
    case Limit::reference:
      return "reference";
    case Limit::protected_:
      return "protected";
    case Limit::unspecified:
      break;
  }
  return "nothing";
}

RuleRun run_rule_test(const rules::RuleTest& test, fusion::EngineConfig config) {
  std::set<std::string> feeds;
  for (rules::Rule& rule : config.bundle.rules) {
    if (rule.name != test.rule) {
      continue;
    }
    rule.status = rules::RuleStatus::live;
    for (const rules::Part& part : rule.parts) {
      feeds.insert(part.feeds.begin(), part.feeds.end());
    }
  }
  return Playing(test, std::move(config)).play(feeds);
}

}  // namespace fusiond::fuse
