// The keys of bundle.yaml and suppressions.yaml.
#include <array>

#include "daemon/config/rule_keys.h"

namespace fusiond::config {
namespace {

using std::string_view;
using enum Shape;

constexpr std::array<string_view, 1> kBundleSchema = {"fusion-bundle/1"};
constexpr std::array<string_view, 1> kSuppressionsSchema = {"fusion-suppressions/1"};
constexpr std::array<string_view, 3> kMayOpen = {"alone", "with-support", "never"};
constexpr std::array<string_view, 3> kModes = {"hold", "lower", "note"};

constexpr std::array kSourceEntry = {
    Key{"may_open", word, true, "whether it may be an anchor", kMayOpen},
    Key{"keep", length_of_time, true, "how long what it said may be kept at most"},
};
constexpr KeyTable kSourceEntryKeys{"a kind of source", kSourceEntry};

constexpr std::array kCatalogue = {
    Key{"acoustic", object, true, "gunshot sensors", {}, &kSourceEntryKeys},
    Key{"cad", object, true, "calls", {}, &kSourceEntryKeys},
    Key{"alarm", object, true, "alarm panels", {}, &kSourceEntryKeys},
    Key{"camera", object, true, "camera alerts", {}, &kSourceEntryKeys},
    Key{"plate", object, true, "plate readers", {}, &kSourceEntryKeys},
    Key{"social", object, true, "public posts", {}, &kSourceEntryKeys},
    Key{"public-alert", object, true, "public alerts", {}, &kSourceEntryKeys},
    Key{"traffic", object, true, "traffic messages", {}, &kSourceEntryKeys},
    Key{"track", object, true, "tracked units", {}, &kSourceEntryKeys},
    Key{"operator", object, true, "operators", {}, &kSourceEntryKeys},
};
constexpr KeyTable kCatalogueKeys{"the sources", kCatalogue};

constexpr std::array kPlateList = {
    Key{"list", name, true, "as hits name it"},
    Key{"as_of", moment, true, "when it was drawn up"},
};
constexpr KeyTable kPlateListKeys{"a list of plates", kPlateList};

constexpr std::array kWordList = {
    Key{"list", name, true, "its name"},
    Key{"language", name, true, "en, es …"},
    Key{"version",
        number,
        true,
        "1, 2, 3 … a change of words is another version",
        {},
        nullptr,
        1,
        1'000'000},
    Key{"words", names, true, "whole words or phrases, without case"},
    Key{"finds", names, true, "texts in which it must find something: its test"},
    Key{"passes_over", names, true, "texts in which it must find nothing"},
};
constexpr KeyTable kWordListKeys{"a list of words", kWordList};

constexpr std::array kProtectedEvent = {
    Key{"name", name, true, "its name"},
    Key{"inside", name, true, "the zone"},
    Key{"from", moment, false, "its begin"},
    Key{"until", moment, false, "its end"},
    Key{"calendar", name, false, "instead of both: a calendar of bundle.yaml"},
};
constexpr KeyTable kProtectedEventKeys{"a protected event", kProtectedEvent};

constexpr std::array kCalendar = {
    Key{"calendar", name, true, "its name"},
    Key{"file", name, true, "an iCalendar file in the folder, with the ending .ics"},
    Key{"zone", name, false, "the time zone of events that name none, and of whole days"},
};
constexpr KeyTable kCalendarKeys{"a calendar", kCalendar};

constexpr std::array kBundle = {
    Key{"schema", word, true, "the language", kBundleSchema},
    Key{"version", name, true, "written into every incident"},
    Key{"sources", object, true, "what each kind of source may do", {}, &kCatalogueKeys},
    Key{"zones", names, false, "GeoJSON files of named polygons"},
    Key{"cameras", names, false, "GeoJSON files of named points: where cameras stand"},
    Key{"plate_lists", objects, false, "lists that hits of plates name", {}, &kPlateListKeys},
    Key{"word_lists", objects, false, "lists of words", {}, &kWordListKeys},
    Key{"protected_events",
        objects,
        false,
        "where people assemble: posts and plates are not read",
        {},
        &kProtectedEventKeys},
    Key{"calendars", objects, false, "iCalendar files of planned events", {}, &kCalendarKeys},
};
constexpr KeyTable kBundleKeys{"a bundle", kBundle};

constexpr std::array kSuppression = {
    Key{"name", name, true, "its name"},
    Key{"mode", word, true, "hold: never firm; lower: caps the priority; note: only says so",
        kModes},
    Key{"types", names, true, "the types of incident that it is about"},
    Key{"inside", name, true, "the zone that it is about"},
    Key{"from", moment, false, "its begin"},
    Key{"until", moment, false, "its end"},
    Key{"calendar", name, false, "instead of both: a calendar of bundle.yaml"},
    Key{"priority", number, false, "of mode lower: at most this", {}, nullptr, 0, 10},
    Key{"owner", name, true, "who answers for it"},
    Key{"because", prose, true, "why"},
};
constexpr KeyTable kSuppressionKeys{"a suppression", kSuppression};

constexpr std::array kSuppressions = {
    Key{"schema", word, true, "the language", kSuppressionsSchema},
    Key{"suppressions", objects, true, "what is not acted on for a while", {}, &kSuppressionKeys},
};
constexpr KeyTable kSuppressionsKeys{"a file of suppressions", kSuppressions};

}  // namespace

const KeyTable& bundle_keys() {
  return kBundleKeys;
}
const KeyTable& suppressions_keys() {
  return kSuppressionsKeys;
}

}  // namespace fusiond::config
