#include "daemon/config/rule_keys.h"

#include <array>

namespace fusiond::config {
namespace {

using std::string_view;
using enum Shape;

constexpr std::array<string_view, 1> kRuleSchema = {"fusion-rule/1"};
constexpr std::array<string_view, 3> kStatus = {"draft", "live", "retired"};
constexpr std::array<string_view, 7> kPurposes = {
    "life-safety",    "crime-in-progress", "fire-and-rescue", "traffic-safety",
    "wanted-vehicle", "planned-event",     "feed-health"};
constexpr std::array<string_view, 12> kFrom = {"acoustic",     "cad",     "caller", "unit",
                                               "alarm",        "camera",  "plate",  "social",
                                               "public-alert", "traffic", "track",  "operator"};
constexpr std::array<string_view, 10> kSources = {"acoustic", "cad",     "alarm",        "camera",
                                                  "plate",    "social",  "public-alert", "traffic",
                                                  "track",    "operator"};
constexpr std::array<string_view, 1> kSupervisor = {"supervisor"};
constexpr std::array<string_view, 2> kPredicates = {"threat-to-life", "criminal"};
constexpr std::array<string_view, 1> kOvert = {"overt"};
constexpr std::array<string_view, 2> kStates = {"standing", "cancelled"};
constexpr std::array<string_view, 5> kDistinct = {"witness", "caller", "device", "plate", "source"};
constexpr std::array<string_view, 7> kCounted = {"witness", "caller", "device", "plate",
                                                 "source",  "author", "report"};
constexpr std::array<string_view, 5> kGroupBy = {"zone", "plate", "device", "author", "feed"};
constexpr std::array<string_view, 1> kFits = {"fits"};
constexpr std::array<string_view, 1> kFirmOnly = {"firm"};
constexpr std::array<string_view, 3> kAllFindings = {"unmet", "provisional", "firm"};
constexpr std::array<string_view, 1> kFound = {"found"};
constexpr std::array<string_view, 4> kVerify = {"stop", "detain", "search", "enter"};
constexpr std::array<string_view, 16> kLimits = {
    "confidence", "priority", "state",     "list",     "list_age", "words",
    "time",       "near",     "speed",     "same",     "inside",   "distinct",
    "count",      "missing",  "reference", "protected"};
constexpr std::array<string_view, 2> kReportStates = {"cancelled", "retracted"};

constexpr std::array kOwner = {
    Key{"unit", name, true, "who answers for the rule"},
    Key{"contact", name, true, "where to ask, a desk and no person"},
};
constexpr KeyTable kOwnerKeys{"an owner", kOwner};

constexpr std::array kAuthority = {
    Key{"basis", name, true, "the order, policy or law that it rests on"},
    Key{"sources", words, true, "every kind of source that it reads", kSources},
    Key{"keep", length_of_time, true, "how long what it read is kept"},
};
constexpr KeyTable kAuthorityKeys{"an authority", kAuthority};

constexpr std::array kSocial = {
    Key{"predicate", word, true, "why posts may be read", kPredicates},
    Key{"case_number", name, false, "of the case; a criminal predicate needs one"},
    Key{"level", word, true, "the only level that is supported", kOvert},
    Key{"inside", name, true, "the zone in which posts are read"},
    Key{"hours", hours, true, "when: 18:00-02:00 America/Los_Angeles"},
};
constexpr KeyTable kSocialKeys{"what a rule that reads posts must say", kSocial};

constexpr string_view kOnePerson =
    "A-04: a rule is about what happens, never about one person, their telephone, car, device or "
    "account";

constexpr std::array kMatch = {
    Key{"kind", names, false, "our kinds of report, rows of association.yaml; any of them"},
    Key{"confidence", least_share, false, "the source's own confidence: at least 0.60"},
    Key{"priority",
        least_number,
        false,
        "the source's own priority: at least 8",
        {},
        nullptr,
        0,
        10},
    Key{"state", words, false, "standing, cancelled or both; standing when absent", kStates},
    Key{"list", names, false, "plates: on one of these lists of bundle.yaml"},
    Key{"list_age", most_time, false,
        "how old that list may be when the plate was read: at most 24 h"},
    Key{"words", name, false, "its headline holds a word of this list of bundle.yaml"},
    Key{"text", planned, false,
        "free expressions over text; use `words` with a list of bundle.yaml"},
    Key{"region", planned, false, "the region of a plate"},
    Key{"geo", planned, false, "whether it has a place; a report without one never fits `near`"},
    Key{"name", refused, false, kOnePerson},
    Key{"handle", refused, false, kOnePerson},
    Key{"plate", refused, false, kOnePerson},
    Key{"phone", refused, false, kOnePerson},
    Key{"caller", refused, false, kOnePerson},
    Key{"face", refused, false, kOnePerson},
    Key{"face_id", refused, false, kOnePerson},
    Key{"device", refused, false, kOnePerson},
    Key{"person", refused, false, kOnePerson},
    Key{"account", refused, false, kOnePerson},
    Key{"author", refused, false, kOnePerson},
    Key{"address", refused, false, kOnePerson},
    Key{"vin", refused, false, kOnePerson},
};
constexpr KeyTable kMatchKeys{"a match", kMatch};

constexpr std::array kNear = {
    Key{"of", name, true, "the part whose first report is meant"},
    Key{"within", distance, false, "how far from it at most"},
    Key{"beyond", distance, false, "how far from it at least: at another site"},
    Key{"speed", speed, false,
        "how fast one thing would have gone from one to the other: at most this"},
    Key{"use_error", truth, false, "whether both radii of error are added; true when absent"},
};
constexpr KeyTable kNearKeys{"a near", kNear};

constexpr std::array kTime = {
    Key{"of", name, true, "the part whose first report is meant"},
    Key{"from", length_of_time, true, "the earliest after it, negative is before"},
    Key{"to", length_of_time, true, "the latest after it"},
};
constexpr KeyTable kTimeKeys{"a time", kTime};

constexpr std::array kSame = {
    Key{"plate", name, false, "the same plate as the first report of that part"},
    Key{"caller", name, false, "the same caller"},
    Key{"device", name, false, "the same device"},
    Key{"cad_number", name, false, "the same call"},
    Key{"entity", planned, false,
        "similar plates, vehicles and addresses; the same plate is `plate: PART`"},
};
constexpr KeyTable kSameKeys{"a same", kSame};

constexpr Key kAs{"as", name, true, "its name within the rule"};
constexpr Key kFromKey{"from", words, true, "the kinds of source that it takes", kFrom};
constexpr Key kMatchKey{"match", object, false, "what a report must be in itself", {}, &kMatchKeys};
constexpr Key kNearKey{"near", object,    false, "how far from another part's first report",
                       {},     &kNearKeys};
constexpr Key kTimeKey{"time", object,    false, "when, seen from another part's first report",
                       {},     &kTimeKeys};
constexpr Key kSameKey{"same", object,    false, "what it shares with another part's first report",
                       {},     &kSameKeys};
constexpr Key kInside{"inside", name, false, "a zone that it must lie in"};
constexpr Key kMissing{"if_missing", word, false, "a report without the field asked for fits",
                       kFits};
constexpr Key kNearby{"nearby", planned, false,
                      "reports near by that are no members of the incident"};
constexpr Key kRate{"rate", planned, false, "so many in a time; use at_least and time"};
constexpr Key kAlong{"along", planned, false, "along a road"};

constexpr std::array kAnchor = {
    kAs,
    kFromKey,
    kMatchKey,
    kInside,
    kMissing,
    Key{"distinct", word, false, "of a pattern: who is another one; witness when absent", kCounted},
    Key{"at_least",
        number,
        false,
        "of a pattern: how many it takes within one window",
        {},
        nullptr,
        1,
        10'000},
    Key{"prior", share, true, "how often such a report, or such a pattern, alone turns out real"},
    kNearby,
    kRate,
    kAlong,
};
constexpr KeyTable kAnchorKeys{"an anchor", kAnchor};

constexpr std::array kPart = {
    kAs,
    kFromKey,
    kMatchKey,
    kNearKey,
    kTimeKey,
    kSameKey,
    kInside,
    kMissing,
    Key{"distinct", word, false, "who is another one; witness when absent", kDistinct},
    Key{"at_least", number, false, "how many independent ones it takes", {}, nullptr, 1, 1000},
    Key{"at_most", number, false, "how many count", {}, nullptr, 1, 1000},
    Key{"likelier", factor, true,
        "how many times likelier each makes it; below 1x speaks against it"},
    kNearby,
    kRate,
    kAlong,
};
constexpr KeyTable kPartKeys{"a part", kPart};

constexpr std::array kAbsent = {
    kAs,
    kFromKey,
    kMatchKey,
    kNearKey,
    kTimeKey,
    kSameKey,
    kInside,
    kMissing,
    Key{"until", length_of_time, true, "how long after the anchor it may come"},
    Key{"feeds", names, true, "the sources of the config that must have been heard beyond that"},
    Key{"likelier", factor, false, "how many times likelier its absence makes it"},
    kNearby,
    kRate,
    kAlong,
};
constexpr KeyTable kAbsentKeys{"an absent part", kAbsent};

constexpr std::array kNeeds = {
    Key{"any", number, false, "how many of the parts must be there", {}, nullptr, 1, 32},
    Key{"of", names, false, "of these parts"},
    Key{"all", names, false, "all of these parts must be there"},
};
constexpr KeyTable kNeedsKeys{"needs", kNeeds};

constexpr std::array kProvisional = {
    Key{"probability", least_share, true, "from which probability on it is spoken of"},
    Key{"needs", object, false, "parts that must be there", {}, &kNeedsKeys},
    Key{"hold", planned, false, "a hold time"},
};
constexpr KeyTable kProvisionalKeys{"a threshold", kProvisional};

constexpr std::array kFirm = {
    Key{"probability", least_share, true, "from which probability on it is acted on"},
    Key{"needs", object, false, "parts that must be there", {}, &kNeedsKeys},
    Key{"count",
        least_number,
        false,
        "of a pattern: how many within one window, at least 20",
        {},
        nullptr,
        1,
        10'000},
    Key{"single_source", prose, false, "accepted-by WHO: the anchor alone may be firm"},
    Key{"hold", planned, false, "a hold time"},
};
constexpr KeyTable kFirmKeys{"a threshold", kFirm};

constexpr std::array kDecide = {
    Key{"provisional", object, true, "from when on it is spoken of", {}, &kProvisionalKeys},
    Key{"firm", object, true, "from when on it is acted on", {}, &kFirmKeys},
};
constexpr KeyTable kDecideKeys{"a decision", kDecide};

constexpr std::array kChange = {
    Key{"to", number, true, "the priority, 0 to 10", {}, nullptr, 0, 10},
    Key{"because", name, true, "the part that must be there"},
};
constexpr KeyTable kChangeKeys{"a change of priority", kChange};

constexpr std::array kPriority = {
    Key{"base", number, true, "0 to 10, 10 highest", {}, nullptr, 0, 10},
    Key{"raise", objects, false, "to the largest of those whose part is there", {}, &kChangeKeys},
    Key{"lower", objects, false, "when nothing raises, to the least", {}, &kChangeKeys},
};
constexpr KeyTable kPriorityKeys{"a priority", kPriority};

constexpr std::array kCameras = {
    Key{"nearest", number, true, "how many of those nearest to the anchor", {}, nullptr, 1, 16},
    Key{"within", distance, true, "how far from it at most"},
    Key{"facing", planned, false, "only those that look there"},
};
constexpr KeyTable kCamerasKeys{"cameras", kCameras};

constexpr std::array kEvidence = {
    Key{"pin", words, true, "of which kinds of source", kSources},
    Key{"pre", length_of_time, true, "from how long before its first report on"},
    Key{"post", length_of_time, true, "until how long after its last report"},
};
constexpr KeyTable kEvidenceKeys{"evidence", kEvidence};

constexpr std::array kIncident = {
    Key{"type", name, true, "EIDO word for the incident, SHOOT"},
    Key{"priority", object, true, "how urgent it is", {}, &kPriorityKeys},
    Key{"verify_before", words, false, "what nobody may do before the evidence was verified",
        kVerify},
    Key{"update_when", planned, false, "which changes are told; all are"},
    Key{"quiet_after", planned, false, "when it turns quiet; association.yaml says so for all"},
    Key{"close_when", planned, false, "what closes it"},
    Key{"reopen_within", planned, false, "when it opens again"},
    Key{"max_age", planned, false, "how old it may get"},
    Key{"cameras", object, false, "which cameras to look at", {}, &kCamerasKeys},
    Key{"evidence", object, false, "which recordings are kept", {}, &kEvidenceKeys},
    Key{"route_area", planned, false, "an area ahead of travel"},
};
constexpr KeyTable kIncidentKeys{"an incident", kIncident};

constexpr std::array kSuppress = {
    Key{"use", name, true, "a suppression of suppressions.yaml"},
    Key{"unless", names, false, "parts that lift it"},
};
constexpr KeyTable kSuppressKeys{"a use of a suppression", kSuppress};

constexpr std::array kWhen = {
    Key{"state", word, false, "only when it is firm; any when absent", kFirmOnly},
    Key{"zone", name, false, "the anchor lies in it"},
    Key{"priority", least_number, false, "at least 8", {}, nullptr, 0, 10},
};
constexpr KeyTable kWhenKeys{"a condition", kWhen};

constexpr std::array kRoute = {
    Key{"when", object, false, "when this one is taken; the last route has none", {}, &kWhenKeys},
    Key{"to", name, true, "a topic or a role, never a person"},
    Key{"ack", length_of_time, false, "within which somebody must answer"},
    Key{"else", name, false, "who hears of it when nobody did"},
};
constexpr KeyTable kRouteKeys{"a route", kRoute};

constexpr std::array kPattern = {
    Key{"key", word, true, "by what reports are put together", kGroupBy},
    Key{"zones", names, false, "of key zone: each of these by itself"},
    Key{"feeds", names, false, "of key feed: each of these; every source when absent"},
    Key{"within", length_of_time, false,
        "the window: it ends with a report and reaches so far back"},
    Key{"quiet_for", length_of_time, false,
        "of key feed, instead of within: no new report of it for longer than this"},
};
constexpr KeyTable kPatternKeys{"a pattern", kPattern};

constexpr std::array kReport = {
    Key{"id", name, true, "its name in this test; the same again is its next version"},
    Key{"kind", name, true, "our kind of report"},
    Key{"at", point, false, "latitude and longitude"},
    Key{"error", distance, false, "radius of its error; 50 m when absent"},
    Key{"confidence", share, false, "the source's own"},
    Key{"priority", number, false, "the source's own", {}, nullptr, 0, 10},
    Key{"phone", name, false, "the caller"},
    Key{"device", name, false, "the camera, panel or reader"},
    Key{"plate", name, false, "as read"},
    Key{"lists", names, false, "on which the plate stands"},
    Key{"account", name, false, "the author"},
    Key{"feed", name, false, "the source of the config; the kind of source when absent"},
    Key{"cad_number", name, false, "of the call"},
    Key{"copy_of", name, false, "the id of the report that it repeats"},
    Key{"headline", prose, false, "its words"},
    Key{"state", word, false, "called off, or taken back", kReportStates},
};
constexpr KeyTable kReportKeys{"a report", kReport};

constexpr std::array kFeed = {
    Key{"t", length_of_time, true, "when it comes in, after start"},
    Key{"happened", length_of_time, false, "when that was earlier"},
    Key{"acoustic", object, false, "an alert of sensors", {}, &kReportKeys},
    Key{"cad", object, false, "a call", {}, &kReportKeys},
    Key{"unit", object, false, "a unit on scene", {}, &kReportKeys},
    Key{"alarm", object, false, "an alarm", {}, &kReportKeys},
    Key{"camera", object, false, "a camera", {}, &kReportKeys},
    Key{"plate", object, false, "a plate reader", {}, &kReportKeys},
    Key{"social", object, false, "a post", {}, &kReportKeys},
    Key{"public-alert", object, false, "a public alert", {}, &kReportKeys},
    Key{"traffic", object, false, "a traffic message", {}, &kReportKeys},
    Key{"track", object, false, "a tracked unit", {}, &kReportKeys},
    Key{"operator", object, false, "an operator", {}, &kReportKeys},
};
constexpr KeyTable kFeedKeys{"an entry of a feed", kFeed};

constexpr std::array kDown = {
    Key{"t", length_of_time, true, "from when on, after start"},
    Key{"feed", name, true, "the source that is down"},
    Key{"until", length_of_time, false, "until when, after start; to the end when absent"},
};
constexpr KeyTable kDownKeys{"an outage", kDown};

constexpr std::array kExpect = {
    Key{"by", length_of_time, false, "at that moment after start; at the end when absent"},
    Key{"finding", word, false, "what this rule says", kAllFindings},
    Key{"nothing", word, false, "this rule says nothing, or is unmet", kFound},
    Key{"priority", number, false, "of the finding", {}, nullptr, 0, 10},
    Key{"probability", share, false, "of the finding, to three digits"},
    Key{"because", names, false, "the reports that count for it, no more and no less"},
    Key{"opposed_by", names, false, "the reports that count against it"},
    Key{"missed", names, false, "reports that do not count"},
    Key{"limit", word, false, "which limit they miss", kLimits},
    Key{"suppressed_by", names, false, "suppressions that take hold"},
    Key{"cameras", names, false, "the cameras to look at, the nearest first"},
    Key{"pins", names, false, "the devices whose recordings are kept"},
    Key{"verify_before", words, false, "what the finding asks to verify", kVerify},
    Key{"route", name, false, "where it goes"},
    Key{"type", name, false, "of the incident"},
    Key{"incidents", number, false, "how many incidents there are", {}, nullptr, 0, 1000},
};
constexpr KeyTable kExpectKeys{"an expectation", kExpect};

constexpr std::array kTrouble = {
    Key{"clock", length_of_time, false, "its clock is ahead by so much, behind when negative"},
    Key{"late", length_of_time, false, "all it says comes in so much later"},
    Key{"lost", truth, false, "true: nothing of it comes in"},
    Key{"twice", truth, false, "true: everything comes in twice"},
};
constexpr KeyTable kTroubleKeys{"a trouble", kTrouble};

constexpr std::array kInject = {
    Key{"acoustic", object, false, "gunshot sensors", {}, &kTroubleKeys},
    Key{"cad", object, false, "calls", {}, &kTroubleKeys},
    Key{"alarm", object, false, "alarm panels", {}, &kTroubleKeys},
    Key{"camera", object, false, "camera alerts", {}, &kTroubleKeys},
    Key{"plate", object, false, "plate readers", {}, &kTroubleKeys},
    Key{"social", object, false, "public posts", {}, &kTroubleKeys},
    Key{"public-alert", object, false, "public alerts", {}, &kTroubleKeys},
    Key{"traffic", object, false, "traffic messages", {}, &kTroubleKeys},
    Key{"track", object, false, "tracked units", {}, &kTroubleKeys},
    Key{"operator", object, false, "operators", {}, &kTroubleKeys},
};
constexpr KeyTable kInjectKeys{"an injection", kInject};

constexpr std::array kAccepted = {
    Key{"limit", prose, false, "one that `fusiond test` calls not covered, as it names it"},
    Key{"nudge", prose, false, "one that `fusiond test --mutate` says survives, as it names it"},
    Key{"because", prose, true, "why no test can notice it"},
};
constexpr KeyTable kAcceptedKeys{"what is accepted", kAccepted};

constexpr std::array kTest = {
    Key{"name", prose, true, "what it shows, a sentence"},
    Key{"start", moment, false, "2026-12-04T22:00:00-06:00"},
    Key{"feed", objects, false, "what comes in", {}, &kFeedKeys},
    Key{"down", objects, false, "sources that are down", {}, &kDownKeys},
    Key{"expect", objects, false, "what must be so", {}, &kExpectKeys},
    Key{"known_gap", truth, false, "true: what is expected is not so yet, and everybody knows"},
    Key{"same_as", prose, false,
        "another test: its start, its feed and, unless given here, what it expects"},
    Key{"inject", object, false, "what goes wrong with a kind of source", {}, &kInjectKeys},
    Key{"calendar", planned, false, "calendar entries of the test"},
};
constexpr KeyTable kTestKeys{"a test", kTest};

constexpr std::array kRule = {
    Key{"schema", word, true, "the language", kRuleSchema},
    Key{"rule", name, true, "its name, that of the file"},
    Key{"version", number, true, "1, 2, 3 …", {}, nullptr, 1, 1'000'000},
    Key{"status", word, true, "draft: checked and tested, never live", kStatus},
    Key{"title", prose, true, "one line for the board"},
    Key{"owner", object, true, "who answers for it", {}, &kOwnerKeys},
    Key{"purpose", word, true, "what it is for", kPurposes},
    Key{"because", prose, true, "why, in a sentence"},
    Key{"authority", object, true, "what it rests on and what it reads", {}, &kAuthorityKeys},
    Key{"author", name, true, "who wrote it"},
    Key{"approver", name, true, "who approved it, somebody else"},
    Key{"approver_role", word, false, "a rule that reads posts needs a supervisor", kSupervisor},
    Key{"created", date, true, "when it was written"},
    Key{"review_by", date, true, "when somebody looks at it again, within 365 days"},
    Key{"expires", date, true, "from when on it no longer applies"},
    Key{"during", name, false,
        "a calendar of bundle.yaml: the anchor must happen while it says so"},
    Key{"social", object, false, "only for a rule that reads posts", {}, &kSocialKeys},
    Key{"inside", name, false, "a zone that the anchor must lie in"},
    Key{"pattern",
        object,
        false,
        "counts by zone, plate, device, author or feed instead of what belongs together",
        {},
        &kPatternKeys},
    Key{"anchor", object, true, "the report that opens it", {}, &kAnchorKeys},
    Key{"support", objects, false, "what makes it likelier", {}, &kPartKeys},
    Key{"oppose", objects, false, "what speaks against it", {}, &kPartKeys},
    Key{"then", objects, false, "what must follow", {}, &kPartKeys},
    Key{"absent", objects, false, "what should have come and did not", {}, &kAbsentKeys},
    Key{"decide", object, true, "from when on it is spoken of and acted on", {}, &kDecideKeys},
    Key{"incident", object, true, "what it is called and how urgent it is", {}, &kIncidentKeys},
    Key{"suppress", objects, false, "suppressions that hold for it", {}, &kSuppressKeys},
    Key{"route", objects, true, "who hears of it", {}, &kRouteKeys},
    Key{"tests", objects, true, "when it fires and when it stays silent", {}, &kTestKeys},
    Key{"accepted",
        objects,
        false,
        "limits that no test meets from both sides, and why",
        {},
        &kAcceptedKeys},
    Key{"watch", planned, false, "watches on places or entities"},
    Key{"anchors", planned, false,
        "several anchors; one anchor may name several sources and kinds"},
    Key{"limits", planned, false, "limits of a rule; `inside` stands by itself"},
    Key{"shadow", planned, false, "a rule beside the live ones"},
};
constexpr KeyTable kRuleKeys{"a rule", kRule};

constexpr std::array kOtherNames = {
    OtherName{"independence", "distinct"},
    OtherName{"class", "kind"},
    OtherName{"kinds", "kind"},
    OtherName{"condition", "match"},
    OtherName{"conditions", "match"},
    OtherName{"where", "match"},
    OtherName{"window", "time"},
    OtherName{"radius", "near: {of: …, within: …}"},
    OtherName{"weight", "likelier"},
    OtherName{"severity", "incident.priority"},
    OtherName{"description", "because"},
    OtherName{"name", "rule"},
    OtherName{"id", "as"},
    OtherName{"effect", "incident.priority.lower"},
    OtherName{"what", "from and match, beside until"},
    OtherName{"for", "until"},
    OtherName{"notify", "route"},
    OtherName{"actions", "route"},
    OtherName{"speed_limit", "near: {speed: …}"},
    OtherName{"expect_nothing", "expect: [{nothing: found}]"},
    OtherName{"rejected", "missed"},
};

}  // namespace

const KeyTable& rule_keys() {
  return kRuleKeys;
}
std::span<const OtherName> other_names() {
  return kOtherNames;
}

}  // namespace fusiond::config
