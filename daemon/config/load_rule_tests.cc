// The tests of a rule file as values.
#include <algorithm>
#include <functional>
#include <utility>

#include "daemon/config/load_rule.h"

namespace fusiond::config {
namespace {

constexpr std::uint32_t kUsualErrorCm = 5000;
constexpr Micros kAllowance = std::chrono::minutes{15};
constexpr Micros kMostAge = std::chrono::hours{72};

constexpr std::pair<std::string_view, SourceKind> kKinds[] = {
    {"acoustic", SourceKind::acoustic}, {"cad", SourceKind::cad},
    {"unit", SourceKind::cad},          {"alarm", SourceKind::alarm},
    {"camera", SourceKind::camera},     {"plate", SourceKind::plate},
    {"social", SourceKind::social},     {"public-alert", SourceKind::public_alert},
    {"traffic", SourceKind::traffic},   {"track", SourceKind::track},
    {"operator", SourceKind::operator_}};

std::optional<Limit> limit_named(const std::string& name) {
  constexpr std::string_view kNames[] = {"",          "confidence", "priority", "state", "list",
                                         "list_age",  "words",      "time",     "near",  "speed",
                                         "same",      "inside",     "distinct", "count", "missing",
                                         "reference", "protected"};
  const auto at = std::find(std::begin(kNames), std::end(kNames), name);
  return at == std::end(kNames) ? std::nullopt
                                : std::optional(static_cast<Limit>(at - std::begin(kNames)));
}

std::vector<std::string> texts_of(const std::vector<Scalar>& names) {
  std::vector<std::string> texts;
  for (const Scalar& name : names) {
    texts.push_back(name.text);
  }
  return texts;
}

class TestReading {
 public:
  // `like`: the test whose start, feed and expectations this one takes over; none of most.
  TestReading(RuleNode& node, RuleNode* like, const RuleSurroundings& around,
              const RuleDraft& draft)
      : node_(node), told_(like == nullptr ? node : *like), around_(around), draft_(draft) {}

  rules::RuleTest read() {
    test_.rule = draft_.rule.name;
    test_.name = node_.text("name").value_or("");
    test_.line = node_.node().Mark().line + 1;
    test_.known_gap = node_.truth("known_gap").value_or(false);
    for (const char* key : {"start", "feed"}) {
      if (!told_.has(key)) {
        node_.fault(node_.node(), "a test needs `" + std::string(key) + "`, or `same_as`");
      }
    }
    test_.start = told_.moment("start").value_or(WallTime{});
    for (RuleNode& entry : told_.objects("feed")) {
      feed(entry);
    }
    if (told_.has("feed") && test_.feed.empty()) {
      told_.fault("feed", "nothing comes in");
    }
    inject();
    for (RuleNode& down : (node_.has("down") ? node_ : told_).objects("down")) {
      rules::TestOutage outage;
      outage.feed = down.text("feed").value_or("");
      outage.from = test_.start + down.time("t").value_or(Micros{0});
      if (const auto until = down.time("until")) {
        outage.to = test_.start + *until;
      }
      test_.outages.push_back(std::move(outage));
    }
    RuleNode& expecting = node_.has("expect") ? node_ : told_;
    for (RuleNode& expect : expecting.objects("expect")) {
      expectation(expect);
    }
    if (test_.expectations.empty()) {
      node_.fault(node_.has("expect") ? node_.at("expect") : node_.node(),
                  "a test expects something; `{nothing: found}` for silence");
    }
    return std::move(test_);
  }

 private:
  // What goes wrong with kinds of source, put into the feed as it would come in then.
  void inject() {
    auto faulty = node_.object("inject");
    if (!faulty) {
      return;
    }
    for (const auto& [key, kind] : kKinds) {
      auto trouble = key == "unit" ? std::nullopt : faulty->object(key);
      if (!trouble) {
        continue;
      }
      if (trouble->present().empty()) {
        trouble->fault(trouble->node(), "nothing goes wrong; write such as {clock: +1 d}");
      }
      if (std::none_of(test_.feed.begin(), test_.feed.end(),
                       [&, of = kind](const Event& one) { return one.source_kind == of; })) {
        faulty->fault(key, "nothing in the feed is of this kind of source");
      }
      apply(*trouble, kind);
    }
    std::stable_sort(test_.feed.begin(), test_.feed.end(),
                     [](const Event& a, const Event& b) { return a.received < b.received; });
    if (test_.feed.empty()) {
      node_.fault("inject", "with that nothing comes in at all");
    }
  }

  // A time beyond its receipt is taken back to it, as the intake does.
  void apply(RuleNode& trouble, SourceKind kind) {
    const Micros ahead = trouble.time("clock").value_or(Micros{0});
    const Micros late = trouble.time("late").value_or(Micros{0});
    if (late < Micros{0} || late > kMostAge) {
      trouble.fault("late", "must be from 0 s to 72 h");
    }
    if (trouble.truth("lost").value_or(false)) {
      std::erase_if(test_.feed, [&](const Event& one) { return one.source_kind == kind; });
    }
    for (Event& event : test_.feed) {
      if (event.source_kind == kind) {
        event.received += late;
        event.occurred = std::min(event.occurred + ahead, event_time(micros_of(event.received)));
      }
    }
    if (trouble.truth("twice").value_or(false)) {
      std::vector<Event> twice;
      for (const Event& event : test_.feed) {
        twice.insert(twice.end(), event.source_kind == kind ? 2 : 1, event);
      }
      test_.feed = std::move(twice);
    }
  }

  void feed(RuleNode& entry) {
    const Micros at = entry.time("t").value_or(Micros{0});
    const Micros happened = entry.time("happened").value_or(at);
    if (at < last_) {
      entry.fault("t",
                  "comes before the entry above it; write them in the order in which they come in");
    }
    last_ = std::max(last_, at);
    if (happened > at || at - happened > kMostAge) {
      entry.fault("happened", "must be at or before `t`, and at most 72 h before it");
    }
    int reports = 0;
    for (const auto& [key, kind] : kKinds) {
      if (auto body = entry.object(key)) {
        ++reports;
        report(*body, key, kind, test_.start + at, happened);
      }
    }
    if (reports != 1) {
      entry.fault(entry.node(),
                  "an entry is one report of one kind of source: {t: 0 s, cad: {id: c1, …}}");
    }
  }

  void report(RuleNode& body, std::string_view key, SourceKind kind, WallTime received,
              Micros happened) {
    const std::string id = body.text("id").value_or("");
    Event event;
    event.source =
        SourceId{body.text("feed").value_or(key == "unit" ? std::string("cad") : std::string(key))};
    event.source_event_id = id;
    event.id = event_id_of(event.source, id);
    const auto earlier = std::find_if(test_.feed.rbegin(), test_.feed.rend(),
                                      [&](const Event& one) { return one.id == event.id; });
    event.revision = earlier == test_.feed.rend() ? 1 : earlier->revision + 1;
    event.source_kind = kind;
    event.kind = body.text("kind").value_or("");
    known_kind(body, event.kind);
    event.received = received;
    event.occurred = event_time(micros_of(test_.start + happened));
    event.lateness = kAllowance;
    event.lifecycle = event.revision == 1 ? Lifecycle::fresh : Lifecycle::update;
    if (const auto state = body.text("state")) {
      event.lifecycle = *state == "cancelled" ? Lifecycle::cancel : Lifecycle::retract;
    }
    place(body, key, event);
    event.confidence_permille = body.permille("confidence");
    if (const auto priority = body.number("priority")) {
      event.priority = static_cast<std::uint8_t>(*priority);
    }
    event.keys.caller = body.text("phone").value_or("");
    event.keys.device = body.text("device").value_or("");
    event.keys.plate = body.text("plate").value_or("");
    if (const auto number = body.text("cad_number")) {
      event.keys.cad_number = event.source.str() + "/" + *number;
    }
    event.provenance = body.text("account").value_or("");
    event.headline = body.text("headline").value_or("");
    event.plate_lists = texts_of(body.names("lists"));
    std::sort(event.plate_lists.begin(), event.plate_lists.end());
    if (const auto root = body.text("copy_of")) {
      event.copy_of = id_of(*root);
      if (!event.copy_of) {
        body.fault("copy_of", "no report before this one is called `" + *root + "`");
      }
    }
    event.content_hash = std::hash<std::string>{}(id + "#" + std::to_string(event.revision));
    test_.names.emplace(event.id, id);
    for (const auto& [other, name] : test_.names) {
      if (name == id && other != event.id) {
        body.fault("id", "two sources have a report called `" + id + "`");
      }
    }
    test_.feed.push_back(std::move(event));
  }

  void known_kind(RuleNode& body, const std::string& kind) {
    const auto& kinds = around_.world.kinds;
    if (!kind.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      const std::string close = nearest(kind, kinds);
      body.fault("kind", "there is no kind `" + kind + "`" +
                             (close.empty() ? "" : "; did you mean `" + close + "`?"));
    }
  }

  static void place(RuleNode& body, std::string_view key, Event& event) {
    const auto point = body.point("at");
    const auto error = body.distance_cm("error");
    if (!point) {
      return;
    }
    event.place = Place{point->first, point->second,
                        error ? static_cast<std::uint32_t>(*error) : kUsualErrorCm, 950,
                        key == "unit"       ? LocationMethod::device_registry
                        : key == "cad"      ? LocationMethod::gps
                        : key == "acoustic" ? LocationMethod::acoustic
                                            : LocationMethod::device_registry};
  }

  [[nodiscard]] std::optional<EventId> id_of(const std::string& name) const {
    for (const auto& [id, known] : test_.names) {
      if (known == name) {
        return id;
      }
    }
    return std::nullopt;
  }

  // Reports of the feed, by their names in it.
  std::vector<std::string> reports(RuleNode& node, const char* key) {
    std::vector<std::string> names;
    for (const Scalar& name : node.names(key)) {
      if (!id_of(name.text)) {
        node.fault(name.node, "no report of the feed is called `" + name.text + "`");
      }
      names.push_back(name.text);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void expectation(RuleNode& node) {
    rules::Expectation expect;
    expect.line = node.node().Mark().line + 1;
    expect.column = node.node().Mark().column + 1;
    expect.by = node.time("by");
    if (const auto state = node.text("finding")) {
      expect.state = *state == "firm"          ? FindingState::firm
                     : *state == "provisional" ? FindingState::provisional
                                               : FindingState::unmet;
    }
    expect.nothing = node.has("nothing") && node.text("nothing").has_value();
    if (expect.nothing && expect.state) {
      node.fault("nothing", "either a finding or nothing is expected");
    }
    if (const auto priority = node.number("priority")) {
      expect.priority = static_cast<std::uint8_t>(*priority);
    }
    expect.probability_permille = node.permille("probability");
    if (node.has("because")) {
      expect.because = reports(node, "because");
    }
    if (node.has("opposed_by")) {
      expect.opposed_by = reports(node, "opposed_by");
    }
    expect.missed = reports(node, "missed");
    if (const auto limit = node.text("limit")) {
      expect.limit = limit_named(*limit);
    }
    if (expect.limit && expect.missed.empty()) {
      node.fault("limit", "`limit` says which limit the reports of `missed` miss; there are none");
    }
    if (node.has("suppressed_by")) {
      expect.suppressed_by = texts_of(node.names("suppressed_by"));
    }
    if (node.has("cameras")) {
      expect.cameras = texts_of(node.names("cameras"));
    }
    if (node.has("pins")) {
      expect.pins = texts_of(node.names("pins"));
    }
    if (node.has("verify_before")) {
      expect.verify_before = texts_of(node.names("verify_before"));
    }
    expect.route = node.text("route");
    expect.type = node.text("type");
    if (const auto incidents = node.number("incidents")) {
      expect.incidents = static_cast<std::uint32_t>(*incidents);
    }
    const auto keys = node.present();
    if (std::all_of(keys.begin(), keys.end(), [](const std::string& key) { return key == "by"; })) {
      node.fault(node.node(), "expects nothing; `{nothing: found}` for silence");
    }
    test_.expectations.push_back(std::move(expect));
  }

  RuleNode& node_;
  RuleNode& told_;  // what says when it starts and what comes in
  const RuleSurroundings& around_;
  const RuleDraft& draft_;
  rules::RuleTest test_;
  Micros last_{0};
};

}  // namespace

void read_tests(RuleNode& top, const RuleSurroundings& around, RuleDraft& draft) {
  bool fires = false;
  bool silent = false;
  auto nodes = top.objects("tests");
  for (RuleNode& node : nodes) {
    RuleNode* like = nullptr;
    if (const auto name = node.text("same_as")) {
      for (RuleNode& other : nodes) {
        const bool itself = other.node() == node.node();
        like = !itself && other.has("feed") && other.text("name") == name ? &other : like;
      }
      if (like == nullptr) {
        node.fault("same_as", "no other test with a `feed` is called so");
        continue;
      }
      if (node.has("feed") || node.has("start")) {
        node.fault("same_as", "takes over `start` and `feed`; leave them out here");
      }
    }
    draft.tests.push_back(TestReading(node, like, around, draft).read());
    for (const rules::Expectation& expect : draft.tests.back().expectations) {
      fires = fires || expect.state.value_or(FindingState::unmet) > FindingState::unmet;
      silent = silent || expect.nothing;
    }
  }
  if (top.has("tests") && !(fires && silent)) {
    top.fault(
        "tests",
        std::string("a rule has at least one test in which it ") +
            (fires ? "stays silent (`nothing: found`)"
                   : "finds something (`finding: provisional` or `firm`)") +
            (!fires && !silent ? " and one in which it stays silent (`nothing: found`)" : ""));
  }
}

void read_accepted(RuleNode& top, RuleDraft& draft) {
  for (RuleNode& node : top.objects("accepted")) {
    if (node.has("limit") == node.has("nudge")) {
      node.fault(node.node(), "names one `limit` or one `nudge`, as `fusiond test` does");
      continue;
    }
    const char* key = node.has("limit") ? "limit" : "nudge";
    draft.accepted.push_back({draft.rule.name, node.has("nudge"), node.text(key).value_or(""),
                              node.text("because").value_or(""), node.node().Mark().line + 1});
  }
}

}  // namespace fusiond::config
